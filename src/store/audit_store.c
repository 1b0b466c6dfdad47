/* The chain: what is hashed stands in the header, so that an auditor can recompute it elsewhere. */
#include "store/audit_store.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"
#include "store/record.h"

#include <inttypes.h>
#include <stdio.h>

_Static_assert((int)AUDIT_HASH_SIZE == (int)DIGEST_SHA256_SIZE, "the chain is of SHA-256");

enum { CANONICAL_MAX = 64 * 1024, NUMBER_SIZE = 24 };

#define FIELD(column, type, member)                                                                \
    {                                                                                              \
        column, type, offsetof(struct audit_row, member), NULL, 0                                  \
    }

static const struct field fields[] = {
    FIELD("id", FIELD_INTEGER, id),
    FIELD("at", FIELD_INTEGER, at),
    FIELD("actor", FIELD_TEXT, actor),
    FIELD("action", FIELD_TEXT, action),
    FIELD("object_kind", FIELD_TEXT, object_kind),
    FIELD("object_id", FIELD_TEXT, object_id),
    FIELD("address", FIELD_TEXT, address),
    FIELD("detail", FIELD_TEXT, detail),
    FIELD("hash", FIELD_BLOB, hash),
};

static const struct record_type record = {fields, sizeof fields / sizeof fields[0],
                                          sizeof(struct audit_row),
                                          offsetof(struct audit_row, storage)};

void audit_row_clear(struct audit_row *row)
{
    record_clear(&record, row);
}

static void append_part(struct buf *canonical, const char *text)
{
    struct span bytes = span_of_text(text);
    buf_printf(canonical, "%zu:", bytes.len);
    buf_append(canonical, bytes);
    buf_append_byte(canonical, '\n');
}

static void append_number(struct buf *canonical, int64_t number)
{
    char text[NUMBER_SIZE];
    snprintf(text, sizeof text, "%" PRId64, number);
    append_part(canonical, text);
}

static enum status append_hash(struct buf *canonical, const uint8_t hash[static AUDIT_HASH_SIZE])
{
    struct buf hex defer(buf_clear) = BUF_INIT(2 * AUDIT_HASH_SIZE);
    text_append_hex(&hex, span_of(hash, AUDIT_HASH_SIZE));
    struct span text;
    TRY(buf_finish(&hex, &text));
    append_part(canonical, (const char *)text.ptr);
    return STATUS_OK;
}

/* The hash of a row whose texts are set, behind the row with the hash `before`. */
static enum status hash_row(const struct audit_row *row,
                            const uint8_t before[static AUDIT_HASH_SIZE],
                            uint8_t ret_hash[static AUDIT_HASH_SIZE])
{
    struct buf canonical defer(buf_clear) = BUF_INIT(CANONICAL_MAX);
    buf_append_text(&canonical, "certferry audit 1\n");
    TRY(append_hash(&canonical, before));
    append_number(&canonical, row->id);
    append_number(&canonical, row->at);
    const char *const texts[] = {row->actor,     row->action,  row->object_kind,
                                 row->object_id, row->address, row->detail};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        append_part(&canonical, texts[i]);
    struct span bytes;
    TRY(buf_finish(&canonical, &bytes));
    return digest_sha256(bytes, ret_hash);
}

enum status audit_store_head(struct db_tx *tx, int64_t *ret_id,
                             uint8_t ret_hash[static AUDIT_HASH_SIZE])
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_AUDIT_HEAD, NULL, 0, &rows));
    bool any;
    TRY(db_next(rows, &any));
    struct span hash = any ? db_column_bytes(rows, 1) : SPAN_EMPTY;
    *ret_id = any ? db_column_integer(rows, 0) : 0;
    memset(ret_hash, 0, AUDIT_HASH_SIZE);
    if (hash.len == AUDIT_HASH_SIZE)
        memcpy(ret_hash, hash.ptr, AUDIT_HASH_SIZE);
    return STATUS_OK;
}

static const char *text_or(const char *text, const char *otherwise)
{
    return text == NULL || text[0] == '\0' ? otherwise : text;
}

