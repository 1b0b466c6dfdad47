/*
 * The 42 policies of an EASProvisionDoc (MS-ASPROV 2.2.2, MS-ASWBXML 2.1.2.1.15), in the order of
 * its schema, which is the order in which they are sent and not that of their tokens.
 *
 * The neutral value asks for nothing: it is what an Exchange server sends for a policy that nobody
 * set. The probe value asks for something, and so shows by the acknowledgment whether a device can
 * do it; what that does to a real device is the risk. What each means for a person stands in
 * www/texts under "policy." and its name in lower case.
 */
#pragma once

#include "base/digest.h"
#include "eas/command.h"

/* What a policy holds; those with OR_EMPTY are also sent as an empty element, for "unset". */
enum eas_policy_type {
    EAS_POLICY_BOOL,
    EAS_POLICY_NUMBER,
    EAS_POLICY_NUMBER_OR_EMPTY,
    EAS_POLICY_NUMBER_OR_ZERO, /* 0 too, which is less than the least */
    EAS_POLICY_NAMES,          /* a container of ApplicationName */
    EAS_POLICY_HASHES,         /* a container of Hash, SHA-1 */
};

enum eas_policy_risk {
    EAS_RISK_NONE,        /* harmless */
    EAS_RISK_DISRUPTIVE,  /* in the way, and gone with the policy */
    EAS_RISK_STICKY,      /* the user sees it, and something of it stays */
    EAS_RISK_DESTRUCTIVE, /* cannot be undone, or cuts the device off */
};

/*
 * X(NAME, element, token on page 14, type, least, most, since, neutral, probe, needs PIN, risk).
 * Values are as they are written. Neutral NULL: not sent. "Needs PIN": a device ignores it unless
 * DevicePasswordEnabled is 1.
 */
