#include "mail/header.h"

#include "base/text.h"

#include <criterion/criterion.h>

static struct buf out;

static void setup(void)
{
    out = (struct buf)BUF_INIT(64 * 1024);
}

static void teardown(void)
{
    buf_clear(&out);
}

TestSuite(header, .init = setup, .fini = teardown);

static const char *written(void)
{
    return (const char *)out.ptr;
}

static void expect_short_lines(void)
{
    size_t column = 0;
    for (size_t i = 0; i < out.len; i++) {
        column = out.ptr[i] == '\n' ? 0 : column + 1;
        cr_expect_leq(column, 77, "a line of %zu: %s", column, written());
    }
}

Test(header, ascii_stays_as_it_is)
{
    cr_assert_eq(header_append_text(&out, "Subject", "Your certificate"), STATUS_OK);
    cr_assert_str_eq(written(), "Subject: Your certificate\r\n");
}

Test(header, other_letters_become_encoded_words)
{
    cr_assert_eq(header_append_text(&out, "Subject", "Größe"), STATUS_OK);
    cr_assert_str_eq(written(), "Subject: =?UTF-8?B?R3LDtsOfZQ==?=\r\n");
}

Test(header, what_looks_like_an_encoded_word_is_encoded_itself)
{
    cr_assert_eq(header_append_text(&out, "Subject", "=?UTF-8?B?QQ==?="), STATUS_OK);
    cr_assert_null(strstr(written() + 9, "=?UTF-8?B?QQ==?="), "%s", written());
}

Test(header, a_long_text_is_folded_between_whole_characters)
{
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    for (int i = 0; i < 60; i++)
        buf_append_text(&text, i % 3 == 0 ? "ß" : i % 3 == 1 ? "漢" : "x");
    cr_assert_eq(header_append_text(&out, "Subject", (const char *)text.ptr), STATUS_OK);
    expect_short_lines();

    struct buf back defer(buf_clear) = BUF_INIT(4096);
    for (const char *at = written(); (at = strstr(at, "=?UTF-8?B?")) != NULL;) {
        at += strlen("=?UTF-8?B?");
        struct buf word defer(buf_clear) = BUF_INIT(4096);
        cr_assert_eq(text_decode_base64(span_of(at, strcspn(at, "?")), &word), STATUS_OK);
        cr_assert(text_is_utf8(span_of(word.ptr, word.len)), "a character was cut");
        buf_append(&back, span_of(word.ptr, word.len));
    }
    cr_assert(span_equal(span_of(back.ptr, back.len), span_of(text.ptr, text.len)));
}

Test(header, a_long_ascii_text_is_folded_too)
{
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    buf_append_repeated(&text, 'a', 300);
    cr_assert_eq(header_append_text(&out, "Subject", (const char *)text.ptr), STATUS_OK);
    expect_short_lines();
}

Test(header, a_line_end_in_a_text_is_refused)
{
    static const char *const bad[] = {
        "a\r\nBcc: x@example.org",
        "a\nb",
        "a\rb",
        "a\tb",
        "a\x7f",
        "\xe2\x80\xa8",
        "\xff",
        "\xc2\x85",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(header_append_text(&out, "Subject", bad[i]), STATUS_INVALID, "%zu", i);
        cr_expect_eq(header_append_mailbox(&out, "To", bad[i], "ann@example.org"), STATUS_INVALID);
        cr_expect_eq(header_append_attachment(&out, bad[i]), STATUS_INVALID);
    }
}

Test(header, an_endless_text_is_refused)
{
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    buf_append_repeated(&text, 'a', HEADER_TEXT_MAX + 1);
    cr_assert_eq(header_append_text(&out, "Subject", (const char *)text.ptr), STATUS_INVALID);
}

Test(header, a_name_is_quoted)
{
    cr_assert_eq(header_append_mailbox(&out, "To", "Ann \"A\" \\ <x>, Example", "ann@example.org"),
                 STATUS_OK);
    cr_assert_str_eq(written(), "To: \"Ann \\\"A\\\" \\\\ <x>, Example\" <ann@example.org>\r\n");
}

Test(header, a_name_of_other_letters_is_encoded)
{
    cr_assert_eq(header_append_mailbox(&out, "From", "Zoë", "ann@example.org"), STATUS_OK);
    cr_assert_str_eq(written(), "From: =?UTF-8?B?Wm/Dqw==?= <ann@example.org>\r\n");
}

Test(header, a_mailbox_without_a_name_is_the_address)
{
    cr_assert_eq(header_append_mailbox(&out, "To", "", "ann@example.org"), STATUS_OK);
    cr_assert_eq(header_append_mailbox(&out, "To", NULL, "ann@example.org"), STATUS_OK);
    cr_assert_str_eq(written(), "To: ann@example.org\r\nTo: ann@example.org\r\n");
}

Test(header, an_address_that_is_none_is_refused)
{
    cr_assert_eq(header_append_mailbox(&out, "To", "Ann", "ann@example.org>, <bob@example.org"),
                 STATUS_INVALID);
    cr_assert_eq(header_append_mailbox(&out, "To", "Ann", "ann@example.org\r\nBcc: x@y"),
                 STATUS_INVALID);
    cr_assert_eq(out.len, 0);
}

Test(header, a_long_name_leaves_the_address_on_a_line_of_its_own)
{
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    for (int i = 0; i < 64; i++)
        buf_append_text(&text, "ö");
    cr_assert_eq(header_append_mailbox(&out, "To", (const char *)text.ptr, "ann@example.org"),
                 STATUS_OK);
    expect_short_lines();
    cr_assert_not_null(strstr(written(), "<ann@example.org>\r\n"));
}

Test(header, the_date_is_that_of_the_rfc)
{
    header_append_date(&out, 784111777);
    cr_assert_str_eq(written(), "Date: Sun, 06 Nov 1994 08:49:37 +0000\r\n");
}

Test(header, a_file_name_stands_in_quotes)
{
    cr_assert_eq(header_append_attachment(&out, "example-root.cer"), STATUS_OK);
    cr_assert_str_eq(written(),
                     "Content-Disposition: attachment; filename=\"example-root.cer\"\r\n");
}

Test(header, a_file_name_of_other_letters_is_in_the_extended_form)
{
    cr_assert_eq(header_append_attachment(&out, "Größe \"1\".cer"), STATUS_OK);
    cr_assert_str_eq(written(), "Content-Disposition: attachment;\r\n"
                                " filename*0*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22.cer\r\n");
}

Test(header, a_long_file_name_is_in_pieces)
{
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    for (int i = 0; i < 30; i++)
        buf_append_text(&text, "漢");
    cr_assert_eq(header_append_attachment(&out, (const char *)text.ptr), STATUS_OK);
    expect_short_lines();
    cr_assert_not_null(strstr(written(), "\r\n filename*1*=%E6"), "%s", written());
}
