#include "view/catalogue.h"

#include "view/view.h"

#include <criterion/criterion.h>
#include <time.h>

static const char *language_for(const char *accept)
{
    return catalogue_for(span_of_text(accept))->language;
}

Test(catalogue, the_language_with_the_highest_weight_is_chosen)
{
    static const char *const samples[][2] = {
        {"", "en"},
        {"de", "de"},
        {"de-AT", "de"},
        {"DE-at", "de"},
        {"deu", "en"},
        {"en-GB,en;q=0.9,de;q=0.8", "en"},
        {"fr, de;q=0.5, en;q=0.4", "de"},
        {"en;q=0.4, de;q=0.5", "de"},
        {"de;q=0.5, en;q=0.500", "de"},
        {"de;q=0, en;q=0.1", "en"},
        {"de;q=0", "en"},
        {"*", "en"},
        {"de;q=0.2, *;q=0.1", "de"},
        {"fr", "en"},
        {"de ; q=0.7 , en ; q=0.6", "de"},
        {",, de", "de"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        cr_expect_str_eq(language_for(samples[i][0]), samples[i][1], "%s", samples[i][0]);
}

Test(catalogue, a_malformed_field_gives_the_default)
{
    static const char *const samples[] = {
        "de;q=2",   "de;q=1.001", "de;q=0.1234",    "de;q=", "de;q=-1", "de;x=1",
        "de;q=0,5", "d_e",        "de;q=0.5;q=0.6", "<de>",  "de en"};
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        cr_expect_str_eq(language_for(samples[i]), "en", "%s", samples[i]);
}

Test(catalogue, a_field_that_is_too_long_gives_the_default)
{
    struct buf field defer(buf_clear) = BUF_INIT(4096);
    buf_append_text(&field, "de");
    buf_append_repeated(&field, ' ', 600);
    cr_expect_str_eq(language_for((const char *)field.ptr), "en");
    buf_reset(&field);
    buf_append_text(&field, "de");
    for (int i = 0; i < 17; i++)
        buf_append_text(&field, ",fr");
    cr_expect_str_eq(language_for((const char *)field.ptr), "en");
}

static void must_read(enum text_key key, enum catalogue_form form,
                      const struct catalogue_argument *argument, const char *expected)
{
    struct buf out defer(buf_clear) = BUF_INIT(4096);
    catalogue_append(&out, catalogue_default(), key, form, argument, argument == NULL ? 0 : 1);
    cr_expect_str_eq((const char *)out.ptr, expected);
}

Test(catalogue, arguments_are_escaped_in_pages_and_plain_elsewhere)
{
    struct catalogue_argument argument = catalogue_text("organisation", "<A> & B");
    must_read(TEXT_CA_TITLE, CATALOGUE_HTML, &argument, "Certificates of &lt;A&gt; &amp; B");
    must_read(TEXT_CA_TITLE, CATALOGUE_PLAIN, &argument, "Certificates of <A> & B");
    must_read(TEXT_CA_TITLE, CATALOGUE_PLAIN, NULL, "Certificates of ");
}

Test(catalogue, an_argument_that_looks_like_one_is_not_replaced_again)
{
    struct catalogue_argument argument = catalogue_text("organisation", "{organisation}");
    must_read(TEXT_CA_TITLE, CATALOGUE_PLAIN, &argument, "Certificates of {organisation}");
}

Test(catalogue, bold_is_markup_in_html_only)
{
    must_read(TEXT_WINDOWS_PHONE_TRUST_2, CATALOGUE_HTML, NULL,
              "Tap <b>install</b>, then <b>ok</b>.");
    must_read(TEXT_WINDOWS_PHONE_TRUST_2, CATALOGUE_PLAIN, NULL, "Tap install, then ok.");
}

Test(catalogue, the_plural_form_goes_by_count)
{
    struct catalogue_argument one = catalogue_number("count", 1);
    struct catalogue_argument four = catalogue_number("count", 4);
    must_read(TEXT_LINK_TRIES, CATALOGUE_HTML, &one, "You have one more try.");
    must_read(TEXT_LINK_TRIES, CATALOGUE_HTML, &four, "You have 4 more tries.");
}

Test(catalogue, every_language_has_every_text_and_256_words)
{
    for (size_t i = 0; i < text_catalogue_count; i++) {
        for (int key = 0; key < TEXT_KEYS; key++)
            cr_expect_not_null(text_catalogues[i].texts[key], "%s %d", text_catalogues[i].language,
                               key);
        for (int word = 0; word < 256; word++)
            cr_expect_not_null(text_catalogues[i].words[word]);
    }
}

Test(catalogue, times_are_written_in_the_language_and_zone)
{
    struct buf out defer(buf_clear) = BUF_INIT(256);
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    view_append_moment(&out, catalogue_for(SPAN_LITERAL("de")), 1795442700);
    cr_expect_str_eq((const char *)out.ptr, "23. November 2026, 15:05 Uhr (CET)");
    buf_reset(&out);
    view_append_date(&out, catalogue_default(), 1795442700);
    cr_expect_str_eq((const char *)out.ptr, "23 November 2026");
    buf_reset(&out);
    view_append_clock(&out, catalogue_default(), 1780000000);
    cr_expect_str_eq((const char *)out.ptr, "22:26 (CEST)");
}

Test(catalogue, a_time_in_a_text_is_an_element_where_markup_may_stand)
{
    struct buf out defer(buf_clear) = BUF_INIT(512);
    const struct catalogue_argument at = catalogue_time("at", 1795442700);
    setenv("TZ", "UTC0", 1);
    tzset();
    catalogue_append(&out, catalogue_default(), TEXT_DEVICE_PIN_SINCE, CATALOGUE_HTML, &at, 1);
    cr_expect_str_eq((const char *)out.ptr, "since <time datetime=\"2026-11-23T14:05:00Z\">"
                                            "23 November 2026, 14:05 (UTC)</time>");
    buf_reset(&out);
    catalogue_append(&out, catalogue_default(), TEXT_DEVICE_PIN_SINCE, CATALOGUE_ESCAPED, &at, 1);
    cr_expect_str_eq((const char *)out.ptr, "since 23 November 2026, 14:05 (UTC)");
}
