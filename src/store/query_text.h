/* What the build makes of db/: named statements and migrations as constants. The enum of the
 * statements and the tables themselves are in the generated store/queries.h. */
#pragma once

#include <stddef.h>

/* Parameters are $1, $2 and so on in the order of `parameters`, which SQLite and PostgreSQL both
 * read. */
struct query_text {
    const char *name;
    const char *sql;
    const char *const *parameters;
    size_t parameter_count;
};

/* The version is the number at the start of the file's name; versions are 1, 2, 3 without a gap. */
struct migration_text {
    const char *name;
    const char *sql;
};
