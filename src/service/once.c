/*
 * Everything is decided in a write transaction, of which there is one at a time: who comes second
 * waits for it and finds the answer.
 */
#include "service/once.h"

#include "base/clock.h"
#include "base/text.h"
#include "config/config.h"
#include "service/background.h"
#include "service/window.h"
#include "store/once_store.h"

#include <stdio.h>

enum { CONTEXT_SIZE = 5 + 2 * MAC_SIZE + 1, ONCE_BATCH = 500 };

static bool is_key(struct span key)
{
    return key.len > 0 && key.len <= LIMIT_IDEMPOTENCY_KEY && text_is_ascii_printable(key);
}

enum status once_init(struct span secret, struct span key, const char *address, struct span body,
                      struct once *ret_once)
{
    struct once once = {.secret = secret};
    struct buf request defer(buf_clear) = BUF_INIT(LIMIT_BODY_ANY);
    if (!is_key(key))
        return status_fail(STATUS_INVALID,
                           "Idempotency-Key: must be 1 to %d printable ASCII characters",
                           LIMIT_IDEMPOTENCY_KEY);
    buf_append_text(&request, address);
    buf_append_byte(&request, '\n');
    buf_append(&request, body);
    TRY(request.failure);
    TRY(seal_mac(secret, "once key", key, once.key_mac));
    TRY(seal_mac(secret, "once request", span_of(request.ptr, request.len), once.request_mac));
    *ret_once = once;
    return STATUS_OK;
}

