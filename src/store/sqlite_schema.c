/* The version is SQLite's user_version, the owner its application_id; both change in the
 * migration's own transaction. */
#include "store/sqlite_schema.h"

#include "base/buf.h"

static const int64_t application_id = 0x43465259; /* "CFRY" */

enum { PRAGMA_MAX = 128 };

enum status schema_version(struct connection *connection, int64_t *ret_version)
{
    int64_t owner;
    int64_t version;
    int64_t changes; /* of the schema, ever */
    TRY(connection_ask_integer(connection, "PRAGMA application_id", &owner));
    TRY(connection_ask_integer(connection, "PRAGMA user_version", &version));
    TRY(connection_ask_integer(connection, "PRAGMA schema_version", &changes));
    bool empty = owner == 0 && version == 0 && changes == 0;
    if (owner != application_id && !empty)
        return status_fail(STATUS_DATABASE, "%s is a database of another program",
                           connection->path);
    if (version > MIGRATION_COUNT)
        return status_fail(STATUS_DATABASE,
                           "%s was made by a newer certferry (schema %lld; this one knows %d): use "
                           "that version, or a backup from before",
                           connection->path, (long long)version, MIGRATION_COUNT);
    *ret_version = version;
    return STATUS_OK;
}

static enum status mark(struct connection *connection, int64_t version)
{
    struct buf sql defer(buf_clear) = BUF_INIT(PRAGMA_MAX);
    buf_printf(&sql, "PRAGMA application_id = %lld; PRAGMA user_version = %lld",
               (long long)application_id, (long long)version);
    struct span text;
    TRY(buf_finish(&sql, &text));
    return connection_run(connection, (const char *)text.ptr);
}

/* The version is read again inside: another process may have been faster. */
static enum status migrate_one(struct connection *connection, int64_t *ret_version)
{
    int64_t version;
    TRY(schema_version(connection, &version));
    if (version < MIGRATION_COUNT) {
        TRY(connection_run(connection, migration_texts[version].sql));
        version++;
        TRY(mark(connection, version));
    }
    TRY(connection_run(connection, "COMMIT"));
    *ret_version = version;
    return STATUS_OK;
}

enum status schema_migrate(struct connection *connection)
{
    int64_t version;
    TRY(schema_version(connection, &version));
    while (version < MIGRATION_COUNT) {
        TRY(connection_run(connection, "BEGIN IMMEDIATE"));
        TRY(migrate_one(connection, &version)); /* closing the connection rolls back */
    }
    return STATUS_OK;
}

enum status schema_check(struct connection *connection, bool quick)
{
    char *found defer(free) = NULL;
    TRY(connection_ask_text(connection,
                            quick ? "PRAGMA quick_check(1)" : "PRAGMA integrity_check(1)", &found));
    if (strcmp(found, "ok") != 0)
        return status_fail(STATUS_DATABASE, "%s is damaged: %.200s. Restore a backup",
                           connection->path, found);
    if (quick)
        return STATUS_OK;
    bool orphans;
    TRY(connection_ask_any(connection, "PRAGMA foreign_key_check", &orphans));
    if (orphans)
        return status_fail(STATUS_DATABASE, "%s: a reference leads nowhere. Restore a backup",
                           connection->path);
    return STATUS_OK;
}
