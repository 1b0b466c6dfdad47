"""The EAS listener: a phone from its first OPTIONS to its mail, by plain and base64 queries, and what it is refused."""

import base64

import phone as eas
from ferry import Ferry
from phone import PATH, Phone, find, text
from tap import case, run, test

FERRY = Ferry(options=["--key", "ec-p256"])
USER = "ann@example.com"
_pems = {}
_devices = iter(range(10**6))


def pem(user=USER):
    if user not in _pems:
        bundle = eas.mint(FERRY, user)
        _pems[user] = (eas.pem_of(bundle), bundle["serial"])
    return _pems[user][0]


def phone(**options):
    options.setdefault("device", f"DEV{next(_devices):08d}")
    user = options.setdefault("user", USER)
    return Phone(FERRY, options.pop("pem", None) or pem(user), **options)


def setting(**settings):
    """A server with other settings."""
    return Ferry(options=["--key", "ec-p256"], **settings)


FOLDER_SYNC = (0x0716, [(0x0712, "0")])


def sets_up(version, base64_query):
    it = phone(version=version, base64_query=base64_query)
    folders = it.set_up()
    assert folders == ["1", "2", "3", "4", "5", "6"], folders
    answer = it.sync(folders, dict.fromkeys(folders, "773010001"))
    keys = {text((0, part[1]), 0x0B) for part in find(answer.tree, 0x1C)}
    assert keys == {"773010002"}, keys
    waiting = it.ping()
    assert waiting.status == 503 and waiting["Retry-After"] == "900" and waiting.body == b"", waiting


for _version in ("2.5", "12.0", "12.1", "14.0", "14.1", "16.0", "16.1"):
    case(f"sets_up_an_account_with_{_version}", sets_up, _version, False)
for _version in ("12.1", "14.0", "14.1", "16.0", "16.1"):
    case(f"sets_up_an_account_with_{_version}_and_base64_queries", sets_up, _version, True)


@test
def options_lists_versions_and_commands():
    answer = phone().options()
    assert answer.status == 200 and answer.body == b"" and answer["Content-Type"] is None, answer
    assert answer["MS-ASProtocolVersions"] == "2.5,12.0,12.1,14.0,14.1,16.0,16.1", answer
    assert "FolderSync" in answer["MS-ASProtocolCommands"].split(","), answer


@test
def the_path_may_be_written_in_any_case():
    it = phone()
    assert it.request("OPTIONS", "/microsoft-server-activesync").status == 200
    assert it.request("OPTIONS", "/microsoft-server-activesyncs").status == 404


@test
def a_phone_without_a_certificate_is_told_why():
    it = Phone(FERRY, None)
    for answer in (it.options(), it.post("FolderSync", FOLDER_SYNC)):
        assert answer.status == 403 and answer["X-Certferry-Reason"] == "no_certificate", answer
        assert answer.text() == "The phone presented no certificate.\n", answer
        assert answer["WWW-Authenticate"] is None and answer["MS-ASProtocolVersions"] is None, answer


@test
def a_password_lets_nobody_in_without_a_certificate():
    answer = Phone(FERRY, None, password="secret").post("FolderSync", FOLDER_SYNC)
    assert answer.status == 403 and answer["X-Certferry-Reason"] == "no_certificate", answer


@test
def a_certificate_of_somebody_else_is_refused():
    answer = Phone(FERRY, pem("bob@example.com"), user=USER).post("FolderSync", FOLDER_SYNC)
    assert answer.status == 403 and answer["X-Certferry-Reason"] == "user_mismatch", answer


@test
def each_form_of_the_user_is_let_in():
    for user in ("ann", "ann@example.com", "ANN@Example.com", "EXAMPLE\\ann", "example%5Cann"):
        it = phone(pem=pem(), user=user)
        answer = it.post("FolderSync", FOLDER_SYNC)
        assert answer.status == 200 and text(answer.tree, 0x070C) == "142", (user, answer)


@test
def a_revoked_certificate_is_refused_on_the_open_connection():
    it = phone(user="carl@example.com")
    assert it.options().status == 200
    FERRY.command("cert", "revoke", _pems["carl@example.com"][1])
    answer = it.options()
    assert answer.status == 403 and answer["X-Certferry-Reason"] == "revoked", answer


@test
def old_versions_are_sent_to_provision_by_449():
    answer = phone(version="12.1").post("FolderSync", FOLDER_SYNC)
    assert answer.status == 449 and answer.body == b"" and answer["Content-Type"] is None, answer


