/*
 * Who a request comes from, as far as it was proved. The router asks for it before a handler runs;
 * the handler finds it by request_caller().
 */
#pragma once

#include "base/limits.h"

#include <stdint.h>

/* Who may call a route: each includes those after it. */
enum role {
    ROLE_ANYONE,
    ROLE_SELF, /* whoever logged in, even when nothing is allowed before the password is changed */
    ROLE_AUDITOR,
    ROLE_HELPDESK,
    ROLE_ADMIN,
};

/* How the caller proves it. */
enum credential {
    CREDENTIAL_NONE,
    CREDENTIAL_SESSION, /* the cookie of a log-in: a browser, so a change needs `csrf` */
    CREDENTIAL_KEY,     /* an API key as "Authorization: Bearer": a program; never a cookie */
};

enum { CALLER_PROOF_SIZE = 32 };

struct caller {
    enum role role;                   /* ROLE_ANYONE: nobody is known */
    char name[LIMIT_OPERATOR + 1];    /* of the operator, or of the API key */
    uint8_t proof[CALLER_PROOF_SIZE]; /* SHA-256 of the session's token, or of the key */
};
