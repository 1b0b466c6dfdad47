#include "eas/policy_choice.h"

#include <criterion/criterion.h>
#include <stdio.h>

static enum status parsed(const char *text)
{
    struct eas_policy_choice choice;
    return eas_choice_parse(span_of_text(text), &choice);
}

static struct eas_policy_choice choice_of(const char *text)
{
    struct eas_policy_choice choice;
    cr_assert_eq(eas_choice_parse(span_of_text(text), &choice), STATUS_OK, "%s", status_detail());
    return choice;
}

static void put(struct eas_policy_choice *choice, enum eas_policy policy, const char *value)
{
    cr_assert_eq(eas_choice_put(choice, policy, value), STATUS_OK, "%s", status_detail());
}

static void expect_text(const struct eas_policy_choice *choice, const char *wanted)
{
    struct buf text defer(buf_clear) = BUF_INIT(EAS_CHOICE_TEXT_MAX);
    eas_choice_append(&text, choice);
    cr_assert_eq(text.failure, STATUS_OK);
    cr_expect_str_eq((const char *)text.ptr, wanted);
}

Test(policy_choice, that_chose_nothing_is_the_neutral_document)
{
    const struct eas_policy_choice choice = choice_of("");
    const struct eas_policy_document document = eas_choice_document(&choice);
    const struct eas_policy_document neutral = eas_policy_neutral();
    cr_expect_eq(memcmp(&document, &neutral, sizeof document), 0);
    cr_expect_eq(eas_choice_policies(&choice), 0);
    expect_text(&choice, "");
}

Test(policy_choice, changes_the_documents_value_and_no_other)
{
    struct eas_policy_choice choice = {{0}, ""};
    put(&choice, EAS_POLICY_CAMERA, "0");
    const struct eas_policy_choice copy = choice;
    memset(&choice, 0xff, sizeof choice);
    const struct eas_policy_document document = eas_choice_document(&copy);
    const struct eas_policy_document neutral = eas_policy_neutral();
    for (int i = 0; i < EAS_POLICIES; i++)
        if (i == EAS_POLICY_CAMERA)
            cr_expect_str_eq(document.values[i], "0");
        else
            cr_expect_eq(document.values[i], neutral.values[i]);
}

Test(policy_choice, is_written_in_the_order_of_the_schema)
{
    struct eas_policy_choice choice = {{0}, ""};
    put(&choice, EAS_POLICY_CAMERA, "0");
    put(&choice, EAS_POLICY_PASSWORD_LENGTH, "6");
    put(&choice, EAS_POLICY_PASSWORD_ENABLED, "1");
    expect_text(&choice, "DevicePasswordEnabled=1\nMinDevicePasswordLength=6\nAllowCamera=0\n");
    put(&choice, EAS_POLICY_PASSWORD_LENGTH, "12");
    expect_text(&choice, "DevicePasswordEnabled=1\nMinDevicePasswordLength=12\nAllowCamera=0\n");
}

Test(policy_choice, the_neutral_value_and_an_empty_one_take_it_back)
{
    struct eas_policy_choice choice = choice_of("AllowCamera=0\nAllowBluetooth=0\n"
                                                "UnapprovedInROMApplicationList=a b.exe\n");
    put(&choice, EAS_POLICY_CAMERA, "1");
    put(&choice, EAS_POLICY_BLUETOOTH, "");
    expect_text(&choice, "UnapprovedInROMApplicationList=a b.exe\n");
    put(&choice, EAS_POLICY_UNAPPROVED_APPLICATIONS, "");
    expect_text(&choice, "");
}

