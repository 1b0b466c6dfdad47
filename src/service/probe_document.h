/*
 * What a probe found out, read back from the JSON that probes_append_json() wrote, here or at
 * another site: for service/probe_import.h and what shows it.
 *
 * It comes from outside and is read strictly. Refused are, each by its name and place
 * ("policies[3].result"): a member that is not known or stands twice, one that is needed and
 * missing, another type, a text that is too long or has a control character, a word that is none of
 * eas/probe.h, a time that is none, rounds that are not numbered 1, 2, 3, and a list of policies
 * that does not have each of the 42 once. "rounds" is the list of them or, as earlier versions
 * wrote it, how many there were; it may be missing.
 */
#pragma once

#include "base/buf.h"
#include "eas/probe.h"
#include "store/probe_store.h"

#define PROBE_DOCUMENT_FORMAT "certferry probe 1"

struct probe_document {
    struct probe_row row; /* number, named, state, waits_since and storage are not in it */
    struct eas_probe_entry entries[EAS_POLICIES];
    bool returned;                  /* the device has the baseline again */
    int64_t asked;                  /* rounds that were offered */
    int64_t refusals;               /* eas_probe_refusals() */
    struct probe_round_row *rounds; /* the first one first; their documents are empty */
    size_t round_count;
    struct json_t *json; /* what all texts point into */
};
void probe_document_free(struct probe_document *document);
CLEANUP_POINTER(struct probe_document, probe_document_free)

/* INVALID; TOO_LARGE: more than LIMIT_PROBE_FILE. */
enum status probe_document_read(struct span text, struct probe_document **ret_document);
/* The same JSON without what only pleases the eye. */
enum status probe_document_append(const struct probe_document *document, struct buf *out);
