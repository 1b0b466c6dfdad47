/*
 * Many links from one CSV file (import_read.h says what stands in it).
 *
 *     import_submit()      the file is checked as a whole; with one bad row nothing is ever made,
 *                          and the report names all of them
 *     the task IMPORT      makes the links in batches. One transaction holds a batch's links, their
 *                          audit, its sealed result and the place where the next one begins, so a
 *                          crash between two batches, or in one, loses no row and makes none twice.
 *                          Two processes may work on one import: each batch begins where the last
 *                          one that was committed ended
 *     import_result()      user, address and PIN of every link as CSV
 *
 * The result holds what the database never keeps of a link, its address and PIN, for a short time:
 * sealed under a key derived from the master key and the import, which the database does not have.
 * A key that only the operator's browser knows would say less than it seems: whoever has the master
 * key and the database can make links for anybody without it, and a browser that was closed would
 * cost 100,000 people their link. What guards it is that only the operator who gave the file gets
 * it, and time: it is erased IMPORT_FETCHED_KEPT after it was fetched (a download may be cut off),
 * after IMPORT_KEPT without, and at once when the operator says so.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"
#include "service/audit.h"
#include "service/service.h"
#include "store/page.h"

#include <stdint.h>

enum {
    IMPORT_ID_SIZE = 11,
    IMPORT_FILE_NAME_SIZE = 129,
    IMPORT_WHY_SIZE = 257,
    IMPORT_BATCH = 400,            /* links a transaction: some tens of milliseconds */
    IMPORT_KEPT = 24 * 3600,       /* seconds */
    IMPORT_FETCHED_KEPT = 15 * 60, /* seconds */
};

/* X(NAME, text): the text is shown in JSON. */
#define IMPORT_STATE_TABLE(X)                                                                      \
    X(REFUSED, "refused")   /* there are bad rows: see the report */                               \
    X(RUNNING, "running")   /* links are being made, or will be when the server runs */            \
    X(STOPPED, "stopped")   /* by an operator, or `why` says; may be resumed until it is erased */ \
    X(FINISHED, "finished") /* the result can be fetched */                                        \
    X(ERASED, "erased")     /* the links stand; file, report and result are gone */

enum import_state {
#define IMPORT_STATE_ENUM(name, text) IMPORT_##name,
    IMPORT_STATE_TABLE(IMPORT_STATE_ENUM)
#undef IMPORT_STATE_ENUM
};
const char *import_state_text(enum import_state state);

/* Times are 0 when the thing has not happened. */
struct import {
    char id[IMPORT_ID_SIZE]; /* may be shown and logged */
    enum import_state state;
    int64_t created_at;
    char created_by[ACTOR_TEXT_MAX];
    char file_name[IMPORT_FILE_NAME_SIZE]; /* "" when it came without */
    int64_t total;                         /* users in the file */
    int64_t faults;                        /* bad rows */
    int64_t made;                          /* links so far */
    char why[IMPORT_WHY_SIZE];             /* what stopped it; "" when an operator did */
    int64_t finished_at;
    int64_t fetched_at;
    int64_t erase_at;
};

/*
 * Checks the file and keeps it, or its faults: look at ret_import->state. `name` is what the
 * browser called it, or NULL. TOO_LARGE: more than LIMIT_IMPORT_FILE bytes, or too many faults to
 * be told.
 */
enum status import_submit(const struct service *service, const struct actor *actor,
                          struct span file, const char *name, struct import *ret_import);
/* Only checks; appends the report (import_report()), which stays empty when all is well. */
enum status import_check(const struct service *service, struct span file, struct buf *report,
                         int64_t *ret_total);

/* NOT_FOUND. */
enum status import_show(const struct service *service, const char *id, struct import *ret_import);

struct imports {
    struct import *imports;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void imports_clear(struct imports *imports);
CLEANUP_VALUE(struct imports, imports_clear)
/* Newest first. INVALID: see page.h. */
enum status import_list(const struct service *service, const struct page_request *page,
                        struct imports *ret_imports);

/* The bad rows, every one: CSV of the columns line and problem. GONE once erased. */
enum status import_report(const struct service *service, const char *id, struct buf *report);

/* After the batch under way. CONFLICT when it does not run. */
enum status import_stop(const struct service *service, const struct actor *actor, const char *id);
/* Goes on behind the last link made. CONFLICT when it is not stopped. */
enum status import_resume(const struct service *service, const struct actor *actor, const char *id);
/*
 * Makes what is left of one import, in the calling thread; returns when it does not run any more
 * (look at its state) or the process wants to end. What no repetition would mend (a row that a
 * changed configuration refuses) stops the import and is no failure here.
 */
enum status import_work(const struct service *service, const char *id);

/*
 * Appends the result as CSV: user, name, mail, device, url, pin (in two groups, so that no
 * spreadsheet takes its zeros away), expires; no cell is a formula. Of a stopped import it has
 * those that were made. CONFLICT while it runs or was refused, FORBIDDEN for anybody but who made
 * it, GONE once erased. `result` is wiped by its owner.
 */
enum status import_result(const struct service *service, const struct actor *actor, const char *id,
                          struct buf *result);
/* File, report and result go now. CONFLICT while it runs; FORBIDDEN as above. */
enum status import_erase(const struct service *service, const struct actor *actor, const char *id);
