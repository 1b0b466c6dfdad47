/*
 * The fields that a template declares, and the records that templates share.
 *
 *     @text password            in a template: one field a line, before its first other line
 *     @list formats of format
 *     @record site of site
 *
 *     record format             in records.fields: a name, then its fields, one a line
 *         url href
 *         text name
 *
 * A record uses only records that stand above it. Each becomes `struct view_NAME`.
 */
#pragma once

#include "generate/source.h"

enum { DECLARATION_NAME = 48, DECLARATION_FIELDS = 64, DECLARATION_RECORDS = 128 };

enum field_type {
    FIELD_TEXT,     /* const char *, UTF-8, NULL is empty */
    FIELD_COMPOUND, /* the same, of WordsWrittenTogether: a line may break before each of them */
    FIELD_URL,      /* const char *: the only type that may stand in href, src and action */
    FIELD_NUMBER,   /* int64_t */
    FIELD_FLAG,     /* bool: for {{if}} only */
    FIELD_DATE,     /* int64_t, seconds: "23 November 2026" */
    FIELD_CLOCK,    /* int64_t, seconds: "14:35" */
    FIELD_MOMENT,   /* int64_t, seconds: "23 November 2026, 14:35" */
    FIELD_TIME,   /* int64_t, seconds: a whole <time> element, which a script shows in the reader's
                     zone */
    FIELD_PHRASE, /* enum text_key: a text of the catalogue without arguments */
    FIELD_STYLE,  /* const struct view_style *: the whole contents of a style element */
    FIELD_LIST,   /* const struct view_X *NAME; size_t NAME_count */
    FIELD_RECORD, /* const struct view_X * */
};

struct record;

struct field {
    char name[DECLARATION_NAME];
    enum field_type type;
    const struct record *record; /* of a list or record, else NULL */
};

struct record {
    char name[DECLARATION_NAME];
    struct field fields[DECLARATION_FIELDS];
    int count;
};

struct declarations {
    struct record records[DECLARATION_RECORDS];
    int count;
};

/* Reads records.fields to its end. */
void declarations_read(struct source *source, struct declarations *declarations);
/* Reads "TYPE NAME [of RECORD]" into `record`; says what is wrong against the source's line. */
void declarations_read_field(struct source *source, struct span line,
                             const struct declarations *declarations, struct record *record);
const struct field *record_find(const struct record *record, struct span name);
/* `struct view_NAME { ... };` */
void declarations_append_struct(struct buf *out, const struct record *record);
