/* The platforms as tables: whoever adds one adds a row, its texts and nothing else. */
#include "view/platform.h"

#define ITEMS(array) array, sizeof(array) / sizeof((array)[0])

static const struct view_item ios_trust[] = {
    {TEXT_IOS_TRUST_1}, {TEXT_IOS_TRUST_2}, {TEXT_IOS_TRUST_3},
    {TEXT_IOS_TRUST_4}, {TEXT_IOS_TRUST_5},
};
static const struct view_item ios_claim[] = {
    {TEXT_IOS_CLAIM_1}, {TEXT_IOS_CLAIM_2}, {TEXT_IOS_CLAIM_3},
    {TEXT_IOS_CLAIM_4}, {TEXT_IOS_CLAIM_5},
};
static const struct view_item ios_note[] = {
    {TEXT_IOS_NOTE_1}, {TEXT_IOS_NOTE_2}, {TEXT_IOS_NOTE_3}, {TEXT_IOS_NOTE_4}, {TEXT_IOS_NOTE_5},
};
static const struct view_item android_trust[] = {
    {TEXT_ANDROID_TRUST_1},
    {TEXT_ANDROID_TRUST_2},
    {TEXT_ANDROID_TRUST_3},
    {TEXT_ANDROID_TRUST_4},
};
static const struct view_item android_claim[] = {
    {TEXT_ANDROID_CLAIM_1}, {TEXT_ANDROID_CLAIM_2}, {TEXT_ANDROID_CLAIM_3},
    {TEXT_ANDROID_CLAIM_4}, {TEXT_ANDROID_CLAIM_5},
};
static const struct view_item android_note[] = {
    {TEXT_ANDROID_NOTE_1}, {TEXT_ANDROID_NOTE_2}, {TEXT_ANDROID_NOTE_3},
    {TEXT_ANDROID_NOTE_4}, {TEXT_ANDROID_NOTE_5},
};
static const struct view_item android_old_trust[] = {
    {TEXT_ANDROID_OLD_TRUST_1},
    {TEXT_ANDROID_OLD_TRUST_2},
    {TEXT_ANDROID_OLD_TRUST_3},
    {TEXT_ANDROID_OLD_TRUST_4},
};
static const struct view_item android_old_claim[] = {
    {TEXT_ANDROID_OLD_CLAIM_1},
    {TEXT_ANDROID_OLD_CLAIM_2},
    {TEXT_ANDROID_OLD_CLAIM_3},
    {TEXT_ANDROID_OLD_CLAIM_4},
};
static const struct view_item android_old_note[] = {
    {TEXT_ANDROID_OLD_NOTE_1},
    {TEXT_ANDROID_OLD_NOTE_2},
};
static const struct view_item windows_phone_trust[] = {
    {TEXT_WINDOWS_PHONE_TRUST_1},
    {TEXT_WINDOWS_PHONE_TRUST_2},
    {TEXT_WINDOWS_PHONE_TRUST_3},
};
static const struct view_item windows_phone_claim[] = {
    {TEXT_WINDOWS_PHONE_CLAIM_1},
    {TEXT_WINDOWS_PHONE_CLAIM_2},
    {TEXT_WINDOWS_PHONE_CLAIM_3},
};
static const struct view_item windows_phone_note[] = {
    {TEXT_WINDOWS_PHONE_NOTE_1},
};
static const struct view_item windows_trust[] = {
    {TEXT_WINDOWS_TRUST_1},
    {TEXT_WINDOWS_TRUST_2},
    {TEXT_WINDOWS_TRUST_3},
    {TEXT_WINDOWS_TRUST_4},
};
static const struct view_item windows_claim[] = {
    {TEXT_WINDOWS_CLAIM_1},
    {TEXT_WINDOWS_CLAIM_2},
    {TEXT_WINDOWS_CLAIM_3},
    {TEXT_WINDOWS_CLAIM_4},
};
static const struct view_item windows_note[] = {
    {TEXT_WINDOWS_NOTE_1},
    {TEXT_WINDOWS_NOTE_2},
    {TEXT_WINDOWS_NOTE_3},
};
static const struct view_item macos_trust[] = {
    {TEXT_MACOS_TRUST_1},
    {TEXT_MACOS_TRUST_2},
    {TEXT_MACOS_TRUST_3},
    {TEXT_MACOS_TRUST_4},
};
static const struct view_item macos_claim[] = {
    {TEXT_MACOS_CLAIM_1},
    {TEXT_MACOS_CLAIM_2},
    {TEXT_MACOS_CLAIM_3},
    {TEXT_MACOS_CLAIM_4},
};
static const struct view_item macos_note[] = {
    {TEXT_MACOS_NOTE_1},
    {TEXT_MACOS_NOTE_2},
};
static const struct view_item firefox_trust[] = {
    {TEXT_FIREFOX_TRUST_1},
    {TEXT_FIREFOX_TRUST_2},
    {TEXT_FIREFOX_TRUST_3},
    {TEXT_FIREFOX_TRUST_4},
};
static const struct view_item firefox_claim[] = {
    {TEXT_FIREFOX_CLAIM_1},
    {TEXT_FIREFOX_CLAIM_2},
    {TEXT_FIREFOX_CLAIM_3},
};
static const struct view_item firefox_note[] = {
    {TEXT_FIREFOX_NOTE_1},
};
static const struct view_item chromeos_trust[] = {
    {TEXT_CHROMEOS_TRUST_1},
    {TEXT_CHROMEOS_TRUST_2},
    {TEXT_CHROMEOS_TRUST_3},
    {TEXT_CHROMEOS_TRUST_4},
};
static const struct view_item chromeos_claim[] = {
    {TEXT_CHROMEOS_CLAIM_1},
    {TEXT_CHROMEOS_CLAIM_2},
    {TEXT_CHROMEOS_CLAIM_3},
};
static const struct view_item chromeos_note[] = {
    {TEXT_CHROMEOS_NOTE_1},
};
static const struct view_item linux_trust[] = {
    {TEXT_LINUX_TRUST_1},
    {TEXT_LINUX_TRUST_2},
    {TEXT_LINUX_TRUST_3},
    {TEXT_LINUX_TRUST_4},
};
static const struct view_item linux_claim[] = {
    {TEXT_LINUX_CLAIM_1},
    {TEXT_LINUX_CLAIM_2},
    {TEXT_LINUX_CLAIM_3},
};
static const struct view_item linux_note[] = {
    {TEXT_LINUX_NOTE_1},
};

