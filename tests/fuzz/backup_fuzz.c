/* What is in a backup once it is decrypted, and the header before it. */
#include "service/archive.h"
#include "service/backup.h"
#include "service/backup_contents.h"
#include "service/sealed_stream.h"

#include <assert.h>
#include <string.h>

struct input {
    struct span left;
};

static enum status read_input(void *context, uint8_t *ptr, size_t len, size_t *ret_len)
{
    struct input *input = context;
    size_t part = len < input->left.len ? len : input->left.len;
    if (part > 0)
        memcpy(ptr, input->left.ptr, part);
    input->left = span_of(input->left.ptr + part, input->left.len - part);
    *ret_len = part;
    return STATUS_OK;
}

/* What is taken can be written again. */
static enum status begin(void *context, const struct archive_entry *entry)
{
    (void)context;
    struct buf line defer(buf_clear) = BUF_INIT(ARCHIVE_LINE_MOST);
    assert(archive_append_entry(entry, &line) == STATUS_OK);
    assert(entry->name[0] != '/' && entry->name[0] != '.' && strstr(entry->name, "/.") == NULL);
    return STATUS_OK;
}

static enum status bytes(void *context, struct span piece)
{
    (void)context;
    assert(piece.len > 0);
    return STATUS_OK;
}

static enum status end(void *context)
{
    (void)context;
    return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct input input = {span_of(data, len)};
    const struct archive_source source = {read_input, &input};
    const struct archive_visitor visitor = {begin, bytes, end, NULL};
    enum status walked = archive_walk(&source, &visitor);
    input.left = span_of(data, len);
    struct backup_contents contents defer(backup_contents_clear) = {0};
    if (backup_look(&source, &contents) == STATUS_OK) {
        assert(walked == STATUS_OK);
        assert(contents.files >= 3 && contents.head.id > 0);
    }
    struct sealed_cost cost;
    if (sealed_header_parse(span_of(data, len), "FILE", &cost) == STATUS_OK)
        assert(cost.passes <= 20 && cost.kibibytes <= 1024 * 1024);
    return 0;
}
