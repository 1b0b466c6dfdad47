/* Check all, take the form's key, mint one after the other, keep the answer. */
#include "service/mint_batch.h"

#include "base/csv.h"
#include "base/limits.h"
#include "base/log.h"
#include "service/bundle.h"
#include "service/file_stem.h"
#include "service/issue.h"
#include "service/zip_file.h"
#include "store/db.h"

#include <stdio.h>

enum { PART_FILE, PART_NAME, PART_SHEET, PART_COUNT };
enum { SHEET_MOST = LIMIT_MINT_BATCH * 2048, ENTRY_NAME_SIZE = FILE_STEM_SIZE + 16 };

struct batch {
    const struct mint_request *requests;
    size_t count;
    size_t done;
    struct mint_result results[LIMIT_MINT_BATCH];
};

static void batch_clear(struct batch *batch)
{
    for (size_t i = 0; i < batch->done; i++)
        mint_result_clear(&batch->results[i]);
    free(batch);
}
CLEANUP_POINTER(struct batch, batch_clear)

static enum status check_all(const struct service *service, const struct mint_request *requests,
                             size_t count)
{
    if (count == 0 || count > LIMIT_MINT_BATCH)
        return status_fail(STATUS_INVALID, "there are 1 to %d bundles at once", LIMIT_MINT_BATCH);
    for (size_t i = 0; i < count; i++) {
        if (mint_check(service, &requests[i]) == STATUS_OK)
            continue;
        char detail[STATUS_DETAIL_MAX];
        snprintf(detail, sizeof detail, "%s", status_detail());
        return count == 1 ? status_fail(STATUS_INVALID, "%s", detail)
                          : status_fail(STATUS_INVALID, "line %zu: %.400s", i + 1, detail);
    }
    return STATUS_OK;
}

/* *ret_first is false when the form came before. */
static enum status take_form(const struct service *service, const struct handout_caller *caller,
                             bool *ret_first, char ret_id[static HANDOUT_ID_SIZE])
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    char object[HANDOUT_ID_SIZE];
    enum status found = handout_find(tx, caller, ret_id, object);
    *ret_first = found == STATUS_NOT_FOUND;
    if (!*ret_first)
        return found;
    TRY(handout_put(tx, caller, "", NULL, 0, ret_id));
    return db_commit(tx);
}

/* After a failure: the form may be sent again. */
static void give_up(const struct service *service, const struct handout_caller *caller,
                    const struct batch *batch, const char *id)
{
    for (size_t i = 0; i < batch->done; i++)
        if (issue_withdraw(service, caller->actor, batch->results[i].serial) != STATUS_OK)
            log_error("mint", "the certificate %s was not revoked", batch->results[i].serial);
    struct db_tx *tx defer(db_end) = NULL;
    if (db_begin(service->db, DB_WRITE, &tx) != STATUS_OK || handout_drop(tx, id) != STATUS_OK ||
        db_commit(tx) != STATUS_OK)
        log_error("mint", "the form of a batch cannot be sent again");
}

static enum status await(void *context, struct db_tx *tx, const struct mint_result *result)
{
    const char *id = context;
    return handout_await(tx, id, result->serial);
}

static enum status mint_all(const struct service *service, const struct handout_caller *caller,
                            struct batch *batch, char *id)
{
    const struct mint_steps steps = {mint_begin_alone, await, mint_give_up_alone, id};
    while (batch->done < batch->count) {
        TRY(mint_bundle_in_steps(service, caller->actor, &batch->requests[batch->done], &steps,
                                 &batch->results[batch->done]));
        batch->done++;
    }
    return STATUS_OK;
}

