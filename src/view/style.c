/* Colours that read well, and the style block with its hash. */
#include "view/style.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"
#include "view/asset.h"

#include <math.h>
#include <stdio.h>

enum { STYLE_MAX = 64 * 1024, COLOR_TEXT = sizeof "#rrggbb" };

/* WCAG 2.1 1.4.3 for text; the page colours are those of certferry.css. */
static const double contrast_wanted = 4.5;
static const char paper_light[] = "#f4f5f7";
static const char paper_dark[] = "#1d2027";

struct view_style {
    struct buf text;
    char hash[64]; /* base64 of the text's SHA-256 */
    char theme[2][COLOR_TEXT];
};

struct color {
    double red; /* 0 to 255, as are the others */
    double green;
    double blue;
};

static bool read_color(const char *text, struct color *ret_color)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(3);
    char digits[7] = "";
    if (text == NULL || text[0] != '#' || strlen(text) != 7)
        return false;
    for (int i = 0; i < 6; i++)
        digits[i] =
            (char)(text[i + 1] >= 'A' && text[i + 1] <= 'F' ? text[i + 1] + 32 : text[i + 1]);
    if (text_decode_hex(span_of_text(digits), &bytes) != STATUS_OK)
        return false;
    *ret_color = (struct color){bytes.ptr[0], bytes.ptr[1], bytes.ptr[2]};
    return true;
}

static void write_color(struct color color, char ret_text[static COLOR_TEXT])
{
    snprintf(ret_text, COLOR_TEXT, "#%02x%02x%02x", (unsigned)lround(color.red) & 255U,
             (unsigned)lround(color.green) & 255U, (unsigned)lround(color.blue) & 255U);
}

static double linear(double channel)
{
    double value = channel / 255;
    return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

/* WCAG 2.1, "relative luminance". */
static double luminance(struct color color)
{
    return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue);
}

static double contrast(struct color a, struct color b)
{
    double first = luminance(a);
    double second = luminance(b);
    return (fmax(first, second) + 0.05) / (fmin(first, second) + 0.05);
}

double view_contrast(const char *a, const char *b)
{
    struct color first;
    struct color second;
    if (!read_color(a, &first) || !read_color(b, &second))
        return 0;
    return contrast(first, second);
}

static struct color mix(struct color from, struct color to, double share)
{
    return (struct color){from.red + (to.red - from.red) * share,
                          from.green + (to.green - from.green) * share,
                          from.blue + (to.blue - from.blue) * share};
}

/* The nearest mix of `color` and `end` (black or white) that reads well on `paper`. */
static struct color readable_on(struct color paper, struct color color, struct color end)
{
    for (int step = 0; step < 50; step++) {
        struct color tried = mix(color, end, step / 50.0);
        char text[COLOR_TEXT];
        struct color rounded = tried;
        write_color(tried, text);
        if (read_color(text, &rounded) && contrast(rounded, paper) >= contrast_wanted)
            return rounded;
    }
    return end;
}

static const struct color black = {0, 0, 0};
static const struct color white = {255, 255, 255};

/* "--accent:#..;--on-accent:#..;" */
static void append_accent(struct buf *out, struct color accent)
{
    char text[COLOR_TEXT];
    char on[COLOR_TEXT];
    bool light = contrast(white, accent) >= contrast(black, accent);
    write_color(accent, text);
    write_color(light ? white : black, on);
    buf_printf(out, "--accent:%s;--on-accent:%s", text, on);
}

static enum status hash_text(struct view_style *style)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    struct span bytes;
    TRY(buf_finish(&style->text, &bytes));
    TRY(digest_sha256(bytes, digest));
    struct buf base64 defer(buf_clear) = BUF_INIT(sizeof style->hash - 1);
    text_append_base64(&base64, span_of(digest, sizeof digest));
    TRY(buf_finish(&base64, &bytes));
    snprintf(style->hash, sizeof style->hash, "%s", (const char *)bytes.ptr);
    return STATUS_OK;
}

static enum status fill(struct view_style *style, struct color color)
{
    const struct asset *css = asset_find(SPAN_LITERAL("/static/certferry.css"));
    struct color paper[2];
    if (css == NULL || !read_color(paper_light, &paper[0]) || !read_color(paper_dark, &paper[1]))
        return status_fail(STATUS_INTERNAL, "certferry.css is not embedded");
    struct color light = readable_on(paper[0], color, black);
    struct color dark = readable_on(paper[1], color, white);
    write_color(light, style->theme[0]);
    write_color(dark, style->theme[1]);
    buf_append(&style->text, css->bytes);
    buf_append_text(&style->text, ":root{");
    append_accent(&style->text, light);
    buf_append_text(&style->text, "}@media(prefers-color-scheme:dark){:root{");
    append_accent(&style->text, dark);
    buf_append_text(&style->text, "}}");
    return hash_text(style);
}

enum status view_style_new(const char *color, struct view_style **ret_style)
{
    struct color accent;
    if (!read_color(color, &accent))
        return status_fail(STATUS_INVALID, "'%.20s' is not a colour like #1d4ed8", color);
    struct view_style *style defer(view_style_free) = calloc(1, sizeof *style);
    if (style == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the style");
    style->text = (struct buf)BUF_INIT(STYLE_MAX);
    TRY(fill(style, accent));
    *ret_style = take(style);
    return STATUS_OK;
}

void view_style_free(struct view_style *style)
{
    if (style == NULL)
        return;
    buf_clear(&style->text);
    free(style);
}

struct span view_style_text(const struct view_style *style)
{
    return style == NULL ? SPAN_EMPTY : span_of(style->text.ptr, style->text.len);
}

const char *view_style_hash(const struct view_style *style)
{
    return style->hash;
}

const char *view_style_theme(const struct view_style *style, bool dark)
{
    return style->theme[dark];
}
