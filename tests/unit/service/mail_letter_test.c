#include "service/mail_letter.h"

#include "mail_fixture.h"

static const struct view_link_letter link_fields = {
    .name = "Ann <b>&",
    .href = "https://ca.example.org/l/abc",
    .address = "https://ca.example.org/l/abc",
    .expires_at = 1795442700,
};

static bool holds(const struct buf *buf, const char *text)
{
    return memmem(buf->ptr, buf->len, text, strlen(text)) != NULL;
}

Test(mail_letter, a_name_is_escaped_in_html_and_left_alone_in_text)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    struct letter letter defer(letter_clear) = {0};
    expect_ok(letter_begin(fixture.service, NULL, &letter));
    expect_ok(letter_link(fixture.service, &link_fields, &letter));
    cr_assert(holds(&letter.html, "Hello Ann &lt;b&gt;&amp;,"));
    cr_assert(holds(&letter.text, "Hello Ann <b>&,\n"));
    cr_assert(holds(&letter.text, "\n\nhttps://ca.example.org/l/abc\n\n"));
    cr_assert(holds(&letter.html, "<a href=\"https://ca.example.org/l/abc\">"));
    cr_assert_str_eq((const char *)letter.subject.ptr, "Your certificate for Example");
}

Test(mail_letter, every_letter_is_written_in_every_language)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    const struct view_ca_letter ca = {"http://ca.example.org/", "http://ca.example.org/", "AB12"};
    const struct view_expiry_letter expiry = {"Ann", "Pixel", 1795442700};
    const struct view_digest_letter digest = {.waiting = 2, .href = "https://ca.example.org/admin"};
    for (size_t i = 0; i < text_catalogue_count; i++) {
        const char *language = text_catalogues[i].language;
        struct letter letters[5] = {0};
        for (size_t j = 0; j < 5; j++)
            expect_ok(letter_begin(fixture.service, language, &letters[j]));
        expect_ok(letter_link(fixture.service, &link_fields, &letters[0]));
        expect_ok(letter_ca(fixture.service, &ca, &letters[1]));
        expect_ok(letter_expiry(fixture.service, &expiry, &letters[2]));
        expect_ok(letter_digest(fixture.service, &digest, &letters[3]));
        expect_ok(letter_test(fixture.service, &letters[4]));
        for (size_t j = 0; j < 5; j++) {
            cr_expect(letters[j].subject.len > 0 && letters[j].text.len > 0);
            cr_expect(holds(&letters[j].html, "</html>"));
            letter_clear(&letters[j]);
        }
    }
}