static enum status write_sheet(const struct batch *batch, struct buf *sheet)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct mint_request *request = &batch->requests[i];
        const struct mint_result *result = &batch->results[i];
        char not_after[24];
        snprintf(not_after, sizeof not_after, "%lld", (long long)result->not_after);
        const char *const cells[] = {
            request->user,
            request->name == NULL ? "" : request->name,
            request->device == NULL ? "" : request->device,
            result->serial,
            secret_text(result->password),
            not_after,
        };
        csv_append_exact_record(sheet, cells, sizeof cells / sizeof *cells);
    }
    return sheet->failure;
}

static void name_one(const struct batch *batch, size_t i, char name[static ENTRY_NAME_SIZE])
{
    char stem[FILE_STEM_SIZE];
    file_stem(batch->requests[i].user, stem);
    if (batch->count == 1)
        snprintf(name, ENTRY_NAME_SIZE, "%s.p12", stem);
    else
        snprintf(name, ENTRY_NAME_SIZE, "%02u-%s.p12", (unsigned)i + 1, stem);
}

static enum status write_file(const struct batch *batch, struct buf *file)
{
    char names[LIMIT_MINT_BATCH][ENTRY_NAME_SIZE];
    struct zip_entry entries[LIMIT_MINT_BATCH];
    for (size_t i = 0; i < batch->count; i++) {
        const struct buf *bundle = &batch->results[i].file;
        name_one(batch, i, names[i]);
        entries[i] = (struct zip_entry){names[i], span_of(bundle->ptr, bundle->len)};
    }
    if (batch->count > 1)
        return zip_file_write(entries, batch->count, file);
    buf_append(file, entries[0].bytes);
    return file->failure;
}

static enum status keep(const struct service *service, const struct handout_caller *caller,
                        const struct batch *batch, const char *id)
{
    struct buf file defer(buf_clear) = BUF_INIT((size_t)8 * LIMIT_BUNDLE);
    struct buf sheet defer(buf_clear) = BUF_INIT(SHEET_MOST);
    char name[ENTRY_NAME_SIZE] = "bundles.zip";
    if (batch->count == 1)
        name_one(batch, 0, name);
    TRY(write_file(batch, &file));
    TRY(write_sheet(batch, &sheet));
    const struct span parts[PART_COUNT] = {
        [PART_FILE] = span_of(file.ptr, file.len),
        [PART_NAME] = span_of_text(name),
        [PART_SHEET] = span_of(sheet.ptr, sheet.len),
    };
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(handout_fill(tx, caller, id, parts, PART_COUNT));
    return db_commit(tx);
}

enum status mint_batch(const struct service *service, const struct handout_caller *caller,
                       const struct mint_request *requests, size_t count,
                       char ret_id[static HANDOUT_ID_SIZE])
{
    TRY(check_all(service, requests, count));
    struct batch *batch defer(batch_clear) = calloc(1, sizeof *batch);
    if (batch == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a batch of bundles");
    batch->requests = requests;
    batch->count = count;
    bool first;
    char id[HANDOUT_ID_SIZE];
    TRY(take_form(service, caller, &first, id));
    if (first) {
        enum status status = mint_all(service, caller, batch, id);
        if (status == STATUS_OK)
            status = keep(service, caller, batch, id);
        if (status != STATUS_OK) {
            log_status("mint", status, "a batch of bundles was not made");
            give_up(service, caller, batch, id);
            return status_fail(status, "the bundles were not made; nothing of them is left");
        }
    }
    memcpy(ret_id, id, sizeof id);
    return STATUS_OK;
}

void minted_clear(struct minted *minted)
{
    handout_clear(&minted->handout);
    *minted = (struct minted){0};
}

enum status mint_batch_open(const struct service *service, struct span session, const char *id,
                            struct minted *ret_minted)
{
    struct span parts[PART_COUNT];
    struct minted minted = {0};
    TRY(handout_open(service, session, id, parts, PART_COUNT, &minted.handout));
    minted.file = parts[PART_FILE];
    minted.file_name = parts[PART_NAME];
    minted.sheet = parts[PART_SHEET];
    *ret_minted = minted;
    return STATUS_OK;
}
