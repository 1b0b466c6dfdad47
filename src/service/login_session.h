/*
 * What every way to log in ends with: a new session in the transaction that let somebody in.
 * Private to the log-in (login.c, login_certificate.c).
 */
#pragma once

#include "service/login.h"

struct db_tx;

struct login_session {
    const struct actor *actor; /* the operator, with the address */
    const char *agent;         /* the device in words */
    struct span previous;      /* the token that the browser came with, or empty: ended */
    const char *by;            /* how: "password", "certificate", for the audit */
};

/* The session, the browser's new mark and the row of the audit. What it fills in is the caller's
 * only when the transaction is committed. */
enum status login_session_begin(const struct service *service, struct db_tx *tx,
                                const struct login_session *session, struct login_begun *begun);
/* The same after a change of the password, which has its own row. */
enum status login_session_renew(const struct service *service, struct db_tx *tx,
                                const struct login_session *session, struct login_begun *begun);

/* The operator's part of a log-in. */
void login_fill(struct login *login, const struct operator_row *row,
                const uint8_t proof[static DIGEST_SHA256_SIZE]);
