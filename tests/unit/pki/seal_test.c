#include "fixture.h"

#include "base/text.h"
#include "pki/seal.h"

static const struct span key = SPAN_LITERAL("0123456789abcdef");
static const struct span other_key = SPAN_LITERAL("0123456789abcdeF");

static void seal(struct buf *sealed)
{
    cr_assert_ok(seal_close(key, "bundle page q7", SPAN_LITERAL("the password"), sealed));
}

Test(seal, what_was_sealed_opens_with_the_same_key_and_context)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(256);
    seal(&sealed);
    cr_assert_eq(sealed.len, strlen("the password") + SEAL_OVERHEAD);
    struct secret *plain defer(secret_free) = NULL;
    cr_assert_ok(seal_open(key, "bundle page q7", finished(&sealed), &plain));
    cr_assert_str_eq(secret_text(plain), "the password");
}

Test(seal, nothing_of_the_plain_text_shows)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(256);
    seal(&sealed);
    cr_assert(!contains(finished(&sealed), SPAN_LITERAL("password")));
}

Test(seal, the_same_text_never_gives_the_same_blob)
{
    struct buf one defer(buf_clear) = BUF_INIT(256);
    struct buf two defer(buf_clear) = BUF_INIT(256);
    seal(&one);
    seal(&two);
    cr_assert(!span_equal(finished(&one), finished(&two)));
    cr_assert_neq(memcmp(one.ptr + 1, two.ptr + 1, 16), 0);
    cr_assert_neq(memcmp(one.ptr + 17, two.ptr + 17, 12), 0);
}

Test(seal, another_key_or_context_does_not_open)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(256);
    seal(&sealed);
    struct secret *plain = NULL;
    cr_assert_eq(seal_open(other_key, "bundle page q7", finished(&sealed), &plain),
                 STATUS_FORBIDDEN);
    cr_assert_eq(seal_open(key, "bundle page q8", finished(&sealed), &plain), STATUS_FORBIDDEN);
    cr_assert_eq(seal_open(key, "", finished(&sealed), &plain), STATUS_FORBIDDEN);
    cr_assert_null(plain);
}

Test(seal, every_single_bit_counts)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(256);
    seal(&sealed);
    for (size_t bit = 0; bit < sealed.len * 8; bit++) {
        struct secret *plain = NULL;
        sealed.ptr[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_assert_eq(seal_open(key, "bundle page q7", finished(&sealed), &plain), STATUS_FORBIDDEN,
                     "bit %zu", bit);
        sealed.ptr[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

Test(seal, no_part_of_a_blob_opens)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(256);
    seal(&sealed);
    for (size_t len = 0; len < sealed.len; len++) {
        struct secret *plain = NULL;
        cr_assert_eq(seal_open(key, "bundle page q7", span_of(sealed.ptr, len), &plain),
                     STATUS_FORBIDDEN, "%zu octets", len);
    }
}

Test(seal, nothing_and_much_can_be_sealed)
{
    static uint8_t much[100 * 1000];
    memset(much, 'x', sizeof much);
    const struct span plains[] = {{much, 0}, {much, 1}, {much, sizeof much}};
    for (size_t i = 0; i < 3; i++) {
        struct buf sealed defer(buf_clear) = BUF_INIT(200 * 1000);
        struct secret *plain defer(secret_free) = NULL;
        cr_assert_ok(seal_close(key, "c", plains[i], &sealed));
        cr_assert_ok(seal_open(key, "c", finished(&sealed), &plain));
        cr_assert(span_equal(secret_span(plain), plains[i]));
    }
}

Test(seal, short_keys_are_refused)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(256);
    cr_assert_eq(seal_close(SPAN_LITERAL("123456"), "c", SPAN_LITERAL("x"), &sealed),
                 STATUS_INVALID);
    cr_assert_eq(seal_close(SPAN_EMPTY, "c", SPAN_LITERAL("x"), &sealed), STATUS_INVALID);
    cr_assert_eq(sealed.len, 0);
}

static void combine(const struct span parts[], size_t count, struct secret **ret_key)
{
    cr_assert_ok(seal_combine(parts, count, ret_key));
    cr_assert_eq(secret_span(*ret_key).len, SEAL_KEY_SIZE);
}

Test(seal, parts_that_join_to_the_same_text_are_different_keys)
{
    const struct span one[] = {SPAN_LITERAL("tokentokentoken1"), SPAN_LITERAL("23456")};
    const struct span two[] = {SPAN_LITERAL("tokentokentoken"), SPAN_LITERAL("123456")};
    const struct span three[] = {SPAN_LITERAL("tokentokentoken123456")};
    struct secret *keys[4] = {NULL};
    combine(one, 2, &keys[0]);
    combine(two, 2, &keys[1]);
    combine(three, 1, &keys[2]);
    combine(one, 2, &keys[3]);
    cr_assert(!span_equal(secret_span(keys[0]), secret_span(keys[1])));
    cr_assert(!span_equal(secret_span(keys[1]), secret_span(keys[2])));
    cr_assert(!span_equal(secret_span(keys[0]), secret_span(keys[2])));
    cr_assert(span_equal(secret_span(keys[0]), secret_span(keys[3])));
    for (int i = 0; i < 4; i++)
        secret_free(keys[i]);
}

Test(seal, a_mac_hangs_on_key_context_and_message)
{
    uint8_t mac[MAC_SIZE], again[MAC_SIZE], others[3][MAC_SIZE];
    cr_assert_ok(seal_mac(key, "pin", SPAN_LITERAL("123456"), mac));
    cr_assert_ok(seal_mac(key, "pin", SPAN_LITERAL("123456"), again));
    cr_assert_ok(seal_mac(other_key, "pin", SPAN_LITERAL("123456"), others[0]));
    cr_assert_ok(seal_mac(key, "pim", SPAN_LITERAL("123456"), others[1]));
    cr_assert_ok(seal_mac(key, "pin", SPAN_LITERAL("123457"), others[2]));
    cr_assert_arr_eq(mac, again, MAC_SIZE);
    for (int i = 0; i < 3; i++)
        cr_assert_neq(memcmp(mac, others[i], MAC_SIZE), 0, "case %d", i);
}

/* RFC 5869 and RFC 2104 computed with Python's hmac module: the format on disk must not change. */
Test(seal, macs_of_old_databases_stay_valid)
{
    uint8_t mac[MAC_SIZE];
    cr_assert_ok(seal_mac(key, "pin", SPAN_LITERAL("123456"), mac));
    struct buf hex defer(buf_clear) = BUF_INIT(128);
    text_append_hex(&hex, span_of(mac, sizeof mac));
    cr_assert_str_eq((const char *)hex.ptr,
                     "58bc7ba368b72db2d89def0617486e626512a76de1cac7c1b6d4e762813fed3e");
}

/* A blob made by Python's cryptography module after the description in seal.h. */
Test(seal, blobs_of_old_databases_stay_readable)
{
    struct buf blob defer(buf_clear) = BUF_INIT(256);
    cr_assert_ok(text_decode_hex(SPAN_LITERAL("01000102030405060708090a0b0c0d0e0f6465666768696a6b6c"
                                              "6d6e6f9f55b7d3daee83fc55fe4dfaf036d14ee3a118"),
                                 &blob));
    struct secret *plain defer(secret_free) = NULL;
    cr_assert_ok(seal_open(key, "bundle page q7", finished(&blob), &plain));
    cr_assert_str_eq(secret_text(plain), "old");
}
