/*
 * Who did what: one row for every act, written in the transaction of the change itself, so that
 * neither exists without the other. The store chains the rows by hash. Details are named values in
 * one JSON object; secrets and PINs never enter it: there is no way to put a `struct secret` in.
 */
#pragma once

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct db_tx;

enum actor_kind {
    ACTOR_COMMAND,  /* the command line; name is the system's user name */
    ACTOR_OPERATOR, /* somebody logged in; name is the operator's */
    ACTOR_KEY,      /* a program with an API key; name is the key's */
    ACTOR_PHONE,    /* whoever holds a link; no name */
    ACTOR_SYSTEM,   /* certferry itself: timers, clean-up */
};

struct actor {
    enum actor_kind kind;
    const char *name;    /* NULL when the kind says it all */
    const char *address; /* where the request came from, NULL for local acts */
};

/* "command:anna", "operator:bob", "key:intranet", "phone", "system": what is stored in created_by
 * and audit rows. */
enum { ACTOR_TEXT_MAX = 300 };
void actor_format(const struct actor *actor, char ret_text[static ACTOR_TEXT_MAX]);

/* One named value of the detail: a text, or a number when the text is NULL. */
struct audit_value {
    const char *name;
    const char *text;
    int64_t number;
};
#define AUDIT_TEXT(field, value)   ((struct audit_value){.name = (field), .text = (value)})
#define AUDIT_NUMBER(field, value) ((struct audit_value){.name = (field), .number = (value)})

/*
 * Adds the row for `action` ("link.create", "certificate.issue") on `object` (a link id, a serial);
 * the part before the point names its kind. When it fails the caller leaves without committing:
 * what cannot be recorded does not happen.
 */
enum status audit_write(struct db_tx *tx, const struct actor *actor, const char *action,
                        const char *object, const struct audit_value *values, size_t count);
