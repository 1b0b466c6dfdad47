/* Places are worked through one after another: a slow server delays others, and nobody who waits
 * for a verdict. */
#include "service/trust_refresh.h"

#include "base/file.h"
#include "base/log.h"
#include "base/random.h"
#include "config/config.h"
#include "fetch/http_fetch.h"
#include "service/background.h"
#include "service/trust.h"
#include "service/trust_crl.h"
#include "store/trust_store.h"

#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>

/* One place at one time. */
struct visit {
    const struct service *service;
    const struct config *config;
    const struct config_anchor *anchor;
    const char *source;
    int64_t now;
    bool file;
    struct trust_source_row row; /* as it was read, or new */
    struct trust_anchor issuers;
    char signer[SHA256_SIZE * 2 + 1]; /* of the anchor */
    struct buf bytes;
    struct http_fetch_result got; /* the validators of what is in `bytes` */
};

static void visit_clear(struct visit *visit)
{
    trust_source_row_clear(&visit->row);
    trust_anchor_clear(&visit->issuers);
    buf_clear(&visit->bytes);
}
CLEANUP_VALUE(struct visit, visit_clear)

/* ---- when ------------------------------------------------------------------------------------ */

int64_t trust_pause(int64_t failures, int64_t next_update, bool file, int64_t now)
{
    if (file)
        return TRUST_FILE_EVERY;
    if (failures > 0) {
        int64_t doublings = failures - 1 < 6 ? failures - 1 : 6;
        int64_t wait = (int64_t)TRUST_RETRY_FIRST << doublings;
        return wait < TRUST_RETRY_MOST ? wait : TRUST_RETRY_MOST;
    }
    int64_t half = (next_update - now) / 2;
    if (half < TRUST_REFRESH_LEAST)
        return TRUST_REFRESH_LEAST;
    return half < TRUST_REFRESH_MOST ? half : TRUST_REFRESH_MOST;
}

int64_t trust_spread(int64_t seconds)
{
    uint32_t off = 0;
    if (random_below((uint32_t)(seconds / 10 + 1), &off) != STATUS_OK)
        return seconds;
    return seconds - off;
}

/* ---- getting one list ------------------------------------------------------------------------ */

static bool is_url(const char *source)
{
    return strncasecmp(source, "http://", 7) == 0 || strncasecmp(source, "https://", 8) == 0;
}

static bool is_stopping(const void *context)
{
    return background_stopping(context);
}

/* A file that has the same time and size as before is not read. */
static enum status read_list(struct visit *visit)
{
    struct stat status;
    if (stat(visit->source, &status) != 0)
        return status_fail_errno(STATUS_NOT_FOUND, "%.200s cannot be read", visit->source);
    snprintf(visit->got.modified, sizeof visit->got.modified, "%lld.%09ld %lld",
             (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec, (long long)status.st_size);
    visit->got.not_modified = strcmp(visit->got.modified, visit->row.modified) == 0;
    return visit->got.not_modified ? STATUS_OK : file_read(visit->source, &visit->bytes);
}

static enum status get_list(struct visit *visit)
{
    if (visit->file)
        return read_list(visit);
    const struct http_fetch_request request = {
        .url = visit->source,
        .etag = visit->row.etag,
        .modified = visit->row.modified,
        .proxy = visit->config->eas_crl_proxy,
        .timeout = TRUST_FETCH_TIMEOUT,
        .stopping = is_stopping,
        .context = visit->service,
    };
    return http_fetch(&request, &visit->bytes, &visit->got);
}

static enum status accept_list(const struct visit *visit, struct crl **ret_crl)
{
    const struct trust_issuers issuers = {visit->issuers.certificate, &visit->issuers.helpers};
    const struct crl_info held = {.number = visit->row.number,
                                  .this_update = visit->row.this_update};
    return trust_crl_accept(span_of(visit->bytes.ptr, visit->bytes.len), &issuers,
                            visit->row.next_update == 0 ? NULL : &held, visit->now, ret_crl);
}

/* ---- keeping it ------------------------------------------------------------------------------ */

static enum status put_row(const struct visit *visit, const struct trust_source_row *row,
                           struct span der)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(visit->service->db, DB_WRITE, &tx));
    TRY(trust_store_put(tx, row));
    if (der.len > 0)
        TRY(trust_store_put_crl(tx, row->anchor, row->source, der));
    return db_commit(tx);
}

