/* A session goes on with nothing of what the browser came with: see login.h about fixation. */
#include "service/login_session.h"

#include "base/clock.h"
#include "service/credential.h"
#include "service/device_cookie.h"
#include "store/session_store.h"

#include <stdio.h>

void login_fill(struct login *login, const struct operator_row *row,
                const uint8_t proof[static DIGEST_SHA256_SIZE])
{
    *login = (struct login){.role = row->role, .must_change = row->must_change};
    snprintf(login->name, sizeof login->name, "%s", row->name);
    memcpy(login->proof, proof, sizeof login->proof);
}

static enum status end_previous(struct db_tx *tx, struct span token)
{
    uint8_t hash[DIGEST_SHA256_SIZE];
    if (token.len == 0)
        return STATUS_OK;
    TRY(digest_sha256(token, hash));
    return session_store_end(tx, span_of(hash, sizeof hash));
}

enum status login_session_renew(const struct service *service, struct db_tx *tx,
                                const struct login_session *session, struct login_begun *begun)
{
    const struct actor *actor = session->actor;
    uint8_t hash[DIGEST_SHA256_SIZE];
    TRY(end_previous(tx, session->previous));
    TRY(credential_new_token(&begun->token));
    TRY(digest_sha256(secret_span(begun->token), hash));
    const struct session_row row = {
        .token_hash = span_of(hash, sizeof hash),
        .owner = actor->name,
        .created_at = clock_now(),
        .address = actor->address,
        .agent = session->agent,
    };
    TRY(session_store_add(tx, &row));
    struct operator_row operator_row defer(operator_row_clear) = {0};
    TRY(operator_store_get(tx, actor->name, &operator_row));
    login_fill(&begun->login, &operator_row, hash);
    return device_cookie_make(service, actor->name, clock_now(), &begun->device);
}

enum status login_session_begin(const struct service *service, struct db_tx *tx,
                                const struct login_session *session, struct login_begun *begun)
{
    const struct audit_value values[] = {
        AUDIT_TEXT("device", session->agent),
        AUDIT_TEXT("by", session->by),
    };
    TRY(login_session_renew(service, tx, session, begun));
    return audit_write(tx, session->actor, "operator.login", session->actor->name, values,
                       sizeof values / sizeof *values);
}
