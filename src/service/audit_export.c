/*
 * jansson writes and reads each line by itself, so an export of any length takes the memory of one
 * row. Reading is strict: a line has exactly the members that the format names, of their types.
 */
#include "service/audit_export.h"

#include "base/clock.h"
#include "base/text.h"
#include "config/config.h"
#include "service/audit_verify.h"
#include "store/audit_store.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#define EXPORT_FORMAT "certferry audit export 1"

enum { LINE_MOST = 64 * 1024, HASH_HEX_SIZE = 2 * AUDIT_HASH_SIZE + 1 };

static void json_release(json_t *json)
{
    json_decref(json);
}
CLEANUP_POINTER(json_t, json_release)

struct writer {
    audit_line *line;
    void *context;
    struct audit_head head; /* of the last row written */
};

static void format_hash(struct span hash, char ret_hex[static HASH_HEX_SIZE])
{
    ret_hex[0] = '\0';
    for (size_t i = 0; i < hash.len && i < AUDIT_HASH_SIZE; i++)
        snprintf(ret_hex + 2 * i, 3, "%02x", hash.ptr[i]);
}

/* Takes `json` over. */
static enum status write_json(struct writer *writer, json_t *json)
{
    json_t *owned defer(json_release) = json;
    char *text defer(free) = owned == NULL ? NULL : json_dumps(owned, JSON_COMPACT);
    if (text == NULL)
        return status_fail(STATUS_DATABASE,
                           "what stands behind row %lld of the audit cannot be written as JSON: "
                           "'certferry audit verify' says what is wrong",
                           (long long)writer->head.id);
    struct buf line defer(buf_clear) = BUF_INIT(LINE_MOST);
    buf_printf(&line, "%s\n", text);
    struct span bytes;
    TRY(buf_finish(&line, &bytes));
    return writer->line(writer->context, bytes);
}

static enum status write_row(void *context, const struct audit_row *row)
{
    struct writer *writer = context;
    char hash[HASH_HEX_SIZE];
    format_hash(row->hash, hash);
    TRY(write_json(writer, json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id",
                                     (json_int_t)row->id, "at", (json_int_t)row->at, "actor",
                                     row->actor, "action", row->action, "object_kind",
                                     row->object_kind, "object_id", row->object_id, "address",
                                     row->address, "detail", row->detail, "hash", hash)));
    writer->head.id = row->id;
    if (row->hash.len == AUDIT_HASH_SIZE)
        memcpy(writer->head.hash, row->hash.ptr, AUDIT_HASH_SIZE);
    return STATUS_OK;
}

static enum status write_first(const struct service *service, struct writer *writer)
{
    char now[CLOCK_TEXT_SIZE];
    clock_format(clock_now(), now);
    return write_json(writer, json_pack("{s:s, s:s, s:s}", "format", EXPORT_FORMAT, "organisation",
                                        service->config->organisation_name, "exported_at", now));
}

static enum status write_end(struct writer *writer)
{
    char hash[HASH_HEX_SIZE];
    format_hash(span_of(writer->head.hash, AUDIT_HASH_SIZE), hash);
    return write_json(writer,
                      json_pack("{s:I, s:s}", "end", (json_int_t)writer->head.id, "hash", hash));
}

enum status audit_export(const struct service *service, const struct actor *actor, audit_line *line,
                         void *context)
{
    TRY(audit_record(service, actor, "audit.export", "", NULL, 0));
    struct writer writer = {.line = line, .context = context};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(write_first(service, &writer));
    TRY(audit_store_each(tx, write_row, &writer));
    return write_end(&writer);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
    FILE *stream;
    const char *name;
    long long number; /* of the line */
    char *line;       /* LINE_MOST bytes */
    bool ended;       /* the last line was read */
    struct audit_chain chain;
};

static void reader_clear(struct reader *reader)
{
    free(reader->line);
}
CLEANUP_VALUE(struct reader, reader_clear)

static enum status fail_line(const struct reader *reader, const char *why)
{
    return status_fail(STATUS_INVALID, "%s: line %lld %s", reader->name, reader->number, why);
}

/* Bounded: what comes from elsewhere may have no line end at all. NULL at the end of the file. */
static enum status read_line(struct reader *reader, json_t **ret_json)
{
    *ret_json = NULL;
    size_t len = 0;
    int c;
    while ((c = getc(reader->stream)) != EOF && c != '\n') {
        if (len + 1 >= LINE_MOST)
            return fail_line(reader, "is too long");
        reader->line[len++] = (char)c;
    }
    if (ferror(reader->stream))
        return status_fail_errno(STATUS_IO, "%s cannot be read", reader->name);
    if (c == EOF && len == 0)
        return STATUS_OK;
    reader->number++;
    if (c == EOF)
        return fail_line(reader, "is cut off");
    *ret_json = json_loadb(reader->line, len, JSON_REJECT_DUPLICATES, NULL);
    return *ret_json == NULL ? fail_line(reader, "is not JSON") : STATUS_OK;
}