@test
def an_acknowledgment_with_another_key_is_refused():
    it = phone()
    offer = it.post("Provision", it.policy_request(), key=None)
    key = int(text(offer.tree, 0x0E06, 0x0E07, 0x0E09))
    wrong = it.post("Provision", it.policy_request(key + 1, 1), key=key)
    assert text(wrong.tree, 0x0E06, 0x0E07, 0x0E0B) == "5", wrong
    right = it.post("Provision", it.policy_request(key, 1), key=key)
    assert text(right.tree, 0x0E06, 0x0E07, 0x0E0B) == "1", right
    again = it.post("Provision", it.policy_request(key, 1), key=key)
    assert text(again.tree, 0x0E06, 0x0E07, 0x0E0B) == "5", again


@test
def a_policy_key_outlives_the_server():
    it = phone()
    it.set_up()
    assert FERRY.stop() == 0
    FERRY.serve()
    it.forget_session()
    assert it.folder_sync("773010000")[1] == []


@test
def a_policy_key_is_of_one_device():
    one, other = phone(), phone()
    one.provision()
    other.key = one.key
    answer = other.post("FolderSync", FOLDER_SYNC)
    assert text(answer.tree, 0x070C) == "143", answer


@test
def what_is_not_supported_is_said_by_version():
    new, old = phone(version="14.1"), phone(version="12.1")
    new.provision()
    old.provision()
    answer = new.post("Search", (0x0F05, []))
    assert answer.status == 200 and text(answer.tree, 0x0F0C) == "137", answer
    assert old.post("Search", (0x0F05, [])).status == 501
    mail = new.post("SendMail", body=b"From: a\r\n\r\n", Content_Type="message/rfc822")
    assert mail.status == 200 and text(mail.tree, 0x1512) == "137", mail


BAD_QUERIES = {
    "an_unknown_command": "Cmd=Nonsense&User=ann&DeviceId=1&DeviceType=x",
    "a_command_twice": "Cmd=Sync&Cmd=Ping&User=ann&DeviceId=1&DeviceType=x",
    "no_command": "User=ann&DeviceId=1&DeviceType=x",
    "no_device": "Cmd=FolderSync&User=ann",
    "a_device_of_other_letters": "Cmd=FolderSync&User=ann&DeviceId=a-b&DeviceType=x",
    "a_device_that_is_too_long": f"Cmd=FolderSync&User=ann&DeviceId={'1' * 65}&DeviceType=x",
    "base64_that_is_none": "!!!!",
    "base64_that_ends_early": base64.b64encode(b"\x8d\x09\x09\x04\xff").decode(),
    "nothing": "",
}


def refuses_query(query):
    it = phone()
    answer = it.request("POST", f"{PATH}?{query}", eas.encode(FOLDER_SYNC), dict(it.headers(None), **{"Content-Type": eas.TYPE}))
    assert answer.status == 400 and answer["X-Certferry-Reason"] == "invalid_request", answer
    assert answer.text().startswith("MS-ASHTTP 2.2.1.1.1: "), answer


for _name, _query in BAD_QUERIES.items():
    case(f"answers_400_to_a_query_with_{_name}", refuses_query, _query)

BAD_BODIES = {
    "the_abort_of_libwbxml": bytes.fromhex("03016A00000E454B02888080800001" "01"),
    "20000_elements_deep": b"\x03\x01\x6a\x00\x00\x0e" + b"\x45" * 20000 + b"\x01" * 20000,
    "an_attribute": bytes.fromhex("03016A00000EC501"),
    "a_string_table": bytes.fromhex("03016A0401020304"),
    "another_charset": bytes.fromhex("03010400000E05"),
    "no_end": bytes.fromhex("03016A00000E45"),
    "text_that_is_not_utf8": bytes.fromhex("03016A00000E4503ff0001"),
    "junk": b"<xml/>",
    "the_root_of_another_command": eas.encode(FOLDER_SYNC),
}


def refuses_body(body):
    it = phone()
    answer = it.post("Provision", body=body, key=None)
    assert answer.status in (400, 413), answer
    assert answer["X-Certferry-Reason"] == "invalid_request", answer
    assert it.options().status == 200


for _name, _body in BAD_BODIES.items():
    case(f"refuses_a_body_with_{_name}", refuses_body, _body)


@test
def a_body_of_more_than_64_kilobytes_is_refused():
    assert phone().post("Provision", body=b"\0" * 65537, key=None).status == 413


@test
def both_names_of_the_type_are_taken_and_others_are_not():
    for kind, status in (("application/vnd.ms-sync", 200), ("application/vnd.ms-sync.wbxml", 200), ("text/xml", 415)):
        assert phone().post("FolderSync", FOLDER_SYNC, Content_Type=kind).status == status, kind


@test
def an_unknown_version_is_refused():
    it = phone()
    it.version = "1.0"
    assert it.post("FolderSync", FOLDER_SYNC).status == 400


@test
def sync_without_a_body_asks_for_the_whole():
    it = phone()
    it.provision()
    answer = it.post("Sync")
    assert answer.status == 200 and text(answer.tree, 0x0E) == "13", answer


