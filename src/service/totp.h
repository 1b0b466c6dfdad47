/*
 * One-time codes at log-in, for operators who want them.
 *
 * The secret is sealed under the master key: the thief of a database alone makes no codes. A code
 * is taken in the step of its time, one before or one after, and never twice: the step is noted in
 * the transaction of what the code allowed. Ten recovery codes stand in for a lost phone, each
 * once; the database has their MACs.
 */
#pragma once

#include "base/secret.h"
#include "service/audit.h"
#include "service/service.h"

struct db_tx;

/* What the operator's app needs, once. */
struct totp_setup {
    struct secret *uri;  /* "otpauth://...", for a QR code */
    struct secret *text; /* the secret for typing: base32 */
};
void totp_setup_clear(struct totp_setup *setup);
CLEANUP_VALUE(struct totp_setup, totp_setup_clear)

enum { RECOVERY_CODES = 10, RECOVERY_LETTERS = 10, RECOVERY_GROUP = 5 };
/* "abcde-fghij", to be written down: shown once. */
struct recovery_codes {
    struct secret *codes[RECOVERY_CODES];
};
void recovery_codes_clear(struct recovery_codes *codes);
CLEANUP_VALUE(struct recovery_codes, recovery_codes_clear)

/* A new secret for an operator; no code is asked for before totp_confirm(). One that was begun is
 * forgotten. NOT_FOUND; CONFLICT: codes are asked for already. */
enum status totp_begin(const struct service *service, const struct actor *actor, const char *name,
                       struct totp_setup *ret_setup);
/* The same secret again, for the page that asks for the first code. CONFLICT when none was begun or
 * it was confirmed. */
enum status totp_pending(const struct service *service, const char *name,
                         struct totp_setup *ret_setup);
/* The first code shows that the app has the secret: codes are asked for from now on. INVALID: it is
 * not the code; CONFLICT: nothing was begun. */
enum status totp_confirm(const struct service *service, const struct actor *actor, const char *name,
                         struct span code, int64_t now, struct recovery_codes *ret_codes);
/* Both at once, for whoever hands the secret over. */
enum status totp_enrol(const struct service *service, const struct actor *actor, const char *name,
                       struct totp_setup *ret_setup, struct recovery_codes *ret_codes);
/* No code is asked for any more. NOT_FOUND: none was. */
enum status totp_remove(const struct service *service, const struct actor *actor, const char *name);

struct totp_state {
    bool active;
    int64_t confirmed_at;
    int64_t recovery_left;
};
enum status totp_state_of(const struct service *service, const char *name,
                          struct totp_state *ret_state);

/*
 * In the transaction of a log-in: OK when the operator uses no codes (whatever was typed), or when
 * it is a code of now or a recovery code, which is used up when the transaction commits.
 * UNAUTHENTICATED. `name` as in the database; spaces, hyphens and capitals do not matter.
 */
enum status totp_check(const struct service *service, struct db_tx *tx, const char *name,
                       struct span code, int64_t now, bool *ret_recovery);
