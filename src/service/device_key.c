/* Looking a device up, or making it, in the caller's transaction. */
#include "service/device_key.h"

#include "base/text.h"
#include "service/credential.h"
#include "service/device_drop.h"

#include <ctype.h>
#include <stdio.h>

/* Devices of one certificate or user that are kept. */
enum { DEVICES_OF_ONE = 50 };

enum status device_key_of_certificate(const uint8_t sha256[static SHA256_SIZE],
                                      char ret_owner[static DEVICE_OWNER_SIZE])
{
    struct buf hex defer(buf_clear) = BUF_INIT(DEVICE_OWNER_SIZE);
    struct span text;
    text_append_hex(&hex, span_of(sha256, SHA256_SIZE));
    TRY(buf_finish(&hex, &text));
    snprintf(ret_owner, DEVICE_OWNER_SIZE, "%s", (const char *)text.ptr);
    return STATUS_OK;
}

void device_key_of_user(const char *user, char ret_owner[static DEVICE_OWNER_SIZE])
{
    const char *backslash = strrchr(user, '\\');
    snprintf(ret_owner, DEVICE_OWNER_SIZE, "~%s", backslash == NULL ? user : backslash + 1);
    for (char *c = ret_owner; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
}

enum status device_key_find(struct db_tx *tx, const struct device_key *key,
                            struct device_row *ret_row)
{
    if (key->device_id[0] == '\0')
        return device_store_find_newest(tx, key->owner, ret_row);
    return device_store_find(tx, key->owner, key->device_id, ret_row);
}

/* What is not a person's phones any more: a program that makes a new DeviceId with each try. One
 * goes before each that comes; after it, it could be the very one. */
static enum status make_room(struct db_tx *tx, const char *owner)
{
    struct device_list list defer(device_list_clear) = {0};
    bool gone;
    TRY(device_store_list_surplus(tx, owner, DEVICES_OF_ONE - 1, 1, &list));
    return list.count == 0 ? STATUS_OK : device_drop(tx, list.rows[0].id, &gone);
}

static enum status make(struct db_tx *tx, const struct device_key *key, int64_t now,
                        char ret_id[static DEVICE_KEY_SIZE])
{
    char id[CREDENTIAL_ID_LETTERS + 1];
    TRY(credential_new_id(id));
    const struct device_row row = {.id = id,
                                   .owner = key->owner,
                                   .device_id = key->device_id,
                                   .user = key->user,
                                   .serial = key->serial,
                                   .first_seen_at = now};
    TRY(make_room(tx, key->owner));
    TRY(device_store_create(tx, &row));
    snprintf(ret_id, DEVICE_KEY_SIZE, "%s", id);
    return STATUS_OK;
}

/* The row that began without a DeviceId, or a new one. */
static enum status name_or_make(struct db_tx *tx, const struct device_key *key, int64_t now,
                                char ret_id[static DEVICE_KEY_SIZE])
{
    struct device_row row defer(device_row_clear) = {0};
    enum status status = device_store_find(tx, key->owner, "", &row);
    if (status == STATUS_NOT_FOUND)
        return make(tx, key, now, ret_id);
    TRY(status);
    TRY(device_store_name(tx, row.id, key->device_id));
    snprintf(ret_id, DEVICE_KEY_SIZE, "%s", row.id);
    return STATUS_OK;
}

enum status device_key_settle(struct db_tx *tx, const struct device_key *key, int64_t now,
                              char ret_id[static DEVICE_KEY_SIZE])
{
    struct device_row row defer(device_row_clear) = {0};
    enum status status = device_key_find(tx, key, &row);
    if (status == STATUS_NOT_FOUND)
        return name_or_make(tx, key, now, ret_id);
    TRY(status);
    snprintf(ret_id, DEVICE_KEY_SIZE, "%s", row.id);
    return STATUS_OK;
}
