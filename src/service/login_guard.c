/*
 * The arithmetic of one counter is in two functions: left_at() says what is not yet forgiven, and
 * wait_after() how long that makes the next one wait. Whose counters a try touches is chosen once,
 * in choose_counters(); all else goes through the keys that were chosen.
 */
#include "service/login_guard.h"

#include "base/buf.h"
#include "base/limits.h"
#include "service/device_cookie.h"
#include "service/network.h"
#include "store/login_guard_store.h"
#include "store/operator_store.h"

#include <ctype.h>
#include <stdio.h>

enum {
    MESSAGE_MAX = 1024,
    FOUR_BITS = 24,
    SIX_BITS_OF_NAME = 64,
    SIX_BITS_OF_NETWORK = 48,
    DOUBLINGS = 10, /* 2^10 s is more than LOGIN_WAIT_MOST: no need to count further */
    PRUNE_BATCH = 1000,
};

/* ---- what is counted ------------------------------------------------------------------------- */

static enum status add_counter(const struct service *service, struct login_try *try,
                               const char *kind, const struct buf *what, int64_t free)
{
    struct span message;
    TRY(buf_finish(what, &message));
    TRY(seal_mac(secret_span(service->master_key), kind, message, try->keys[try->count]));
    try->free[try->count++] = free;
    return STATUS_OK;
}

/* Names are compared without regard to ASCII case; one that is too long is cut, not refused. */
static void append_name(struct buf *what, const char *name)
{
    for (size_t i = 0; name[i] != '\0' && i < LIMIT_OPERATOR + 1; i++)
        buf_append_byte(what, (uint8_t)tolower((unsigned char)name[i]));
}

static enum status add_device(const struct service *service, const struct login_source *source,
                              const uint8_t *id, struct login_try *try)
{
    struct buf what defer(buf_clear) = BUF_INIT(MESSAGE_MAX);
    buf_append(&what, span_of(id, DEVICE_COOKIE_ID));
    append_name(&what, source->name);
    return add_counter(service, try, "login device", &what, LOGIN_FREE_OF_NAME);
}

static enum status add_name(const struct service *service, const struct login_source *source,
                            struct login_try *try)
{
    char prefix[NETWORK_PREFIX_SIZE];
    network_prefix(source->address, FOUR_BITS, SIX_BITS_OF_NAME, prefix);
    struct buf what defer(buf_clear) = BUF_INIT(MESSAGE_MAX);
    buf_printf(&what, "%s ", prefix);
    append_name(&what, source->name);
    return add_counter(service, try, "login name", &what, LOGIN_FREE_OF_NAME);
}

static enum status add_network(const struct service *service, const struct login_source *source,
                               struct login_try *try)
{
    char prefix[NETWORK_PREFIX_SIZE];
    network_prefix(source->address, FOUR_BITS, SIX_BITS_OF_NETWORK, prefix);
    struct buf what defer(buf_clear) = BUF_INIT(MESSAGE_MAX);
    buf_append_text(&what, prefix);
    return add_counter(service, try, "login network", &what, LOGIN_FREE_OF_NETWORK);
}

static enum status choose_counters(const struct service *service, const struct login_source *source,
                                   int64_t now, struct login_try *ret_try)
{
    uint8_t id[DEVICE_COOKIE_ID];
    struct login_try try = {0};
    TRY(device_cookie_read(service, source->name, source->device, now, &try.known_device, id));
    if (try.known_device) {
        TRY(add_device(service, source, id, &try));
    } else {
        TRY(add_name(service, source, &try));
        TRY(add_network(service, source, &try));
    }
    *ret_try = try;
    return STATUS_OK;
}

/* ---- how it is counted ----------------------------------------------------------------------- */

/* Failures that are not forgiven at `now`; moves `at` on by what was used up of the time. A clock
 * that was set back forgives nothing, and begins to forgive from now on. */
