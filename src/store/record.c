/* Members are reached through memcpy at their offsets, which is exact for every type and needs no
 * cast. */
#include "store/record.h"

#include "base/buf.h"

enum { FIRST_CAPACITY = 16, CHOICES_TEXT_MAX = 256 };

static void *member(void *record, size_t offset)
{
    return (uint8_t *)record + offset;
}

static const void *const_member(const void *record, size_t offset)
{
    return (const uint8_t *)record + offset;
}

/* What the storage begins with. */
struct storage {
    size_t len;
    char bytes[];
};

void record_clear(const struct record_type *type, void *record)
{
    struct storage *storage;
    memcpy(&storage, member(record, type->storage_offset), sizeof storage);
    if (storage != NULL)
        explicit_bzero(storage, sizeof *storage + storage->len);
    free(storage);
    memset(record, 0, type->size);
}

static int64_t integer_of(const struct field *field, const void *record)
{
    int64_t wide;
    unsigned small;
    bool flag;
    switch (field->type) {
    case FIELD_INTEGER:
    case FIELD_TIME:
        memcpy(&wide, const_member(record, field->offset), sizeof wide);
        return wide;
    case FIELD_FLAG:
        memcpy(&flag, const_member(record, field->offset), sizeof flag);
        return flag;
    case FIELD_SMALL:
    case FIELD_CHOICE:
        memcpy(&small, const_member(record, field->offset), sizeof small);
        return small;
    case FIELD_TEXT:
    case FIELD_KEY:
    case FIELD_BLOB:
        break;
    }
    return 0;
}

static const char *text_of(const struct field *field, const void *record)
{
    const char *text;
    memcpy(&text, const_member(record, field->offset), sizeof text);
    return text;
}

static struct db_param key_param(const char *column, const char *key)
{
    struct db_param param = db_text(column, key);
    param.type = param.bytes.len == 0 ? DB_NULL : DB_TEXT;
    return param;
}

static struct db_param time_param(const char *column, int64_t time)
{
    struct db_param param = db_integer(column, time);
    param.type = time == 0 ? DB_NULL : DB_INTEGER;
    return param;
}

static struct db_param param_of(const struct field *field, const void *record)
{
    struct span blob;
    switch (field->type) {
    case FIELD_TEXT:
        return db_text(field->column, text_of(field, record));
    case FIELD_KEY:
        return key_param(field->column, text_of(field, record));
    case FIELD_TIME:
        return time_param(field->column, integer_of(field, record));
    case FIELD_CHOICE:
        return db_text(field->column, field->choices[integer_of(field, record)]);
    case FIELD_BLOB:
        memcpy(&blob, const_member(record, field->offset), sizeof blob);
        return db_blob(field->column, blob);
    case FIELD_INTEGER:
    case FIELD_FLAG:
    case FIELD_SMALL:
        break;
    }
    return db_integer(field->column, integer_of(field, record));
}

size_t record_params(const struct record_type *type, const void *record, struct db_param *params)
{
    for (size_t i = 0; i < type->field_count; i++)
        params[i] = param_of(&type->fields[i], record);
    return type->field_count;
}

enum status record_execute(struct db_tx *tx, enum query query, const struct record_type *type,
                           const void *record, int64_t *ret_changes)
{
    struct db_param params[RECORD_FIELDS_MOST];
    size_t count = record_params(type, record, params);
    return db_execute(tx, query, params, count, ret_changes);
}

/* Columns mostly come in the order of the fields, so the search begins at the column's number. */
static const struct field *field_of(const struct record_type *type, const char *column, size_t hint)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[(hint + i) % type->field_count];
        if (strcmp(field->column, column) == 0)
            return field;
    }
    return NULL;
}

enum status choice_parse(const char *const *choices, size_t count, const char *what,
                         const char *text, unsigned *ret_number)
{
    struct buf all defer(buf_clear) = BUF_INIT(CHOICES_TEXT_MAX);
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(choices[i], text) == 0) {
            *ret_number = i;
            return STATUS_OK;
        }
        buf_printf(&all, "%s%s", i == 0 ? "" : ", ", choices[i]);
    }
    struct span names;
    TRY(buf_finish(&all, &names));
    return status_fail(STATUS_INVALID, "'%.40s' is no %s: write one of %s", text, what,
                       (const char *)names.ptr);
}