Test(policy_choice, has_room_for_the_longest_value_of_all_policies_at_once)
{
    struct eas_policy_choice choice = {{0}, ""};
    char longest[512];
    for (int i = 0; i < EAS_POLICIES; i++) {
        const struct eas_policy_row *row = eas_policy_row((enum eas_policy)i);
        bool text = row->type == EAS_POLICY_NAMES || row->type == EAS_POLICY_HASHES;
        snprintf(longest, sizeof longest, "%lld", (long long)(row->least == 0 ? 0 : row->most));
        if (text) {
            memset(longest, 'a', (size_t)row->most);
            longest[row->most] = '\0';
        } else if (row->most > 1) {
            snprintf(longest, sizeof longest, "%lld", (long long)row->most);
        }
        put(&choice, (enum eas_policy)i, longest);
        put(&choice, (enum eas_policy)i, row->neutral == NULL ? longest : row->probe);
        put(&choice, (enum eas_policy)i, longest);
    }
    struct buf text defer(buf_clear) = BUF_INIT(EAS_CHOICE_TEXT_MAX);
    eas_choice_append(&text, &choice);
    cr_expect_eq(text.failure, STATUS_OK);
    cr_expect_gt(text.len, 800);
}

Test(policy_choice, takes_zeros_off_a_number_however_many_there_are)
{
    struct eas_policy_choice choice = {{0}, ""};
    char long_one[2048];
    snprintf(long_one, sizeof long_one, "%02000d", 8);
    put(&choice, EAS_POLICY_PASSWORD_ENABLED, "01");
    put(&choice, EAS_POLICY_PASSWORD_LENGTH, long_one);
    put(&choice, EAS_POLICY_CAMERA, "01");
    put(&choice, EAS_POLICY_WIFI, "000");
    expect_text(&choice, "DevicePasswordEnabled=1\nMinDevicePasswordLength=8\nAllowWiFi=0\n");
    cr_expect_eq(eas_choice_put(&choice, EAS_POLICY_PASSWORD_LENGTH, "00"), STATUS_INVALID);
    cr_expect_eq(eas_choice_put(&choice, EAS_POLICY_MAIL_TRUNCATION, "0-1"), STATUS_INVALID);
    put(&choice, EAS_POLICY_UNAPPROVED_APPLICATIONS, "007.exe");
    cr_expect_str_eq(eas_choice_value(&choice, EAS_POLICY_UNAPPROVED_APPLICATIONS), "007.exe");
}

Test(policy_choice, says_what_a_policy_may_be)
{
    struct eas_policy_choice choice = {{0}, ""};
    cr_expect_eq(eas_choice_put(&choice, EAS_POLICY_CAMERA, "no"), STATUS_INVALID);
    cr_expect_str_eq(status_detail(), "AllowCamera: is 0 or 1");
    cr_expect_eq(eas_choice_put(&choice, EAS_POLICY_PASSWORD_LENGTH, "17"), STATUS_INVALID);
    cr_expect_str_eq(status_detail(), "MinDevicePasswordLength: is a number from 1 to 16");
    cr_expect_eq(eas_choice_put(&choice, EAS_POLICY_CALENDAR_AGE, "3"), STATUS_INVALID);
    cr_expect_str_eq(status_detail(), "MaxCalendarAgeFilter: is 0 or a number from 4 to 7");
    cr_expect_eq(eas_choice_put(&choice, EAS_POLICY_MAIL_TRUNCATION, "-2"), STATUS_INVALID);
    cr_expect_eq(eas_choice_put(&choice, EAS_POLICY_UNAPPROVED_APPLICATIONS, "a\nb"),
                 STATUS_INVALID);
    expect_text(&choice, "");
}

Test(policy_choice, details_of_a_pin_need_the_pin)
{
    static const char *const details[] = {
        "MinDevicePasswordLength=6\n",           "MaxInactivityTimeDeviceLock=300\n",
        "MaxDevicePasswordFailedAttempts=8\n",   "AllowSimpleDevicePassword=0\n",
        "DevicePasswordExpiration=90\n",         "DevicePasswordHistory=3\n",
        "AlphanumericDevicePasswordRequired=1\n"};
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        char text[128];
        cr_expect_eq(parsed(details[i]), STATUS_INVALID, "%s", details[i]);
        cr_expect_not_null(strstr(status_detail(), "unless DevicePasswordEnabled is 1"), "%s",
                           status_detail());
        snprintf(text, sizeof text, "DevicePasswordEnabled=1\n%s", details[i]);
        cr_expect_eq(parsed(text), STATUS_OK, "%s: %s", text, status_detail());
    }
}

