#include "eas/policy.h"

#include "base/text.h"

#include <criterion/criterion.h>

#define ELEMENT_MAX 64

/* The tags of the document that is written for `version`, in their order. */
static size_t written(int version, const struct eas_policy_document *document, uint16_t *tags)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(4096);
    struct wbxml_document *parsed defer(wbxml_document_free) = NULL;
    struct wbxml_writer writer;
    wbxml_begin(&writer, &bytes);
    eas_policy_write(&writer, version, document);
    cr_assert_eq(bytes.failure, STATUS_OK, "%s", status_detail());
    cr_assert_eq(wbxml_parse(span_of(bytes.ptr, bytes.len), &parsed), STATUS_OK);
    size_t count = 0;
    for (const struct wbxml_element *policy = wbxml_child(parsed, wbxml_root(parsed));
         policy != NULL; policy = wbxml_sibling(parsed, policy))
        tags[count++] = policy->tag;
    return count;
}

Test(policy, has_all_of_them_once_and_in_the_range_of_tokens)
{
    bool seen[ELEMENT_MAX] = {false};
    cr_expect_eq(EAS_POLICIES, 42);
    for (int i = 0; i < EAS_POLICIES; i++) {
        const struct eas_policy_row *row = eas_policy_row((enum eas_policy)i);
        int token = row->tag & 0xff;
        cr_expect_eq(row->tag >> 8, 14);
        cr_expect(token >= 0x0e && token <= 0x39 && token != 0x12 && token != 0x38, "%s",
                  row->element);
        cr_expect_not(seen[token], "%s", row->element);
        seen[token] = true;
    }
}

Test(policy, may_have_its_own_neutral_and_probe_values)
{
    for (int i = 0; i < EAS_POLICIES; i++) {
        const struct eas_policy_row *row = eas_policy_row((enum eas_policy)i);
        if (row->neutral != NULL)
            cr_expect(eas_policy_allows((enum eas_policy)i, row->neutral), "%s", row->element);
        cr_expect(eas_policy_allows((enum eas_policy)i, row->probe), "%s", row->element);
        cr_expect(row->neutral == NULL || strcmp(row->neutral, row->probe) != 0, "%s",
                  row->element);
    }
}

Test(policy, may_not_have_a_value_out_of_its_range)
{
    cr_expect_not(eas_policy_allows(EAS_POLICY_CAMERA, "2"));
    cr_expect_not(eas_policy_allows(EAS_POLICY_CAMERA, ""));
    cr_expect_not(eas_policy_allows(EAS_POLICY_CAMERA, "-1"));
    cr_expect_not(eas_policy_allows(EAS_POLICY_CAMERA, "yes"));
    cr_expect_not(eas_policy_allows(EAS_POLICY_FAILED_ATTEMPTS, "3"));
    cr_expect_not(eas_policy_allows(EAS_POLICY_PASSWORD_LENGTH, "17"));
    cr_expect(eas_policy_allows(EAS_POLICY_PASSWORD_LENGTH, ""));
    cr_expect(eas_policy_allows(EAS_POLICY_MAIL_TRUNCATION, "-1"));
    cr_expect_not(eas_policy_allows(EAS_POLICY_MAIL_TRUNCATION, "-2"));
    cr_expect_not(eas_policy_allows(EAS_POLICY_UNAPPROVED_APPLICATIONS, "a\nb"));
    for (char age[] = "0"; age[0] <= '9'; age[0]++)
        cr_expect_eq(eas_policy_allows(EAS_POLICY_CALENDAR_AGE, age),
                     age[0] == '0' || (age[0] >= '4' && age[0] <= '7'), "%s", age);
}

Test(policy, writes_a_number_in_one_way_only)
{
    cr_expect(eas_policy_allows(EAS_POLICY_PASSWORD_HISTORY, "0"));
    cr_expect_not(eas_policy_allows(EAS_POLICY_PASSWORD_HISTORY, "00"));
    cr_expect_not(eas_policy_allows(EAS_POLICY_CAMERA, "01"));
    cr_expect_not(eas_policy_allows(EAS_POLICY_PASSWORD_LENGTH, "08"));
    cr_expect_not(eas_policy_allows(EAS_POLICY_MAIL_TRUNCATION, "-01"));
}

