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
