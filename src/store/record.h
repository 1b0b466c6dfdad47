/*
 * Rows as value structs: one table of fields says which column is which member, and serves for
 * reading and for writing; private to the store.
 *
 * A row that was read keeps all its texts and blobs in one piece of memory, its `storage`.
 */
#pragma once

#include "store/page.h"
#include "store/query.h"

enum field_type {
    FIELD_TEXT,    /* const char *; NULL is written as "" */
    FIELD_KEY,     /* const char * to another row's key; "" and NULL stand for SQL's NULL */
    FIELD_INTEGER, /* int64_t */
    FIELD_TIME,    /* int64_t; 0 stands for SQL's NULL */
    FIELD_FLAG,    /* bool, 0 or 1 */
    FIELD_SMALL,   /* an enum by its number; SQL's NULL reads as 0 */
    FIELD_CHOICE,  /* an enum, stored as its text */
    FIELD_BLOB,    /* struct span; empty stands for SQL's NULL */
};

struct field {
    const char *column;
    enum field_type type;
    size_t offset;
    const char *const *choices; /* of FIELD_CHOICE: its texts by number, `choice_count` of them */
    size_t choice_count;
};

enum { RECORD_FIELDS_MOST = 40 };

struct record_type {
    const struct field *fields;
    size_t field_count;
    size_t size;           /* of the struct */
    size_t storage_offset; /* of its void *storage */
};

/* Frees the storage and zeroes the struct. */
void record_clear(const struct record_type *type, void *record);

/* The members as parameters for `params`, which has room for RECORD_FIELDS_MOST; gives how many. */
size_t record_params(const struct record_type *type, const void *record, struct db_param *params);
/* Runs a statement that changes rows with the record's members as its parameters. */
enum status record_execute(struct db_tx *tx, enum query query, const struct record_type *type,
                           const void *record, int64_t *ret_changes);

/* The row that `rows` stands at. A column without a field, or a text that is no choice, is
 * INTERNAL.
 */
enum status record_read(const struct record_type *type, struct db_rows *rows, void *ret_record);
/* The only row of a statement; NOT_FOUND with "no WHAT" when there is none. */
enum status record_get(struct db_tx *tx, enum query query, const struct db_param *params,
                       size_t count, const struct record_type *type, const char *what,
                       void *ret_record);

/* An array of records that grows; freed with its records by record_array_clear(). */
struct record_array {
    const struct record_type *type;
    void *records;
    size_t count;
    size_t capacity;
};
void record_array_clear(struct record_array *array);
CLEANUP_VALUE(struct record_array, record_array_clear)
/* A zeroed record at the end, NULL without memory; it counts once it was added. */
void *record_array_room(struct record_array *array);
/* Adds every row of a statement. */
enum status record_array_query(struct record_array *array, struct db_tx *tx, enum query query,
                               const struct db_param *params, size_t count);

/* The text's number among the choices; INVALID names them all. */
enum status choice_parse(const char *const *choices, size_t count, const char *what,
                         const char *text, unsigned *ret_number);

/* The limit of a page; INVALID. */
enum status page_limit(const struct page_request *page, int64_t *ret_limit);
