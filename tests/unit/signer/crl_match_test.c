#include "signer/crl_match.h"

#include "base/clock.h"
#include "fixture.h"

#include <criterion/criterion.h>

static struct fixture fixture;
static struct private_key *key;

static void open_fixture(void)
{
    fixture_make(&fixture, KEY_EC_P256, NULL);
    cr_assert_eq(private_key_load(fixture.key_path, NULL, &key), STATUS_OK);
}

static void close_fixture(void)
{
    private_key_free(key);
    fixture_clear(&fixture);
}

TestSuite(crl_match, .init = open_fixture, .fini = close_fixture);

static const struct crl_entry asked[] = {{"00a1", 1767225600, CRL_REASON_KEY_COMPROMISE},
                                         {"0a0c", 2600000000, CRL_REASON_UNSPECIFIED}};

static struct crl_plan plan_of(const struct crl_entry *entries)
{
    struct crl_plan plan = {5, clock_now(), clock_now() + CLOCK_DAY, 2, 0};
    for (int i = 0; i < 2; i++) {
        size_t octets = 0;
        cr_assert_eq(crl_entry_size(&entries[i], &octets), STATUS_OK);
        plan.octets += (uint32_t)octets;
    }
    return plan;
}

/* A list that is signed as `made` and `entries`, held against what was `wanted` and asked. */
static enum status match(const struct crl_plan *made, const struct crl_entry *entries,
                         const struct crl_plan *wanted, const struct certificate *issuer)
{
    struct buf begin defer(buf_clear) = BUF_INIT(4096);
    struct buf middle defer(buf_clear) = BUF_INIT(4096);
    struct buf end defer(buf_clear) = BUF_INIT(4096);
    struct crl_stream *stream defer(crl_stream_free) = NULL;
    cr_assert_eq(crl_stream_begin(made, fixture.issuing, key, &stream, &begin), STATUS_OK);
    cr_assert_eq(crl_stream_add(stream, entries, 2, &middle), STATUS_OK);
    cr_assert_eq(crl_stream_end(stream, &end), STATUS_OK);
    struct crl_match *match defer(crl_match_free) = NULL;
    TRY(crl_match_begin(span_of(begin.ptr, begin.len), wanted, issuer, &match));
    TRY(crl_match_entries(match, span_of(middle.ptr, middle.len), asked, 2));
    return crl_match_end(match, span_of(end.ptr, end.len));
}

Test(crl_match, a_list_as_it_was_asked_for_matches)
{
    struct crl_plan plan = plan_of(asked);
    cr_assert_eq(match(&plan, asked, &plan, fixture.issuing), STATUS_OK, "%s", status_detail());
}

Test(crl_match, every_other_entry_is_found)
{
    static const struct crl_entry others[][2] = {
        {{"00a2", 1767225600, CRL_REASON_KEY_COMPROMISE},
         {"0a0c", 2600000000, CRL_REASON_UNSPECIFIED}},
        {{"00a1", 1767225601, CRL_REASON_KEY_COMPROMISE},
         {"0a0c", 2600000000, CRL_REASON_UNSPECIFIED}},
        {{"00a1", 1767225600, CRL_REASON_SUPERSEDED}, {"0a0c", 2600000000, CRL_REASON_UNSPECIFIED}},
        {{"00a1", 1767225600, CRL_REASON_KEY_COMPROMISE},
         {"0a0c", 2600000001, CRL_REASON_UNSPECIFIED}},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct crl_plan plan = plan_of(others[i]);
        cr_expect_eq(match(&plan, others[i], &plan, fixture.issuing), STATUS_CRYPTO, "case %zu", i);
        cr_expect_not_null(strstr(status_detail(), "an entry"), "%s", status_detail());
    }
}

Test(crl_match, another_number_time_or_issuer_is_found)
{
    struct crl_plan plan = plan_of(asked);
    struct crl_plan other = plan;
    other.number++;
    cr_expect_eq(match(&other, asked, &plan, fixture.issuing), STATUS_CRYPTO);
    other = plan;
    other.this_update--;
    cr_expect_eq(match(&other, asked, &plan, fixture.issuing), STATUS_CRYPTO);
    other = plan;
    other.next_update++;
    cr_expect_eq(match(&other, asked, &plan, fixture.issuing), STATUS_CRYPTO);
    cr_expect_eq(match(&plan, asked, &plan, fixture.root), STATUS_CRYPTO);
}

Test(crl_match, pieces_that_are_cut_are_found)
{
    struct crl_plan plan = plan_of(asked);
    struct buf begin defer(buf_clear) = BUF_INIT(4096);
    struct buf middle defer(buf_clear) = BUF_INIT(4096);
    struct crl_stream *stream defer(crl_stream_free) = NULL;
    cr_assert_eq(crl_stream_begin(&plan, fixture.issuing, key, &stream, &begin), STATUS_OK);
    cr_assert_eq(crl_stream_add(stream, asked, 2, &middle), STATUS_OK);
    for (size_t len = 0; len < middle.len; len++) {
        struct crl_match *match defer(crl_match_free) = NULL;
        cr_assert_eq(crl_match_begin(span_of(begin.ptr, begin.len), &plan, fixture.issuing, &match),
                     STATUS_OK);
        cr_assert_eq(crl_match_entries(match, span_of(middle.ptr, len), asked, 2), STATUS_CRYPTO,
                     "%zu octets", len);
    }
}
