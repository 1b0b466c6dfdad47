/*
 * A CSV file as requests for links, one a row. Private to service/import*.c.
 *
 * The first row names the columns, in any order and any case: `user` is required; name, mail, sid,
 * device, packing ("compat", "modern") and lifetime ("3d", "36h") may be there. An empty cell is
 * what `link create` does without the option.
 */
#pragma once

#include "base/csv.h"
#include "service/enrol.h"

/* X(NAME, "column") */
#define IMPORT_COLUMN_TABLE(X)                                                                     \
    X(USER, "user")                                                                                \
    X(NAME, "name")                                                                                \
    X(MAIL, "mail")                                                                                \
    X(SID, "sid")                                                                                  \
    X(DEVICE, "device")                                                                            \
    X(PACKING, "packing")                                                                          \
    X(LIFETIME, "lifetime")

enum import_column {
#define IMPORT_COLUMN_ENUM(name, text) IMPORT_COLUMN_##name,
    IMPORT_COLUMN_TABLE(IMPORT_COLUMN_ENUM)
#undef IMPORT_COLUMN_ENUM
        IMPORT_COLUMN_COUNT,
};

struct import_reader {
    struct csv csv;
    size_t cells;                        /* of the first row */
    size_t columns[IMPORT_COLUMN_COUNT]; /* the cell of each; CSV_CELLS_MOST: not there */
};

/* Reads the first row. INVALID: what is wrong with it. `file` outlives the reader. */
enum status import_reader_begin(struct import_reader *reader, struct span file);
void import_reader_clear(struct import_reader *reader);
CLEANUP_VALUE(struct import_reader, import_reader_clear)

/*
 * The next user; the request's texts are valid until the next call. INVALID: the row is not as the
 * first one says (reader->csv.line); reading may go on. Whether such a link can be made is
 * enrol_check()'s business.
 */
enum status import_reader_next(struct import_reader *reader, bool *ret_any,
                               struct enrol_request *ret_request);
