/*
 * The chain of the audit: what a row is, and how its hash follows from it and from the hash before.
 * Rows are numbered from 1 without a gap. The database and an export are proved by the same code.
 *
 * The hash is SHA-256 over the bytes "certferry audit 1\n", then each of: the hash before (64
 * hexadecimal digits; zeros before row 1), id, at, actor, action, object_kind, object_id, address,
 * detail; every one written as its length in bytes in decimal, ':', its bytes, '\n' (numbers in
 * decimal).
 */
#pragma once

#include "base/span.h"
#include "base/status.h"

enum { AUDIT_HASH_SIZE = 32, AUDIT_HEADS_MOST = 2 };

/* As input, the texts belong to the caller; as output of the store, to the row until
 * audit_row_clear(). */
struct audit_row {
    int64_t id;              /* output only */
    int64_t at;              /* seconds since 1970 */
    const char *actor;       /* "operator:anna", "phone", "command:root", "system" */
    const char *action;      /* "link.create": object and verb */
    const char *object_kind; /* "link", "certificate", "operator", ... */
    const char *object_id;
    const char *address; /* where the request came from, or "" */
    const char *detail;  /* one JSON object; NULL or "" is stored as "{}" */
    struct span hash;    /* AUDIT_HASH_SIZE bytes; output only */
    void *storage;       /* private; NULL in a row that is input */
};

/* The hash of a row whose number and texts are set, behind the row with the hash `before`. */
enum status audit_row_hash(const struct audit_row *row,
                           const uint8_t before[static AUDIT_HASH_SIZE],
                           uint8_t ret_hash[static AUDIT_HASH_SIZE]);

/* The end of a chain at some time. */
struct audit_head {
    int64_t id; /* 0 before the first row */
    uint8_t hash[AUDIT_HASH_SIZE];
};

struct audit_report {
    int64_t rows;           /* rows read, the broken one included */
    struct audit_head head; /* of the last row that is whole */
    int64_t first_broken;   /* its number; 0 when all is well */
    char reason[160];       /* what is wrong with it, a sentence; "" when all is well */
};

/* A walk along a chain. Zeroed at the beginning, with the heads that must be met on the way. */
struct audit_chain {
    struct audit_head known[AUDIT_HEADS_MOST]; /* kept elsewhere; id 0 for none */
    struct audit_report report;
};
/* The next row, with its hash. What comes behind a broken row is not looked at. */
enum status audit_chain_add(struct audit_chain *chain, const struct audit_row *row);
/* There are no more rows: whether any is missing at the end. */
void audit_chain_end(struct audit_chain *chain);
