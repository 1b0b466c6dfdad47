/* A strict reader: one way to write each line, and the same code says what a name may be. */
#include "service/archive.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PIECE = 64 * 1024 };

static bool is_name_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("._-", c) != NULL;
}

static bool is_part(const char *part, size_t len)
{
    bool good = len > 0 && part[0] != '.';
    for (size_t i = 0; i < len && good; i++)
        good = is_name_letter(part[i]);
    return good;
}

static bool is_name(const char *name)
{
    size_t first = strcspn(name, "/");
    if (strlen(name) > ARCHIVE_NAME_MOST || !is_part(name, first))
        return false;
    return name[first] == '\0' || is_part(name + first + 1, strlen(name + first + 1));
}

enum status archive_append_entry(const struct archive_entry *entry, struct buf *line)
{
    if (!is_name(entry->name))
        return status_fail(STATUS_INVALID, "'%s' is no name for a file of a backup", entry->name);
    buf_printf(line, "file %03o %" PRId64 " %s\n", (unsigned)entry->mode, entry->size, entry->name);
    return line->failure;
}

void archive_append_end(struct buf *line)
{
    buf_append_text(line, "end\n");
}

static enum status read_exactly(const struct archive_source *source, uint8_t *ptr, size_t len)
{
    size_t got;
    TRY(source->read(source->context, ptr, len, &got));
    if (got < len)
        return status_fail(STATUS_INVALID, "the backup ends in the middle");
    return STATUS_OK;
}

static enum status read_line(const struct archive_source *source,
                             char line[static ARCHIVE_LINE_MOST])
{
    for (size_t len = 0; len < ARCHIVE_LINE_MOST; len++) {
        uint8_t c;
        TRY(read_exactly(source, &c, 1));
        line[len] = (char)c;
        if (c == '\0')
            break;
        if (c == '\n') {
            line[len] = '\0';
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_INVALID, "a line of the backup is too long or holds a NUL");
}

static bool parse_mode(const char *text, mode_t *ret_mode)
{
    *ret_mode = strcmp(text, "644") == 0 ? 0644 : 0600;
    return *ret_mode == 0644 || strcmp(text, "600") == 0;
}

/* One way to write each number. */
static bool parse_size(const char *text, int64_t *ret_size)
{
    bool zeros_before = text[0] == '0' && text[1] != '\0';
    return !zeros_before && text_parse_int(text, 0, INT64_MAX, ret_size) == STATUS_OK;
}

/* "file 600 1234 ca/issuing.key" */
static enum status parse_entry(char *line, struct archive_entry *ret_entry)
{
    struct archive_entry entry = {0};
    char *rest = line;
    const char *word = strsep(&rest, " ");
    const char *mode = strsep(&rest, " ");
    const char *size = strsep(&rest, " ");
    bool good = rest != NULL && strcmp(word, "file") == 0 && is_name(rest);
    if (!good || !parse_mode(mode, &entry.mode) || !parse_size(size, &entry.size))
        return status_fail(STATUS_INVALID, "a line of the backup is not understood");
    snprintf(entry.name, sizeof entry.name, "%s", rest);
    *ret_entry = entry;
    return STATUS_OK;
}

static enum status walk_file(const struct archive_source *source,
                             const struct archive_visitor *visitor,
                             const struct archive_entry *entry, uint8_t *piece)
{
    TRY(visitor->begin(visitor->context, entry));
    for (int64_t left = entry->size; left > 0;) {
        size_t len = left < PIECE ? (size_t)left : PIECE;
        TRY(read_exactly(source, piece, len));
        TRY(visitor->bytes(visitor->context, span_of(piece, len)));
        left -= (int64_t)len;
    }
    return visitor->end(visitor->context);
}

static enum status check_nothing_left(const struct archive_source *source)
{
    uint8_t more;
    size_t len;
    TRY(source->read(source->context, &more, 1, &len));
    if (len > 0)
        return status_fail(STATUS_INVALID, "something stands behind the end of the backup");
    return STATUS_OK;
}

static enum status walk(const struct archive_source *source, const struct archive_visitor *visitor,
                        uint8_t *piece)
{
    for (;;) {
        char line[ARCHIVE_LINE_MOST];
        struct archive_entry entry;
        TRY(read_line(source, line));
        if (strcmp(line, "end") == 0)
            return check_nothing_left(source);
        TRY(parse_entry(line, &entry));
        TRY(walk_file(source, visitor, &entry, piece));
    }
}

enum status archive_walk(const struct archive_source *source, const struct archive_visitor *visitor)
{
    uint8_t *piece = malloc(PIECE);
    if (piece == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory to read a backup");
    enum status status = walk(source, visitor, piece);
    explicit_bzero(piece, PIECE); /* keys went through it */
    free(piece);
    return status;
}
