/* Keys of programs that call the API: rows of the table `api_key`. Rows stay for good, so that what
 * a key did can always be told. Functions that change a row need a DB_WRITE transaction. */
#pragma once

#include "store/operator_store.h"
#include "store/page.h"

/* As input, texts and spans belong to the caller; as output, to the row until api_key_row_clear().
 */
struct api_key_row {
    const char *id;
    struct span key_hash; /* 32 bytes, SHA-256 of the key */
    const char *name;     /* what it is for */
    enum operator_role role;
    int64_t created_at;
    const char *created_by; /* an actor */
    int64_t expires_at;     /* refused from then on */
    int64_t last_used_at;   /* 0: never */
    int64_t revoked_at;     /* 0: not */
    void *storage;          /* private; NULL in a row that is input */
};
void api_key_row_clear(struct api_key_row *row);
CLEANUP_VALUE(struct api_key_row, api_key_row_clear)

/* Takes all but last_used_at and revoked_at. */
enum status api_key_store_create(struct db_tx *tx, const struct api_key_row *row);
/* NOT_FOUND. */
enum status api_key_store_get(struct db_tx *tx, const char *id, struct api_key_row *ret_row);
/* NOT_FOUND. Gives revoked and expired ones too. */
enum status api_key_store_find(struct db_tx *tx, struct span key_hash, struct api_key_row *ret_row);
/* Only when the last use that was noted is `interval` seconds ago. */
enum status api_key_store_note_use(struct db_tx *tx, const char *id, int64_t interval, int64_t now);
/* NOT_FOUND; CONFLICT when it was revoked before. */
enum status api_key_store_revoke(struct db_tx *tx, const char *id, int64_t now);

struct api_key_list {
    struct api_key_row *rows;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* `after` of the next page; "" when this was the last */
};
void api_key_list_clear(struct api_key_list *list);
CLEANUP_VALUE(struct api_key_list, api_key_list_clear)
/* Newest first. INVALID: the page. */
enum status api_key_store_list(struct db_tx *tx, const struct page_request *page,
                               struct api_key_list *ret_list);
