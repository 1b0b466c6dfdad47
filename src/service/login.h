/*
 * Logging in to the operators' pages.
 *
 * A session is 128 random bits in a cookie; the database keeps their SHA-256. Every log-in and
 * every change of a password makes a new one and ends what was there before, so that nobody can
 * plant a session (fixation) or keep one. It ends by itself after operator.idle_timeout without use
 * and operator.session_lifetime in any case. Names that do not exist take as long as a wrong
 * password.
 */
#pragma once

#include "base/digest.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/status.h"
#include "service/audit.h"
#include "service/service.h"
#include "store/operator_store.h"

/* Who is logged in, as a plain value. */
struct login {
    char name[LIMIT_OPERATOR + 1];
    enum operator_role role;
    bool must_change;                  /* nothing is allowed before a new password is set */
    uint8_t proof[DIGEST_SHA256_SIZE]; /* SHA-256 of the session's token */
};

struct login_request {
    struct span name;
    struct span password;
    struct span previous; /* the token that the browser came with, or empty: ended */
    const char *address;
    const char *agent; /* the device in words */
};

struct login_begun {
    struct login login;
    struct secret *token;
};
void login_begun_clear(struct login_begun *begun);
CLEANUP_VALUE(struct login_begun, login_begun_clear)

/* UNAUTHENTICATED when name or password is wrong or the operator is disabled: the same answer for
 * all. */
enum status login_begin(const struct service *service, const struct login_request *request,
                        struct login_begun *ret_begun);
/* The session of a token. `used` keeps it from going idle. UNAUTHENTICATED: there is none, or no
 * longer, or its operator is disabled. */
enum status login_find(const struct service *service, struct span token, bool used,
                       struct login *ret_login);
/* Ends the session; does nothing when it is over already. */
enum status login_end(const struct service *service, const struct actor *actor, struct span token);

struct login_change {
    struct span old;
    struct span new;
    const char *address;
    const char *agent;
};
/*
 * A new password of one's own: ends all sessions of the operator and begins a new one. FORBIDDEN
 * when the old one is wrong, INVALID when the new one breaks a rule of password_check() or equals
 * the old one.
 */
enum status login_change_password(const struct service *service, const char *name,
                                  const struct login_change *change, struct login_begun *ret_begun);

/* Ends what is too old or was not used for too long. */
enum status login_prune(const struct service *service, int64_t now);
