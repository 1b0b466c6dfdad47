/*
 * Keys of programs that call the API.
 *
 * A key is  cfk_  and 26 letters of 128 random bits and 8 letters of a checksum over those: whoever
 * finds one in a log or a repository knows what it is, and a mistyped one needs no database. The
 * database keeps its SHA-256. It has the role of an operator and always an end.
 */
#pragma once

#include "base/digest.h"
#include "base/limits.h"
#include "base/secret.h"
#include "service/audit.h"
#include "service/credential.h"
#include "service/service.h"
#include "store/api_key_store.h"

#define API_KEY_PREFIX "cfk_"
enum {
    API_KEY_LETTERS = 4 + 26 + 8,
    API_KEY_LIFETIME = 90 * 86400,
    API_KEY_LIFETIME_MOST = 3 * 366 * 86400,
};

/* A key as plain values. */
struct api_key {
    char id[CREDENTIAL_ID_LETTERS + 1];
    char name[LIMIT_OPERATOR + 1]; /* what it is for */
    enum operator_role role;
    int64_t created_at;
    char created_by[ACTOR_TEXT_MAX];
    int64_t expires_at;
    int64_t last_used_at;             /* to a minute; 0: never */
    int64_t revoked_at;               /* 0: not */
    uint8_t hash[DIGEST_SHA256_SIZE]; /* of the key */
};

struct api_key_request {
    const char *name;
    enum operator_role role;
    int64_t lifetime; /* seconds; 0 takes API_KEY_LIFETIME */
};

struct api_key_created {
    struct api_key key;
    struct secret *text; /* shown once */
};
void api_key_created_clear(struct api_key_created *created);
CLEANUP_VALUE(struct api_key_created, api_key_created_clear)

/* INVALID: the name (as of an operator), the lifetime. */
enum status api_key_create(const struct service *service, const struct actor *actor,
                           const struct api_key_request *request,
                           struct api_key_created *ret_created);

struct api_keys {
    struct api_key *keys;
    size_t count;
    char next[PAGE_CURSOR_SIZE]; /* `after` of the next page; "" when this was the last */
};
void api_keys_clear(struct api_keys *list);
CLEANUP_VALUE(struct api_keys, api_keys_clear)
/* Newest first, revoked and expired ones too. INVALID: the page. */
enum status api_key_list_page(const struct service *service, const struct page_request *page,
                              struct api_keys *ret_list);

/* From the next request on. NOT_FOUND; CONFLICT: it was revoked before. */
enum status api_key_revoke(const struct service *service, const struct actor *actor,
                           const char *id);

/* Who calls with this key; notes the use. UNAUTHENTICATED: none of ours, mistyped, revoked or
 * expired; the detail says which, and is for the log only in the first two cases. */
enum status api_key_find(const struct service *service, struct span text, int64_t now,
                         struct api_key *ret_key);
/* Prefix, letters and checksum are as they are made. */
bool api_key_is_formed(struct span text);