static enum status set_choice(const struct field *field, struct span text, void *record)
{
    for (unsigned i = 0; i < field->choice_count; i++) {
        if (span_equal_text(text, field->choices[i])) {
            memcpy(member(record, field->offset), &i, sizeof i);
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_INTERNAL, "the column %s holds '%.*s'", field->column, (int)text.len,
                       (const char *)text.ptr);
}

/* Copies the bytes and a NUL behind them to *at, and moves it on. */
static const char *keep(char **at, struct span bytes)
{
    char *kept = *at;
    if (bytes.len > 0)
        memcpy(kept, bytes.ptr, bytes.len);
    kept[bytes.len] = '\0';
    *at += bytes.len + 1;
    return kept;
}

static void set_integer(const struct field *field, int64_t integer, void *record)
{
    bool flag = integer != 0;
    unsigned small = (unsigned)integer;
    if (field->type == FIELD_FLAG)
        memcpy(member(record, field->offset), &flag, sizeof flag);
    else if (field->type == FIELD_SMALL)
        memcpy(member(record, field->offset), &small, sizeof small);
    else
        memcpy(member(record, field->offset), &integer, sizeof integer);
}

static bool holds_bytes(const struct field *field)
{
    return field->type == FIELD_TEXT || field->type == FIELD_KEY || field->type == FIELD_BLOB;
}

static enum status set_member(const struct field *field, struct db_rows *rows, int column,
                              char **storage, void *record)
{
    if (field->type == FIELD_CHOICE)
        return set_choice(field, db_column_bytes(rows, column), record);
    if (!holds_bytes(field)) {
        set_integer(field, db_column_integer(rows, column), record);
        return STATUS_OK;
    }
    struct span bytes = db_column_bytes(rows, column);
    const char *kept = keep(storage, bytes);
    struct span blob = span_of(kept, bytes.len);
    if (field->type == FIELD_BLOB)
        memcpy(member(record, field->offset), &blob, sizeof blob);
    else
        memcpy(member(record, field->offset), &kept, sizeof kept);
    return STATUS_OK;
}

static enum status measure(const struct record_type *type, struct db_rows *rows, size_t *ret_size)
{
    size_t size = 0;
    int columns = db_column_count(rows);
    for (int i = 0; i < columns; i++) {
        const char *column = db_column_name(rows, i);
        const struct field *field = field_of(type, column, (size_t)i);
        if (field == NULL)
            return status_fail(STATUS_INTERNAL, "no field for the column %s", column);
        if (holds_bytes(field))
            size += db_column_bytes(rows, i).len + 1;
    }
    *ret_size = size;
    return STATUS_OK;
}

enum status record_read(const struct record_type *type, struct db_rows *rows, void *ret_record)
{
    size_t size = 0;
    TRY(measure(type, rows, &size));
    struct storage *storage = malloc(sizeof *storage + size);
    if (storage == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a row");
    storage->len = size;
    char *at = storage->bytes;
    memset(ret_record, 0, type->size);
    memcpy(member(ret_record, type->storage_offset), &storage, sizeof storage);
    enum status status = STATUS_OK;
    int columns = db_column_count(rows);
    for (int i = 0; i < columns && status == STATUS_OK; i++) {
        const struct field *field = field_of(type, db_column_name(rows, i), (size_t)i);
        status = set_member(field, rows, i, &at, ret_record);
    }
    if (status != STATUS_OK)
        record_clear(type, ret_record);
    return status;
}

enum status record_get(struct db_tx *tx, enum query query, const struct db_param *params,
                       size_t count, const struct record_type *type, const char *what,
                       void *ret_record)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, query, params, count, &rows));
    bool row;
    TRY(db_next(rows, &row));
    if (!row)
        return status_fail(STATUS_NOT_FOUND, "no %s", what);
    return record_read(type, rows, ret_record);
}

void record_array_clear(struct record_array *array)
{
    for (size_t i = 0; i < array->count; i++)
        record_clear(array->type, member(array->records, i * array->type->size));
    free(array->records);
    *array = (struct record_array){.type = array->type};
}

void *record_array_room(struct record_array *array)
{
    if (array->count == array->capacity) {
        size_t capacity = array->capacity == 0 ? FIRST_CAPACITY : array->capacity * 2;
        void *larger = reallocarray(array->records, capacity, array->type->size);
        if (larger == NULL)
            return NULL;
        array->records = larger;
        array->capacity = capacity;
    }
    void *room = member(array->records, array->count * array->type->size);
    memset(room, 0, array->type->size);
    return room;
}

enum status record_array_query(struct record_array *array, struct db_tx *tx, enum query query,
                               const struct db_param *params, size_t count)
{
    struct db_rows *rows defer(db_rows_end) = NULL;
    TRY(db_query(tx, query, params, count, &rows));
    for (;;) {
        bool row;
        TRY(db_next(rows, &row));
        if (!row)
            return STATUS_OK;
        void *room = record_array_room(array);
        if (room == NULL)
            return status_fail(STATUS_NO_MEMORY, "no memory for a list");
        TRY(record_read(array->type, rows, room));
        array->count++;
    }
}

enum status page_limit(const struct page_request *page, int64_t *ret_limit)
{
    if (page->limit < 0 || page->limit > PAGE_LIMIT_MOST)
        return status_fail(STATUS_INVALID, "a page has 1 to %d rows", PAGE_LIMIT_MOST);
    *ret_limit = page->limit == 0 ? PAGE_LIMIT_DEFAULT : page->limit;
    return STATUS_OK;
}
