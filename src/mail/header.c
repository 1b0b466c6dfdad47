/*
 * Encoded words are of base64: they never hold a character that is special in a phrase, and every
 * reader decodes them. A word holds whole characters, as RFC 2047 5 demands.
 */
#include "mail/header.h"

#include "base/clock.h"
#include "base/mail_address.h"
#include "base/text.h"

enum {
    LINE_MOST = 76,
    WORD_MOST = 75,
    WORD_FRAME = sizeof "=?UTF-8?B?" + sizeof "?=" - 2,
    SEGMENT_MOST = 20
};

static enum status check(const char *what, const char *text)
{
    struct span bytes = span_of_text(text);
    if (bytes.len > HEADER_TEXT_MAX)
        return status_fail(STATUS_INVALID, "the %s of a mail has more than %d bytes", what,
                           HEADER_TEXT_MAX);
    if (!text_is_utf8(bytes) || text_has_control(bytes))
        return status_fail(STATUS_INVALID, "the %s of a mail holds a control character", what);
    return STATUS_OK;
}

/* ---- encoded words --------------------------------------------------------------------------- */

/* The most whole characters at the start of `text` that fit in `most` octets. */
static size_t whole_characters(struct span text, size_t most)
{
    size_t len = text.len < most ? text.len : most;
    while (len < text.len && len > 0 && (text.ptr[len] & 0xc0) == 0x80)
        len--;
    return len;
}

/* Octets that one encoded word holds when it may have `room` characters. */
static size_t octets_in(size_t room)
{
    return room < WORD_FRAME ? 0 : (room - WORD_FRAME) / 4 * 3;
}

static void append_words(struct buf *out, struct span text, size_t column)
{
    while (text.len > 0) {
        size_t left = column < LINE_MOST ? LINE_MOST - column : 0;
        size_t len = whole_characters(text, octets_in(left < WORD_MOST ? left : WORD_MOST));
        if (len > 0) {
            buf_append_text(out, "=?UTF-8?B?");
            text_append_base64(out, span_of(text.ptr, len));
            buf_append_text(out, "?=");
            text = span_of(text.ptr + len, text.len - len);
        }
        if (text.len > 0)
            buf_append_text(out, "\r\n ");
        column = 1;
    }
}

/* ASCII that nobody takes for an encoded word. */
static bool is_plain(struct span text)
{
    return text_is_ascii_printable(text) &&
           (text.len < 2 || memmem(text.ptr, text.len, "=?", 2) == NULL);
}

enum status header_append_text(struct buf *out, const char *name, const char *text)
{
    TRY(check(name, text));
    struct span bytes = span_of_text(text);
    size_t column = strlen(name) + 2;
    buf_printf(out, "%s: ", name);
    if (is_plain(bytes) && column + bytes.len <= LINE_MOST)
        buf_append(out, bytes);
    else
        append_words(out, bytes, column);
    buf_append_text(out, "\r\n");
    return out->failure;
}

/* ---- mailboxes ------------------------------------------------------------------------------- */

/* A quoted-string of RFC 5322 3.2.4. */
static void append_quoted(struct buf *out, struct span text)
{
    buf_append_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            buf_append_byte(out, '\\');
        buf_append_byte(out, text.ptr[i]);
    }
    buf_append_byte(out, '"');
}

enum status header_append_mailbox(struct buf *out, const char *name, const char *display,
                                  const char *address)
{
    TRY(mail_address_check(address));
    struct span shown = span_of_text(display);
    if (shown.len == 0) {
        buf_printf(out, "%s: %s\r\n", name, address);
        return out->failure;
    }
    TRY(check("name in an address", display));
    size_t start = out->len;
    size_t column = strlen(name) + 2;
    buf_printf(out, "%s: ", name);
    if (is_plain(shown) && column + 2 * shown.len + 2 <= LINE_MOST)
        append_quoted(out, shown);
    else
        append_words(out, shown, column);
    bool fits = out->len - start + strlen(address) + 3 <= LINE_MOST;
    buf_printf(out, "%s<%s>\r\n", fits ? " " : "\r\n ", address);
    return out->failure;
}

/* ---- dates and files ------------------------------------------------------------------------- */

void header_append_date(struct buf *out, int64_t seconds)
{
    char text[CLOCK_HTTP_SIZE];
    clock_format_http(seconds, text);
    size_t zone = strlen(text) - strlen("GMT");
    buf_printf(out, "Date: %.*s+0000\r\n", (int)zone, text);
}

static bool is_simple_name(struct span name)
{
    return text_is_ascii_printable(name) && name.len <= LINE_MOST / 2 &&
           memchr(name.ptr, '"', name.len) == NULL && memchr(name.ptr, '\\', name.len) == NULL;
}

/* attribute-char of RFC 2231 7, fewer than it allows. */
static void append_percent(struct buf *out, struct span bytes)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.ptr[i] != '\0' && strchr(plain, bytes.ptr[i]) != NULL)
            buf_append_byte(out, bytes.ptr[i]);
        else
            buf_printf(out, "%%%02X", bytes.ptr[i]);
}

enum status header_append_attachment(struct buf *out, const char *file_name)
{
    TRY(check("file name", file_name));
    struct span name = span_of_text(file_name);
    buf_append_text(out, "Content-Disposition: attachment");
    if (is_simple_name(name)) {
        buf_printf(out, "; filename=\"%s\"\r\n", file_name);
        return out->failure;
    }
    for (int segment = 0; name.len > 0; segment++) {
        size_t len = whole_characters(name, SEGMENT_MOST);
        buf_printf(out, ";\r\n filename*%d*=%s", segment, segment == 0 ? "UTF-8''" : "");
        append_percent(out, span_of(name.ptr, len));
        name = span_of(name.ptr + len, name.len - len);
    }
    buf_append_text(out, "\r\n");
    return out->failure;
}