/* What stands in the row of this visit, with times and failures set. */
static struct trust_source_row next_row(const struct visit *visit, const char *error)
{
    struct trust_source_row row = visit->row;
    row.storage = NULL;
    row.anchor = visit->anchor->name;
    row.source = visit->source;
    row.error = error;
    row.failures = *error == '\0' ? 0 : row.failures + 1;
    row.tried_at = visit->now;
    return row;
}

static void set_pause(const struct visit *visit, struct trust_source_row *row)
{
    row->try_at = visit->now + trust_spread(trust_pause(row->failures, row->next_update,
                                                        visit->file, visit->now));
}

static enum status note_failure(const struct visit *visit, enum status why)
{
    char error[256];
    snprintf(error, sizeof error, "%s", status_detail());
    if (visit->row.failures == 0)
        log_status("trust", why, "a revocation list is not to be had");
    struct trust_source_row row = next_row(visit, error);
    set_pause(visit, &row);
    return put_row(visit, &row, SPAN_EMPTY);
}

/* The list that is kept is the newest. */
static enum status note_same(const struct visit *visit)
{
    struct trust_source_row row = next_row(visit, "");
    row.fetched_at = visit->now;
    set_pause(visit, &row);
    return put_row(visit, &row, SPAN_EMPTY);
}

static enum status keep_list(const struct visit *visit, const struct crl *crl)
{
    const struct crl_info info = crl_info(crl);
    struct buf der defer(buf_clear) = BUF_INIT(TRUST_CRL_MAX);
    TRY(crl_append_der(crl, &der));
    struct trust_source_row row = next_row(visit, "");
    row.etag = visit->got.etag;
    row.modified = visit->got.modified;
    row.signer = visit->signer;
    row.number = info.number;
    row.this_update = info.this_update;
    row.next_update = info.next_update;
    row.entries = (int64_t)info.count;
    row.octets = (int64_t)der.len;
    row.fetched_at = visit->now;
    set_pause(visit, &row);
    enum status status = put_row(visit, &row, span_of(der.ptr, der.len));
    trust_owe_reload(visit->service); /* a commit that failed may have been durable */
    TRY(status);
    TRY(trust_reload(visit->service));
    log_info("trust", "revocation list %lld of %s with %lld entries is in use",
             (long long)row.number, row.anchor, (long long)row.entries);
    return STATUS_OK;
}

/* ---- one place ------------------------------------------------------------------------------- */

static enum status work(struct visit *visit)
{
    struct crl *crl defer(crl_free) = NULL;
    enum status status = get_list(visit);
    if (background_stopping(visit->service))
        return STATUS_OK;
    if (status == STATUS_OK && visit->got.not_modified)
        return note_same(visit);
    if (status == STATUS_OK)
        status = accept_list(visit, &crl);
    if (status == STATUS_NO_MEMORY)
        return status;
    return status == STATUS_OK ? keep_list(visit, crl) : note_failure(visit, status);
}

static enum status read_row(struct visit *visit)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(visit->service->db, DB_READ, &tx));
    enum status status = trust_store_get(tx, visit->anchor->name, visit->source, &visit->row);
    if (status == STATUS_NOT_FOUND)
        visit->row = (struct trust_source_row){
            .etag = "", .modified = "", .signer = "", .number = -1, .error = ""};
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* A list that was taken under another certificate of the anchor is none: it is asked for anew. */
static void forget_list_of_another(struct visit *visit)
{
    const struct certificate_info *info = certificate_info(visit->issuers.certificate);
    for (size_t i = 0; i < SHA256_SIZE; i++)
        snprintf(visit->signer + 2 * i, 3, "%02x", info->sha256[i]);
    struct trust_source_row *row = &visit->row;
    if (row->next_update == 0 || strcmp(row->signer, visit->signer) == 0)
        return;
    row->etag = row->modified = "";
    row->next_update = row->try_at = 0;
}

