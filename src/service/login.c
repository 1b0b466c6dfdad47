/*
 * Hashing a password takes 50 ms and stands outside of every transaction; what it said is acted
 * upon in one that looks at the operator again.
 */
#include "service/login.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "service/login_guard.h"
#include "service/login_session.h"
#include "service/password.h"
#include "service/totp.h"
#include "store/session_store.h"

#include <stdio.h>

enum { TOUCH_SECONDS = 60 };

void login_begun_clear(struct login_begun *begun)
{
    secret_free(begun->token);
    secret_free(begun->device);
    *begun = (struct login_begun){0};
}

static enum status refuse(void)
{
    return status_fail(STATUS_UNAUTHENTICATED, "name, password or code is wrong");
}

/* ---- the password ---------------------------------------------------------------------------- */

/* One byte more than an operator's name has: what is cut is nobody's name. */
enum { NAME_SIZE = LIMIT_OPERATOR + 2 };

static void copy_name(struct span text, char ret_name[static NAME_SIZE])
{
    size_t len = text.len < NAME_SIZE ? text.len : NAME_SIZE - 1;
    if (len > 0)
        memcpy(ret_name, text.ptr, len);
    ret_name[len] = '\0';
}

static enum status read_operator(const struct service *service, const char *name,
                                 struct operator_row *ret_row)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return operator_store_get(tx, name, ret_row);
}

/* As long as a real one: the hash of a password that nobody knows, under the same limits. */
static enum status spend_the_same_time(enum password_lane lane, const struct secret *password)
{
    char hash[PASSWORD_HASH_SIZE];
    TRY(password_hash_in(lane, password, hash));
    return refuse();
}

/* OK when it is the operator's present password; UNAUTHENTICATED. */
static enum status check_password(const struct service *service, enum password_lane lane,
                                  const char *name, struct span password,
                                  struct operator_row *ret_row)
{
    struct secret *typed defer(secret_free) = NULL;
    if (password.len == 0 || password.len > LIMIT_PASSWORD_MAX)
        return refuse();
    TRY(secret_copy(password, &typed));
    struct operator_row row defer(operator_row_clear) = {0};
    enum status status = read_operator(service, name, &row);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && row.disabled_at != 0))
        return spend_the_same_time(lane, typed);
    TRY(status);
    status = password_verify_in(lane, row.password_hash, typed);
    if (status == STATUS_UNAUTHENTICATED)
        return refuse();
    TRY(status);
    *ret_row = row;
    row = (struct operator_row){0};
    return STATUS_OK;
}

/* ---- sessions -------------------------------------------------------------------------------- */

/* The password was right for `hash`: is it still the operator's, who may still log in? */
static enum status check_unchanged(struct db_tx *tx, const char *name, const char *hash)
{
    struct operator_row row defer(operator_row_clear) = {0};
    TRY(operator_store_get(tx, name, &row));
    return row.disabled_at == 0 && strcmp(row.password_hash, hash) == 0 ? STATUS_OK : refuse();
}

static enum status let_in(const struct service *service, const struct login_request *request,
                          const struct operator_row *row, const struct login_try *try,
                          struct login_begun *begun)
{
    const struct actor actor = {ACTOR_OPERATOR, row->name, request->address};
    bool recovery;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(check_unchanged(tx, row->name, row->password_hash));
    TRY(totp_check(service, tx, row->name, request->code, clock_now(), &recovery));
    TRY(login_guard_passed(tx, try, clock_now()));
    const struct login_session session = {&actor, request->agent, request->previous,
                                          recovery ? "recovery code" : "password"};
    TRY(login_session_begin(service, tx, &session, begun));
    return db_commit(tx);
}

static enum password_lane lane_of(const struct login_try *try)
{
    return try->known_device ? PASSWORD_KNOWN : PASSWORD_STRANGER;
}

enum status login_begin(const struct service *service, const struct login_request *request,
                        struct login_begun *ret_begun)
{
    char name[NAME_SIZE];
    copy_name(request->name, name);
    const struct login_source source = {name, request->address, request->device};
    struct login_try try;
    TRY(login_guard_enter(service, &source, clock_now(), &try));

    struct operator_row row defer(operator_row_clear) = {0};
    struct login_begun begun defer(login_begun_clear) = {0};
    enum status status = check_password(service, lane_of(&try), name, request->password, &row);
    if (status == STATUS_OK)
        status = let_in(service, request, &row, &try, &begun);
    status = login_guard_settle(service, &source, &try, status, clock_now());
    if (status == STATUS_UNAUTHENTICATED)
        return refuse();
    TRY(status);
    *ret_begun = begun;
    begun = (struct login_begun){0};
    return STATUS_OK;
}

/* ---- using one ------------------------------------------------------------------------------- */

static enum status over(void)
{
    return status_fail(STATUS_UNAUTHENTICATED, "the log-in is over");
}

/* One that begins, or was used, after now is of a clock that was set back: nobody knows how old it
 * is. A small correction ends none. */
static bool is_of_the_future(const struct session_row *session, const struct config *config,
                             int64_t now)
{
    int64_t latest = now + config->operator_idle_timeout;
    return session->created_at > latest || session->seen_at > latest;
}

