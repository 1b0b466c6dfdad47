/* The form's key is known by its hash, its answer by the seal. */
#include "service/handout.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/limits.h"
#include "service/background.h"
#include "service/credential.h"
#include "service/envelope.h"
#include "service/issue.h"
#include "service/window.h"
#include "store/handout_store.h"

#include <stdio.h>

enum { FORM_KEY_LEAST = 20, FORM_KEY_MOST = 64, SEALED_MOST = 16 * LIMIT_BUNDLE };

void handout_clear(struct handout *handout)
{
    secret_free(handout->contents);
    *handout = (struct handout){0};
}

enum status handout_new_key(struct secret **ret_key)
{
    return credential_new_token(ret_key);
}

static enum status hash_key(struct span key, uint8_t ret_hash[static DIGEST_SHA256_SIZE])
{
    if (key.len < FORM_KEY_LEAST || key.len > FORM_KEY_MOST)
        return status_fail(STATUS_INVALID, "the form is not one of ours: load the page again");
    return digest_sha256(key, ret_hash);
}

enum status handout_find(struct db_tx *tx, const struct handout_caller *caller,
                         char ret_id[static HANDOUT_ID_SIZE],
                         char ret_object_id[static HANDOUT_ID_SIZE])
{
    uint8_t hash[DIGEST_SHA256_SIZE];
    TRY(hash_key(caller->form_key, hash));
    struct handout_row row defer(handout_row_clear) = {0};
    TRY(handout_store_find(tx, span_of(hash, sizeof hash), &row));
    char who[ACTOR_TEXT_MAX];
    actor_format(caller->actor, who);
    if (strcmp(row.created_by, who) != 0)
        return status_fail(STATUS_FORBIDDEN, "the form was another operator's");
    snprintf(ret_id, HANDOUT_ID_SIZE, "%s", row.id);
    snprintf(ret_object_id, HANDOUT_ID_SIZE, "%s", row.object_id);
    return STATUS_OK;
}

static enum status seal(const struct handout_caller *caller, const char *id,
                        const struct span parts[], size_t count, struct buf *sealed)
{
    return count == 0 ? STATUS_OK
                      : envelope_close(ENVELOPE_HANDOUT, caller->session, id, parts, count, sealed);
}

enum status handout_put(struct db_tx *tx, const struct handout_caller *caller,
                        const char *object_id, const struct span parts[], size_t count,
                        char ret_id[static HANDOUT_ID_SIZE])
{
    uint8_t hash[DIGEST_SHA256_SIZE];
    TRY(hash_key(caller->form_key, hash));
    char id[CREDENTIAL_ID_LETTERS + 1];
    TRY(credential_new_id(id));
    struct buf sealed defer(buf_clear) = BUF_INIT(SEALED_MOST);
    TRY(seal(caller, id, parts, count, &sealed));
    char who[ACTOR_TEXT_MAX];
    actor_format(caller->actor, who);
    int64_t now = clock_now();
    const struct handout_row row = {
        .id = id,
        .form_hash = span_of(hash, sizeof hash),
        .created_at = now,
        .created_by = who,
        .object_id = object_id,
        .sealed = span_of(sealed.ptr, sealed.len),
        .expires_at = now + HANDOUT_KEPT,
    };
    TRY(handout_store_create(tx, &row));
    snprintf(ret_id, HANDOUT_ID_SIZE, "%s", id);
    return STATUS_OK;
}

enum status handout_await(struct db_tx *tx, const char *id, const char *serial)
{
    return handout_store_await(tx, id, serial);
}

enum status handout_fill(struct db_tx *tx, const struct handout_caller *caller, const char *id,
                         const struct span parts[], size_t count)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(SEALED_MOST);
    TRY(seal(caller, id, parts, count, &sealed));
    return handout_store_fill(tx, id, span_of(sealed.ptr, sealed.len));
}

enum status handout_drop(struct db_tx *tx, const char *id)
{
    return handout_store_drop(tx, id);
}

static enum status open_row(const struct handout_row *row, struct span session,
                            struct span ret_parts[], size_t count, struct handout *ret_handout)
{
    if (row->erased_at != 0 || row->expires_at <= clock_now())
        return status_fail(STATUS_GONE, "what was shown here was shown for a few minutes only");
    if (row->sealed.len == 0)
        return status_fail(STATUS_CONFLICT, "what will be shown here is still being made");
    struct handout handout defer(handout_clear) = {.expires_at = row->expires_at};
    enum status status = envelope_open(ENVELOPE_HANDOUT, session, row->id, row->sealed, ret_parts,
                                       count, &handout.contents);
    if (status == STATUS_FORBIDDEN || status == STATUS_INVALID)
        return status_fail(STATUS_GONE, "what was shown here was shown to the log-in that made it");
    TRY(status);
    snprintf(handout.id, sizeof handout.id, "%s", row->id);
    *ret_handout = handout;
    handout = (struct handout){0};
    return STATUS_OK;
}

enum status handout_open(const struct service *service, struct span session, const char *id,
                         struct span ret_parts[], size_t count, struct handout *ret_handout)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    struct handout_row row defer(handout_row_clear) = {0};
    TRY(handout_store_get(tx, id, &row));
    return open_row(&row, session, ret_parts, count, ret_handout);
}

enum status handout_open_link(const struct service *service, struct span session,
                              const char *link_id, struct span ret_parts[], size_t count,
                              struct handout *ret_handout)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    struct handout_row row defer(handout_row_clear) = {0};
    TRY(handout_store_of_object(tx, link_id, &row));
    return open_row(&row, session, ret_parts, count, ret_handout);
}

struct sweep {
    struct db_tx *tx;
    int64_t now;
};

/* Its key was in the memory of a process that has ended. */
static enum status withdraw(void *context, const char *serial)
{
    static const struct actor system = {.kind = ACTOR_SYSTEM};
    const struct sweep *sweep = context;
    enum status status = issue_withdraw_in(sweep->tx, &system, serial, sweep->now);
    return status == STATUS_CONFLICT ? STATUS_OK : status; /* an operator was faster */
}

enum status handout_sweep(const struct service *service, int64_t now)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    struct sweep sweep = {tx, now};
    int64_t lost;
    int64_t erased;
    TRY(handout_store_each_lost(tx, now, withdraw, &sweep, &lost));
    TRY(handout_store_erase_due(tx, now, &erased));
    if (erased == 0)
        return STATUS_OK;
    TRY(window_leave_traces(tx, now));
    TRY(db_commit(tx));
    if (lost > 0)
        background_wake(service, BACKGROUND_REVOCATION);
    return STATUS_OK;
}
