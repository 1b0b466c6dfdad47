#include "device.h"

#define WORD(name, word, does) word,
#define DEED(name, word, does) does,
const char *const profile_words[PROFILES] = {PROFILE_TABLE(WORD)};
const char *const profile_deeds[PROFILES] = {PROFILE_TABLE(DEED)};

/* MS-ASPROV 2.2.2: token on page 14, name, what asks for nothing, whether it needs a PIN. */
static const struct {
    uint8_t token;
    const char *name;
    const char *neutral;
    bool needs_pin;
} policies[DEVICE_POLICIES] = {
    {0x0e, "DevicePasswordEnabled", "0", false},
    {0x0f, "AlphanumericDevicePasswordRequired", "0", true},
    {0x11, "PasswordRecoveryEnabled", "0", true},
    {0x10, "RequireStorageCardEncryption", "0", false},
    {0x13, "AttachmentsEnabled", "1", false},
    {0x14, "MinDevicePasswordLength", "", true},
    {0x15, "MaxInactivityTimeDeviceLock", "", true},
    {0x16, "MaxDevicePasswordFailedAttempts", "", true},
    {0x17, "MaxAttachmentSize", "", false},
    {0x18, "AllowSimpleDevicePassword", "1", true},
    {0x19, "DevicePasswordExpiration", "", true},
    {0x1a, "DevicePasswordHistory", "0", true},
    {0x1b, "AllowStorageCard", "1", false},
    {0x1c, "AllowCamera", "1", false},
    {0x1d, "RequireDeviceEncryption", "0", false},
    {0x1e, "AllowUnsignedApplications", "1", false},
    {0x1f, "AllowUnsignedInstallationPackages", "1", false},
    {0x20, "MinDevicePasswordComplexCharacters", "1", true},
    {0x21, "AllowWiFi", "1", false},
    {0x22, "AllowTextMessaging", "1", false},
    {0x23, "AllowPOPIMAPEmail", "1", false},
    {0x24, "AllowBluetooth", "2", false},
    {0x25, "AllowIrDA", "1", false},
    {0x26, "RequireManualSyncWhenRoaming", "0", false},
    {0x27, "AllowDesktopSync", "1", false},
    {0x28, "MaxCalendarAgeFilter", "0", false},
    {0x29, "AllowHTMLEmail", "1", false},
    {0x2a, "MaxEmailAgeFilter", "0", false},
    {0x2b, "MaxEmailBodyTruncationSize", "-1", false},
    {0x2c, "MaxEmailHTMLBodyTruncationSize", "-1", false},
    {0x2d, "RequireSignedSMIMEMessages", "0", false},
    {0x2e, "RequireEncryptedSMIMEMessages", "0", false},
    {0x2f, "RequireSignedSMIMEAlgorithm", "0", false},
    {0x30, "RequireEncryptionSMIMEAlgorithm", "0", false},
    {0x31, "AllowSMIMEEncryptionAlgorithmNegotiation", "2", false},
    {0x32, "AllowSMIMESoftCerts", "1", false},
    {0x33, "AllowBrowser", "1", false},
    {0x34, "AllowConsumerEmail", "1", false},
    {0x35, "AllowRemoteDesktop", "1", false},
    {0x36, "AllowInternetSharing", "1", false},
    {0x37, "UnapprovedInROMApplicationList", "", false},
    {0x39, "ApprovedApplicationList", "", false},
};

enum { PIN = 0, LETTERS = 1, COMPLEX = 17, DES = 33 };
enum { PAGE = 14, DOCUMENT_DEPTH = 5, DATA = 0x0e0a };

#define ONE(index) ((uint64_t)1 << (index))