static enum status find_session(struct db_tx *tx, const struct config *config, struct span hash,
                                int64_t now, struct session_row *session)
{
    enum status status = session_store_get(tx, hash, session);
    if (status == STATUS_NOT_FOUND)
        return over();
    TRY(status);
    bool old = now >= session->created_at + config->operator_session_lifetime;
    bool idle = now >= session->seen_at + config->operator_idle_timeout;
    return old || idle || is_of_the_future(session, config, now) ? over() : STATUS_OK;
}

static enum status touch(const struct service *service, struct span hash, int64_t now)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(session_store_touch(tx, hash, now));
    return db_commit(tx);
}

/* *ret_stale: the last use was noted long enough ago to be noted again. */
static enum status read_login(const struct service *service, struct span hash, int64_t now,
                              struct login *ret_login, bool *ret_stale)
{
    struct session_row session defer(session_row_clear) = {0};
    struct operator_row row defer(operator_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(find_session(tx, service->config, hash, now, &session));
    TRY(operator_store_get(tx, session.owner, &row));
    if (row.disabled_at != 0)
        return over();
    login_fill(ret_login, &row, hash.ptr);
    *ret_stale = now >= session.seen_at + TOUCH_SECONDS;
    return STATUS_OK;
}

/* A disk that is full keeps nobody from reading. */
enum status login_find(const struct service *service, struct span token, bool used,
                       struct login *ret_login)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    int64_t now = clock_now();
    bool stale = false;
    if (token.len == 0)
        return status_fail(STATUS_UNAUTHENTICATED, "nobody is logged in");
    TRY(digest_sha256(token, digest));
    struct span hash = span_of(digest, sizeof digest);
    TRY(read_login(service, hash, now, ret_login, &stale));
    if (!used || !stale)
        return STATUS_OK;
    enum status status = touch(service, hash, now);
    if (status != STATUS_OK)
        log_status("login", status, "the use of a session could not be noted");
    return STATUS_OK;
}

enum status login_end(const struct service *service, const struct actor *actor, struct span token)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    TRY(digest_sha256(token, digest));
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(session_store_end(tx, span_of(digest, sizeof digest)));
    TRY(audit_write(tx, actor, "operator.logout", actor->name, NULL, 0));
    return db_commit(tx);
}

/* ---- a new password -------------------------------------------------------------------------- */

static enum status check_new(const struct login_change *change)
{
    struct secret *password defer(secret_free) = NULL;
    TRY(secret_copy(change->new, &password));
    TRY(password_check(password));
    if (span_equal_constant_time(change->old, change->new))
        return status_fail(STATUS_INVALID, "the new password is the old one");
    return STATUS_OK;
}

static enum status hash_new(const struct login_change *change,
                            char ret_hash[static PASSWORD_HASH_SIZE])
{
    struct secret *password defer(secret_free) = NULL;
    TRY(secret_copy(change->new, &password));
    return password_hash(password, ret_hash);
}

static enum status replace_password(const struct service *service,
                                    const struct login_change *change,
                                    const struct operator_row *row, const struct login_try *try,
                                    struct login_begun *begun)
{
    char hash[PASSWORD_HASH_SIZE];
    TRY(hash_new(change, hash));
    const struct actor actor = {ACTOR_OPERATOR, row->name, change->address};
    int64_t ended;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(check_unchanged(tx, row->name, row->password_hash));
    TRY(login_guard_passed(tx, try, clock_now()));
    TRY(operator_store_set_password(tx, row->name, hash, false, clock_now()));
    TRY(session_store_end_of_operator(tx, row->name, SPAN_EMPTY, &ended));
    const struct login_session session = {.actor = &actor, .agent = change->agent};
    TRY(login_session_renew(service, tx, &session, begun));
    TRY(audit_write(tx, &actor, "operator.password", row->name, NULL, 0));
    return db_commit(tx);
}

enum status login_change_password(const struct service *service, const char *name,
                                  const struct login_change *change, struct login_begun *ret_begun)
{
    const struct login_source source = {name, change->address, change->device};
    struct login_try try;
    TRY(check_new(change));
    TRY(login_guard_enter(service, &source, clock_now(), &try));

    struct operator_row row defer(operator_row_clear) = {0};
    struct login_begun begun defer(login_begun_clear) = {0};
    enum status status = check_password(service, PASSWORD_KNOWN, name, change->old, &row);
    if (status == STATUS_OK)
        status = replace_password(service, change, &row, &try, &begun);
    status = login_guard_settle(service, &source, &try, status, clock_now());
    if (status == STATUS_UNAUTHENTICATED)
        return status_fail(STATUS_FORBIDDEN, "the present password is wrong");
    TRY(status);
    *ret_begun = begun;
    begun = (struct login_begun){0};
    return STATUS_OK;
}

enum status login_prune(const struct service *service, int64_t now)
{
    const struct config *config = service->config;
    int64_t ended;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(session_store_prune(tx, now - config->operator_session_lifetime,
                            now - config->operator_idle_timeout, &ended));
    return db_commit(tx);
}
