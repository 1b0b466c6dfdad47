#include "der.h"
#include "fixture.h"

#include "base/clock.h"
#include "base/file.h"
#include "pki/crl.h"

static struct authority authority;

static void set_up(void)
{
    authority = fixture_authority(KEY_EC_P256);
}

static void tear_down(void)
{
    authority_clear(&authority);
}

TestSuite(crl, .init = set_up, .fini = tear_down);

static const struct crl_entry entries[] = {
    {"b0112233445566778899aabbccddeeff", FIXTURE_NOW - 10, CRL_REASON_KEY_COMPROMISE},
    {"10112233445566778899aabbccddeeff", FIXTURE_NOW - 20, CRL_REASON_UNSPECIFIED},
    {"7f", FIXTURE_NOW - 30, CRL_REASON_CESSATION_OF_OPERATION},
};

static struct crl_fields good_fields(void)
{
    return (struct crl_fields){.number = 300,
                               .this_update = FIXTURE_NOW,
                               .next_update = FIXTURE_NOW + 7LL * CLOCK_DAY,
                               .entries = entries,
                               .count = 3};
}

static struct crl *issue(const struct crl_fields *fields, struct buf *der)
{
    struct crl *crl = NULL;
    cr_assert_ok(crl_issue(fields, authority.issuing, authority.issuing_key, der));
    cr_assert_ok(crl_parse(finished(der), &crl));
    return crl;
}

Test(crl, what_is_issued_reads_back)
{
    struct crl_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    struct crl *crl defer(crl_free) = issue(&fields, &der);
    struct crl_info info = crl_info(crl);
    cr_assert_eq(info.number, 300);
    cr_assert_eq(info.this_update, fields.this_update);
    cr_assert_eq(info.next_update, fields.next_update);
    cr_assert_eq(info.count, 3);
    cr_assert_ok(crl_check(crl, authority.issuing, FIXTURE_NOW));
}

Test(crl, every_entry_is_found_with_its_time_and_reason)
{
    struct crl_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    struct crl *crl defer(crl_free) = issue(&fields, &der);
    for (size_t i = 0; i < fields.count; i++) {
        struct crl_entry found;
        cr_assert(crl_find(crl, entries[i].serial, &found), "%s", entries[i].serial);
        cr_assert_eq(found.revoked_at, entries[i].revoked_at);
        cr_assert_eq(found.reason, entries[i].reason);
    }
}

Test(crl, others_are_not_found)
{
    struct crl_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    struct crl *crl defer(crl_free) = issue(&fields, &der);
    static const char *const others[] = {
        "", "7e", "ff", "7F", "b0112233445566778899aabbccddeefe", "-7f", "zz"};
    struct crl_entry found;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_assert(!crl_find(crl, others[i], &found), "%s", others[i]);
}

Test(crl, an_empty_list_has_no_list)
{
    struct crl_fields fields = good_fields();
    fields.count = 0;
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    struct crl *crl defer(crl_free) = issue(&fields, &der);
    cr_assert_eq(crl_info(crl).count, 0);
    /* tbsCertList: version, algorithm, issuer, thisUpdate, nextUpdate, [0] extensions */
    cr_assert_eq(der_integer(DER(finished(&der), 0, 0, 0)), 1);
    cr_assert_eq(DER(finished(&der), 0, 0, 5).tag, 0xa0);
    cr_assert_ok(crl_check(crl, authority.issuing, FIXTURE_NOW));
}

Test(crl, number_and_issuer_key_stand_in_it)
{
    struct crl_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    struct crl *crl defer(crl_free) = issue(&fields, &der);
    static const uint8_t number[] = {0x55, 0x1d, 0x14, 0x04, 0x04, 0x02, 0x02, 0x01, 0x2c};
    cr_assert(contains(finished(&der), span_of(number, sizeof number)));
    const struct certificate_info *issuing = certificate_info(authority.issuing);
    cr_assert(
        contains(finished(&der), span_of(issuing->subject_key_id, issuing->subject_key_id_len)));
}

/* Old CAs that are imported may lack the extension; what is issued under them names the key all the
 * same. */
Test(crl, an_issuer_without_a_key_identifier_is_named_by_its_key)
{
    struct certificate *old defer(certificate_free) = NULL;
    struct private_key *key defer(private_key_free) = NULL;
    struct buf pem defer(buf_clear) = BUF_INIT(LIMIT_KEY_FILE);
    cr_assert_ok(certificate_load(TEST_DATA "/certificate/good/ca-without-key-id.pem", &old));
    cr_assert_eq(certificate_info(old)->subject_key_id_len, 0);
    cr_assert_ok(file_read(TEST_DATA "/key/good/ec-traditional.pem", &pem));
    cr_assert_ok(private_key_from_pem(finished(&pem), NULL, &key));
    struct crl_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    cr_assert_ok(crl_issue(&fields, old, key, &der));
    static const uint8_t authority_key_id[] = {0x55, 0x1d, 0x23, 0x04, 0x18,
                                               0x30, 0x16, 0x80, 0x14};
    cr_assert(contains(finished(&der), span_of(authority_key_id, sizeof authority_key_id)));
}

