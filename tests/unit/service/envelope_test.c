#include "service/envelope.h"

#include <criterion/criterion.h>

static const struct span key = {(const uint8_t *)"a key of enough octets", 22};

static void close_two(struct buf *sealed)
{
    const struct span parts[] = {SPAN_LITERAL("password"), SPAN_LITERAL("ticket")};
    cr_assert_eq(envelope_close(ENVELOPE_PAGE, key, "link", parts, 2, sealed), STATUS_OK);
}

Test(envelope, gives_its_parts_back)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(1000);
    close_two(&sealed);
    struct span parts[2];
    struct secret *contents defer(secret_free) = NULL;
    cr_assert_eq(envelope_open(ENVELOPE_PAGE, key, "link", span_of(sealed.ptr, sealed.len), parts,
                               2, &contents),
                 STATUS_OK);
    cr_assert(span_equal_text(parts[0], "password"));
    cr_assert(span_equal_text(parts[1], "ticket"));
}

Test(envelope, opens_for_no_other_key_link_or_purpose)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(1000);
    close_two(&sealed);
    struct span blob = span_of(sealed.ptr, sealed.len);
    struct span parts[2];
    struct secret *contents = NULL;
    cr_assert_eq(envelope_open(ENVELOPE_PAGE, SPAN_LITERAL("another key of many octets"), "link",
                               blob, parts, 2, &contents),
                 STATUS_FORBIDDEN);
    cr_assert_eq(envelope_open(ENVELOPE_PAGE, key, "other", blob, parts, 2, &contents),
                 STATUS_FORBIDDEN);
    cr_assert_eq(envelope_open(ENVELOPE_FILE, key, "link", blob, parts, 2, &contents),
                 STATUS_FORBIDDEN);
}

Test(envelope, every_flipped_bit_is_noticed)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(1000);
    close_two(&sealed);
    for (size_t i = 0; i < sealed.len; i++) {
        sealed.ptr[i] ^= 1;
        struct span parts[2];
        struct secret *contents = NULL;
        cr_assert_eq(envelope_open(ENVELOPE_PAGE, key, "link", span_of(sealed.ptr, sealed.len),
                                   parts, 2, &contents),
                     STATUS_FORBIDDEN);
        sealed.ptr[i] ^= 1;
    }
}

Test(envelope, another_number_of_parts_is_refused)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(1000);
    close_two(&sealed);
    struct span blob = span_of(sealed.ptr, sealed.len);
    struct span parts[3];
    struct secret *contents = NULL;
    cr_assert_eq(envelope_open(ENVELOPE_PAGE, key, "link", blob, parts, 1, &contents),
                 STATUS_DATABASE);
    cr_assert_eq(envelope_open(ENVELOPE_PAGE, key, "link", blob, parts, 3, &contents),
                 STATUS_DATABASE);
}

Test(envelope, token_and_pin_cannot_be_shifted_into_each_other)
{
    struct secret *first defer(secret_free) = NULL;
    struct secret *second defer(secret_free) = NULL;
    cr_assert_eq(envelope_page_key(SPAN_LITERAL("tokena"), SPAN_LITERAL("123456"), &first),
                 STATUS_OK);
    cr_assert_eq(envelope_page_key(SPAN_LITERAL("tokena1"), SPAN_LITERAL("23456"), &second),
                 STATUS_OK);
    cr_assert_not(span_equal(secret_span(first), secret_span(second)));
}
