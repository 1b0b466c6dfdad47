/* The task looks every few seconds: one indexed row and one small file. */
#include "service/crl_schedule.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "config/config.h"
#include "pki/crl_file.h"
#include "service/background.h"
#include "service/clock_guard.h"
#include "service/root_process.h"
#include "store/crl_store.h"
#include "store/setting_store.h"

#include <stdio.h>

/* When the root's list was last tried, or its admin told; so that a restart repeats nothing. */
#define ROOT_TRIED "crl.root.tried"

enum {
    LOOK_SECONDS = 2, /* a revocation by another process waits so long */
    PACE = 4,         /* times that the last list took to make */
    ROOT_TRY_AGAIN = CLOCK_HOUR,
    ROOT_TELL_AGAIN = CLOCK_DAY,
};

static const struct actor schedule = {.kind = ACTOR_SYSTEM};

static enum status read_row(const struct service *service, const char *issuer, struct crl_row *row)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return crl_store_get(tx, issuer, row);
}

/* Without a file, or with one that is no CRL, another one is due. */
static enum status read_place(const struct service *service, enum crl_authority which,
                              struct crl_due *due)
{
    struct crl_file *file defer(crl_file_close) = NULL;
    enum status status = crl_file_open(crl_path(service, which), &file);
    if (status == STATUS_NOT_FOUND || status == STATUS_INVALID) {
        if (status == STATUS_INVALID)
            log_status("crl", status, "the list in its place is none");
        return STATUS_OK;
    }
    TRY(status);
    due->there = true;
    due->info = crl_file_info(file);
    return STATUS_OK;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Seconds until the list in its place is to be replaced for its age; 0 or less: now. */
static int64_t wait_for_age(const struct service *service, enum crl_authority which,
                            const struct crl_info *info, int64_t now)
{
    const struct config *config = service->config;
    int64_t life = info->next_update - info->this_update;
    if (which == CRL_OF_ROOT)
        return info->next_update - life / 3 - now;
    int64_t interval = least(config->crl_interval, config->crl_lifetime / 2);
    return least(info->this_update + interval, info->next_update - life / 2) - now;
}

static void say(struct crl_due *due, const char *why)
{
    due->now = true;
    due->why = why;
    due->wait = 0;
}

enum status crl_due(const struct service *service, enum crl_authority which,
                    struct crl_due *ret_due)
{
    int64_t now = clock_now();
    struct crl_row row defer(crl_row_clear) = {0};
    struct crl_due due = {0};
    TRY(read_row(service, crl_authority_name(which), &row));
    TRY(read_place(service, which, &due));
    int64_t pause = row.published_at + PACE * row.built_in / 1000 - now;
    due.wait = due.there ? wait_for_age(service, which, &due.info, now) : 0;
    if (!due.there)
        say(&due, "there is none");
    else if (due.info.this_update > now + CLOCK_GUARD_TOLERANCE)
        say(&due, "the one that is there is dated in the future");
    else if (due.wait <= 0)
        say(&due, "of its age");
    else if (row.changes > row.covered && (pause <= 0 || pause > PACE * row.built_in / 1000))
        say(&due, "something was revoked");
    *ret_due = due;
    return STATUS_OK;
}

/* ---- the root -------------------------------------------------------------------------------- */

static enum status read_tried(const struct service *service, int64_t *ret_tried)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    char *value defer(free) = NULL;
    enum status status = setting_store_get(tx, ROOT_TRIED, &value);
    if (status == STATUS_NOT_FOUND) {
        *ret_tried = 0;
        return STATUS_OK;
    }
    TRY(status);
    return text_parse_int(value, 0, INT64_MAX, ret_tried);
}

static enum status note_tried(const struct service *service, int64_t now)
{
    char value[24];
    snprintf(value, sizeof value, "%lld", (long long)now);
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(setting_store_set(tx, ROOT_TRIED, value, now));
    return db_commit(tx);
}

static void tell_admin(const struct service *service, const struct crl_due *due)
{
    char until[CLOCK_TEXT_SIZE] = "now";
    if (due->there)
        clock_format(due->info.next_update, until);
    log_warning("crl",
                "the root's revocation list must be renewed before %s, because %s, and the root's "
                "key is not here: bring it to %s, run 'certferry crl publish', take it away again",
                until, due->why, service->config->authority_root_key);
}

/* A time in the future, after the clock was set back, counts as long ago. */
static bool was_lately(int64_t tried, int64_t now, int64_t pause)
{
    return tried <= now && now - tried < pause;
}

static enum status renew_root(const struct service *service, int64_t now)
{
    struct crl_due due;
    if (crl_path(service, CRL_OF_ROOT)[0] == '\0')
        return STATUS_OK;
    TRY(crl_due(service, CRL_OF_ROOT, &due));
    if (!due.now)
        return STATUS_OK;
    int64_t tried;
    TRY(read_tried(service, &tried));
    bool here = access(service->config->authority_root_key, F_OK) == 0;
    if (was_lately(tried, now, here ? ROOT_TRY_AGAIN : ROOT_TELL_AGAIN))
        return STATUS_OK;
    TRY(note_tried(service, now));
    if (!here) {
        tell_admin(service, &due);
        return STATUS_OK;
    }
    log_info("crl", "a process publishes the root's list, because %s", due.why);
    enum status status = root_process_publish(service);
    if (status != STATUS_OK)
        log_status("crl", status, "the root's list was not published and is tried in an hour");
    return STATUS_OK;
}

/* ---- the task -------------------------------------------------------------------------------- */

static enum status check_clock(const struct service *service)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return clock_guard_check(tx);
}

enum status background_revocation(const struct service *service, int64_t now, int64_t *ret_wait)
{
    *ret_wait = LOOK_SECONDS;
    TRY(check_clock(service));
    if (service->signer != NULL) {
        struct crl_published published;
        enum status status =
            crl_publish(service, &schedule, CRL_OF_ISSUING, CRL_IF_FREE, &published);
        if (status != STATUS_OK && status != STATUS_CONFLICT && status != STATUS_GONE)
            return status;
    }
    return renew_root(service, now);
}