static enum status read_hash(const struct reader *reader, const char *hex, struct buf *hash)
{
    enum status status = text_decode_hex(span_of_text(hex), hash);
    if (status != STATUS_OK || hash->len != AUDIT_HASH_SIZE)
        return fail_line(reader, "has no hash of 64 hexadecimal digits");
    return STATUS_OK;
}

static enum status read_row(struct reader *reader, json_t *json)
{
    json_int_t id;
    json_int_t at;
    const char *hash_hex;
    struct audit_row row = {0};
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
                       "id", &id, "at", &at, "actor", &row.actor, "action", &row.action,
                       "object_kind", &row.object_kind, "object_id", &row.object_id, "address",
                       &row.address, "detail", &row.detail, "hash", &hash_hex) != 0)
        return fail_line(reader, "is neither a row of the audit nor the end");
    struct buf hash defer(buf_clear) = BUF_INIT(AUDIT_HASH_SIZE);
    TRY(read_hash(reader, hash_hex, &hash));
    row.id = id;
    row.at = at;
    row.hash = span_of(hash.ptr, hash.len);
    return audit_chain_add(&reader->chain, &row);
}

/* Rows that were taken out just before the end show here. */
static enum status read_end(struct reader *reader, json_t *json)
{
    json_int_t id;
    const char *hash_hex;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:I, s:s}", "end", &id, "hash", &hash_hex) != 0)
        return fail_line(reader, "is no end of an export");
    struct buf hash defer(buf_clear) = BUF_INIT(AUDIT_HASH_SIZE);
    TRY(read_hash(reader, hash_hex, &hash));
    reader->ended = true;
    struct audit_report *report = &reader->chain.report;
    struct audit_chain whole = {.known = {{.id = id}}, .report = *report};
    memcpy(whole.known[0].hash, hash.ptr, AUDIT_HASH_SIZE);
    audit_chain_end(&whole);
    *report = whole.report;
    bool same = id == report->head.id && memcmp(hash.ptr, report->head.hash, AUDIT_HASH_SIZE) == 0;
    if (report->first_broken == 0 && !same)
        return fail_line(reader, "tells of another end than the rows before it");
    return STATUS_OK;
}

static enum status read_first(struct reader *reader)
{
    json_t *json defer(json_release) = NULL;
    enum status status = read_line(reader, &json);
    const char *format = json == NULL ? NULL : json_string_value(json_object_get(json, "format"));
    if (status == STATUS_IO)
        return status;
    if (format == NULL || strncmp(format, EXPORT_FORMAT, strlen(EXPORT_FORMAT) - 1) != 0)
        return status_fail(STATUS_INVALID, "%s is no export of the audit", reader->name);
    if (strcmp(format, EXPORT_FORMAT) != 0)
        return status_fail(STATUS_INVALID, "%s was made by a newer certferry ('%.60s')",
                           reader->name, format);
    return STATUS_OK;
}

static enum status read_all(struct reader *reader)
{
    TRY(read_first(reader));
    for (;;) {
        json_t *json defer(json_release) = NULL;
        TRY(read_line(reader, &json));
        if (json == NULL)
            break;
        if (reader->ended)
            return fail_line(reader, "stands behind the end");
        if (json_object_get(json, "end") != NULL)
            TRY(read_end(reader, json));
        else
            TRY(read_row(reader, json));
    }
    if (!reader->ended)
        return status_fail(STATUS_INVALID, "%s is cut off: its last line, the end, is missing",
                           reader->name);
    return STATUS_OK;
}

enum status audit_verify_stream(FILE *stream, const char *name, const struct audit_head *also,
                                struct audit_report *ret_report)
{
    struct reader reader defer(reader_clear) = {.stream = stream, .name = name};
    reader.line = malloc(LINE_MOST);
    if (reader.line == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a line");
    if (also != NULL)
        reader.chain.known[1] = *also;
    TRY(read_all(&reader));
    audit_chain_end(&reader.chain);
    *ret_report = reader.chain.report;
    return STATUS_OK;
}

static void stream_close(FILE *stream)
{
    fclose(stream);
}
CLEANUP_POINTER(FILE, stream_close)

enum status audit_verify_file(const char *path, const struct audit_head *also,
                              struct audit_report *ret_report)
{
    FILE *stream defer(stream_close) = fopen(path, "re");
    if (stream == NULL)
        return status_fail_errno(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                                 "%s cannot be opened", path);
    return audit_verify_stream(stream, path, also, ret_report);
}
