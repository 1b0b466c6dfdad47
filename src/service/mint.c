/*
 * Check, reserve, sign, pack, complete: the order of service/issue.h with the packing inside, so
 * that what follows from the certificate can be stored with it. The password is drawn or given
 * before anything is signed.
 */
#include "service/mint.h"

#include "base/limits.h"
#include "base/log.h"
#include "config/config.h"
#include "service/bundle.h"
#include "service/issue.h"
#include "service/password.h"
#include "store/db.h"

#include <stdio.h>

void mint_result_clear(struct mint_result *result)
{
    secret_free(result->password);
    buf_clear(&result->file);
    *result = (struct mint_result){0};
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static enum status choose_password(const struct mint_request *request, struct secret **ret_password)
{
    if (request->password == NULL)
        return password_generate(ret_password);
    TRY(password_check(request->password));
    return secret_copy(secret_span(request->password), ret_password);
}

/* One mint on its way. */
struct job {
    const struct service *service;
    const struct actor *actor;
    const struct mint_steps *steps;
    const struct person *person;
    enum packing packing;
    struct issuance issuance;
    struct mint_result result;
};

static void job_clear(struct job *job)
{
    mint_result_clear(&job->result);
}
CLEANUP_VALUE(struct job, job_clear)

/* ---- the transactions ------------------------------------------------------------------------ */

static enum status reserve(struct job *job, bool *ret_done)
{
    struct db_tx *tx defer(db_end) = NULL;
    bool done = false;
    TRY(db_begin(job->service->db, DB_WRITE, &tx));
    TRY(job->steps->begin(job->steps->context, tx, &done));
    if (!done)
        TRY(issue_reserve(job->service, tx, job->actor, &job->issuance));
    *ret_done = done;
    return db_commit(tx);
}

static enum status finish(struct job *job, const struct certificate *leaf)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(job->service->db, DB_WRITE, &tx));
    TRY(issue_complete(tx, job->actor, &job->issuance, leaf));
    TRY(job->steps->finish(job->steps->context, tx, &job->result));
    return db_commit(tx);
}

static enum status give_up(struct job *job, bool may_be_signed)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(job->service->db, DB_WRITE, &tx));
    TRY(issue_abandon(tx, job->actor, job->issuance.serial, may_be_signed));
    TRY(job->steps->give_up(job->steps->context, tx));
    return db_commit(tx);
}

/* When this fails too, the lease runs out and the sweep does it. */
static enum status fail(struct job *job, enum status status, bool may_be_signed)
{
    char detail[STATUS_DETAIL_MAX];
    snprintf(detail, sizeof detail, "%s", status_detail());
    if (give_up(job, may_be_signed) != STATUS_OK)
        log_status("mint", STATUS_DATABASE, "a reserved serial waits for the end of its lease");
    return status_fail(status, "%s", detail);
}

/* ---- between them ---------------------------------------------------------------------------- */

static enum status pack(struct job *job, const struct private_key *key,
                        const struct certificate *leaf)
{
    struct mint_result *result = &job->result;
    const struct bundle_contents contents = {key, leaf, result->password,
                                             person_shown_name(job->person)};
    TRY(bundle_pack(job->service, job->packing, &contents, &result->file));
    snprintf(result->serial, sizeof result->serial, "%s", job->issuance.serial);
    snprintf(result->packing, sizeof result->packing, "%s", packing_name(job->packing));
    result->not_after = certificate_info(leaf)->not_after;
    return STATUS_OK;
}

/* Nobody gets a certificate whose bundle cannot be made: it is completed after it was packed. */
static enum status make(struct job *job)
{
    struct private_key *key defer(private_key_free) = NULL;
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate *leaf defer(certificate_free) = NULL;
    enum status status = bundle_key(job->service, &key, &spki);
    if (status != STATUS_OK)
        return fail(job, status, false);
    job->issuance.fields.spki = span_of(spki.ptr, spki.len);
    enum status signing = issue_sign(job->service, &job->issuance, &leaf);
    if (signing != STATUS_OK)
        return fail(job, signing, issue_may_be_signed(signing));
    status = pack(job, key, leaf);
    if (status == STATUS_OK)
        status = finish(job, leaf);
    return status == STATUS_OK ? STATUS_OK : fail(job, status, true);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static struct person person_of(const struct mint_request *request)
{
    return (struct person){or_empty(request->user), or_empty(request->name),
                           or_empty(request->mail), or_empty(request->sid),
                           or_empty(request->device)};
}

enum status mint_check(const struct service *service, const struct mint_request *request)
{
    const struct person person = person_of(request);
    enum packing packing;
    TRY(bundle_packing(service, request->packing, &packing));
    TRY(person_check(service, &person));
    return request->password == NULL ? STATUS_OK : password_check(request->password);
}

enum status mint_bundle_in_steps(const struct service *service, const struct actor *actor,
                                 const struct mint_request *request, const struct mint_steps *steps,
                                 struct mint_result *ret_result)
{
    const struct person person = person_of(request);
    struct job job defer(job_clear) = {
        .service = service,
        .actor = actor,
        .steps = steps,
        .person = &person,
        .result.file = BUF_INIT(LIMIT_BUNDLE),
        .issuance =
            {
                .profile = PROFILE_USER,
                .person = &person,
                .lifetime =
                    request->lifetime > 0 ? request->lifetime : service->config->bundle_lifetime,
                .lease = service->config->link_lease,
            },
    };
    bool done = false;
    TRY(bundle_packing(service, request->packing, &job.packing));
    TRY(person_check(service, &person));
    TRY(choose_password(request, &job.result.password));
    person_set_fields(service, &person, &job.issuance.fields);
    TRY(reserve(&job, &done));
    if (done)
        return STATUS_OK;
    TRY(make(&job));
    *ret_result = job.result;
    job.result = (struct mint_result){0};
    return STATUS_OK;
}

/* A mint of its own: nobody else writes in its transactions. */
enum status mint_begin_alone(void *context, struct db_tx *tx, bool *ret_done)
{
    (void)context;
    (void)tx;
    *ret_done = false;
    return STATUS_OK;
}

static enum status finish_alone(void *context, struct db_tx *tx, const struct mint_result *result)
{
    (void)context;
    (void)tx;
    (void)result;
    return STATUS_OK;
}

enum status mint_give_up_alone(void *context, struct db_tx *tx)
{
    (void)context;
    (void)tx;
    return STATUS_OK;
}

enum status mint_bundle(const struct service *service, const struct actor *actor,
                        const struct mint_request *request, struct mint_result *ret_result)
{
    static const struct mint_steps alone = {mint_begin_alone, finish_alone, mint_give_up_alone,
                                            NULL};
    return mint_bundle_in_steps(service, actor, request, &alone, ret_result);
}