/* splitmix64: the same set from the same seed, whatever the seed. */
static uint64_t next(uint64_t *seed)
{
    uint64_t value = (*seed += 0x9e3779b97f4a7c15u);
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

struct device device_of(enum profile profile, uint64_t seed, int declines)
{
    enum { PARTIAL_OF_24 = 16 };
    struct device device = {.profile = profile};
    if (profile == PROFILE_SUPPORTS_ALL) {
        device.partial = ONE(DES);
        return device;
    }
    for (int i = 0; i < DEVICE_POLICIES; i++) {
        int draw = (int)(next(&seed) % DEVICE_DECLINES);
        if (draw >= declines)
            continue;
        if (draw * 24 / declines < PARTIAL_OF_24)
            device.partial |= ONE(i);
        else
            device.refused |= ONE(i);
    }
    return device;
}

/* ---- documents ------------------------------------------------------------------------------- */

static int index_of(int tag)
{
    for (int i = 0; i < DEVICE_POLICIES; i++)
        if (tag == (PAGE << 8 | policies[i].token))
            return i;
    return -1;
}

static bool is_list_with_entry(const struct wire_tree *tree, int at)
{
    return at + 1 < tree->count && tree->nodes[at + 1].depth > tree->nodes[at].depth;
}

static uint64_t asked_for(const struct wire_tree *tree)
{
    uint64_t set = 0;
    for (int i = 0; i < tree->count; i++) {
        int policy = index_of(tree->nodes[i].tag);
        const char *text = tree->nodes[i].text;
        if (policy < 0 || tree->nodes[i].depth != DOCUMENT_DEPTH)
            continue;
        if (is_list_with_entry(tree, i) ||
            (text != NULL && strcmp(text, policies[policy].neutral) != 0))
            set |= ONE(policy);
    }
    return set;
}

/* The document of 2.5 has five policies. */
static uint64_t asked_for_by_xml(const char *text)
{
    static const struct {
        const char *words;
        int policy;
    } signs[] = {
        {"name=\"4131\" value=\"0\"", PIN},    {"name=\"PasswordComplexity\" value=\"0\"", LETTERS},
        {"name=\"MinimumPasswordLength\"", 5}, {"name=\"AEFrequencyType\" value=\"1\"", 6},
        {"name=\"DeviceWipeThreshold\"", 7},
    };
    uint64_t set = 0;
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (strstr(text, signs[i].words) != NULL)
            set |= ONE(signs[i].policy);
    return set;
}

uint64_t device_carried(const struct wire_tree *answer)
{
    const struct wire_node *data = wire_find(answer, 3, DATA);
    return data != NULL && data->text != NULL ? asked_for_by_xml(data->text) : asked_for(answer);
}

uint64_t device_demanded(uint64_t carried)
{
    uint64_t set = carried;
    for (int i = 0; i < DEVICE_POLICIES; i++)
        if (policies[i].needs_pin && (carried & ONE(PIN)) == 0)
            set &= ~ONE(i);
    return (set & ONE(LETTERS)) == 0 ? set & ~ONE(COMPLEX) : set;
}

bool device_is_asked_for_pin(uint64_t demanded)
{
    return (demanded & ONE(PIN)) != 0;
}

int device_says(const struct device *device, uint64_t demanded)
{
    static const int always[PROFILES] = {
        [PROFILE_REFUSES_ALL] = 3, [PROFILE_EXTERNAL] = 4, [PROFILE_BLIND] = 1};
    if (device->profile == PROFILE_NEVER)
        return DEVICE_NO_ANSWER;
    if (always[device->profile] != 0)
        return always[device->profile];
    if ((demanded & device->refused) != 0)
        return 3;
    return (demanded & device->partial) != 0 ? 2 : 1;
}

void device_append_names(struct buf *out, uint64_t set)
{
    const char *before = "";
    buf_append_byte(out, '[');
    for (int i = 0; i < DEVICE_POLICIES; i++)
        if ((set & ONE(i)) != 0) {
            buf_printf(out, "%s\"%s\"", before, policies[i].name);
            before = ",";
        }
    buf_append_byte(out, ']');
}
