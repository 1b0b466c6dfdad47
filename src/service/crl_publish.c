/* The steps are the header's; what they share is one struct that frees itself in any of them. */
#include "service/crl_publish.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/file_writer.h"
#include "base/limits.h"
#include "base/log.h"
#include "config/config.h"
#include "pki/crl_file.h"
#include "service/background.h"
#include "service/clock_guard.h"
#include "service/crl_schedule.h"
#include "signer/signer_client.h"
#include "store/certificate_store.h"
#include "store/crl_store.h"

#include <stdio.h>

enum { SERIAL_SIZE_MAX = 2 * CRL_SERIAL_OCTETS_MAX + 1, PIECE_MAX = 128 * 1024 };

static const char *const names[CRL_AUTHORITY_COUNT] = {
    [CRL_OF_ISSUING] = "issuing",
    [CRL_OF_ROOT] = "root",
};

struct publication {
    const struct service *service;
    struct signer *signer;
    enum crl_authority which;
    int64_t started_ms;
    int64_t since;   /* certificates that expired before are left out */
    int64_t changes; /* that the list shows */
    struct crl_plan plan;
    struct signer_crl *list;
    struct file_writer *file;
    struct buf piece;
    struct crl_entry *entries;
    char (*serials)[SERIAL_SIZE_MAX];
    size_t waiting; /* entries that are not signed yet */
};

static void publication_clear(struct publication *publication)
{
    signer_crl_free(publication->list);
    file_writer_close(publication->file);
    buf_clear(&publication->piece);
    free(publication->entries);
    free(publication->serials);
}
CLEANUP_VALUE(struct publication, publication_clear)

const char *crl_authority_name(enum crl_authority which)
{
    return names[which];
}