#define EAS_POLICY_TABLE(X)                                                                        \
    X(PASSWORD_ENABLED, "DevicePasswordEnabled", 0x0e, BOOL, 0, 1, 12_0, "0", "1", false, STICKY)  \
    X(ALPHANUMERIC_PASSWORD, "AlphanumericDevicePasswordRequired", 0x0f, BOOL, 0, 1, 12_0, "0",    \
      "1", true, STICKY)                                                                           \
    X(PASSWORD_RECOVERY, "PasswordRecoveryEnabled", 0x11, BOOL, 0, 1, 12_0, "0", "1", true, NONE)  \
    X(STORAGE_CARD_ENCRYPTION, "RequireStorageCardEncryption", 0x10, BOOL, 0, 1, 12_1, "0", "1",   \
      false, DESTRUCTIVE)                                                                          \
    X(ATTACHMENTS, "AttachmentsEnabled", 0x13, BOOL, 0, 1, 12_0, "1", "0", false, NONE)            \
    X(PASSWORD_LENGTH, "MinDevicePasswordLength", 0x14, NUMBER_OR_EMPTY, 1, 16, 12_0, "", "8",     \
      true, STICKY)                                                                                \
    X(INACTIVITY_LOCK, "MaxInactivityTimeDeviceLock", 0x15, NUMBER_OR_EMPTY, 0, 4294967295, 12_0,  \
      "", "300", true, DISRUPTIVE)                                                                 \
    X(FAILED_ATTEMPTS, "MaxDevicePasswordFailedAttempts", 0x16, NUMBER_OR_EMPTY, 4, 16, 12_0, "",  \
      "16", true, DESTRUCTIVE)                                                                     \
    X(ATTACHMENT_SIZE, "MaxAttachmentSize", 0x17, NUMBER_OR_EMPTY, 0, 4294967295, 12_0, "",        \
      "1048576", false, NONE)                                                                      \
    X(SIMPLE_PASSWORD, "AllowSimpleDevicePassword", 0x18, BOOL, 0, 1, 12_0, "1", "0", true,        \
      STICKY)                                                                                      \
    X(PASSWORD_EXPIRATION, "DevicePasswordExpiration", 0x19, NUMBER_OR_EMPTY, 0, 4294967295, 12_0, \
      "", "90", true, STICKY)                                                                      \
    X(PASSWORD_HISTORY, "DevicePasswordHistory", 0x1a, NUMBER, 0, 4294967295, 12_0, "0", "3",      \
      true, DISRUPTIVE)                                                                            \
    X(STORAGE_CARD, "AllowStorageCard", 0x1b, BOOL, 0, 1, 12_1, "1", "0", false, DISRUPTIVE)       \
    X(CAMERA, "AllowCamera", 0x1c, BOOL, 0, 1, 12_1, "1", "0", false, DISRUPTIVE)                  \
    X(DEVICE_ENCRYPTION, "RequireDeviceEncryption", 0x1d, BOOL, 0, 1, 12_1, "0", "1", false,       \
      DESTRUCTIVE)                                                                                 \
    X(UNSIGNED_APPLICATIONS, "AllowUnsignedApplications", 0x1e, BOOL, 0, 1, 12_1, "1", "0", false, \
      DISRUPTIVE)                                                                                  \
    X(UNSIGNED_PACKAGES, "AllowUnsignedInstallationPackages", 0x1f, BOOL, 0, 1, 12_1, "1", "0",    \
      false, DISRUPTIVE)                                                                           \
    X(COMPLEX_CHARACTERS, "MinDevicePasswordComplexCharacters", 0x20, NUMBER, 1, 4, 12_1, "1",     \
      "3", true, STICKY)                                                                           \
    X(WIFI, "AllowWiFi", 0x21, BOOL, 0, 1, 12_1, "1", "0", false, DESTRUCTIVE)                     \
    X(TEXT_MESSAGING, "AllowTextMessaging", 0x22, BOOL, 0, 1, 12_1, "1", "0", false, DISRUPTIVE)   \
    X(POP_IMAP, "AllowPOPIMAPEmail", 0x23, BOOL, 0, 1, 12_1, "1", "0", false, STICKY)              \
    X(BLUETOOTH, "AllowBluetooth", 0x24, NUMBER, 0, 2, 12_1, "2", "1", false, DISRUPTIVE)          \
    X(IRDA, "AllowIrDA", 0x25, BOOL, 0, 1, 12_1, "1", "0", false, NONE)                            \
    X(MANUAL_ROAMING, "RequireManualSyncWhenRoaming", 0x26, BOOL, 0, 1, 12_1, "0", "1", false,     \
      NONE)                                                                                        \
    X(DESKTOP_SYNC, "AllowDesktopSync", 0x27, BOOL, 0, 1, 12_1, "1", "0", false, NONE)             \
    X(CALENDAR_AGE, "MaxCalendarAgeFilter", 0x28, NUMBER_OR_ZERO, 4, 7, 12_1, "0", "4", false,     \
      DISRUPTIVE)                                                                                  \
    X(HTML_MAIL, "AllowHTMLEmail", 0x29, BOOL, 0, 1, 12_1, "1", "0", false, NONE)                  \
    X(MAIL_AGE, "MaxEmailAgeFilter", 0x2a, NUMBER, 0, 5, 12_1, "0", "3", false, DISRUPTIVE)        \
    X(MAIL_TRUNCATION, "MaxEmailBodyTruncationSize", 0x2b, NUMBER, -1, 2147483647, 12_1, "-1",     \
      "1024", false, NONE)                                                                         \
    X(HTML_TRUNCATION, "MaxEmailHTMLBodyTruncationSize", 0x2c, NUMBER, -1, 2147483647, 12_1, "-1", \
      "1024", false, NONE)                                                                         \
    X(SIGNED_SMIME, "RequireSignedSMIMEMessages", 0x2d, BOOL, 0, 1, 12_1, "0", "1", false,         \
      DISRUPTIVE)                                                                                  \
    X(ENCRYPTED_SMIME, "RequireEncryptedSMIMEMessages", 0x2e, BOOL, 0, 1, 12_1, "0", "1", false,   \
      DISRUPTIVE)                                                                                  \
    X(SIGNING_ALGORITHM, "RequireSignedSMIMEAlgorithm", 0x2f, NUMBER, 0, 1, 12_1, "0", "1", false, \
      NONE)                                                                                        \
    X(ENCRYPTION_ALGORITHM, "RequireEncryptionSMIMEAlgorithm", 0x30, NUMBER, 0, 4, 12_1, "0", "1", \
      false, NONE)                                                                                 \
    X(ALGORITHM_NEGOTIATION, "AllowSMIMEEncryptionAlgorithmNegotiation", 0x31, NUMBER, 0, 2, 12_1, \
      "2", "0", false, NONE)                                                                       \
    X(SOFT_CERTIFICATES, "AllowSMIMESoftCerts", 0x32, BOOL, 0, 1, 12_1, "1", "0", false,           \
      DISRUPTIVE)                                                                                  \
    X(BROWSER, "AllowBrowser", 0x33, BOOL, 0, 1, 12_1, "1", "0", false, DISRUPTIVE)                \
    X(CONSUMER_MAIL, "AllowConsumerEmail", 0x34, BOOL, 0, 1, 12_1, "1", "0", false, STICKY)        \
    X(REMOTE_DESKTOP, "AllowRemoteDesktop", 0x35, BOOL, 0, 1, 12_1, "1", "0", false, NONE)         \
    X(INTERNET_SHARING, "AllowInternetSharing", 0x36, BOOL, 0, 1, 12_1, "1", "0", false,           \
      DISRUPTIVE)                                                                                  \
    X(UNAPPROVED_APPLICATIONS, "UnapprovedInROMApplicationList", 0x37, NAMES, 1, 260, 12_1, NULL,  \
      "probe.exe", false, DISRUPTIVE)                                                              \
    X(APPROVED_APPLICATIONS, "ApprovedApplicationList", 0x39, HASHES, 1, 64, 12_1, NULL,           \
      "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", false, STICKY)

