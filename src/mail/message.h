/*
 * A whole mail as bytes (RFC 5322, MIME: RFC 2045 to 2047): a text in two forms of which the reader
 * shows one, and files with it.
 *
 *     multipart/mixed                    only with attachments
 *         multipart/alternative
 *             text/plain, text/html      UTF-8, quoted-printable
 *         attachments                    base64
 *
 * It is built here and not by libcurl's MIME functions because these bytes are what the queue
 * keeps: every attempt hands over the same, with the same Message-ID, so that a mail that arrived
 * twice is seen to be one. Line ends are CRLF, no line is longer than 78 characters but a long
 * address, and none begins with a dot or with "From ".
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"

#include <stdint.h>

enum { MESSAGE_MAX = 512 * 1024, MESSAGE_ATTACHMENTS = 10 };

struct message_attachment {
    const char *name;       /* of the file, UTF-8 */
    const char *media_type; /* "application/x-x509-ca-cert" */
    struct span bytes;
};

/* Texts are UTF-8; NULL is empty. */
struct message {
    const char *id; /* "abc.1795442700@example.org": letters, digits and dots before the sign */
    int64_t date;
    const char *from_name;
    const char *from;
    const char *reply_to; /* an address, or "" */
    const char *to_name;
    const char *to;
    const char *subject;
    const char *language; /* "en", RFC 3282 */
    struct span text;     /* lines end with LF */
    struct span html;
    const struct message_attachment *attachments;
    size_t attachment_count;
};

/* Appends the mail. INVALID: an address, a name, a subject or a file name that may not stand in a
 * header. */
enum status message_append(struct buf *out, const struct message *message);
