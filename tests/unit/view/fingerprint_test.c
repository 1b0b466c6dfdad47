#include "view/fingerprint.h"

#include <criterion/criterion.h>

static void fill(uint8_t digest[FINGERPRINT_BYTES])
{
    for (int i = 0; i < FINGERPRINT_BYTES; i++)
        digest[i] = (uint8_t)(i * 37 + 9);
}

Test(fingerprint, the_text_has_sixteen_groups_and_reads_back)
{
    uint8_t digest[FINGERPRINT_BYTES];
    uint8_t again[FINGERPRINT_BYTES] = {0};
    char text[FINGERPRINT_TEXT];
    fill(digest);
    fingerprint_text(digest, text);
    cr_assert_eq(strlen(text), 16 * 4 + 15);
    cr_assert_eq(strncmp(text, "092E 5378 ", 10), 0);
    cr_assert_eq(fingerprint_parse(text, again), STATUS_OK);
    cr_assert_eq(memcmp(digest, again, sizeof digest), 0);
}

Test(fingerprint, another_text_is_refused)
{
    static const char *const hostile[] = {"", "AB", "092E 5378 XX", "zz"};
    uint8_t digest[FINGERPRINT_BYTES];
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        cr_expect_eq(fingerprint_parse(hostile[i], digest), STATUS_INVALID, "%s", hostile[i]);
}

Test(fingerprint, each_byte_has_its_word_in_each_language)
{
    const struct text_catalogue *german = catalogue_for(SPAN_LITERAL("de"));
    uint8_t digest[FINGERPRINT_BYTES] = {0, 255, 1};
    struct buf words defer(buf_clear) = BUF_INIT(1024);
    struct buf expected defer(buf_clear) = BUF_INIT(1024);
    fingerprint_append_words(&words, german, digest, '-');
    buf_printf(&expected, "%s-%s-%s-%s", german->words[0], german->words[255], german->words[1],
               german->words[0]);
    cr_assert_eq(strncmp((const char *)words.ptr, (const char *)expected.ptr, expected.len), 0);
    cr_assert_str_neq(german->words[0], catalogue_default()->words[0]);
}

Test(fingerprint, a_page_gets_groups_and_words)
{
    uint8_t digest[FINGERPRINT_BYTES];
    struct fingerprint fingerprint;
    fill(digest);
    fingerprint_init(&fingerprint, catalogue_default(), digest);
    cr_assert_str_eq(fingerprint.groups[0].text, "092E");
    cr_assert_eq(strlen(fingerprint.groups[15].text), 4);
    cr_assert_str_eq(fingerprint.words[0].text, catalogue_default()->words[9]);
}
