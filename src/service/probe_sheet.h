/*
 * Probes as pages and commands show them: ours and those of other sites in one shape, in one list,
 * the newest one first; of an imported one that is when it was imported.
 */
#pragma once

#include "base/buf.h"
#include "eas/probe.h"
#include "service/probe_document.h"
#include "service/service.h"
#include "store/probe_import_store.h"
#include "store/probe_store.h"

struct probe_sheet {
    struct probe_row row;    /* of an imported one what its file says, under its id here */
    const char *site;        /* that it came from; "": ours */
    const char *imported_by; /* the actor; of ours "" */
    int64_t imported_at;     /* of ours 0 */
    bool unreadable;         /* nobody can say what it found out: no entry tells anything */
    struct eas_probe_entry entries[EAS_POLICIES];
    enum eas_probe_kind kind; /* of ours: the round that is next or out, NONE when it is over */
    bool out;                 /* of ours: that round was offered and is not answered */
    bool returned;            /* the device has the baseline again */
    int64_t asked;            /* rounds that were offered */
    const struct probe_round_row *rounds; /* probe_sheet_get() only; the first one first */
    size_t round_count;

    struct probe_round_list own_rounds; /* from here on private: what all of that points into */
    struct probe_import_row imported;
    struct probe_document *document;
};
void probe_sheet_clear(struct probe_sheet *sheet);
CLEANUP_VALUE(struct probe_sheet, probe_sheet_clear)

/* By the id of either kind. NOT_FOUND. */
enum status probe_sheet_get(const struct service *service, const char *id,
                            struct probe_sheet *ret_sheet);

struct probe_sheet_list {
    struct probe_sheet *sheets;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* "" when this was the last page */
};
void probe_sheet_list_clear(struct probe_sheet_list *list);
CLEANUP_VALUE(struct probe_sheet_list, probe_sheet_list_clear)
/* A device is one of ours: with it no imported ones are listed. INVALID: see page.h. */
enum status probe_sheet_list(const struct service *service, const struct probe_filter *filter,
                             const struct page_request *page, struct probe_sheet_list *ret_list);

/* Whether a result says what the device does: it may be compared. */
bool probe_sheet_tells(enum eas_probe_result result);

/* What it found out, as JSON: ours as probes_append_json() has it, an imported one as its site
 * printed it. NOT_FOUND: an imported one that is unreadable; ours, when it is gone. */
enum status probe_sheet_append_json(const struct service *service, const struct probe_sheet *sheet,
                                    struct buf *out);
