#include "wire.h"

enum { SWITCH_PAGE = 0x00, END = 0x01, STR_I = 0x03, HAS_CONTENT = 0x40, TOKEN = 0x3f };

static const uint8_t head[] = {0x03, 0x01, 0x6a, 0x00};

void wire_begin(struct wire_writer *writer, struct buf *out)
{
    *writer = (struct wire_writer){.out = out};
    buf_append(out, span_of(head, sizeof head));
}

static void put_tag(struct wire_writer *writer, int tag)
{
    if (tag >> 8 != writer->page) {
        writer->page = tag >> 8;
        buf_append_byte(writer->out, SWITCH_PAGE);
        buf_append_byte(writer->out, (uint8_t)writer->page);
    }
    buf_append_byte(writer->out, (uint8_t)((tag & TOKEN) | HAS_CONTENT));
}

void wire_open(struct wire_writer *writer, int tag)
{
    put_tag(writer, tag);
}

void wire_close(struct wire_writer *writer)
{
    buf_append_byte(writer->out, END);
}

void wire_text(struct wire_writer *writer, int tag, const char *text)
{
    put_tag(writer, tag);
    buf_append_byte(writer->out, STR_I);
    buf_append(writer->out, span_of(text, strlen(text) + 1));
    buf_append_byte(writer->out, END);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
    struct span bytes;
    size_t at;
    int page;
    int open[32]; /* the nodes that are open, outermost first */
    int depth;
    struct wire_tree *tree;
};

static bool take_text(struct reader *reader)
{
    const uint8_t *start = reader->bytes.ptr + reader->at;
    const uint8_t *nul = memchr(start, 0, reader->bytes.len - reader->at);
    if (nul == NULL || reader->depth == 0)
        return false;
    reader->tree->nodes[reader->open[reader->depth - 1]].text = (const char *)start;
    reader->at += (size_t)(nul - start) + 1;
    return true;
}

static bool take_tag(struct reader *reader, uint8_t token)
{
    struct wire_tree *tree = reader->tree;
    bool content = (token & HAS_CONTENT) != 0;
    if ((token & TOKEN) < 5 || token >= 0x80 || tree->count == WIRE_NODES_MOST)
        return false;
    tree->nodes[tree->count] =
        (struct wire_node){.tag = reader->page << 8 | (token & TOKEN), .depth = reader->depth};
    if (content && reader->depth == (int)(sizeof reader->open / sizeof reader->open[0]))
        return false;
    if (content)
        reader->open[reader->depth++] = tree->count;
    tree->count++;
    return true;
}

static bool take_token(struct reader *reader)
{
    uint8_t token = reader->bytes.ptr[reader->at++];
    if (token == STR_I)
        return take_text(reader);
    if (token == END)
        return reader->depth-- > 0;
    if (token != SWITCH_PAGE)
        return take_tag(reader, token);
    if (reader->at == reader->bytes.len)
        return false;
    reader->page = reader->bytes.ptr[reader->at++];
    return true;
}

bool wire_read(struct span bytes, struct wire_tree *ret_tree)
{
    struct reader reader = {.bytes = bytes, .at = sizeof head, .tree = ret_tree};
    ret_tree->count = 0;
    if (bytes.len < sizeof head || memcmp(bytes.ptr, head, sizeof head) != 0)
        return false;
    while (reader.at < bytes.len)
        if (!take_token(&reader))
            return false;
    return reader.depth == 0 && ret_tree->count > 0;
}

const struct wire_node *wire_find(const struct wire_tree *tree, int depth, int tag)
{
    for (int i = 0; i < tree->count; i++)
        if (tree->nodes[i].depth == depth && tree->nodes[i].tag == tag)
            return &tree->nodes[i];
    return NULL;
}

uint32_t wire_number(const struct wire_tree *tree, int depth, int tag)
{
    const struct wire_node *node = wire_find(tree, depth, tag);
    return node == NULL || node->text == NULL ? 0 : (uint32_t)strtoul(node->text, NULL, 10);
}

/* ---- remote wipe ----------------------------------------------------------------------------- */

enum { PROVISION_PAGE = 14, REMOTE_WIPE = 0x0c, ACCOUNT_ONLY_REMOTE_WIPE = 0x3b };

static bool is_wipe(int page, int token)
{
    return page == PROVISION_PAGE && (token == REMOTE_WIPE || token == ACCOUNT_ONLY_REMOTE_WIPE);
}

static bool tree_has_wipe(const struct wire_tree *tree)
{
    for (int i = 0; i < tree->count; i++)
        if (is_wipe(tree->nodes[i].tag >> 8, tree->nodes[i].tag & 0xff))
            return true;
    return false;
}

/* Behind the text that begins at `at`; a text without an end hides nothing. */
static size_t skip_text(struct span bytes, size_t at)
{
    const uint8_t *nul = memchr(bytes.ptr + at, 0, bytes.len - at);
    return nul == NULL ? at : (size_t)(nul - bytes.ptr) + 1;
}

/* Whatever else is wrong with the bytes: every byte that is no text counts as a tag. */
static bool bytes_have_wipe(struct span bytes)
{
    int page = 0;
    for (size_t at = 0; at < bytes.len;) {
        uint8_t byte = bytes.ptr[at++];
        if (byte == SWITCH_PAGE && at < bytes.len)
            page = bytes.ptr[at++];
        else if (byte == STR_I)
            at = skip_text(bytes, at);
        else if (is_wipe(page, byte & TOKEN))
            return true;
    }
    return false;
}

bool wire_has_wipe(struct span bytes)
{
    struct wire_tree tree;
    size_t start =
        bytes.len >= sizeof head && memcmp(bytes.ptr, head, sizeof head) == 0 ? sizeof head : 0;
    return bytes_have_wipe(span_of(bytes.ptr + start, bytes.len - start)) ||
           (wire_read(bytes, &tree) && tree_has_wipe(&tree));
}
