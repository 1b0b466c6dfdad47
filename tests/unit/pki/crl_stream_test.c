#include "der.h"
#include "fixture.h"

#include "base/clock.h"
#include "pki/crl_stream.h"

#include <stdio.h>

static struct authority authority;

static void set_up(void)
{
    authority = fixture_authority(KEY_EC_P256);
}

static void tear_down(void)
{
    authority_clear(&authority);
}

TestSuite(crl_stream, .init = set_up, .fini = tear_down);

static struct crl_plan plan_of(const struct crl_entry *entries, uint32_t count)
{
    struct crl_plan plan = {1, FIXTURE_NOW, FIXTURE_NOW + CLOCK_DAY, count, 0};
    for (uint32_t i = 0; i < count; i++) {
        size_t octets = 0;
        cr_assert_ok(crl_entry_size(&entries[i], &octets));
        plan.octets += (uint32_t)octets;
    }
    return plan;
}

static enum status sign(const struct crl_plan *plan, const struct crl_entry *entries, size_t count,
                        struct buf *der)
{
    struct crl_stream *stream defer(crl_stream_free) = NULL;
    TRY(crl_stream_begin(plan, authority.issuing, authority.issuing_key, &stream, der));
    for (size_t i = 0; i < count; i++)
        TRY(crl_stream_add(stream, &entries[i], 1, der));
    return crl_stream_end(stream, der);
}

/* One entry, as an element of the list that has only it. */
static struct span entry_der(const struct crl_entry *entry, struct buf *der)
{
    struct crl_plan plan = plan_of(entry, 1);
    cr_assert_ok(sign(&plan, entry, 1, der));
    struct span body = DER(finished(der), 0, 0, 5, 0).body;
    struct span whole = span_of(body.ptr - 2, body.len + 2);
    cr_assert_eq(whole.len, plan.octets, "it is as long as was announced");
    return whole;
}

static void expect_entry(const struct crl_entry *entry, const char *bytes, size_t len)
{
    struct buf der defer(buf_clear) = BUF_INIT(4096);
    struct span got = entry_der(entry, &der);
    cr_assert(span_equal(got, span_of(bytes, len)), "%s", entry->serial);
}

#define EXPECT_ENTRY(entry, bytes) expect_entry((entry), (bytes), sizeof(bytes) - 1)

Test(crl_stream, entries_are_der_to_the_octet)
{
    const struct crl_entry plain = {"7f", 0, CRL_REASON_UNSPECIFIED};
    EXPECT_ENTRY(&plain, "\x30\x12\x02\x01\x7f\x17\x0d"
                         "700101000000Z");
    const struct crl_entry high = {"80ff", 1, CRL_REASON_KEY_COMPROMISE};
    EXPECT_ENTRY(&high, "\x30\x22\x02\x03\x00\x80\xff\x17\x0d"
                        "700101000001Z"
                        "\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x01");
    const struct crl_entry zeros = {"00007f", 0, CRL_REASON_UNSPECIFIED};
    EXPECT_ENTRY(&zeros, "\x30\x12\x02\x01\x7f\x17\x0d"
                         "700101000000Z");
}

Test(crl_stream, times_are_utc_time_until_2049_and_generalized_from_then_on)
{
    const struct crl_entry last = {"01", 2524607999, CRL_REASON_UNSPECIFIED};
    EXPECT_ENTRY(&last, "\x30\x12\x02\x01\x01\x17\x0d"
                        "491231235959Z");
    const struct crl_entry first = {"01", 2524608000, CRL_REASON_UNSPECIFIED};
    EXPECT_ENTRY(&first, "\x30\x14\x02\x01\x01\x18\x0f"
                         "20500101000000Z");
}

Test(crl_stream, what_cannot_stand_in_a_list_has_no_size)
{
    static const struct crl_entry bad[] = {
        {"", 0, CRL_REASON_UNSPECIFIED},
        {"7", 0, CRL_REASON_UNSPECIFIED},
        {"7F", 0, CRL_REASON_UNSPECIFIED},
        {"0102030405060708090a0b0c0d0e0f101112131415", 0, CRL_REASON_UNSPECIFIED},
        {"01", -1, CRL_REASON_UNSPECIFIED},
        {"01", 253402300800, CRL_REASON_UNSPECIFIED},
        {"01", INT64_MAX, CRL_REASON_UNSPECIFIED},
        {"01", 0, (enum crl_reason)7},
        {"01", 0, (enum crl_reason)8},
        {"01", 0, (enum crl_reason)256},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t octets = 0;
        cr_assert_eq(crl_entry_size(&bad[i], &octets), STATUS_INVALID, "case %zu", i);
    }
}

static const struct crl_entry two[] = {{"0a0b", FIXTURE_NOW, CRL_REASON_SUPERSEDED},
                                       {"0a0c", FIXTURE_NOW, CRL_REASON_UNSPECIFIED}};

Test(crl_stream, entries_that_are_not_as_announced_are_not_signed)
{
    struct buf der defer(buf_clear) = BUF_INIT(4096);
    struct crl_plan plan = plan_of(two, 2);
    cr_assert_ok(sign(&plan, two, 2, &der));
    cr_assert_eq(sign(&plan, two, 1, &der), STATUS_INVALID, "one is missing");
    plan = plan_of(two, 1);
    cr_assert_eq(sign(&plan, two, 2, &der), STATUS_INVALID, "one too many");
    cr_assert_eq(sign(&plan, &two[1], 1, &der), STATUS_INVALID, "a shorter one");
    plan = plan_of(&two[1], 1);
    cr_assert_eq(sign(&plan, two, 1, &der), STATUS_INVALID, "a longer one");
}

Test(crl_stream, lengths_beyond_any_list_are_refused)
{
    struct buf der defer(buf_clear) = BUF_INIT(4096);
    struct crl_plan plan = plan_of(two, 2);
    plan.octets = 2 * CRL_ENTRY_SIZE_MAX + 1;
    cr_assert_eq(sign(&plan, two, 2, &der), STATUS_INVALID);
    plan.count = CRL_STREAM_ENTRIES_MAX + 1;
    cr_assert_eq(sign(&plan, two, 2, &der), STATUS_TOO_LARGE);
    cr_assert_eq(der.len, 0);
}

/* Every length of a length octet, and keys whose signatures vary in length. */
Test(crl_stream, lists_of_any_length_and_key_are_whole)
{
    static const enum key_type types[] = {KEY_EC_P256, KEY_EC_P384, KEY_RSA_2048};
    static const uint32_t counts[] = {0, 1, 3, 7, 200, 2000};
    struct crl_entry *entries defer(free) = calloc(2000, sizeof *entries);
    char(*serials)[8] = calloc(2000, sizeof *serials);
    for (uint32_t i = 0; i < 2000; i++) {
        snprintf(serials[i], sizeof serials[i], "01%04x", i);
        entries[i] = (struct crl_entry){serials[i], FIXTURE_NOW, CRL_REASON_UNSPECIFIED};
    }
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        authority_clear(&authority);
        authority = fixture_authority(types[t]);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            struct crl_plan plan = plan_of(entries, counts[i]);
            struct buf der defer(buf_clear) = BUF_INIT(256 * 1024);
            cr_assert_ok(sign(&plan, entries, counts[i], &der));
            struct crl *crl defer(crl_free) = NULL;
            cr_assert_ok(crl_parse(finished(&der), &crl));
            cr_assert_ok(crl_check(crl, authority.issuing, FIXTURE_NOW));
            cr_assert_eq(crl_info(crl).count, counts[i]);
        }
    }
    free(serials);
}