Test(crl, unspecified_is_written_as_no_reason)
{
    struct crl_fields fields = good_fields();
    fields.entries = &entries[1];
    fields.count = 1;
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    struct crl *crl defer(crl_free) = issue(&fields, &der);
    cr_assert(!contains(finished(&der), SPAN_LITERAL("\x06\x03\x55\x1d\x15")));
}

Test(crl, is_of_its_issuer_and_its_time_only)
{
    struct crl_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    struct crl *crl defer(crl_free) = issue(&fields, &der);
    struct authority other defer(authority_clear) = fixture_authority(KEY_EC_P256);
    cr_assert_eq(crl_check(crl, authority.root, FIXTURE_NOW), STATUS_INVALID);
    cr_assert_eq(crl_check(crl, other.issuing, FIXTURE_NOW), STATUS_INVALID);
    cr_assert(detail_has("signature"));
    cr_assert_eq(crl_check(crl, authority.issuing, fields.this_update - 1), STATUS_INVALID);
    cr_assert_ok(crl_check(crl, authority.issuing, fields.next_update));
    cr_assert_eq(crl_check(crl, authority.issuing, fields.next_update + 1), STATUS_INVALID);
}

Test(crl, hostile_fields_are_refused)
{
    const struct crl_entry bad[] = {
        {"", FIXTURE_NOW, CRL_REASON_UNSPECIFIED},
        {"0x7f", FIXTURE_NOW, CRL_REASON_UNSPECIFIED},
        {"-1", FIXTURE_NOW, CRL_REASON_UNSPECIFIED},
        {"00112233445566778899aabbccddeeff0011223344", FIXTURE_NOW, CRL_REASON_UNSPECIFIED}};
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    struct crl_fields fields = good_fields();
    fields.count = 1;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fields.entries = &bad[i];
        cr_assert_eq(crl_issue(&fields, authority.issuing, authority.issuing_key, &der),
                     STATUS_INVALID, "case %zu", i);
    }
    fields = good_fields();
    fields.number = 0;
    cr_assert_eq(crl_issue(&fields, authority.issuing, authority.issuing_key, &der),
                 STATUS_INVALID);
    fields = good_fields();
    fields.next_update = fields.this_update;
    cr_assert_eq(crl_issue(&fields, authority.issuing, authority.issuing_key, &der),
                 STATUS_INVALID);
    cr_assert_eq(der.len, 0);
}

Test(crl, only_the_ca_signs_with_its_key)
{
    struct crl_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    cr_assert_eq(crl_issue(&fields, authority.issuing, authority.root_key, &der), STATUS_INVALID);
    cr_assert_eq(crl_issue(&fields, authority.user, authority.user_key, &der), STATUS_INVALID);
}

Test(crl, no_part_and_no_changed_bit_passes)
{
    struct crl_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    struct crl *whole defer(crl_free) = issue(&fields, &der);
    for (size_t len = 0; len < der.len; len++) {
        struct crl *crl = NULL;
        cr_assert_eq(crl_parse(span_of(der.ptr, len), &crl), STATUS_INVALID, "%zu octets", len);
    }
    for (size_t bit = 0; bit < der.len * 8; bit += 3) {
        struct crl *crl defer(crl_free) = NULL;
        der.ptr[bit / 8] ^= (uint8_t)(1U << bit % 8);
        if (crl_parse(finished(&der), &crl) == STATUS_OK)
            cr_assert_eq(crl_check(crl, authority.issuing, FIXTURE_NOW), STATUS_INVALID, "bit %zu",
                         bit);
        der.ptr[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

Test(crl, reasons_read_back_by_the_names_of_the_rfc)
{
    static const int reasons[] = {0, 1, 2, 3, 4, 5, 6, 9};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        enum crl_reason reason;
        cr_assert_ok(crl_reason_parse(crl_reason_name((enum crl_reason)reasons[i]), &reason));
        cr_assert_eq((int)reason, reasons[i]);
    }
    static const char *const hostile[] = {"", "KeyCompromise", "removeFromCRL", "8"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        enum crl_reason reason;
        cr_assert_eq(crl_reason_parse(hostile[i], &reason), STATUS_INVALID, "%s", hostile[i]);
    }
}
