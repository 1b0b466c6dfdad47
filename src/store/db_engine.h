/*
 * What an engine has to do; private to the store. An engine's own structs begin with these, and
 * each function gets back what the engine made. Contracts are those of store/db.h and
 * store/query.h.
 */
#pragma once

#include "store/query.h"

struct db {
    const struct db_engine *engine;
};
struct db_tx {
    const struct db_engine *engine;
};
struct db_rows {
    const struct db_engine *engine;
};

struct db_engine {
    enum status (*open)(const struct db_options *options, struct db **ret_db);
    void (*close)(struct db *db);
    enum status (*erase_traces)(struct db *db);
    enum status (*check)(struct db *db);
    enum status (*copy)(struct db *db, const struct db_sink *sink);
    enum status (*mark)(struct db *db, int64_t *ret_mark);
    enum status (*version)(struct db *db, int64_t *ret_version);
    int64_t (*newest_version)(void);

    enum status (*begin)(struct db *db, enum db_mode mode, struct db_tx **ret_tx);
    enum status (*commit)(struct db_tx *tx);
    void (*end)(struct db_tx *tx);

    enum status (*query)(struct db_tx *tx, enum query query, const struct db_param *params,
                         size_t count, struct db_rows **ret_rows);
    enum status (*next)(struct db_rows *rows, bool *ret_row);
    void (*rows_end)(struct db_rows *rows);
    int64_t (*changes)(struct db_rows *rows); /* by the statement, after its last row */
    int (*column_count)(struct db_rows *rows);
    const char *(*column_name)(struct db_rows *rows, int column);
    int64_t (*column_integer)(struct db_rows *rows, int column);
    struct span (*column_bytes)(struct db_rows *rows, int column);
};

extern const struct db_engine db_engine_sqlite;
