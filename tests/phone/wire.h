/*
 * WBXML as phones of many makers write and read it: small, lenient in reading, and not that of
 * src/eas, so that one does not repeat the mistakes of the other. A tag is page << 8 | token.
 */
#pragma once

#include "base/buf.h"

struct wire_writer {
    struct buf *out;
    int page;
};
void wire_begin(struct wire_writer *writer, struct buf *out);
void wire_open(struct wire_writer *writer, int tag);
void wire_close(struct wire_writer *writer);
void wire_text(struct wire_writer *writer, int tag, const char *text);

/* Elements in the order of their beginnings; the root has depth 0. */
enum { WIRE_NODES_MOST = 256 };
struct wire_node {
    int tag;
    int depth;
    const char *text; /* in the bytes that were read; NULL: none */
};
struct wire_tree {
    struct wire_node nodes[WIRE_NODES_MOST];
    int count;
};
/* False: this is no document. */
bool wire_read(struct span bytes, struct wire_tree *ret_tree);
/* The first element with the tag at the depth; NULL: none. */
const struct wire_node *wire_find(const struct wire_tree *tree, int depth, int tag);
/* Its text as a number; 0: none. */
uint32_t wire_number(const struct wire_tree *tree, int depth, int tag);

/* Whether a tag of remote wipe is in it: decoded, and by the bytes of page 14 alone, which also
 * finds one in what is no document. */
bool wire_has_wipe(struct span bytes);