Test(policy, is_written_in_the_order_of_the_schema)
{
    uint16_t tags[ELEMENT_MAX];
    struct eas_policy_document document;
    for (int i = 0; i < EAS_POLICIES; i++)
        document.values[i] = eas_policy_row((enum eas_policy)i)->probe;
    cr_assert_eq(written(EAS_16_1, &document, tags), EAS_POLICIES);
    for (int i = 0; i < EAS_POLICIES; i++)
        cr_expect_eq(tags[i], eas_policy_row((enum eas_policy)i)->tag);
}

Test(policy, is_left_out_where_the_version_lacks_it)
{
    uint16_t tags[ELEMENT_MAX];
    const struct eas_policy_document neutral = eas_policy_neutral();
    static const uint16_t first[] = {0x0e0e, 0x0e0f, 0x0e11, 0x0e13, 0x0e14, 0x0e15,
                                     0x0e16, 0x0e17, 0x0e18, 0x0e19, 0x0e1a};
    cr_assert_eq(written(EAS_12_0, &neutral, tags), sizeof first / sizeof first[0]);
    cr_expect_eq(memcmp(tags, first, sizeof first), 0);
    cr_expect_eq(written(EAS_12_1, &neutral, tags), EAS_POLICIES - 2);
    cr_expect_eq(written(EAS_16_1, &neutral, tags), EAS_POLICIES - 2);
}

Test(policy, fails_with_a_value_that_it_may_not_have)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(4096);
    struct wbxml_writer writer;
    struct eas_policy_document document = eas_policy_neutral();
    document.values[EAS_POLICY_CAMERA] = "7";
    wbxml_begin(&writer, &bytes);
    eas_policy_write(&writer, EAS_14_1, &document);
    cr_expect_eq(bytes.failure, STATUS_INTERNAL);
}

Test(policy, of_2_5_is_a_document_of_xml)
{
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    struct eas_policy_document document = eas_policy_neutral();
    eas_policy_append_wap(&text, &document);
    cr_expect_str_eq((const char *)text.ptr,
                     "<wap-provisioningdoc>"
                     "<characteristic type=\"SecurityPolicy\"><parm name=\"4131\" value=\"1\"/>"
                     "</characteristic><characteristic type=\"Registry\">"
                     "<characteristic type=\"HKLM\\Comm\\Security\\Policy\\LASSD\\AE\\"
                     "{50C13377-C66D-400C-889E-C316FC4AB374}\">"
                     "<parm name=\"AEFrequencyType\" value=\"0\"/>"
                     "<parm name=\"AEFrequencyValue\" value=\"0\"/></characteristic>"
                     "</characteristic></wap-provisioningdoc>");
    buf_reset(&text);
    document.values[EAS_POLICY_PASSWORD_ENABLED] = "1";
    document.values[EAS_POLICY_ALPHANUMERIC_PASSWORD] = "1";
    document.values[EAS_POLICY_PASSWORD_LENGTH] = "4";
    document.values[EAS_POLICY_FAILED_ATTEMPTS] = "8";
    document.values[EAS_POLICY_INACTIVITY_LOCK] = "300";
    eas_policy_append_wap(&text, &document);
    cr_expect_str_eq((const char *)text.ptr,
                     "<wap-provisioningdoc>"
                     "<characteristic type=\"SecurityPolicy\"><parm name=\"4131\" value=\"0\"/>"
                     "</characteristic><characteristic type=\"Registry\">"
                     "<characteristic type=\"HKLM\\Comm\\Security\\Policy\\LASSD\\AE\\"
                     "{50C13377-C66D-400C-889E-C316FC4AB374}\">"
                     "<parm name=\"AEFrequencyType\" value=\"1\"/>"
                     "<parm name=\"AEFrequencyValue\" value=\"5\"/></characteristic>"
                     "<characteristic type=\"HKLM\\Comm\\Security\\Policy\\LASSD\">"
                     "<parm name=\"DeviceWipeThreshold\" value=\"8\"/></characteristic>"
                     "<characteristic type=\"HKLM\\Comm\\Security\\Policy\\LASSD\\LAP\\lap_pw\">"
                     "<parm name=\"MinimumPasswordLength\" value=\"4\"/></characteristic>"
                     "<characteristic type=\"HKLM\\Comm\\Security\\Policy\\LASSD\\LAP\\lap_pw\">"
                     "<parm name=\"PasswordComplexity\" value=\"0\"/></characteristic>"
                     "</characteristic></wap-provisioningdoc>");
}

