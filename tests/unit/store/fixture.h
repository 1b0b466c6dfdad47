/* A database in a new folder of its own, and rows as the tests need them. */
#pragma once

#include "store/audit_store.h"
#include "store/bundle_store.h"
#include "store/certificate_store.h"
#include "store/db.h"
#include "store/link_store.h"

#include <criterion/criterion.h>

enum { NOW = 1800000000 };

/* The folder ends with the process that made it, not with its children. */
struct fixture {
    char folder[64];
    char path[96];
    struct db *db;
};

/* An open, empty database. */
void fixture_open(struct fixture *fixture);
/* Closes it and opens it again. */
void fixture_reopen(struct fixture *fixture);
void fixture_close(struct fixture *fixture);
CLEANUP_VALUE(struct fixture, fixture_close)

struct db_tx *begin(struct db *db, enum db_mode mode);
/* Commits and ends. */
void finish(struct db_tx *tx);

/* 32 bytes that depend on the text; valid until the thread's fourth next call. */
struct span hash_of(const char *text);

/* Input rows that live for a day from `created_at` on. */
struct link_row link_input(const char *id, const char *user, int64_t created_at);
struct certificate_row certificate_input(const char *serial, const char *user, int64_t at);
struct bundle_row bundle_input(const char *link_id);

/* Each in a transaction of its own, which must succeed. */
void make_link(struct db *db, const char *id, const char *user, int64_t created_at);
void reserve(struct db *db, const char *serial, const char *user, int64_t at);
/* Reserves the serial and begins the claim at NOW under a lease of 30 seconds. */
enum status begin_claim(struct db *db, const char *id, const char *serial, int64_t now);
/* Completes the certificate, stores a bundle and finishes the claim. */
enum status finish_claim(struct db *db, const char *id, const char *serial, int64_t now);
/* The link's state at `now`. */
enum link_state state_of(struct db *db, const char *id, int64_t now);

/* Runs SQL on the file behind the store's back. */
void run_sql(const char *path, const char *sql);
/* The same, where it may be refused. */
bool sql_runs(const char *path, const char *sql);
/* Whether the file, its write-ahead log or its index of it contains the bytes. */
bool files_contain(const char *path, struct span bytes);

#define expect_ok(expression)                                                                      \
    do {                                                                                           \
        enum status expect_status_ = (expression);                                                 \
        cr_assert_eq(expect_status_, STATUS_OK, "%s: %s", status_name(expect_status_),             \
                     status_detail());                                                             \
    } while (0)
