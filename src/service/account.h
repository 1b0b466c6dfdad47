/* What operators do for themselves: see and end their own log-ins, and switch one-time codes off.
 */
#pragma once

#include "base/digest.h"
#include "service/audit.h"
#include "service/service.h"

enum { ACCOUNT_SESSION_ID = 2 * DIGEST_SHA256_SIZE, ACCOUNT_TEXT_MAX = 64 };

/* One log-in that is not over. */
struct account_session {
    char id[ACCOUNT_SESSION_ID + 1]; /* the hash of its token in hexadecimal: no secret */
    int64_t created_at;
    int64_t seen_at; /* to the minute */
    char address[ACCOUNT_TEXT_MAX];
    char agent[ACCOUNT_TEXT_MAX]; /* the device in words */
    bool current;                 /* the one that asks */
};

struct account_sessions {
    struct account_session *sessions;
    size_t count;
};
void account_sessions_clear(struct account_sessions *list);
CLEANUP_VALUE(struct account_sessions, account_sessions_clear)

/* Newest first. `proof` is that of the log-in that asks. */
enum status account_list_sessions(const struct service *service, const char *name,
                                  const uint8_t proof[static DIGEST_SHA256_SIZE],
                                  struct account_sessions *ret_list);
/* NOT_FOUND: it is no log-in of the actor's, who is an operator; INVALID: no id. */
enum status account_end_session(const struct service *service, const struct actor *actor,
                                const char *id);
/* All but the one that asks. */
enum status account_end_others(const struct service *service, const struct actor *actor,
                               const uint8_t proof[static DIGEST_SHA256_SIZE]);

/* Takes a code, which whoever found an open browser does not have. FORBIDDEN: it is not right;
 * TOO_MANY: too early after failures; NOT_FOUND: no codes are asked for. */
enum status account_remove_totp(const struct service *service, const struct actor *actor,
                                struct span code, struct span device);