Test(policy, of_2_5_never_locks_at_once_for_seconds)
{
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    struct eas_policy_document document = eas_policy_neutral();
    document.values[EAS_POLICY_INACTIVITY_LOCK] = "30";
    eas_policy_append_wap(&text, &document);
    cr_expect_not_null(strstr((const char *)text.ptr, "\"AEFrequencyValue\" value=\"1\""));
    buf_reset(&text);
    document.values[EAS_POLICY_INACTIVITY_LOCK] = "9999";
    eas_policy_append_wap(&text, &document);
    cr_expect_not_null(strstr((const char *)text.ptr, "\"AEFrequencyType\" value=\"0\""));
    buf_reset(&text);
    document.values[EAS_POLICY_INACTIVITY_LOCK] = "\"/>";
    eas_policy_append_wap(&text, &document);
    cr_expect_eq(text.failure, STATUS_INTERNAL);
}

Test(policy, is_in_the_versions_that_have_it)
{
    int counts[] = {0, 0, 0, 0};
    const int versions[] = {EAS_2_5, EAS_12_0, EAS_12_1, EAS_16_1};
    for (int i = 0; i < 4; i++)
        for (int policy = 0; policy < EAS_POLICIES; policy++)
            counts[i] += eas_policy_is_in((enum eas_policy)policy, versions[i]);
    cr_expect_eq(counts[0], 5);
    cr_expect_eq(counts[1], 11);
    cr_expect_eq(counts[2], EAS_POLICIES);
    cr_expect_eq(counts[3], EAS_POLICIES);
}

static bool same_hash(int version, const struct eas_policy_document *a,
                      const struct eas_policy_document *b)
{
    uint8_t of_a[EAS_POLICY_HASH_SIZE], of_b[EAS_POLICY_HASH_SIZE];
    cr_assert_eq(eas_policy_hash(version, a, of_a), STATUS_OK);
    cr_assert_eq(eas_policy_hash(version, b, of_b), STATUS_OK);
    return memcmp(of_a, of_b, sizeof of_a) == 0;
}

Test(policy, has_the_hash_of_what_is_sent)
{
    struct eas_policy_document neutral = eas_policy_neutral();
    struct eas_policy_document camera = neutral;
    struct eas_policy_document password = neutral;
    camera.values[EAS_POLICY_CAMERA] = "0";
    password.values[EAS_POLICY_PASSWORD_ENABLED] = "1";
    cr_expect(same_hash(EAS_14_1, &neutral, &neutral));
    cr_expect_not(same_hash(EAS_14_1, &neutral, &camera));
    cr_expect(same_hash(EAS_12_0, &neutral, &camera), "12.0 has no AllowCamera");
    cr_expect(same_hash(EAS_2_5, &neutral, &camera));
    cr_expect_not(same_hash(EAS_2_5, &neutral, &password));
    camera.values[EAS_POLICY_CAMERA] = "7";
    uint8_t hash[EAS_POLICY_HASH_SIZE];
    cr_expect_eq(eas_policy_hash(EAS_14_1, &camera, hash), STATUS_INTERNAL);
}