@test
def the_vectors_of_the_facts_come_byte_for_byte():
    first = bytes.fromhex("03016a00000e454647480" "34d532d4541532d50726f766973696f6e696e672d5742584d4c000101010" "1")
    assert phone(version="14.1").post("FolderSync", FOLDER_SYNC).body.hex() == "03016a000007564c0331343200" "0101"
    assert phone().post("Provision", body=bytes.fromhex("03016a00000e05"), key=None).body.hex() == "03016a00000e454b0331000101"
    offer = phone(version="12.1").post("Provision", body=first, key=None)
    assert offer.body.startswith(bytes.fromhex("03016a00000e454b0331000146474803")), offer
    assert len(offer.body) - len(text(offer.tree, 0x0E06, 0x0E07, 0x0E09)) == 251 - len("1307199584"), offer


# People


def look(certificate=True, **headers):
    it = phone() if certificate else Phone(FERRY, None)
    return it.request("GET", PATH, headers=dict(it.headers(None), **headers))


@test
def a_browser_sees_what_arrived():
    answer = look(Accept="text/html", **{"Accept-Language": "en"})
    assert answer.status == 501 and answer["Content-Type"].startswith("text/html"), answer
    assert "A phone with this certificate may in" in answer.text() and USER in answer.text()
    assert "<script" not in answer.text()
    answer = look(certificate=False, Accept="text/html", **{"Accept-Language": "de"})
    assert answer.status == 501 and "Es wurde kein Zertifikat vorgezeigt" in answer.text()
    assert answer["X-Certferry-Reason"] == "no_certificate"


@test
def a_program_sees_what_arrived():
    answer = look(Accept="application/json")
    seen = answer.json()
    assert answer.status == 501 and seen["verdict"] == "allow" and seen["user"] == USER, seen
    assert seen["certificates"] >= 1 and seen["resumed"] is False and seen["certificate_asked"] is True, seen
    seen = look(certificate=False, Accept="application/json").json()
    assert seen["verdict"] == "refuse" and seen["reason"] == "no_certificate" and seen["user"] is None, seen


@test
def a_browser_is_no_phone_in_use():
    before = FERRY.sql("select count(*) from device")[0][0]
    assert look(Accept="text/html").status == 501
    assert FERRY.sql("select count(*) from device")[0][0] == before


# Settings


@test
def a_password_may_be_needed_besides_the_certificate():
    with setting(eas_require_password="true") as ferry:
        certificate = eas.pem_of(eas.mint(ferry, USER))
        bare = Phone(ferry, certificate).options()
        assert bare.status == 401 and bare["X-Certferry-Reason"] == "password_required", bare
        assert bare["WWW-Authenticate"].startswith("Basic "), bare
        assert Phone(ferry, certificate, password="whatever-it-is").options().status == 200
        other = Phone(ferry, certificate, user="bob@example.com", password="whatever-it-is").options()
        assert other.status == 403 and other["X-Certferry-Reason"] == "user_mismatch", other
        mixed = Phone(ferry, certificate, user="bob@example.com", password="whatever-it-is")
        mixed.query = lambda command, key: f"Cmd={command}&User=ann&DeviceId=1&DeviceType=x"
        answer = mixed.post("FolderSync", FOLDER_SYNC)
        assert answer.status == 403 and answer["X-Certferry-Reason"] == "user_mismatch", answer
        ferry.stop()
        kept = ferry.log + "".join(str(row) for row in ferry.sql("select * from sighting"))
        assert "whatever-it-is" not in kept and base64.b64encode(b"whatever-it-is").decode()[:12] not in kept


@test
def there_may_be_no_policy():
    with setting(eas_policy="false") as ferry:
        it = Phone(ferry, eas.pem_of(eas.mint(ferry, USER)))
        assert it.folder_sync()[1]
        answer = it.post("Provision", it.policy_request(), key=None)
        assert text(answer.tree, 0x0E06, 0x0E07, 0x0E0B) == "2", answer


@test
def a_phone_may_have_to_say_what_it_is():
    with setting(eas_require_device_information="true") as ferry:
        it = Phone(ferry, eas.pem_of(eas.mint(ferry, USER)))
        shy = (0x0E05, [(0x0E06, [(0x0E07, [(0x0E08, eas.POLICY_WBXML)])])])
        assert it.post("Provision", shy, key=None).body.hex() == "03016a00000e454b033136350001" "01"
        it.provision()


@test
def what_a_phone_is_can_be_read_by_operators():
    it = phone(kind="Trophy")
    it.provision()
    row = FERRY.sql(f"select model, os from device where device_id = '{it.device.lower()}'")
    assert row == [("Trophy", "Phone OS 1")], row


with FERRY:
    run()