static struct login_counter left_at(struct login_counter counter, int64_t now)
{
    counter.at = counter.at < now ? counter.at : now;
    int64_t passed = (now - counter.at) / LOGIN_FORGIVE_SECONDS;
    int64_t forgiven = passed < counter.failures ? passed : counter.failures;
    counter.failures -= forgiven;
    counter.at = counter.failures == 0 ? now : counter.at + forgiven * LOGIN_FORGIVE_SECONDS;
    return counter;
}

static int64_t wait_after(int64_t failures, int64_t free)
{
    int64_t over = failures - free;
    if (over <= 0)
        return 0;
    int64_t seconds = (int64_t)1 << (over <= DOUBLINGS ? over - 1 : DOUBLINGS);
    return seconds < LOGIN_WAIT_MOST ? seconds : LOGIN_WAIT_MOST;
}

static struct span key_of(const struct login_try *try, size_t i)
{
    return span_of(try->keys[i], sizeof try->keys[i]);
}

static enum status longest_wait(struct db_tx *tx, const struct login_try *try, int64_t now,
                                int64_t *ret_seconds)
{
    int64_t longest = 0;
    for (size_t i = 0; i < try->count; i++) {
        struct login_counter counter;
        TRY(login_counter_get(tx, key_of(try, i), &counter));
        int64_t wait = counter.blocked_until - now;
        /* Longer than anybody has to: the clock was ahead then. The next failure blocks anew. */
        if (wait > longest && wait <= LOGIN_WAIT_MOST)
            longest = wait;
    }
    *ret_seconds = longest;
    return STATUS_OK;
}

static enum status count_one(struct db_tx *tx, const struct login_try *try, size_t i, int64_t now)
{
    struct login_counter counter;
    TRY(login_counter_get(tx, key_of(try, i), &counter));
    counter = left_at(counter, now);
    if (counter.failures <= try->free[i] + DOUBLINGS)
        counter.failures++;
    int64_t wait = wait_after(counter.failures, try->free[i]);
    counter.blocked_until = wait == 0 ? 0 : now + wait;
    return login_counter_put(tx, key_of(try, i), &counter);
}

enum status login_guard_enter(const struct service *service, const struct login_source *source,
                              int64_t now, struct login_try *ret_try)
{
    struct login_try try;
    TRY(choose_counters(service, source, now, &try));
    int64_t wait;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(longest_wait(tx, &try, now, &wait));
    if (wait > 0)
        return status_fail(STATUS_TOO_MANY, "too many log-ins failed: the next one in %lld seconds",
                           (long long)wait);
    for (size_t i = 0; i < try.count; i++)
        TRY(count_one(tx, &try, i, now));
    TRY(db_commit(tx));
    *ret_try = try;
    return STATUS_OK;
}

enum status login_guard_wait(const struct service *service, const struct login_source *source,
                             int64_t now, int64_t *ret_seconds)
{
    struct login_try try;
    TRY(choose_counters(service, source, now, &try));
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return longest_wait(tx, &try, now, ret_seconds);
}

/* One try is taken back; those of others stay. */
static enum status take_back(struct db_tx *tx, const struct login_try *try, size_t i, int64_t now)
{
    struct login_counter counter;
    TRY(login_counter_get(tx, key_of(try, i), &counter));
    if (counter.failures <= 1)
        return login_counter_drop(tx, key_of(try, i));
    counter.failures--;
    int64_t until = now + wait_after(counter.failures, try->free[i]);
    if (counter.blocked_until > until)
        counter.blocked_until = until;
    return login_counter_put(tx, key_of(try, i), &counter);
}

enum status login_guard_passed(struct db_tx *tx, const struct login_try *try, int64_t now)
{
    TRY(login_counter_drop(tx, key_of(try, 0)));
    return try->count > 1 ? take_back(tx, try, 1, now) : STATUS_OK;
}

static enum status undo(const struct service *service, const struct login_try *try, int64_t now)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    for (size_t i = 0; i < try->count; i++)
        TRY(take_back(tx, try, i, now));
    return db_commit(tx);
}

/* ---- the audit ------------------------------------------------------------------------------- */

