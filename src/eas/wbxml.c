/*
 * The decoder fills one array of elements in document order and keeps the way down to where it
 * stands on a stack of its own. The code page stays what it was switched to: it does not return to
 * the one before when an element ends (MS-ASWBXML 2.1.2.1).
 */
#include "eas/wbxml.h"

#include "base/text.h"
#include "eas/tags.h"

#include <inttypes.h>

enum {
    TOKEN_SWITCH_PAGE = 0x00,
    TOKEN_END = 0x01,
    TOKEN_STR_I = 0x03,
    TOKEN_OPAQUE = 0xc3,
    TAG_HAS_CONTENT = 0x40,
    TAG_HAS_ATTRIBUTES = 0x80,
    TAG_FIRST = 0x05,
    TAG_MASK = 0x3f,
    CHARSET_UTF8 = 0x6a,
    PUBLIC_ID_UNKNOWN = 0x01,
    VERSION_1_1 = 0x01,
    VERSION_1_3 = 0x03,
};

struct wbxml_document {
    struct wbxml_element *elements;
    size_t count;
    size_t capacity;
};

void wbxml_document_free(struct wbxml_document *document)
{
    if (document == NULL)
        return;
    free(document->elements);
    free(document);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct decoder {
    struct span bytes;
    size_t at;
    uint8_t page;
    struct wbxml_document *document;
    uint16_t open[WBXML_DEPTH_MAX]; /* the elements that are open, outermost first */
    uint16_t last[WBXML_DEPTH_MAX]; /* the last child of each so far */
    size_t depth;
    bool ended; /* the root was closed */
};

static enum status malformed(const struct decoder *decoder, const char *what)
{
    return status_fail(STATUS_INVALID, "MS-ASWBXML 2.1: %s at byte %zu", what, decoder->at);
}

static enum status read_byte(struct decoder *decoder, uint8_t *ret_byte)
{
    if (decoder->at == decoder->bytes.len)
        return malformed(decoder, "the document ends too early");
    *ret_byte = decoder->bytes.ptr[decoder->at++];
    return STATUS_OK;
}

/* mb_u_int32 of WBXML 1.3 5.1: seven bits a byte, the highest says that more follow. */
static enum status read_length(struct decoder *decoder, size_t *ret_length)
{
    uint64_t length = 0;
    for (int i = 0; i < 5; i++) {
        uint8_t byte = 0;
        TRY(read_byte(decoder, &byte));
        length = length << 7 | (byte & 0x7f);
        if ((byte & 0x80) != 0)
            continue;
        if (length > decoder->bytes.len - decoder->at)
            return malformed(decoder, "a length goes beyond the document");
        *ret_length = (size_t)length;
        return STATUS_OK;
    }
    return malformed(decoder, "a length of more than 32 bits");
}

static enum status read_header(struct decoder *decoder)
{
    uint8_t header[4];
    for (size_t i = 0; i < sizeof header; i++)
        TRY(read_byte(decoder, &header[i]));
    if (header[0] < VERSION_1_1 || header[0] > VERSION_1_3)
        return malformed(decoder, "a version that is none");
    if (header[1] != PUBLIC_ID_UNKNOWN)
        return malformed(decoder, "a public identifier");
    if (header[2] != CHARSET_UTF8)
        return malformed(decoder, "a charset other than UTF-8");
    if (header[3] != 0)
        return malformed(decoder, "a string table");
    return STATUS_OK;
}

static enum status grow(struct decoder *decoder)
{
    struct wbxml_document *document = decoder->document;
    if (document->count == WBXML_ELEMENTS_MAX)
        return status_fail(STATUS_TOO_LARGE, "more than %d elements", WBXML_ELEMENTS_MAX);
    if (document->count < document->capacity)
        return STATUS_OK;
    size_t capacity = document->capacity == 0 ? 32 : 2 * document->capacity;
    struct wbxml_element *larger =
        reallocarray(document->elements, capacity, sizeof *document->elements);
    if (larger == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a document");
    document->elements = larger;
    document->capacity = capacity;
    return STATUS_OK;
}

/* Hangs a new element below the one that is open. */
static void link_element(struct decoder *decoder, uint16_t number)
{
    if (decoder->depth == 0)
        return;
    size_t parent = decoder->depth - 1;
    struct wbxml_element *elements = decoder->document->elements;
    if (decoder->last[parent] == 0)
        elements[decoder->open[parent]].child = number;
    else
        elements[decoder->last[parent]].sibling = number;
    decoder->last[parent] = number;
}

static enum status read_tag(struct decoder *decoder, uint8_t token)
{
    if ((token & TAG_HAS_ATTRIBUTES) != 0)
        return malformed(decoder, "an attribute or an extension");
    if ((token & TAG_MASK) < TAG_FIRST)
        return malformed(decoder, "an entity, a literal or a processing instruction");
    if (decoder->ended)
        return malformed(decoder, "a second root");
    TRY(grow(decoder));
    uint16_t number = (uint16_t)decoder->document->count++;
    decoder->document->elements[number] =
        (struct wbxml_element){.tag = WBXML_TAG(decoder->page, token & TAG_MASK)};
    link_element(decoder, number);
    if ((token & TAG_HAS_CONTENT) == 0) {
        decoder->ended = decoder->depth == 0;
        return STATUS_OK;
    }
    if (decoder->depth == WBXML_DEPTH_MAX)
        return status_fail(STATUS_TOO_LARGE, "elements nested more than %d deep", WBXML_DEPTH_MAX);
    decoder->open[decoder->depth] = number;
    decoder->last[decoder->depth++] = 0;
    return STATUS_OK;
}

static enum status read_end(struct decoder *decoder)
{
    if (decoder->depth == 0)
        return malformed(decoder, "an end without its element");
    decoder->depth--;
    decoder->ended = decoder->depth == 0;
    return STATUS_OK;
}

static enum status keep_text(struct decoder *decoder, struct span text)
{
    if (decoder->depth == 0)
        return malformed(decoder, "text outside of the root");
    struct wbxml_element *element = &decoder->document->elements[decoder->open[decoder->depth - 1]];
    if (element->has_text)
        return malformed(decoder, "a second text in one element");
    element->has_text = true;
    element->text = text;
    return STATUS_OK;
}

static enum status read_string(struct decoder *decoder)
{
    const uint8_t *start = decoder->bytes.ptr + decoder->at;
    size_t left = decoder->bytes.len - decoder->at;
    const uint8_t *end = left == 0 ? NULL : memchr(start, '\0', left);
    if (end == NULL)
        return malformed(decoder, "a string without its end");
    struct span text = span_of(start, (size_t)(end - start));
    if (!text_is_utf8(text))
        return malformed(decoder, "a string that is not UTF-8");
    TRY(keep_text(decoder, text));
    decoder->at += text.len + 1;
    return STATUS_OK;
}

static enum status read_opaque(struct decoder *decoder)
{
    size_t length = 0;
    TRY(read_length(decoder, &length));
    TRY(keep_text(decoder, span_of(decoder->bytes.ptr + decoder->at, length)));
    decoder->at += length;
    return STATUS_OK;
}

static enum status read_token(struct decoder *decoder)
{
    uint8_t token = 0;
    TRY(read_byte(decoder, &token));
    switch (token) {
    case TOKEN_SWITCH_PAGE:
        return read_byte(decoder, &decoder->page);
    case TOKEN_END:
        return read_end(decoder);
    case TOKEN_STR_I:
        return read_string(decoder);
    case TOKEN_OPAQUE:
        return read_opaque(decoder);
    default:
        return read_tag(decoder, token);
    }
}

enum status wbxml_parse(struct span bytes, struct wbxml_document **ret_document)
{
    struct wbxml_document *document defer(wbxml_document_free) = calloc(1, sizeof *document);
    if (document == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a document");
    struct decoder decoder = {.bytes = bytes, .document = document};
    TRY(read_header(&decoder));
    while (decoder.at < bytes.len)
        TRY(read_token(&decoder));
    if (!decoder.ended)
        return malformed(&decoder, "the document ends too early");
    *ret_document = take(document);
    return STATUS_OK;
}

/* ---- the tree -------------------------------------------------------------------------------- */

const struct wbxml_element *wbxml_root(const struct wbxml_document *document)
{
    return &document->elements[0];
}

size_t wbxml_count(const struct wbxml_document *document)
{
    return document->count;
}

const struct wbxml_element *wbxml_child(const struct wbxml_document *document,
                                        const struct wbxml_element *element)
{
    return element == NULL || element->child == 0 ? NULL : &document->elements[element->child];
}

const struct wbxml_element *wbxml_sibling(const struct wbxml_document *document,
                                          const struct wbxml_element *element)
{
    return element == NULL || element->sibling == 0 ? NULL : &document->elements[element->sibling];
}

const struct wbxml_element *wbxml_find(const struct wbxml_document *document,
                                       const struct wbxml_element *element, uint16_t tag)
{
    const struct wbxml_element *child = wbxml_child(document, element);
    while (child != NULL && child->tag != tag)
        child = wbxml_sibling(document, child);
    return child;
}

struct span wbxml_text(const struct wbxml_element *element)
{
    return element == NULL ? SPAN_EMPTY : element->text;
}

/* ---- writing --------------------------------------------------------------------------------- */

void wbxml_begin(struct wbxml_writer *writer, struct buf *out)
{
    static const uint8_t header[] = {VERSION_1_3, PUBLIC_ID_UNKNOWN, CHARSET_UTF8, 0};
    *writer = (struct wbxml_writer){.out = out};
    buf_append(out, span_of(header, sizeof header));
}

static bool may_write(struct wbxml_writer *writer, uint16_t tag)
{
    if (tag != TAG_PROVISION_REMOTE_WIPE && tag != TAG_PROVISION_ACCOUNT_ONLY_REMOTE_WIPE &&
        writer->depth < WBXML_DEPTH_MAX)
        return true;
    buf_fail(writer->out, status_fail(STATUS_INTERNAL, "the tag %04x is never written here", tag));
    return false;
}

static void write_tag(struct wbxml_writer *writer, uint16_t tag, uint8_t content)
{
    uint8_t page = (uint8_t)(tag >> 8);
    if (!may_write(writer, tag))
        return;
    if (page != writer->page) {
        buf_append_byte(writer->out, TOKEN_SWITCH_PAGE);
        buf_append_byte(writer->out, page);
        writer->page = page;
    }
    buf_append_byte(writer->out, (uint8_t)((tag & TAG_MASK) | content));
}

void wbxml_open(struct wbxml_writer *writer, uint16_t tag)
{
    write_tag(writer, tag, TAG_HAS_CONTENT);
    writer->depth++;
}

void wbxml_close(struct wbxml_writer *writer)
{
    if (writer->depth == 0)
        buf_fail(writer->out, status_fail(STATUS_INTERNAL, "an element is closed too often"));
    else
        writer->depth--;
    buf_append_byte(writer->out, TOKEN_END);
}

void wbxml_write_text(struct wbxml_writer *writer, uint16_t tag, const char *text)
{
    wbxml_open(writer, tag);
    buf_append_byte(writer->out, TOKEN_STR_I);
    buf_append_text(writer->out, text);
    buf_append_byte(writer->out, '\0');
    wbxml_close(writer);
}

void wbxml_write_number(struct wbxml_writer *writer, uint16_t tag, int64_t number)
{
    wbxml_open(writer, tag);
    buf_append_byte(writer->out, TOKEN_STR_I);
    buf_printf(writer->out, "%" PRId64, number);
    buf_append_byte(writer->out, '\0');
    wbxml_close(writer);
}

void wbxml_write_empty(struct wbxml_writer *writer, uint16_t tag)
{
    write_tag(writer, tag, 0);
}
