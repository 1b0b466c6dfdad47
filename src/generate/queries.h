/*
 * The compiler of named statements and migrations: files of db/ in, one C header with an enum and
 * one C source with tables out (store/query_text.h has their types).
 *
 *     -- name: link_get
 *     -- Any further comment.
 *     SELECT * FROM link WHERE id = :id;
 *
 * A statement is what stands between a name and the line that ends in ';'. Parameters are :words
 * outside of string literals; they become $1, $2 in the order of their first appearance. Names are
 * unique over all files.
 */
#pragma once

#include "generate/source.h"

enum { QUERIES_PARAMETERS_MOST = 40 };

struct queries {
    struct buf names;       /* "link_get\n" each, to find one given twice */
    struct buf enumeration; /* the members of enum query */
    struct buf parameters;  /* an array of names for each statement that has any */
    struct buf rows;        /* of the table of statements */
    struct buf migrations;  /* rows of the table of migrations */
    int migration_count;
};

#define QUERIES_INIT                                                                               \
    {                                                                                              \
        .names = BUF_INIT(GENERATED_MAX), .enumeration = BUF_INIT(GENERATED_MAX),                  \
        .parameters = BUF_INIT(GENERATED_MAX), .rows = BUF_INIT(GENERATED_MAX),                    \
        .migrations = BUF_INIT(GENERATED_MAX)                                                      \
    }

void queries_clear(struct queries *queries);
CLEANUP_VALUE(struct queries, queries_clear)

/* Takes the statements of one file; what is wrong goes to the source's diagnostics. */
void queries_add(struct queries *queries, struct source *source);
/* Takes one migration; they must come in the order of their numbers. */
void queries_add_migration(struct queries *queries, struct source *source);

void queries_write_header(const struct queries *queries, struct buf *out);
void queries_write_source(const struct queries *queries, struct buf *out);
