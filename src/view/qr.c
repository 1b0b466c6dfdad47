/* QR codes by libqrencode, drawn as an SVG path and as half blocks. */
#include "view/qr.h"

#include "base/cleanup.h"

#include <errno.h>
#include <qrencode.h>

enum { QUIET_ZONE = 4 };

CLEANUP_POINTER(QRcode, QRcode_free)

/* Level M restores 15 %: enough for a screen, and small. */
static enum status encode(const char *text, QRcode **ret_code)
{
    *ret_code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (*ret_code != NULL)
        return STATUS_OK;
    return errno == ENOMEM ? status_fail(STATUS_NO_MEMORY, "no memory for a QR code")
                           : status_fail(STATUS_TOO_LARGE, "the text does not fit a QR code");
}

static bool is_dark(const QRcode *code, int x, int y)
{
    bool inside = x >= 0 && y >= 0 && x < code->width && y < code->width;
    return inside && (code->data[y * code->width + x] & 1) != 0;
}

/* Each run of dark modules in a row is one rectangle, drawn from where the last one began. */
static void append_row(struct buf *path, const QRcode *code, int y)
{
    for (int x = 0; x < code->width; x++) {
        int run = 0;
        while (is_dark(code, x + run, y))
            run++;
        if (run == 0)
            continue;
        buf_printf(path, "M%d %dh%dv1h-%dz", x + QUIET_ZONE, y + QUIET_ZONE, run, run);
        x += run;
    }
}

enum status qr_append_path(struct buf *path, const char *text, int *ret_size)
{
    QRcode *code defer(QRcode_free) = NULL;
    TRY(encode(text, &code));
    for (int y = 0; y < code->width; y++)
        append_row(path, code, y);
    if (path->failure == STATUS_OK)
        *ret_size = code->width + 2 * QUIET_ZONE;
    return path->failure;
}

/* Two rows of modules a line: the upper half is the foreground, the lower the background. */
static const char *half_blocks(bool upper, bool lower)
{
    if (upper && lower)
        return " ";
    if (upper)
        return "\u2584";
    return lower ? "\u2580" : "\u2588";
}

enum status qr_append_terminal(struct buf *lines, const char *text)
{
    QRcode *code defer(QRcode_free) = NULL;
    TRY(encode(text, &code));
    enum { MARGIN = 2 };
    for (int y = -MARGIN; y < code->width + MARGIN; y += 2) {
        buf_append_text(lines, "\033[97;40m");
        for (int x = -MARGIN; x < code->width + MARGIN; x++)
            buf_append_text(lines, half_blocks(is_dark(code, x, y), is_dark(code, x, y + 1)));
        buf_append_text(lines, "\033[0m\n");
    }
    return lines->failure;
}