enum status audit_store_append(struct db_tx *tx, const struct audit_row *row)
{
    uint8_t before[AUDIT_HASH_SIZE];
    uint8_t hash[AUDIT_HASH_SIZE];
    struct audit_row whole = {
        .at = row->at,
        .actor = text_or(row->actor, ""),
        .action = text_or(row->action, ""),
        .object_kind = text_or(row->object_kind, ""),
        .object_id = text_or(row->object_id, ""),
        .address = text_or(row->address, ""),
        .detail = text_or(row->detail, "{}"),
        .hash = span_of(hash, sizeof hash),
    };
    TRY(audit_store_head(tx, &whole.id, before));
    whole.id++;
    TRY(hash_row(&whole, before, hash));
    int64_t changes;
    return record_execute(tx, QUERY_AUDIT_APPEND, &record, &whole, &changes);
}

static enum status each(struct db_tx *tx, audit_visit *visit, void *context)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, QUERY_AUDIT_FROM, PARAMS(db_integer("after", INT64_MIN)), &rows));
    for (;;) {
        bool any;
        TRY(db_next(rows, &any));
        if (!any)
            return STATUS_OK;
        struct audit_row row defer(audit_row_clear) = {0};
        TRY(record_read(&record, rows, &row));
        TRY(visit(context, &row));
    }
}

enum status audit_store_each(struct db_tx *tx, audit_visit *visit, void *context)
{
    return each(tx, visit, context);
}

struct verification {
    uint8_t before[AUDIT_HASH_SIZE];
    struct audit_report report;
};

static void set_broken(struct audit_report *report, int64_t id, const char *reason)
{
    report->first_broken = id;
    snprintf(report->reason, sizeof report->reason, "%s", reason);
}

static enum status verify_row(void *context, const struct audit_row *row)
{
    struct verification *verification = context;
    struct audit_report *report = &verification->report;
    if (report->first_broken != 0)
        return STATUS_OK;
    int64_t expected = ++report->rows;
    uint8_t hash[AUDIT_HASH_SIZE];
    TRY(hash_row(row, verification->before, hash));
    if (row->id != expected)
        set_broken(report, expected, "This row is missing.");
    else if (!span_equal(row->hash, span_of(hash, sizeof hash)))
        set_broken(report, expected, "This row, or the hash before it, was changed.");
    memcpy(verification->before, hash, sizeof hash);
    return STATUS_OK;
}

enum status audit_store_verify(struct db_tx *tx, struct audit_report *ret_report)
{
    struct verification verification = {0};
    TRY(each(tx, verify_row, &verification));
    *ret_report = verification.report;
    return STATUS_OK;
}

void audit_list_clear(struct audit_list *list)
{
    struct record_array array = {&record, list->rows, list->count, list->count};
    record_array_clear(&array);
    *list = (struct audit_list){0};
}

static enum status parse_cursor(const char *after, int64_t *ret_before)
{
    if (after == NULL || after[0] == '\0') {
        *ret_before = INT64_MAX;
        return STATUS_OK;
    }
    return text_parse_int(after, 1, INT64_MAX, ret_before);
}

enum status audit_store_list(struct db_tx *tx, const char *object_kind, const char *object_id,
                             const struct page_request *page, struct audit_list *ret_list)
{
    struct record_array array defer(record_array_clear) = {.type = &record};
    int64_t limit;
    int64_t before;
    TRY(page_limit(page, &limit));
    TRY(parse_cursor(page->after, &before));
    bool all = object_kind == NULL || object_id == NULL;
    TRY(record_array_query(&array, tx, all ? QUERY_AUDIT_LIST : QUERY_AUDIT_LIST_OF_OBJECT,
                           PARAMS(db_text("object_kind", object_kind),
                                  db_text("object_id", object_id), db_integer("before", before),
                                  db_integer("most", limit))));
    struct audit_list list = {.rows = array.records, .count = array.count};
    if ((int64_t)list.count == limit)
        snprintf(list.next, sizeof list.next, "%" PRId64, list.rows[list.count - 1].id);
    array = (struct record_array){.type = &record};
    *ret_list = list;
    return STATUS_OK;
}