/* *next becomes the earlier of itself and the time at which this place is due. */
static enum status visit_source(const struct service *service, const struct config *config,
                                const struct config_anchor *anchor, const char *source, int64_t now,
                                int64_t *next)
{
    struct visit visit defer(visit_clear) = {.service = service,
                                             .config = config,
                                             .anchor = anchor,
                                             .source = source,
                                             .now = now,
                                             .file = !is_url(source),
                                             .bytes = BUF_INIT(TRUST_CRL_MAX)};
    TRY(read_row(&visit));
    TRY(trust_anchor_load(anchor, &visit.issuers));
    forget_list_of_another(&visit);
    /* a clock that was set back must not put off the next try for years */
    bool due = visit.row.try_at <= now || visit.row.tried_at > now;
    if (due)
        return work(&visit);
    if (visit.row.try_at < *next)
        *next = visit.row.try_at;
    return STATUS_OK;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static bool is_configured(const struct config *config, const struct trust_source_row *row)
{
    for (size_t i = 0; i < config->anchor_count; i++) {
        const struct config_anchor *anchor = &config->anchors[i];
        for (size_t j = 0; j < anchor->crl.count; j++)
            if (strcmp(anchor->name, row->anchor) == 0 &&
                strcmp(anchor->crl.items[j], row->source) == 0)
                return true;
    }
    return false;
}

static enum status next_forgotten(const struct service *service, const struct config *config,
                                  struct trust_source_row *row, bool *ret_found)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    char anchor[CONFIG_ANCHOR_NAME_MAX + 1] = "";
    struct buf source defer(buf_clear) = BUF_INIT(8192);
    buf_append_text(&source, "");
    for (;;) {
        trust_source_row_clear(row);
        enum status status = trust_store_next(tx, anchor, (const char *)source.ptr, row);
        *ret_found = status == STATUS_OK && !is_configured(config, row);
        if (status != STATUS_OK || *ret_found)
            return status == STATUS_NOT_FOUND ? STATUS_OK : status;
        snprintf(anchor, sizeof anchor, "%s", row->anchor);
        buf_reset(&source);
        buf_append_text(&source, row->source);
        TRY(source.failure);
    }
}

/* Places that the configuration does not name any more, with their lists. */
static enum status forget_others(const struct service *service, const struct config *config)
{
    for (;;) {
        struct trust_source_row row defer(trust_source_row_clear) = {0};
        bool found = false;
        TRY(next_forgotten(service, config, &row, &found));
        if (!found)
            return STATUS_OK;
        struct db_tx *tx defer(db_end) = NULL;
        TRY(db_begin(service->db, DB_WRITE, &tx));
        TRY(trust_store_forget(tx, row.anchor, row.source));
        TRY(db_commit(tx));
    }
}

/* The first failure of several things that are all tried. */
struct first_failure {
    enum status status;
    char detail[STATUS_DETAIL_MAX];
};

static void note_first(struct first_failure *first, enum status status)
{
    if (first->status != STATUS_OK || status == STATUS_OK)
        return;
    first->status = status;
    snprintf(first->detail, sizeof first->detail, "%s", status_detail());
}

/* An anchor that cannot be read keeps no other one from its list. */
static void visit_all(const struct service *service, const struct config *config, int64_t now,
                      int64_t *next, struct first_failure *first)
{
    for (size_t i = 0; i < config->anchor_count; i++)
        for (size_t j = 0; j < config->anchors[i].crl.count; j++)
            if (!background_stopping(service))
                note_first(first, visit_source(service, config, &config->anchors[i],
                                               config->anchors[i].crl.items[j], now, next));
}

enum status background_trust(const struct service *service, int64_t now, int64_t *ret_wait)
{
    const struct config *config = service->config;
    struct first_failure first = {.status = STATUS_OK};
    int64_t next = now + BACKGROUND_LONGEST;
    *ret_wait = BACKGROUND_LONGEST;
    if (service->trust == NULL)
        return STATUS_OK;
    note_first(&first, trust_reload_owed(service));
    note_first(&first, forget_others(service, config));
    visit_all(service, config, now, &next, &first);
    if (first.status != STATUS_OK)
        return status_fail(first.status, "%s", first.detail);
    *ret_wait = next - now;
    return STATUS_OK;
}
