/*
 * WBXML as Exchange ActiveSync uses it (MS-ASWBXML): version 1.1 to 1.3, UTF-8, no string table,
 * no attributes, entities, extensions or processing instructions.
 *
 * The decoder takes bytes of anybody: depth, elements and every length are bounded, it does not
 * recurse, and what ActiveSync does not use is refused with the offset. Tags that nobody knows stay
 * in the tree by their number: a new phone may say more than we understand.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

enum { WBXML_DEPTH_MAX = 32, WBXML_ELEMENTS_MAX = 4096 };

/* A tag is its code page and its token: 0x0e05 is Provision on page 14. */
#define WBXML_TAG(page, token) ((uint16_t)((page) << 8 | (token)))

struct wbxml_element {
    uint16_t tag;
    uint16_t child;   /* number of the first child; 0: none, since the root is nobody's child */
    uint16_t sibling; /* number of the next sibling; 0: none */
    bool has_text;
    struct span text; /* of the string or opaque data in it; UTF-8 when it was a string */
};

/* The texts point into the bytes that were parsed. */
struct wbxml_document;
/* INVALID: what is not of the grammar; TOO_LARGE: deeper or more than the limits. */
enum status wbxml_parse(struct span bytes, struct wbxml_document **ret_document);
void wbxml_document_free(struct wbxml_document *document);
CLEANUP_POINTER(struct wbxml_document, wbxml_document_free)

const struct wbxml_element *wbxml_root(const struct wbxml_document *document);
size_t wbxml_count(const struct wbxml_document *document);
/* The first child, or the next sibling; NULL: there is none. NULL in, NULL out. */
const struct wbxml_element *wbxml_child(const struct wbxml_document *document,
                                        const struct wbxml_element *element);
const struct wbxml_element *wbxml_sibling(const struct wbxml_document *document,
                                          const struct wbxml_element *element);
/* The first child with the tag; NULL: there is none. NULL in, NULL out. */
const struct wbxml_element *wbxml_find(const struct wbxml_document *document,
                                       const struct wbxml_element *element, uint16_t tag);
/* Its text; empty when `element` is NULL. */
struct span wbxml_text(const struct wbxml_element *element);

/*
 * Writing: begin, then open and close in pairs. Page switches come by themselves. The tags of
 * remote wipe (Provision 0C and 3B) cannot be written: they fail the buffer, as does a document
 * that is closed too often or nested too deeply.
 */
struct wbxml_writer {
    struct buf *out;
    uint8_t page;
    int depth;
};
void wbxml_begin(struct wbxml_writer *writer, struct buf *out);
void wbxml_open(struct wbxml_writer *writer, uint16_t tag);
void wbxml_close(struct wbxml_writer *writer);
/* One element with a text, which holds no NUL; with a number in decimal; with nothing in it. */
void wbxml_write_text(struct wbxml_writer *writer, uint16_t tag, const char *text);
void wbxml_write_number(struct wbxml_writer *writer, uint16_t tag, int64_t number);
void wbxml_write_empty(struct wbxml_writer *writer, uint16_t tag);
