/*
 * The body is cut at its delimiters with memmem(), each part once; nothing is copied. Browsers end
 * the header's lines and the delimiters with CRLF, and nothing else is taken.
 */
#include "http/multipart.h"

#include "base/field.h"
#include "base/text.h"

#include <stdio.h>
#include <strings.h>

enum { DELIMITER_SIZE = 2 + 2 + MULTIPART_BOUNDARY_MOST + 1, HEADER_MOST = 1024 };

static bool starts_with(struct span text, const char *start)
{
    size_t len = strlen(start);
    return text.len >= len && strncasecmp((const char *)text.ptr, start, len) == 0;
}

static struct span without(struct span text, size_t len)
{
    return span_of(text.ptr + len, text.len - len);
}

/* RFC 2046 5.1.1: bchars, without the space. */
static bool is_boundary(struct span text)
{
    static const char marks[] = "'()+_,-./:=?";
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        bool alphanumeric = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
        if (!alphanumeric && (c == '\0' || strchr(marks, c) == NULL))
            return false;
    }
    return text.len > 0 && text.len <= MULTIPART_BOUNDARY_MOST;
}

enum status multipart_boundary(struct span content_type, struct span *ret_boundary)
{
    struct span rest = content_type;
    struct span type = field_cut(&rest, ';');
    struct span boundary = field_trim(rest);
    bool form =
        type.len == strlen("multipart/form-data") && starts_with(type, "multipart/form-data");
    if (!form || !starts_with(boundary, "boundary="))
        return status_fail(STATUS_UNSUPPORTED_TYPE, "the body must be multipart/form-data");
    boundary = without(boundary, strlen("boundary="));
    if (boundary.len >= 2 && boundary.ptr[0] == '"' && boundary.ptr[boundary.len - 1] == '"')
        boundary = span_of(boundary.ptr + 1, boundary.len - 2);
    if (!is_boundary(boundary))
        return status_fail(STATUS_UNSUPPORTED_TYPE, "the boundary of the form is not valid");
    *ret_boundary = boundary;
    return STATUS_OK;
}

/* ---- the header of a part ---------------------------------------------------------------------
 */

/* "x", as HTML writes it: a quote inside is %22, a backslash is itself. */
static enum status read_quoted(struct span *rest, struct span *ret_text)
{
    const uint8_t *end =
        rest->len < 2 || rest->ptr[0] != '"' ? NULL : memchr(rest->ptr + 1, '"', rest->len - 1);
    if (end == NULL)
        return status_fail(STATUS_INVALID, "a name in the form is not quoted");
    struct span text = span_of(rest->ptr + 1, (size_t)(end - rest->ptr) - 1);
    if (!text_is_utf8(text) || text_has_control(text))
        return status_fail(STATUS_INVALID, "a name in the form holds a character that none has");
    *rest = without(*rest, text.len + 2);
    *ret_text = text;
    return STATUS_OK;
}

/* form-data; name="x"; filename="y" */
static enum status read_disposition(struct span value, struct multipart_part *part)
{
    if (!starts_with(value, "form-data; name="))
        return status_fail(STATUS_INVALID, "a part of the form has no name");
    value = without(value, strlen("form-data; name="));
    TRY(read_quoted(&value, &part->name));
    if (starts_with(value, "; filename=")) {
        value = without(value, strlen("; filename="));
        TRY(read_quoted(&value, &part->filename));
    }
    if (value.len > 0 || part->name.len == 0)
        return status_fail(STATUS_INVALID, "a part of the form has a name that is not understood");
    return STATUS_OK;
}

static enum status read_header_line(struct span line, unsigned *seen, struct multipart_part *part)
{
    bool disposition = starts_with(line, "Content-Disposition:");
    unsigned bit = disposition ? 1 : 2;
    if (!disposition && !starts_with(line, "Content-Type:"))
        return status_fail(STATUS_INVALID, "a part of the form has a header that is not known");
    if ((*seen & bit) != 0)
        return status_fail(STATUS_INVALID, "a part of the form has a header twice");
    *seen |= bit;
    if (!disposition)
        return STATUS_OK;
    return read_disposition(field_trim(without(line, strlen("Content-Disposition:"))), part);
}

/* Leaves the value of the part in *text. */
static enum status read_header(struct span *text, struct multipart_part *part)
{
    unsigned seen = 0;
    for (;;) {
        size_t most = text->len < HEADER_MOST ? text->len : HEADER_MOST;
        const uint8_t *end = memmem(text->ptr, most, "\r\n", 2);
        if (end == NULL)
            return status_fail(STATUS_INVALID, "a header in the form does not end");
        struct span line = span_of(text->ptr, (size_t)(end - text->ptr));
        *text = without(*text, line.len + 2);
        if (line.len == 0)
            break;
        TRY(read_header_line(line, &seen, part));
    }
    if ((seen & 1) == 0)
        return status_fail(STATUS_INVALID, "a part of the form has no name");
    return STATUS_OK;
}

/* ---- the parts --------------------------------------------------------------------------------
 */

static enum status add_part(struct multipart *form, struct span text)
{
    struct multipart_part part = {0};
    TRY(read_header(&text, &part));
    part.value = text;
    for (size_t i = 0; i < form->count; i++)
        if (span_equal(form->parts[i].name, part.name))
            return status_fail(STATUS_INVALID, "the form has a field twice");
    if (form->count == MULTIPART_PARTS_MOST)
        return status_fail(STATUS_TOO_LARGE, "the form has more than %d fields",
                           MULTIPART_PARTS_MOST);
    form->parts[form->count++] = part;
    return STATUS_OK;
}

/* Behind a delimiter: another part ("\r\n") or the end ("--", and at most one CRLF). */
static enum status read_behind(struct span *rest, bool *ret_end)
{
    bool end = starts_with(*rest, "--");
    if (!end && !starts_with(*rest, "\r\n"))
        return status_fail(STATUS_INVALID, "there is text behind a delimiter of the form");
    *rest = without(*rest, 2);
    bool trailing = rest->len > 0 && !(rest->len == 2 && starts_with(*rest, "\r\n"));
    if (end && trailing)
        return status_fail(STATUS_INVALID, "there is text behind the end of the form");
    *ret_end = end;
    return STATUS_OK;
}

enum status multipart_parse(struct span body, struct span boundary, struct multipart *ret_form)
{
    char room[DELIMITER_SIZE];
    int len =
        snprintf(room, sizeof room, "\r\n--%.*s", (int)boundary.len, (const char *)boundary.ptr);
    struct span delimiter = span_of(room, (size_t)len);
    struct span first = without(delimiter, 2);
    if (body.len < first.len || memcmp(body.ptr, first.ptr, first.len) != 0)
        return status_fail(STATUS_INVALID, "the form does not begin with its delimiter");

    struct multipart form = {0};
    struct span rest = without(body, first.len);
    bool end = false;
    TRY(read_behind(&rest, &end));
    while (!end) {
        const uint8_t *at =
            rest.len == 0 ? NULL : memmem(rest.ptr, rest.len, delimiter.ptr, delimiter.len);
        if (at == NULL)
            return status_fail(STATUS_INVALID, "the form does not end with its delimiter");
        struct span text = span_of(rest.ptr, (size_t)(at - rest.ptr));
        rest = without(rest, text.len + delimiter.len);
        TRY(add_part(&form, text));
        TRY(read_behind(&rest, &end));
    }
    *ret_form = form;
    return STATUS_OK;
}

const struct multipart_part *multipart_find(const struct multipart *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (span_equal_text(form->parts[i].name, name))
            return &form->parts[i];
    return NULL;
}