/* The name as it is stored, "" when there is none. */
static enum status find_name(struct db_tx *tx, const char *typed, struct operator_row *row)
{
    enum status status = operator_store_get(tx, typed, row);
    if (status != STATUS_NOT_FOUND)
        return status;
    row->name = "";
    return STATUS_OK;
}

static enum status find_failure(struct db_tx *tx, const char *name, struct login_failure *failure)
{
    enum status status = login_failure_get(tx, name, failure);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    return status;
}

/* One row of the audit for all that was not reported. */
static enum status report(struct db_tx *tx, const struct login_failure *failure, int64_t now)
{
    const struct actor actor = {.kind = ACTOR_SYSTEM, .address = failure->address};
    const struct audit_value values[] = {
        AUDIT_NUMBER("failures", failure->failures),
        AUDIT_NUMBER("first_at", failure->first_at),
        AUDIT_TEXT("known", failure->operator[0] == '\0' ? "no" : "yes"),
    };
    TRY(audit_write(tx, &actor, "operator.login_failed", failure->operator, values,
                    sizeof values / sizeof *values));
    const struct login_failure reported = {
        .operator= failure->operator, .address = failure->address, .reported_at = now};
    return login_failure_put(tx, &reported);
}

static enum status note(struct db_tx *tx, const char *name, const char *address, int64_t now)
{
    struct login_failure found defer(login_failure_clear) = {0};
    TRY(find_failure(tx, name, &found));
    const struct login_failure failure = {
        .operator= name,
        .failures = found.failures + 1,
        .first_at = found.first_at == 0 ? now : found.first_at,
        .address = address,
        .reported_at = found.reported_at,
    };
    bool due = found.reported_at == 0 || now - found.reported_at >= LOGIN_REPORT_SECONDS ||
               now < found.reported_at;
    return due ? report(tx, &failure, now) : login_failure_put(tx, &failure);
}

static enum status note_failed(const struct service *service, const struct login_source *source,
                               int64_t now)
{
    char address[NETWORK_ADDRESS_SIZE];
    network_normalise(source->address, address);
    struct db_tx *tx defer(db_end) = NULL;
    struct operator_row row defer(operator_row_clear) = {0};
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(find_name(tx, source->name, &row));
    TRY(note(tx, row.name, address, now));
    return db_commit(tx);
}

enum status login_guard_settle(const struct service *service, const struct login_source *source,
                               const struct login_try *try, enum status judged, int64_t now)
{
    char detail[STATUS_DETAIL_MAX];
    if (judged == STATUS_OK)
        return STATUS_OK;
    snprintf(detail, sizeof detail, "%s", status_detail());
    TRY(judged == STATUS_UNAUTHENTICATED ? note_failed(service, source, now)
                                         : undo(service, try, now));
    return status_fail(judged, "%s", detail);
}

/* ---- now and then ---------------------------------------------------------------------------- */

static enum status report_one(const struct service *service, int64_t now, bool *ret_more)
{
    struct db_tx *tx defer(db_end) = NULL;
    struct login_failure due defer(login_failure_clear) = {0};
    TRY(db_begin(service->db, DB_WRITE, &tx));
    enum status status = login_failure_due(tx, now - LOGIN_REPORT_SECONDS, &due);
    *ret_more = status == STATUS_OK;
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(status);
    TRY(report(tx, &due, now));
    return db_commit(tx);
}

static enum status prune_some(const struct service *service, int64_t now, bool *ret_more)
{
    const int64_t all_forgiven =
        (int64_t)(LOGIN_FREE_OF_NETWORK + DOUBLINGS + 2) * LOGIN_FORGIVE_SECONDS;
    int64_t count;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(login_counter_prune(tx, now - all_forgiven, PRUNE_BATCH, &count));
    *ret_more = count == PRUNE_BATCH;
    return db_commit(tx);
}

enum status login_guard_tidy(const struct service *service, int64_t now)
{
    for (bool more = true; more;)
        TRY(report_one(service, now, &more));
    for (bool more = true; more;)
        TRY(prune_some(service, now, &more));
    return STATUS_OK;
}
