/*
 * Comma-separated values as RFC 4180 has them, read strictly from memory, and cells written so that
 * a spreadsheet shows them and runs nothing.
 *
 *     struct csv csv defer(csv_clear);
 *     csv_begin(&csv, file);
 *     for (bool any = true; any;) {
 *         enum status status = csv_next(&csv, &any);      INVALID: csv.line says where
 *
 * UTF-8 with or without a byte order mark; lines end with CRLF or LF; the separator is a comma or,
 * as spreadsheets write it where the comma is a decimal point, a semicolon: whichever the first
 * line has first. Empty lines are passed over. Nothing is guessed or mended: a quote that stands in
 * the middle of a cell, text behind a closing quote, a lone CR, a NUL, a byte that is no UTF-8, too
 * many cells and too long a record are INVALID, and reading goes on with the line after the one
 * where that record began, so that all bad lines can be named.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

enum { CSV_CELLS_MOST = 32, CSV_RECORD_MOST = 4096 };

struct csv {
    struct span file; /* the caller's, until csv_clear() */
    size_t at;        /* where the next record begins */
    size_t line;      /* the first line of the record read last, from 1 */
    size_t next_line;
    char separator; /* '\0' before the first record */
    size_t count;   /* cells of the record read last */
    size_t ends[CSV_CELLS_MOST];
    struct buf text;
};

void csv_begin(struct csv *csv, struct span file);
void csv_clear(struct csv *csv);
CLEANUP_VALUE(struct csv, csv_clear)

/* The next record; *ret_any is false at the end of the file, else also with INVALID. */
enum status csv_next(struct csv *csv, bool *ret_any);
/* To a place where `at` and `next_line` stood before, in the same file. */
void csv_go_on_at(struct csv *csv, size_t at, size_t line);
/* The text of a cell, "" for one that the record does not have; valid until the next csv_next(). */
const char *csv_cell(const struct csv *csv, size_t index);

/*
 * Appends one cell, quoted where it must be. What a spreadsheet would take for a formula (a cell
 * that begins with = + - @, also in full width, or with a tab, CR or LF) gets an apostrophe before
 * it: the sheet shows the text.
 */
void csv_append_cell(struct buf *out, const char *text);
/* One record: cells with commas between them and CRLF behind. */
void csv_append_record(struct buf *out, const char *const cells[], size_t count);
/* The same with every text as it is: for csv_next(), never for a spreadsheet. */
void csv_append_exact_record(struct buf *out, const char *const cells[], size_t count);
