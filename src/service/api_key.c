/* A key is looked up by its hash: how long that takes says nothing about the keys that there are.
 */
#include "service/api_key.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "service/operator.h"

#include <stdio.h>

enum {
    PREFIX_LETTERS = sizeof API_KEY_PREFIX - 1,
    CHECKSUM_BYTES = 5,
    CHECKSUM_LETTERS = 8,
    BODY_LETTERS = API_KEY_LETTERS - CHECKSUM_LETTERS, /* what the checksum is over */
    USE_INTERVAL = 60,
};

void api_key_created_clear(struct api_key_created *created)
{
    secret_free(created->text);
    *created = (struct api_key_created){0};
}

void api_keys_clear(struct api_keys *list)
{
    free(list->keys);
    *list = (struct api_keys){0};
}

/* ---- the text -------------------------------------------------------------------------------- */

static enum status append_checksum(struct buf *text, struct span body)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    TRY(digest_sha256(body, digest));
    text_append_base32(text, span_of(digest, CHECKSUM_BYTES));
    return text->failure;
}

static enum status make_text(struct secret **ret_text)
{
    struct secret *token defer(secret_free) = NULL;
    struct buf text defer(buf_clear) = BUF_INIT(API_KEY_LETTERS);
    TRY(credential_new_token(&token));
    buf_append_text(&text, API_KEY_PREFIX);
    buf_append(&text, secret_span(token));
    TRY(append_checksum(&text, span_of(text.ptr, text.len)));
    return secret_copy(span_of(text.ptr, text.len), ret_text);
}

bool api_key_is_formed(struct span text)
{
    struct buf checksum defer(buf_clear) = BUF_INIT(CHECKSUM_LETTERS);
    if (text.len != API_KEY_LETTERS || memcmp(text.ptr, API_KEY_PREFIX, PREFIX_LETTERS) != 0)
        return false;
    if (append_checksum(&checksum, span_of(text.ptr, BODY_LETTERS)) != STATUS_OK)
        return false;
    return span_equal(span_of(checksum.ptr, checksum.len),
                      span_of(text.ptr + BODY_LETTERS, CHECKSUM_LETTERS));
}

/* ---- making and ending ----------------------------------------------------------------------- */

static void fill(const struct api_key_row *row, struct api_key *key)
{
    *key = (struct api_key){
        .role = row->role,
        .created_at = row->created_at,
        .expires_at = row->expires_at,
        .last_used_at = row->last_used_at,
        .revoked_at = row->revoked_at,
    };
    snprintf(key->id, sizeof key->id, "%s", row->id);
    snprintf(key->name, sizeof key->name, "%s", row->name);
    snprintf(key->created_by, sizeof key->created_by, "%s", row->created_by);
    if (row->key_hash.len == sizeof key->hash)
        memcpy(key->hash, row->key_hash.ptr, sizeof key->hash);
}

static enum status check_request(const struct api_key_request *request)
{
    TRY(operator_check_name(request->name));
    if (request->lifetime < 0 || request->lifetime > API_KEY_LIFETIME_MOST)
        return status_fail(STATUS_INVALID, "an API key lives for three years at most");
    return STATUS_OK;
}

static enum status store(const struct service *service, const struct actor *actor,
                         const struct api_key_row *row)
{
    const struct audit_value values[] = {
        AUDIT_TEXT("name", row->name),
        AUDIT_TEXT("role", operator_role_text(row->role)),
        AUDIT_NUMBER("expires_at", row->expires_at),
    };
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(api_key_store_create(tx, row));
    TRY(audit_write(tx, actor, "key.create", row->id, values, sizeof values / sizeof *values));
    return db_commit(tx);
}

enum status api_key_create(const struct service *service, const struct actor *actor,
                           const struct api_key_request *request,
                           struct api_key_created *ret_created)
{
    struct api_key_created created defer(api_key_created_clear) = {0};
    uint8_t hash[DIGEST_SHA256_SIZE];
    char id[CREDENTIAL_ID_LETTERS + 1];
    char creator[ACTOR_TEXT_MAX];
    int64_t now = clock_now();
    TRY(check_request(request));
    TRY(make_text(&created.text));
    TRY(digest_sha256(secret_span(created.text), hash));
    TRY(credential_new_id(id));
    actor_format(actor, creator);
    const struct api_key_row row = {
        .id = id,
        .key_hash = span_of(hash, sizeof hash),
        .name = request->name,
        .role = request->role,
        .created_at = now,
        .created_by = creator,
        .expires_at = now + (request->lifetime == 0 ? API_KEY_LIFETIME : request->lifetime),
    };
    TRY(store(service, actor, &row));
    fill(&row, &created.key);
    *ret_created = created;
    created = (struct api_key_created){0};
    return STATUS_OK;
}

enum status api_key_list_page(const struct service *service, const struct page_request *page,
                              struct api_keys *ret_list)
{
    struct api_key_list rows defer(api_key_list_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(api_key_store_list(tx, page, &rows));
    struct api_keys list defer(api_keys_clear) = {.keys =
                                                      calloc(rows.count + 1, sizeof *list.keys)};
    if (list.keys == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a list");
    for (; list.count < rows.count; list.count++)
        fill(&rows.rows[list.count], &list.keys[list.count]);
    memcpy(list.next, rows.next, sizeof list.next);
    *ret_list = list;
    list = (struct api_keys){0};
    return STATUS_OK;
}

enum status api_key_revoke(const struct service *service, const struct actor *actor, const char *id)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(api_key_store_revoke(tx, id, clock_now()));
    TRY(audit_write(tx, actor, "key.revoke", id, NULL, 0));
    return db_commit(tx);
}

/* ---- using ----------------------------------------------------------------------------------- */

static enum status check_usable(const struct api_key_row *row, int64_t now)
{
    if (row->revoked_at != 0)
        return status_fail(STATUS_UNAUTHENTICATED, "the API key %s is revoked", row->id);
    if (now >= row->expires_at)
        return status_fail(STATUS_UNAUTHENTICATED, "the API key %s has expired", row->id);
    return STATUS_OK;
}

static enum status read_key(const struct service *service, struct span hash, int64_t now,
                            struct api_key *ret_key)
{
    struct api_key_row row defer(api_key_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    enum status status = api_key_store_find(tx, hash, &row);
    if (status == STATUS_NOT_FOUND)
        return status_fail(STATUS_UNAUTHENTICATED, "this is no API key of ours");
    TRY(status);
    TRY(check_usable(&row, now));
    fill(&row, ret_key);
    return STATUS_OK;
}

static enum status note_use(const struct service *service, const char *id, int64_t now)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(api_key_store_note_use(tx, id, USE_INTERVAL, now));
    return db_commit(tx);
}

/* A disk that is full keeps no program from reading. */
enum status api_key_find(const struct service *service, struct span text, int64_t now,
                         struct api_key *ret_key)
{
    uint8_t hash[DIGEST_SHA256_SIZE];
    struct api_key key;
    if (!api_key_is_formed(text))
        return status_fail(STATUS_UNAUTHENTICATED, "this is not an API key");
    TRY(digest_sha256(text, hash));
    TRY(read_key(service, span_of(hash, sizeof hash), now, &key));
    bool stale = now - key.last_used_at >= USE_INTERVAL;
    enum status noted = stale ? note_use(service, key.id, now) : STATUS_OK;
    if (noted != STATUS_OK)
        log_status("key", noted, "the use of an API key could not be noted");
    *ret_key = key;
    return STATUS_OK;
}
