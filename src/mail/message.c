/*
 * The boundary holds "=_", which neither quoted-printable nor base64 can (RFC 2045 6.7), so no part
 * can end early whatever it says.
 */
#include "mail/message.h"

#include "base/mail_address.h"
#include "base/text.h"
#include "mail/header.h"

enum { LINE_MOST = 76, BASE64_OCTETS = 57 };

/* ---- bodies ---------------------------------------------------------------------------------- */

/* A line that servers and mailbox files take for something else. */
static bool is_special_start(struct span line)
{
    return line.ptr[0] == '.' || (line.len >= 5 && memcmp(line.ptr, "From ", 5) == 0);
}

/* Whether the octet at `at` must be written as =XX for its own sake or for where it stands. */
static bool is_escaped(struct span text, size_t at, size_t column)
{
    uint8_t c = text.ptr[at];
    if (c == ' ' || c == '\t')
        return at + 1 == text.len || text.ptr[at + 1] == '\n';
    bool special = column == 0 && is_special_start(span_of(text.ptr + at, text.len - at));
    return special || c < ' ' || c > '~' || c == '=';
}

/* RFC 2045 6.7. */
static void append_quoted_printable(struct buf *out, struct span text)
{
    size_t column = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            buf_append_text(out, "\r\n");
            column = 0;
            continue;
        }
        if (column >= LINE_MOST - 3) {
            buf_append_text(out, "=\r\n");
            column = 0;
        }
        size_t before = out->len;
        if (is_escaped(text, i, column))
            buf_printf(out, "=%02X", text.ptr[i]);
        else
            buf_append_byte(out, text.ptr[i]);
        column += out->len - before;
    }
    buf_append_text(out, column == 0 ? "" : "\r\n");
}

/* RFC 2045 6.8. */
static void append_base64_lines(struct buf *out, struct span bytes)
{
    while (bytes.len > 0) {
        size_t len = bytes.len < BASE64_OCTETS ? bytes.len : BASE64_OCTETS;
        text_append_base64(out, span_of(bytes.ptr, len));
        buf_append_text(out, "\r\n");
        bytes = span_of(bytes.ptr + len, bytes.len - len);
    }
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* The part of the Message-ID before the sign, which makes boundaries of this mail its own. */
static struct span id_of(const struct message *message)
{
    return span_of(message->id, strcspn(message->id, "@"));
}

static void append_boundary(struct buf *out, const struct message *message, const char *kind)
{
    struct span id = id_of(message);
    buf_printf(out, "=_%s_%.*s", kind, (int)id.len, (const char *)id.ptr);
}

static void begin_multipart(struct buf *out, const struct message *message, const char *kind)
{
    buf_printf(out, "Content-Type: multipart/%s;\r\n boundary=\"", kind);
    append_boundary(out, message, kind);
    buf_append_text(out, "\"\r\n\r\n");
}

static void begin_part(struct buf *out, const struct message *message, const char *kind)
{
    buf_append_text(out, "--");
    append_boundary(out, message, kind);
    buf_append_text(out, "\r\n");
}

static void end_multipart(struct buf *out, const struct message *message, const char *kind)
{
    buf_append_text(out, "--");
    append_boundary(out, message, kind);
    buf_append_text(out, "--\r\n");
}

static void append_text_part(struct buf *out, const struct message *message, const char *subtype,
                             struct span text)
{
    begin_part(out, message, "alternative");
    buf_printf(out,
               "Content-Type: text/%s; charset=utf-8\r\n"
               "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
               subtype);
    append_quoted_printable(out, text);
}

static void append_alternative(struct buf *out, const struct message *message)
{
    begin_multipart(out, message, "alternative");
    append_text_part(out, message, "plain", message->text);
    append_text_part(out, message, "html", message->html);
    end_multipart(out, message, "alternative");
}

static enum status append_file(struct buf *out, const struct message *message,
                               const struct message_attachment *file)
{
    begin_part(out, message, "mixed");
    buf_printf(out, "Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n", file->media_type);
    TRY(header_append_attachment(out, file->name));
    buf_append_text(out, "\r\n");
    append_base64_lines(out, file->bytes);
    return out->failure;
}

/* ---- the mail -------------------------------------------------------------------------------- */

static bool has(const char *text)
{
    return text != NULL && *text != '\0';
}

static enum status append_head(struct buf *out, const struct message *message)
{
    TRY(header_append_mailbox(out, "From", message->from_name, message->from));
    if (has(message->reply_to))
        TRY(header_append_mailbox(out, "Reply-To", NULL, message->reply_to));
    TRY(header_append_mailbox(out, "To", message->to_name, message->to));
    TRY(header_append_text(out, "Subject", message->subject));
    header_append_date(out, message->date);
    buf_printf(out, "Message-ID: <%s>\r\n", message->id);
    if (has(message->language))
        buf_printf(out, "Content-Language: %s\r\n", message->language);
    /* RFC 3834 5: no answering machine answers. */
    buf_append_text(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
    return out->failure;
}

static enum status check_id(const char *id)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.";
    size_t len = strspn(id, letters);
    if (len == 0 || id[len] != '@' || !host_name_is_valid(id + len + 1))
        return status_fail(STATUS_INTERNAL, "a mail has no proper Message-ID");
    return STATUS_OK;
}

enum status message_append(struct buf *out, const struct message *message)
{
    TRY(check_id(message->id));
    TRY(append_head(out, message));
    if (message->attachment_count == 0) {
        append_alternative(out, message);
        return out->failure;
    }
    begin_multipart(out, message, "mixed");
    begin_part(out, message, "mixed");
    append_alternative(out, message);
    for (size_t i = 0; i < message->attachment_count; i++)
        TRY(append_file(out, message, &message->attachments[i]));
    end_multipart(out, message, "mixed");
    return out->failure;
}