enum ca_file {
    CA_PROFILE,
    CA_ROOT_CRT,
    CA_ROOT_CER,
    CA_CHAIN_P7B,
    CA_ROOT_PEM,
    CA_CHAIN_PEM,
    CA_ISSUING_CRT,
    CA_ISSUING_CER,
};

/* In the order of "other formats"; INTERFACE: no name here may change. */
static const struct view_file ca_files[CA_FILES] = {
    [CA_PROFILE] = {"/ca/root.mobileconfig", TEXT_FILE_PROFILE, ".mobileconfig",
                    TEXT_FILE_PROFILE_HINT},
    [CA_ROOT_CRT] = {"/ca/root.crt", TEXT_FILE_ROOT, ".crt", TEXT_FILE_ROOT_CRT_HINT},
    [CA_ROOT_CER] = {"/ca/root.cer", TEXT_FILE_ROOT, ".cer", TEXT_FILE_ROOT_CER_HINT},
    [CA_CHAIN_P7B] = {"/ca/chain.p7b", TEXT_FILE_CHAIN, ".p7b", TEXT_FILE_CHAIN_P7B_HINT},
    [CA_ROOT_PEM] = {"/ca/root.pem", TEXT_FILE_ROOT, ".pem", TEXT_FILE_ROOT_PEM_HINT},
    [CA_CHAIN_PEM] = {"/ca/chain.pem", TEXT_FILE_CHAIN, ".pem", TEXT_FILE_CHAIN_PEM_HINT},
    [CA_ISSUING_CRT] = {"/ca/issuing.crt", TEXT_FILE_ISSUING, ".crt", TEXT_FILE_ISSUING_CRT_HINT},
    [CA_ISSUING_CER] = {"/ca/issuing.cer", TEXT_FILE_ISSUING, ".cer", TEXT_FILE_ISSUING_CER_HINT},
};

struct row {
    struct platform_page page;
    enum ca_file ca_file;
};

