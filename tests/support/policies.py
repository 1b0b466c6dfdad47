"""The 42 policies of MS-ASPROV as the field knows them, and what a probe must find out of a simulated phone.

Written down from the standard and from what each policy does to a phone, not from the program: it is held against it.
"""

# In the order of the schema: the version that has it first, its risk, and P where it means nothing without a PIN.
_TABLE = """
DevicePasswordEnabled 12.0 2
AlphanumericDevicePasswordRequired 12.0 2 P
PasswordRecoveryEnabled 12.0 0 P
RequireStorageCardEncryption 12.1 3
AttachmentsEnabled 12.0 0
MinDevicePasswordLength 12.0 2 P
MaxInactivityTimeDeviceLock 12.0 1 P
MaxDevicePasswordFailedAttempts 12.0 3 P
MaxAttachmentSize 12.0 0
AllowSimpleDevicePassword 12.0 2 P
DevicePasswordExpiration 12.0 2 P
DevicePasswordHistory 12.0 1 P
AllowStorageCard 12.1 1
AllowCamera 12.1 1
RequireDeviceEncryption 12.1 3
AllowUnsignedApplications 12.1 1
AllowUnsignedInstallationPackages 12.1 1
MinDevicePasswordComplexCharacters 12.1 2 P
AllowWiFi 12.1 3
AllowTextMessaging 12.1 1
AllowPOPIMAPEmail 12.1 2
AllowBluetooth 12.1 1
AllowIrDA 12.1 0
RequireManualSyncWhenRoaming 12.1 0
AllowDesktopSync 12.1 0
MaxCalendarAgeFilter 12.1 1
AllowHTMLEmail 12.1 0
MaxEmailAgeFilter 12.1 1
MaxEmailBodyTruncationSize 12.1 0
MaxEmailHTMLBodyTruncationSize 12.1 0
RequireSignedSMIMEMessages 12.1 1
RequireEncryptedSMIMEMessages 12.1 1
RequireSignedSMIMEAlgorithm 12.1 0
RequireEncryptionSMIMEAlgorithm 12.1 0
AllowSMIMEEncryptionAlgorithmNegotiation 12.1 0
AllowSMIMESoftCerts 12.1 1
AllowBrowser 12.1 1
AllowConsumerEmail 12.1 2
AllowRemoteDesktop 12.1 0
AllowInternetSharing 12.1 1
UnapprovedInROMApplicationList 12.1 1
ApprovedApplicationList 12.1 2
""".split("\n")[1:-1]  # fmt: skip

POLICIES = {name: (float(since), int(risk), bool(pin)) for name, since, risk, *pin in map(str.split, _TABLE)}
DESTRUCTIVE = [name for name, (_, risk, _) in POLICIES.items() if risk == 3]
# What the document of 2.5 has words for.
OLD = {"DevicePasswordEnabled", "AlphanumericDevicePasswordRequired", "MinDevicePasswordLength",
       "MaxInactivityTimeDeviceLock", "MaxDevicePasswordFailedAttempts"}  # fmt: skip
PIN, LETTERS, COMPLEX = "DevicePasswordEnabled", "AlphanumericDevicePasswordRequired", "MinDevicePasswordComplexCharacters"
# What no phone in its senses takes.
CANARY = ("RequireEncryptionSMIMEAlgorithm", "AllowIrDA", "ApprovedApplicationList")


def is_in(name, version):
    return name in OLD if version == "2.5" else float(version) >= POLICIES[name][0]


def offered(version, risk, named=()):
    """What a probe may offer."""
    return {
        name for name, (_, its, _) in POLICIES.items()
        if is_in(name, version) and its <= risk and (its < 3 or name in named)
    }  # fmt: skip


def _said(end, name):
    if end["profile"] == "blind":
        return "applied"
    return "refused" if name in end["refused"] else "partial" if name in end["partial"] else "applied"


def _askable(end, may, name):
    """The phone would not ignore it."""
    if POLICIES[name][2] and (PIN not in may or _said(end, PIN) != "applied"):
        return False
    return name != COMPLEX or (LETTERS in may and _said(end, LETTERS) == "applied")


def _claim(end, may, declined):
    """What 1 is worth."""
    if declined:
        return "applied"
    canary = CANARY[0] in may and all(_said(end, name) == "applied" for name in CANARY if name in may)
    return "blind" if canary else "cannot_tell"


def declined(end, may):
    """What the phone declines when it is asked for it alone."""
    if end["profile"] in ("external", "refuses-all", "never"):
        return set()
    return {name for name in may if _askable(end, may, name) and _said(end, name) != "applied"}


def expected(end, may, over=True):
    """{policy: result} of a probe that came to its end; `end` is what certferry-phone says of itself.

    Before the end nobody knows yet what 1 is worth: it stands as it was said.
    """
    always = {"external": "managed", "refuses-all": "cannot_tell", "never": "no_answer"}.get(end["profile"])
    claim = _claim(end, may, declined(end, may)) if over else "applied"
    results = {}
    for name in POLICIES:
        if name not in may:
            results[name] = "not_offered"
        elif always or not _askable(end, may, name):
            results[name] = always or "cannot_tell"
        else:
            said = _said(end, name)
            results[name] = claim if said == "applied" else said
    return results
