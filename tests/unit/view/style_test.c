#include "view/style.h"

#include "base/digest.h"
#include "base/text.h"

#include <criterion/criterion.h>

/* The value of the n-th `name:` in the style. */
static void find_color(const struct view_style *style, const char *name, int which, char color[8])
{
    struct span text = view_style_text(style);
    const uint8_t *at = text.ptr;
    for (int i = 0; i <= which; i++) {
        at = memmem(at, text.len - (size_t)(at - text.ptr), name, strlen(name));
        cr_assert_not_null(at);
        at += strlen(name);
    }
    memcpy(color, at, 7);
    color[7] = '\0';
}

static const char *const colors[] = {"#1d4ed8", "#000000", "#ffffff", "#ffcc00",
                                     "#00ff00", "#808080", "#ff0000", "#7f7f00",
                                     "#0000ff", "#00ffff", "#C0FFEE"};

Test(style, every_colour_reads_well_on_light_and_dark_pages)
{
    static const char *const papers[2][2] = {{"#f4f5f7", "#ffffff"}, {"#14161b", "#1d2027"}};
    for (size_t i = 0; i < sizeof colors / sizeof colors[0]; i++) {
        struct view_style *style defer(view_style_free) = NULL;
        cr_assert_eq(view_style_new(colors[i], &style), STATUS_OK);
        for (int dark = 0; dark < 2; dark++) {
            char accent[8];
            char on_accent[8];
            find_color(style, "{--accent:", dark, accent);
            find_color(style, ";--on-accent:", dark, on_accent);
            cr_expect_geq(view_contrast(accent, papers[dark][0]), 4.5, "%s %d", colors[i], dark);
            cr_expect_geq(view_contrast(accent, papers[dark][1]), 4.5, "%s %d", colors[i], dark);
            cr_expect_geq(view_contrast(accent, on_accent), 4.5, "%s %d", colors[i], dark);
            cr_expect_str_eq(view_style_theme(style, dark), accent);
        }
    }
}

Test(style, a_colour_that_reads_well_already_is_kept)
{
    struct view_style *style defer(view_style_free) = NULL;
    cr_assert_eq(view_style_new("#1d4ed8", &style), STATUS_OK);
    cr_assert_str_eq(view_style_theme(style, false), "#1d4ed8");
    cr_assert_str_neq(view_style_theme(style, true), "#1d4ed8");
}

Test(style, the_texts_of_the_style_sheet_read_well)
{
    static const char *const pairs[][2] = {{"#191c22", "#f4f5f7"}, {"#535a66", "#f4f5f7"},
                                           {"#b3261e", "#fdeceb"}, {"#191c22", "#fdeceb"},
                                           {"#eceef2", "#14161b"}, {"#a9b0bd", "#1d2027"},
                                           {"#ffb4ab", "#3b1a19"}, {"#eceef2", "#352a10"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        cr_expect_geq(view_contrast(pairs[i][0], pairs[i][1]), 4.5, "%s on %s", pairs[i][0],
                      pairs[i][1]);
    cr_expect_geq(view_contrast("#7c8493", "#ffffff"), 3.0, "edges of controls, WCAG 1.4.11");
    cr_expect_geq(view_contrast("#7f8796", "#1d2027"), 3.0, "edges of controls, WCAG 1.4.11");
}

Test(style, contrast_is_that_of_wcag)
{
    cr_assert_float_eq(view_contrast("#000000", "#ffffff"), 21, 0.01);
    cr_assert_float_eq(view_contrast("#777777", "#ffffff"), 4.48, 0.01);
    cr_assert_float_eq(view_contrast("#777777", "nonsense"), 0, 0.01);
}

Test(style, the_hash_is_that_of_the_text)
{
    struct view_style *style defer(view_style_free) = NULL;
    struct buf hash defer(buf_clear) = BUF_INIT(64);
    uint8_t digest[DIGEST_SHA256_SIZE];
    cr_assert_eq(view_style_new("#1d4ed8", &style), STATUS_OK);
    cr_assert_eq(digest_sha256(view_style_text(style), digest), STATUS_OK);
    text_append_base64(&hash, span_of(digest, sizeof digest));
    cr_assert_str_eq(view_style_hash(style), (const char *)hash.ptr);
}

Test(style, what_is_no_colour_is_refused)
{
    static const char *const hostile[] = {"",
                                          "red",
                                          "#12345",
                                          "#1234567",
                                          "#12345g",
                                          "1d4ed8#",
                                          "#fff",
                                          "#1d4ed8}</style>",
                                          "#\xc3\xbc"
                                          "1234"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct view_style *style defer(view_style_free) = NULL;
        cr_expect_eq(view_style_new(hostile[i], &style), STATUS_INVALID, "%s", hostile[i]);
    }
}