Test(policy_choice, kinds_of_characters_need_letters)
{
    cr_expect_eq(parsed("DevicePasswordEnabled=1\nMinDevicePasswordComplexCharacters=3\n"),
                 STATUS_INVALID);
    cr_expect_str_eq(status_detail(), "MinDevicePasswordComplexCharacters: devices ignore it "
                                      "unless AlphanumericDevicePasswordRequired is 1");
}

Test(policy_choice, details_of_what_is_forbidden_are_refused)
{
    cr_expect_eq(parsed("AttachmentsEnabled=0\nMaxAttachmentSize=4096\n"), STATUS_INVALID);
    cr_expect_str_eq(status_detail(),
                     "MaxAttachmentSize: means nothing while AttachmentsEnabled is 0");
    cr_expect_eq(parsed("AllowHTMLEmail=0\nMaxEmailHTMLBodyTruncationSize=4096\n"), STATUS_INVALID);
    cr_expect_eq(parsed("RequireStorageCardEncryption=1\nAllowStorageCard=0\n"), STATUS_INVALID);
    cr_expect_eq(parsed("AttachmentsEnabled=0\n"), STATUS_OK);
    cr_expect_eq(parsed("MaxAttachmentSize=4096\n"), STATUS_OK);
}

Test(policy_choice, names_what_cannot_be_undone_and_is_new)
{
    const struct eas_policy_choice before = choice_of("RequireDeviceEncryption=1\n");
    const struct eas_policy_choice after =
        choice_of("DevicePasswordEnabled=1\nMaxDevicePasswordFailedAttempts=8\nAllowCamera=0\n"
                  "RequireDeviceEncryption=1\nAllowWiFi=0\n");
    cr_expect_eq(eas_choice_destructive(&after, &before),
                 EAS_POLICY_BIT(EAS_POLICY_FAILED_ATTEMPTS) | EAS_POLICY_BIT(EAS_POLICY_WIFI));
    cr_expect_eq(eas_choice_destructive(&before, &after), 0);
    const struct eas_policy_choice fewer =
        choice_of("DevicePasswordEnabled=1\nMaxDevicePasswordFailedAttempts=4\n");
    cr_expect_eq(eas_choice_destructive(&fewer, &after),
                 EAS_POLICY_BIT(EAS_POLICY_FAILED_ATTEMPTS));
}

Test(policy_choice, is_read_in_its_one_form_only)
{
    cr_expect_eq(parsed("AllowCamera=0\n"), STATUS_OK);
    cr_expect_eq(parsed("AllowCamera=0"), STATUS_INVALID);
    cr_expect_eq(parsed("AllowCamera=1\n"), STATUS_INVALID);
    cr_expect_eq(parsed("AllowCamera=\n"), STATUS_INVALID);
    cr_expect_eq(parsed("AllowCamera=0\nAllowCamera=0\n"), STATUS_INVALID);
    cr_expect_eq(parsed("AllowWiFi=0\nAllowCamera=0\n"), STATUS_INVALID);
    cr_expect_eq(parsed("allowcamera=0\n"), STATUS_INVALID);
    cr_expect_eq(parsed(" AllowCamera=0\n"), STATUS_INVALID);
    cr_expect_eq(parsed("AllowCamera=0\n\n"), STATUS_INVALID);
    cr_expect_eq(parsed("AllowCamera"), STATUS_INVALID);
    cr_expect_eq(parsed("RemoteWipe=1\n"), STATUS_INVALID);
    struct eas_policy_choice choice;
    cr_expect_eq(eas_choice_parse(span_of("AllowCamera=0\n\0", 15), &choice), STATUS_INVALID);
}
