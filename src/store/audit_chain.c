/*
 * What is hashed stands in the header, so that an auditor can recompute it elsewhere.
 *
 * Whoever may write the database can compute a whole chain anew, or cut rows off its end: only a
 * head that was kept elsewhere shows that. So a walk takes such heads and looks for them.
 */
#include "store/audit_chain.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

_Static_assert((int)AUDIT_HASH_SIZE == (int)DIGEST_SHA256_SIZE, "the chain is of SHA-256");

enum { CANONICAL_MAX = 64 * 1024, NUMBER_SIZE = 24 };

static void append_part(struct buf *canonical, const char *text)
{
    struct span bytes = span_of_text(text);
    buf_printf(canonical, "%zu:", bytes.len);
    buf_append(canonical, bytes);
    buf_append_byte(canonical, '\n');
}

static void append_number(struct buf *canonical, int64_t number)
{
    char text[NUMBER_SIZE];
    snprintf(text, sizeof text, "%" PRId64, number);
    append_part(canonical, text);
}

static enum status append_hash(struct buf *canonical, const uint8_t hash[static AUDIT_HASH_SIZE])
{
    struct buf hex defer(buf_clear) = BUF_INIT(2 * AUDIT_HASH_SIZE);
    text_append_hex(&hex, span_of(hash, AUDIT_HASH_SIZE));
    struct span text;
    TRY(buf_finish(&hex, &text));
    append_part(canonical, (const char *)text.ptr);
    return STATUS_OK;
}

enum status audit_row_hash(const struct audit_row *row,
                           const uint8_t before[static AUDIT_HASH_SIZE],
                           uint8_t ret_hash[static AUDIT_HASH_SIZE])
{
    struct buf canonical defer(buf_clear) = BUF_INIT(CANONICAL_MAX);
    buf_append_text(&canonical, "certferry audit 1\n");
    TRY(append_hash(&canonical, before));
    append_number(&canonical, row->id);
    append_number(&canonical, row->at);
    const char *const texts[] = {row->actor,     row->action,  row->object_kind,
                                 row->object_id, row->address, row->detail};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        append_part(&canonical, texts[i]);
    struct span bytes;
    TRY(buf_finish(&canonical, &bytes));
    return digest_sha256(bytes, ret_hash);
}

static void set_broken(struct audit_report *report, int64_t id, const char *reason)
{
    report->first_broken = id;
    snprintf(report->reason, sizeof report->reason, "%s", reason);
}

/* Whether a head that was kept elsewhere says something else about this row. */
static bool contradicts(const struct audit_chain *chain, const struct audit_head *head)
{
    for (size_t i = 0; i < AUDIT_HEADS_MOST; i++)
        if (chain->known[i].id == head->id &&
            memcmp(chain->known[i].hash, head->hash, AUDIT_HASH_SIZE) != 0)
            return true;
    return false;
}

enum status audit_chain_add(struct audit_chain *chain, const struct audit_row *row)
{
    struct audit_report *report = &chain->report;
    if (report->first_broken != 0)
        return STATUS_OK;
    struct audit_head head = {.id = ++report->rows};
    TRY(audit_row_hash(row, report->head.hash, head.hash));
    if (row->id != head.id)
        set_broken(report, head.id, "This row is missing.");
    else if (!span_equal(row->hash, span_of(head.hash, sizeof head.hash)))
        set_broken(report, head.id, "This row, or the hash before it, was changed.");
    else if (contradicts(chain, &head))
        set_broken(report, head.id,
                   "The rows up to this one were written anew: its hash is not the one that was "
                   "kept elsewhere.");
    else
        report->head = head;
    return STATUS_OK;
}

void audit_chain_end(struct audit_chain *chain)
{
    struct audit_report *report = &chain->report;
    for (size_t i = 0; i < AUDIT_HEADS_MOST && report->first_broken == 0; i++)
        if (chain->known[i].id > report->rows)
            set_broken(report, report->rows + 1, "This row and those behind it were cut off.");
}
