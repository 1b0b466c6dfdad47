#include "base/text.h"

#include <criterion/criterion.h>

static struct span finished(const struct buf *buf)
{
    struct span bytes = SPAN_EMPTY;
    cr_assert_eq(buf_finish(buf, &bytes), STATUS_OK);
    return bytes;
}

Test(text, base32_of_sixteen_bytes_is_twenty_six_characters_and_reads_back)
{
    uint8_t token[16];
    for (size_t i = 0; i < sizeof token; i++)
        token[i] = (uint8_t)(i * 37 + 5);
    struct buf written defer(buf_clear) = BUF_INIT(64);
    text_append_base32(&written, span_of(token, sizeof token));
    cr_assert_eq(finished(&written).len, 26);

    struct buf read defer(buf_clear) = BUF_INIT(64);
    cr_assert_eq(text_decode_base32(finished(&written), &read), STATUS_OK);
    cr_assert(span_equal(finished(&read), span_of(token, sizeof token)));
}

Test(text, base32_refuses_lookalikes_capitals_and_unused_bits)
{
    const char *const hostile[] = {"o0", "l1", "AB", "b", "bcd", "aa=", "a a", "ab"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct buf read defer(buf_clear) = BUF_INIT(64);
        cr_assert_eq(text_decode_base32(span_of_text(hostile[i]), &read), STATUS_INVALID, "%s",
                     hostile[i]);
    }
}

Test(text, base64_refuses_what_it_would_not_write)
{
    const char *const hostile[] = {
        "QQ=",  "QR==", "Q===", " QQ==",    "QQ==\n",   "QQ==QQ==",       "====",
        "_-==", "QUJ=", "Q=J=", "QUJDQQ=Q", "QQ==QUJD", "QUJD\nQUJD\nQU", "QUJDQUJD  \r\n"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct buf read defer(buf_clear) = BUF_INIT(64);
        cr_assert_eq(text_decode_base64(span_of_text(hostile[i]), &read), STATUS_INVALID, "%s",
                     hostile[i]);
    }
}