static struct span mac_of(const uint8_t *mac)
{
    return span_of(mac, MAC_SIZE);
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* Binds a sealed answer to its row. */
static enum status make_context(const struct once *once, char ret_context[static CONTEXT_SIZE])
{
    struct buf hex defer(buf_clear) = BUF_INIT(2 * MAC_SIZE);
    text_append_hex(&hex, mac_of(once->key_mac));
    TRY(hex.failure);
    snprintf(ret_context, CONTEXT_SIZE, "once %s", (const char *)hex.ptr);
    return STATUS_OK;
}

static enum status seal(const struct once *once, struct span answer, struct buf *sealed)
{
    char context[CONTEXT_SIZE];
    TRY(make_context(once, context));
    return seal_close(once->secret, context, answer, sealed);
}

static enum status open_answer(const struct once *once, struct span sealed, struct buf *answer)
{
    struct secret *plain defer(secret_free) = NULL;
    char context[CONTEXT_SIZE];
    TRY(make_context(once, context));
    TRY(seal_open(once->secret, context, sealed, &plain));
    buf_append(answer, secret_span(plain));
    return answer->failure;
}

/* ---- was it done before? --------------------------------------------------------------------- */

/* What a row of before means at `now`; when it means nothing any more it is dropped. */
static enum status judge(struct db_tx *tx, const struct once *once, const struct once_row *row,
                         int64_t now, struct buf *answer, bool *ret_again)
{
    bool over = row->created_at <= now - ONCE_KEPT;
    bool lost = row->lease_until != 0 && row->lease_until <= now;
    *ret_again = false;
    if (over)
        return once_store_drop(tx, row->key_mac, row->lease_until);
    if (!span_equal(row->request_mac, mac_of(once->request_mac)))
        return status_fail(STATUS_UNPROCESSABLE,
                           "Idempotency-Key: was used for another request before");
    if (lost)
        return once_store_drop(tx, row->key_mac, row->lease_until);
    if (row->lease_until != 0)
        return status_fail(STATUS_CONFLICT,
                           "Idempotency-Key: the same request is being done at this moment");
    *ret_again = true;
    return open_answer(once, row->sealed, answer);
}

static enum status look(struct db_tx *tx, const struct once *once, int64_t now, struct buf *answer,
                        bool *ret_again)
{
    struct once_row row defer(once_row_clear) = {0};
    enum status status = once_store_get(tx, mac_of(once->key_mac), &row);
    *ret_again = false;
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(status);
    return judge(tx, once, &row, now, answer, ret_again);
}

static enum status add(struct db_tx *tx, const struct once *once, int64_t now, struct span sealed)
{
    const struct once_row row = {
        .key_mac = mac_of(once->key_mac),
        .request_mac = mac_of(once->request_mac),
        .created_at = now,
        .lease_until = once->lease_until,
        .sealed = sealed,
    };
    return once_store_add(tx, &row);
}

/* ---- in one transaction ---------------------------------------------------------------------- */

/* Appends the answer and keeps what was appended. */
static enum status make_and_keep(const struct service *service, struct db_tx *tx,
                                 const struct once *once, once_make *make, void *context,
                                 struct buf *answer)
{
    struct buf sealed defer(buf_clear) = BUF_INIT(LIMIT_BODY_ANY);
    size_t before = answer->len;
    TRY(make(service, tx, context, answer));
    TRY(answer->failure);
    if (once == NULL)
        return STATUS_OK;
    TRY(seal(once, span_of(answer->ptr + before, answer->len - before), &sealed));
    return add(tx, once, clock_now(), span_of(sealed.ptr, sealed.len));
}

enum status once_do(const struct service *service, struct once *once, once_make *make,
                    void *context, struct buf *answer, bool *ret_again)
{
    struct db_tx *tx defer(db_end) = NULL;
    bool again = false;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    if (once != NULL)
        TRY(look(tx, once, clock_now(), answer, &again));
    if (!again)
        TRY(make_and_keep(service, tx, once, make, context, answer));
    TRY(db_commit(tx));
    *ret_again = again;
    return STATUS_OK;
}

/* ---- a bundle: two transactions -------------------------------------------------------------- */

struct minting {
    struct once *once; /* NULL: nothing is kept */
    int64_t lease;
    once_tell_bundle *tell;
    void *context;
    struct buf *answer;
    bool again;
};

static enum status begin(void *context, struct db_tx *tx, bool *ret_done)
{
    struct minting *minting = context;
    int64_t now = clock_now();
    *ret_done = false;
    if (minting->once == NULL)
        return STATUS_OK;
    TRY(look(tx, minting->once, now, minting->answer, &minting->again));
    *ret_done = minting->again;
    if (minting->again)
        return STATUS_OK;
    minting->once->lease_until = now + minting->lease;
    return add(tx, minting->once, now, SPAN_EMPTY);
}

static enum status finish(void *context, struct db_tx *tx, const struct mint_result *result)
{
    struct minting *minting = context;
    struct once *once = minting->once;
    struct buf sealed defer(buf_clear) = BUF_INIT(LIMIT_BODY_ANY);
    size_t before = minting->answer->len;
    TRY(minting->tell(result, minting->context, minting->answer));
    TRY(minting->answer->failure);
    if (once == NULL)
        return STATUS_OK;
    TRY(seal(once, span_of(minting->answer->ptr + before, minting->answer->len - before), &sealed));
    return once_store_answer(tx, mac_of(once->key_mac), once->lease_until,
                             span_of(sealed.ptr, sealed.len));
}

static enum status give_up(void *context, struct db_tx *tx)
{
    struct minting *minting = context;
    struct once *once = minting->once;
    return once == NULL ? STATUS_OK : once_store_drop(tx, mac_of(once->key_mac), once->lease_until);
}

enum status once_mint(const struct service *service, const struct actor *actor, struct once *once,
                      const struct mint_request *request, once_tell_bundle *tell, void *context,
                      struct buf *answer, bool *ret_again)
{
    struct minting minting = {
        .once = once,
        .lease = service->config->link_lease,
        .tell = tell,
        .context = context,
        .answer = answer,
    };
    const struct mint_steps steps = {begin, finish, give_up, &minting};
    struct mint_result result defer(mint_result_clear) = {0};
    TRY(mint_bundle_in_steps(service, actor, request, &steps, &result));
    *ret_again = minting.again;
    return STATUS_OK;
}

/* ---- the end of the day ---------------------------------------------------------------------- */

static enum status drop_batch(struct db *db, int64_t now, int64_t *ret_count)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_WRITE, &tx));
    TRY(once_store_drop_old(tx, now - ONCE_KEPT, ONCE_BATCH, ret_count));
    if (*ret_count == 0)
        return STATUS_OK;
    TRY(window_leave_traces(tx, now));
    return db_commit(tx);
}

enum status once_sweep(const struct service *service, int64_t now)
{
    int64_t count = ONCE_BATCH;
    while (count == ONCE_BATCH && !background_stopping(service))
        TRY(drop_batch(service->db, now, &count));
    return STATUS_OK;
}