static const struct row rows[PLATFORMS] = {
    [PLATFORM_IOS] = {{"ios", "/guide/ios", TEXT_PLATFORM_IOS, TEXT_GUIDE_IOS_TITLE,
                       BUNDLE_MOBILECONFIG, ITEMS(ios_trust), ITEMS(ios_claim), ITEMS(ios_note)},
                      CA_PROFILE},
    [PLATFORM_ANDROID] = {{"android", "/guide/android", TEXT_PLATFORM_ANDROID,
                           TEXT_GUIDE_ANDROID_TITLE, BUNDLE_P12, ITEMS(android_trust),
                           ITEMS(android_claim), ITEMS(android_note)},
                          CA_ROOT_CRT},
    [PLATFORM_ANDROID_OLD] = {{"android-old", "/guide/android-old", TEXT_PLATFORM_ANDROID_OLD,
                               TEXT_GUIDE_ANDROID_OLD_TITLE, BUNDLE_P12, ITEMS(android_old_trust),
                               ITEMS(android_old_claim), ITEMS(android_old_note)},
                              CA_ROOT_CRT},
    [PLATFORM_WINDOWS_PHONE] = {{"windows-phone", "/guide/windows-phone",
                                 TEXT_PLATFORM_WINDOWS_PHONE, TEXT_GUIDE_WINDOWS_PHONE_TITLE,
                                 BUNDLE_PFX, ITEMS(windows_phone_trust), ITEMS(windows_phone_claim),
                                 ITEMS(windows_phone_note)},
                                CA_ROOT_CER},
    [PLATFORM_WINDOWS] = {{"windows", "/guide/windows", TEXT_PLATFORM_WINDOWS,
                           TEXT_GUIDE_WINDOWS_TITLE, BUNDLE_PFX, ITEMS(windows_trust),
                           ITEMS(windows_claim), ITEMS(windows_note)},
                          CA_ROOT_CER},
    [PLATFORM_MACOS] = {{"macos", "/guide/macos", TEXT_PLATFORM_MACOS, TEXT_GUIDE_MACOS_TITLE,
                         BUNDLE_MOBILECONFIG, ITEMS(macos_trust), ITEMS(macos_claim),
                         ITEMS(macos_note)},
                        CA_ROOT_CER},
    [PLATFORM_FIREFOX] = {{"firefox", "/guide/firefox", TEXT_PLATFORM_FIREFOX,
                           TEXT_GUIDE_FIREFOX_TITLE, BUNDLE_P12, ITEMS(firefox_trust),
                           ITEMS(firefox_claim), ITEMS(firefox_note)},
                          CA_ROOT_PEM},
    [PLATFORM_CHROMEOS] = {{"chromeos", "/guide/chromeos", TEXT_PLATFORM_CHROMEOS,
                            TEXT_GUIDE_CHROMEOS_TITLE, BUNDLE_P12, ITEMS(chromeos_trust),
                            ITEMS(chromeos_claim), ITEMS(chromeos_note)},
                           CA_ROOT_CRT},
    [PLATFORM_LINUX] = {{"linux", "/guide/linux", TEXT_PLATFORM_LINUX, TEXT_GUIDE_LINUX_TITLE,
                         BUNDLE_P12, ITEMS(linux_trust), ITEMS(linux_claim), ITEMS(linux_note)},
                        CA_ROOT_PEM},
};

static const struct view_file bundle_files[BUNDLE_FILES] = {
    [BUNDLE_P12] = {NULL, TEXT_BUNDLE_P12, ".p12", TEXT_BUNDLE_P12_HINT},
    [BUNDLE_PFX] = {NULL, TEXT_BUNDLE_PFX, ".pfx", TEXT_BUNDLE_PFX_HINT},
    [BUNDLE_MOBILECONFIG] = {NULL, TEXT_BUNDLE_MOBILECONFIG, ".mobileconfig",
                             TEXT_BUNDLE_MOBILECONFIG_HINT},
};

const struct platform_page *platform_page(enum platform platform)
{
    return &rows[platform].page;
}

bool platform_find(struct span slug, enum platform *ret_platform)
{
    for (int i = 0; i < PLATFORMS; i++) {
        if (span_equal_text(slug, rows[i].page.slug)) {
            *ret_platform = (enum platform)i;
            return true;
        }
    }
    return false;
}

void platform_ca_files(enum platform platform, struct view_file ret_files[static CA_FILES])
{
    enum ca_file first = rows[platform].ca_file;
    int count = 0;
    ret_files[count++] = ca_files[first];
    for (int i = 0; i < CA_FILES; i++)
        if (i != (int)first)
            ret_files[count++] = ca_files[i];
}

void platform_choices(enum platform current, struct view_choice ret_choices[static PLATFORMS])
{
    for (int i = 0; i < PLATFORMS; i++)
        ret_choices[i] =
            (struct view_choice){rows[i].page.guide, rows[i].page.name, i == (int)current};
}

static struct view_file bundle_file(enum bundle_kind kind, const char *const hrefs[])
{
    struct view_file file = bundle_files[kind];
    file.href = hrefs[kind];
    return file;
}

void platform_bundle_files(enum platform platform, const char *const hrefs[static BUNDLE_FILES],
                           struct view_file ret_files[static BUNDLE_FILES])
{
    enum bundle_kind first = rows[platform].page.bundle;
    int count = 0;
    ret_files[count++] = bundle_file(first, hrefs);
    for (int i = 0; i < BUNDLE_FILES; i++)
        if (i != (int)first)
            ret_files[count++] = bundle_file((enum bundle_kind)i, hrefs);
}