enum status crl_authority_parse(const char *name, enum crl_authority *ret_which)
{
    for (int i = 0; i < CRL_AUTHORITY_COUNT; i++) {
        if (strcmp(name, names[i]) == 0) {
            *ret_which = (enum crl_authority)i;
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_INVALID, "'%.30s' is none of the CAs issuing and root", name);
}

const char *crl_path(const struct service *service, enum crl_authority which)
{
    const struct config *config = service->config;
    return which == CRL_OF_ROOT ? config->authority_root_crl : config->authority_issuing_crl;
}

static int64_t lifetime(const struct service *service, enum crl_authority which)
{
    const struct config *config = service->config;
    return which == CRL_OF_ROOT ? config->crl_root_lifetime : config->crl_lifetime;
}

/* ---- before anything is signed --------------------------------------------------------------- */

static enum status find_signer(const struct service *service, enum crl_authority which,
                               struct signer **ret_signer)
{
    struct signer *signer = which == CRL_OF_ROOT ? service->root_signer : service->signer;
    if (crl_path(service, which)[0] == '\0')
        return status_fail(STATUS_INVALID, "the revocation list of the %s is published elsewhere",
                           names[which]);
    if (signer == NULL && which == CRL_OF_ROOT)
        return status_fail(STATUS_NOT_FOUND,
                           "the root's key is not here: bring it to %s for the time of "
                           "'certferry crl publish'",
                           service->config->authority_root_key);
    if (signer == NULL)
        return status_fail(STATUS_INTERNAL, "the service was opened without a signer");
    *ret_signer = signer;
    return STATUS_OK;
}

static enum status lock(const struct service *service, enum crl_authority which, bool wait,
                        int *ret_fd)
{
    struct buf name defer(buf_clear) = BUF_INIT(LIMIT_PATH);
    buf_printf(&name, "%s.lock", crl_path(service, which));
    TRY(name.failure);
    return file_lock((const char *)name.ptr, wait, ret_fd);
}

/* What the file says that is in the place now; 0 when there is none that can be read. */
static int64_t number_in_place(const struct publication *publication)
{
    struct crl_file *file defer(crl_file_close) = NULL;
    if (crl_file_open(crl_path(publication->service, publication->which), &file) != STATUS_OK)
        return 0;
    return crl_file_info(file).number;
}

/*
 * A list is never dated ahead of the clock, as a certificate may be after a small step back: it
 * would be refused as not yet valid, and the one before it still serves.
 */
static enum status take_time(struct db_tx *tx, struct crl_plan *plan)
{
    TRY(clock_guard_take(tx, &plan->this_update));
    int64_t ahead = plan->this_update - clock_now();
    if (ahead > 0)
        return status_fail(STATUS_CLOCK,
                           "the clock went back a little: a list can be signed in %lld seconds",
                           (long long)ahead);
    return STATUS_OK;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Durable before the signature, as the serial of a certificate is. */
static enum status take_number(struct publication *publication)
{
    struct crl_plan *plan = &publication->plan;
    const char *name = names[publication->which];
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(publication->service->db, DB_WRITE, &tx));
    TRY(take_time(tx, plan));
    int64_t least = most(plan->this_update, number_in_place(publication) + 1);
    TRY(crl_store_take_number(tx, name, least, &plan->number));
    plan->next_update = plan->this_update + lifetime(publication->service, publication->which);
    return db_commit(tx);
}

/* ---- two passes ------------------------------------------------------------------------------ */

static struct crl_entry entry_of(const char *serial, int64_t revoked_at,
                                 enum certificate_reason reason)
{
    return (struct crl_entry){serial, revoked_at, (enum crl_reason)reason};
}

static enum status count_entry(void *context, const char *serial, int64_t revoked_at,
                               enum certificate_reason reason)
{
    struct crl_plan *plan = context;
    struct crl_entry entry = entry_of(serial, revoked_at, reason);
    size_t octets;
    TRY(crl_entry_size(&entry, &octets));
    plan->count++;
    plan->octets += (uint32_t)octets;
    return plan->count <= CRL_STREAM_ENTRIES_MAX
               ? STATUS_OK
               : status_fail(STATUS_INTERNAL, "more than %d certificates are revoked",
                             CRL_STREAM_ENTRIES_MAX);
}

static enum status write_piece(struct publication *publication)
{
    struct span bytes;
    TRY(buf_finish(&publication->piece, &bytes));
    TRY(file_writer_append(publication->file, bytes));
    buf_reset(&publication->piece);
    return STATUS_OK;
}

static enum status sign_waiting(struct publication *publication)
{
    if (publication->waiting == 0)
        return STATUS_OK;
    if (background_stopping(publication->service))
        return status_fail(STATUS_GONE,
                           "the process ends: the list is published at its next start");
    TRY(signer_crl_add(publication->list, publication->entries, publication->waiting,
                       &publication->piece));
    publication->waiting = 0;
    return write_piece(publication);
}

static enum status sign_entry(void *context, const char *serial, int64_t revoked_at,
                              enum certificate_reason reason)
{
    struct publication *publication = context;
    char *copy = publication->serials[publication->waiting];
    snprintf(copy, SERIAL_SIZE_MAX, "%s", serial);
    publication->entries[publication->waiting++] = entry_of(copy, revoked_at, reason);
    return publication->waiting < SIGNER_CRL_CHUNK ? STATUS_OK : sign_waiting(publication);
}

static enum status allocate(struct publication *publication)
{
    publication->piece = (struct buf)BUF_INIT(PIECE_MAX);
    publication->entries = calloc(SIGNER_CRL_CHUNK, sizeof *publication->entries);
    publication->serials = calloc(SIGNER_CRL_CHUNK, sizeof *publication->serials);
    if (publication->entries == NULL || publication->serials == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a CRL");
    return file_writer_open(crl_path(publication->service, publication->which), ".new", 0644,
                            &publication->file);
}

/* `since` and `changes` are of the state that is read. */
static enum status look_at_state(struct publication *publication, struct db_tx *tx)
{
    struct crl_row row defer(crl_row_clear) = {0};
    TRY(crl_store_get(tx, names[publication->which], &row));
    int64_t oldest =
        publication->plan.this_update - lifetime(publication->service, publication->which);
    bool first = row.number == 0;
    publication->since = first || row.this_update > oldest ? oldest : row.this_update;
    publication->changes = row.changes;
    return STATUS_OK;
}

static enum status sign_all(struct publication *publication)
{
    const char *name = names[publication->which];
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(publication->service->db, DB_READ, &tx));
    TRY(look_at_state(publication, tx));
    TRY(certificate_store_each_revoked(tx, name, publication->since, count_entry,
                                       &publication->plan));
    TRY(signer_crl_begin(publication->signer, &publication->plan, &publication->list,
                         &publication->piece));
    TRY(write_piece(publication));
    TRY(certificate_store_each_revoked(tx, name, publication->since, sign_entry, publication));
    TRY(sign_waiting(publication));
    TRY(signer_crl_end(publication->list, &publication->piece));
    return write_piece(publication);
}

/* ---- after that ------------------------------------------------------------------------------ */

static enum status record(const struct publication *publication, const struct actor *actor)
{
    const struct crl_plan *plan = &publication->plan;
    const struct crl_row row = {
        .issuer = names[publication->which],
        .covered = publication->changes,
        .number = plan->number,
        .this_update = plan->this_update,
        .next_update = plan->next_update,
        .entries = plan->count,
        .published_at = clock_now(),
        .built_in = clock_monotonic_ms() - publication->started_ms,
    };
    const struct audit_value values[] = {
        AUDIT_NUMBER("number", plan->number),
        AUDIT_NUMBER("entries", plan->count),
        AUDIT_NUMBER("next_update", plan->next_update),
    };
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(publication->service->db, DB_WRITE, &tx));
    TRY(crl_store_published(tx, &row));
    TRY(audit_write(tx, actor, "crl.publish", row.issuer, values, 3));
    TRY(db_commit(tx));
    log_info("crl", "the list %lld of the %s is published: %lld entries, made in %lld ms",
             (long long)row.number, row.issuer, (long long)row.entries, (long long)row.built_in);
    return STATUS_OK;
}

static enum status publish(struct publication *publication, const struct actor *actor,
                           struct crl_published *ret_published)
{
    TRY(take_number(publication));
    TRY(allocate(publication));
    TRY(sign_all(publication));
    TRY(file_writer_commit(publication->file));
    TRY(record(publication, actor));
    *ret_published = (struct crl_published){
        .fresh = true,
        .number = publication->plan.number,
        .this_update = publication->plan.this_update,
        .next_update = publication->plan.next_update,
        .entries = publication->plan.count,
    };
    return STATUS_OK;
}

enum status crl_publish(const struct service *service, const struct actor *actor,
                        enum crl_authority which, enum crl_wish wish,
                        struct crl_published *ret_published)
{
    struct publication publication defer(publication_clear) = {
        .service = service, .which = which, .started_ms = clock_monotonic_ms()};
    TRY(find_signer(service, which, &publication.signer));
    int locked defer(close) = -1;
    TRY(lock(service, which, wish != CRL_IF_FREE, &locked));
    struct crl_due due;
    TRY(crl_due(service, which, &due));
    if (wish == CRL_ALWAYS || due.now)
        return publish(&publication, actor, ret_published);
    *ret_published = (struct crl_published){
        .number = due.info.number,
        .this_update = due.info.this_update,
        .next_update = due.info.next_update,
        .entries = -1,
    };
    return STATUS_OK;
}