enum eas_policy {
#define EAS_POLICY_ENUM(name, element, token, type, least, most, since, neutral, probe, pin, risk) \
    EAS_POLICY_##name,
    EAS_POLICY_TABLE(EAS_POLICY_ENUM)
#undef EAS_POLICY_ENUM
        EAS_POLICIES,
};

struct eas_policy_row {
    const char *element;
    uint16_t tag;
    enum eas_policy_type type;
    int64_t least; /* of a number; of a name or hash its characters */
    int64_t most;
    int since; /* the protocol version that has it first */
    const char *neutral;
    const char *probe;
    bool needs_pin;
    enum eas_policy_risk risk;
};

const struct eas_policy_row *eas_policy_row(enum eas_policy policy);
/* The policy of this element, in its very case. INVALID. */
enum status eas_policy_find(const char *element, enum eas_policy *ret_policy);

/* One value a policy, as it is written: NULL is not sent, "" is an empty element. The texts are the
 * caller's. */
struct eas_policy_document {
    const char *values[EAS_POLICIES];
};

struct eas_policy_document eas_policy_neutral(void);
/* Whether it may have the value: of its type, within its range, a number without leading zeros. */
bool eas_policy_allows(enum eas_policy policy, const char *value);

/* Whether the version has the policy. 2.5 has five, in words of its own: eas/policy_wap.c. */
bool eas_policy_is_in(enum eas_policy policy, int version);

/*
 * Writes the Data of a Policy as `version` has it: an EASProvisionDoc in the schema's order from
 * 12.0 on, and for 2.5 a text with a document of XML. What the version lacks is left out. A value
 * that its policy may not have fails the writer's buffer (INTERNAL).
 */
void eas_policy_write_data(struct wbxml_writer *writer, int version,
                           const struct eas_policy_document *document);
/* The EASProvisionDoc alone. */
void eas_policy_write(struct wbxml_writer *writer, int version,
                      const struct eas_policy_document *document);
/* The document of 2.5 alone. */
void eas_policy_append_wap(struct buf *out, const struct eas_policy_document *document);

/*
 * The SHA-256 of that Data. Two documents with the same hash are the same to a phone of that
 * version, also where they differ in policies that the version lacks: comparing anything else would
 * send the phone to Provision again and again.
 */
enum { EAS_POLICY_HASH_SIZE = DIGEST_SHA256_SIZE };
enum status eas_policy_hash(int version, const struct eas_policy_document *document,
                            uint8_t ret_hash[static EAS_POLICY_HASH_SIZE]);
