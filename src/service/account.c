/* An id of a session that is not the actor's is treated as one that there is not. */
#include "service/account.h"

#include "base/clock.h"
#include "base/text.h"
#include "config/config.h"
#include "service/login_guard.h"
#include "service/totp.h"
#include "service/window.h"
#include "store/session_store.h"
#include "store/totp_store.h"

#include <stdio.h>

void account_sessions_clear(struct account_sessions *list)
{
    free(list->sessions);
    *list = (struct account_sessions){0};
}

static enum status fill(const struct session_row *row, struct span proof,
                        struct account_session *session)
{
    *session = (struct account_session){
        .created_at = row->created_at,
        .seen_at = row->seen_at,
        .current = span_equal(row->token_hash, proof),
    };
    struct buf id defer(buf_clear) = BUF_INIT(ACCOUNT_SESSION_ID);
    text_append_hex(&id, row->token_hash);
    TRY(id.failure);
    memcpy(session->id, id.ptr, id.len);
    snprintf(session->address, sizeof session->address, "%s", row->address);
    snprintf(session->agent, sizeof session->agent, "%s", row->agent);
    return STATUS_OK;
}

static bool is_over(const struct service *service, const struct session_row *row, int64_t now)
{
    const struct config *config = service->config;
    return now >= row->created_at + config->operator_session_lifetime ||
           now >= row->seen_at + config->operator_idle_timeout;
}

enum status account_list_sessions(const struct service *service, const char *name,
                                  const uint8_t proof[static DIGEST_SHA256_SIZE],
                                  struct account_sessions *ret_list)
{
    struct session_list rows defer(session_list_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    int64_t now = clock_now();
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(session_store_list(tx, name, &rows));
    struct account_sessions list defer(account_sessions_clear) = {
        .sessions = calloc(rows.count + 1, sizeof *list.sessions)};
    if (list.sessions == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list");
    for (size_t i = 0; i < rows.count; i++)
        if (!is_over(service, &rows.rows[i], now))
            TRY(fill(&rows.rows[i], span_of(proof, DIGEST_SHA256_SIZE),
                     &list.sessions[list.count++]));
    *ret_list = list;
    list = (struct account_sessions){0};
    return STATUS_OK;
}

static enum status end_own(struct db_tx *tx, const char *name, struct span hash)
{
    struct session_row row defer(session_row_clear) = {0};
    enum status status = session_store_get(tx, hash, &row);
    if (status != STATUS_NOT_FOUND)
        TRY(status);
    if (status == STATUS_NOT_FOUND || strcmp(row.owner, name) != 0)
        return status_fail(STATUS_NOT_FOUND, "this log-in is over");
    return session_store_end(tx, hash);
}

enum status account_end_session(const struct service *service, const struct actor *actor,
                                const char *id)
{
    struct buf hash defer(buf_clear) = BUF_INIT(DIGEST_SHA256_SIZE);
    if (text_decode_hex(span_of_text(id), &hash) != STATUS_OK || hash.len != DIGEST_SHA256_SIZE)
        return status_fail(STATUS_INVALID, "this is no id of a log-in");
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(end_own(tx, actor->name, span_of(hash.ptr, hash.len)));
    TRY(audit_write(tx, actor, "operator.session_end", actor->name, NULL, 0));
    return db_commit(tx);
}

enum status account_end_others(const struct service *service, const struct actor *actor,
                               const uint8_t proof[static DIGEST_SHA256_SIZE])
{
    int64_t ended;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(session_store_end_of_operator(tx, actor->name, span_of(proof, DIGEST_SHA256_SIZE), &ended));
    TRY(audit_write(tx, actor, "operator.session_end", actor->name, &AUDIT_NUMBER("count", ended),
                    1));
    return db_commit(tx);
}

static enum status remove_with(const struct service *service, const struct actor *actor,
                               struct span code, const struct login_try *try)
{
    bool recovery;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(totp_check(service, tx, actor->name, code, clock_now(), &recovery));
    TRY(login_guard_passed(tx, try, clock_now()));
    TRY(totp_store_remove(tx, actor->name));
    TRY(window_leave_traces(tx, clock_now()));
    TRY(audit_write(tx, actor, "operator.totp_off", actor->name, NULL, 0));
    return db_commit(tx);
}

enum status account_remove_totp(const struct service *service, const struct actor *actor,
                                struct span code, struct span device)
{
    const struct login_source source = {actor->name, actor->address, device};
    struct login_try try;
    TRY(login_guard_enter(service, &source, clock_now(), &try));
    enum status status = remove_with(service, actor, code, &try);
    status = login_guard_settle(service, &source, &try, status, clock_now());
    if (status == STATUS_UNAUTHENTICATED)
        return status_fail(STATUS_FORBIDDEN, "the one-time code is not right");
    return status;
}