Test(text, base64_reads_the_vectors_of_rfc_4648)
{
    static const char *const vectors[][2] = {
        {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
        {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct buf written defer(buf_clear) = BUF_INIT(64);
        text_append_base64(&written, span_of_text(vectors[i][0]));
        cr_assert(span_equal_text(finished(&written), vectors[i][1]), "%s", vectors[i][0]);
        struct buf read defer(buf_clear) = BUF_INIT(64);
        cr_assert_eq(text_decode_base64(span_of_text(vectors[i][1]), &read), STATUS_OK);
        cr_assert(span_equal_text(finished(&read), vectors[i][0]), "%s", vectors[i][1]);
    }
}

static const struct {
    const char *text;
    char plus;
    const char *plain; /* NULL: refused */
} encoded[] = {
    {"", '+', ""},
    {"a%20b+c", '+', "a b+c"},
    {"a+b%2b", ' ', "a b+"},
    {"%c3%A4%2F", '+', "\xc3\xa4/"},
    {"%25%32%35", '+', "%25"},
    {"%", '+', NULL},
    {"a%4", '+', NULL},
    {"%4g", '+', NULL},
    {"%g4", '+', NULL},
    {"%%41", '+', NULL},
    {"%+1", ' ', NULL},
    {"%4\x80", '+', NULL},
};

Test(text, percent_encoding_reads_digits_of_either_case_and_nothing_else)
{
    for (size_t i = 0; i < sizeof encoded / sizeof encoded[0]; i++) {
        struct buf plain defer(buf_clear) = BUF_INIT(64);
        enum status status =
            text_decode_percent(span_of_text(encoded[i].text), encoded[i].plus, &plain);
        cr_expect_eq(status, encoded[i].plain == NULL ? STATUS_INVALID : STATUS_OK, "%s",
                     encoded[i].text);
        if (encoded[i].plain != NULL)
            cr_expect(span_equal_text(span_of(plain.ptr, plain.len), encoded[i].plain), "%s",
                      encoded[i].text);
    }
}

Test(text, utf8_refuses_overlong_surrogate_and_beyond)
{
    const char *const hostile[] = {
        "\xc0\x80",         "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "\xf0\x80\x80\x80", "\x80",         "\xc3",         "\xff"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        cr_assert(!text_is_utf8(span_of_text(hostile[i])), "case %zu", i);
    cr_assert(text_is_utf8(span_of_text("Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x94\x91")));
}

Test(text, ascii_transliterates_as_people_write)
{
    struct buf ascii defer(buf_clear) = BUF_INIT(64);
    text_append_ascii(&ascii, span_of_text("Zo\xc3\xab Gr\xc3\xb6\xc3\x9f"
                                           "e \xe2\x82\xac"));
    cr_assert(span_equal_text(finished(&ascii), "Zoe Groesse ?"));
}

Test(text, takes_no_number_above_a_most_of_one_digit)
{
    int64_t number = 0;
    cr_expect_eq(text_parse_int("1", 0, 1, &number), STATUS_OK);
    cr_expect_eq(number, 1);
    cr_expect_eq(text_parse_int("2", 0, 1, &number), STATUS_INVALID);
    cr_expect_eq(text_parse_int("9", 0, 8, &number), STATUS_INVALID);
    cr_expect_eq(text_parse_int("16", 0, 15, &number), STATUS_INVALID);
}

Test(text, durations_take_one_number_and_one_unit)
{
    int64_t seconds = 0;
    cr_assert_eq(text_parse_duration("15m", &seconds), STATUS_OK);
    cr_assert_eq(seconds, 900);
    cr_assert_eq(text_parse_duration("7d", &seconds), STATUS_OK);
    cr_assert_eq(seconds, 604800);
    const char *const hostile[] = {"",    "m",     "15",   "15 m",
                                   "-1s", "1h30m", "15mm", "99999999999999999999d"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        cr_assert_eq(text_parse_duration(hostile[i], &seconds), STATUS_INVALID, "%s", hostile[i]);
}

Test(text, sizes_may_go_without_a_unit)
{
    int64_t bytes = 0;
    cr_assert_eq(text_parse_size("512", &bytes), STATUS_OK);
    cr_assert_eq(bytes, 512);
    cr_assert_eq(text_parse_size("64K", &bytes), STATUS_OK);
    cr_assert_eq(bytes, 65536);
}

Test(text, control_finds_line_and_direction_controls)
{
    cr_assert(text_has_control(span_of_text("a\nb")));
    cr_assert(text_has_control(span_of_text("a\xe2\x80\xae"
                                            "b")));
    cr_assert(!text_has_control(span_of_text("Zo\xc3\xab")));
}

static const struct {
    const char *text;
    size_t most;
    const char *line;
} lines[] = {
    {"Zoë said \"hi\" \\", 100, "Zoë said \"hi\" \\"},
    {"a\nb\r\tc\x1b[1m", 100, "a\\x0ab\\x0d\\x09c\\x1b[1m"},
    {"\x7f\xc2\x85\xe2\x80\xae", 100, "\\x7f\\xc2\\x85\\xe2\\x80\\xae"},
    {"\xff\xc3", 100, "\\xff\\xc3"},
    {"abcdef", 6, "abcdef"},
    {"abcdefg", 6, "abc..."},
    {"abëëë", 6, "ab..."},
    {"abc\n\n", 9, "abc..."},
    {"abcd", 3, "..."},
    {"", 3, ""},
};

Test(text, a_line_shows_what_is_hidden_and_is_cut_between_characters)
{
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct buf line defer(buf_clear) = BUF_INIT(1000);
        buf_append_text(&line, "<");
        text_append_line(&line, span_of_text(lines[i].text), lines[i].most);
        struct span bytes;
        cr_assert_eq(buf_finish(&line, &bytes), STATUS_OK);
        cr_assert_str_eq((const char *)bytes.ptr + 1, lines[i].line);
        cr_assert_eq(strlen(lines[i].line), bytes.len - 1);
    }
}
