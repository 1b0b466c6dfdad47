/* What a phone says without a certificate proves nothing: it only says where to show it. */
#include "service/sighting_device.h"

#include "base/clock.h"
#include "service/device_key.h"

#include <stdio.h>

enum { CANDIDATES_MOST = 8, ADDRESS_SECONDS = CLOCK_DAY };

static enum status settle(struct db_tx *tx, const struct sighting *sighting, const char *owner,
                          const char *user, char ret_device[static DEVICE_KEY_SIZE])
{
    const struct device_key key = {owner, sighting->device_id, user, sighting->serial};
    return device_key_settle(tx, &key, sighting->row.at, ret_device);
}

static enum status of_certificate(struct db_tx *tx, const struct sighting *sighting,
                                  char ret_device[static DEVICE_KEY_SIZE])
{
    char owner[DEVICE_OWNER_SIZE];
    const char *user = sighting->identity[0] != '\0' ? sighting->identity : sighting->user;
    TRY(device_key_of_certificate(sighting->fingerprint, owner));
    return settle(tx, sighting, owner, user, ret_device);
}

static const char *user_of(const struct sighting *sighting)
{
    return sighting->user[0] != '\0' ? sighting->user : sighting->authorization_user;
}

static bool is_of_user(const struct identity_rules *rules, const struct device_row *row,
                       const char *user)
{
    return row->owner[0] != '~' && row->user[0] != '\0' &&
           identity_compare(rules, row->user, span_of_text(user)) == IDENTITY_SAME;
}

/* A device that had a certificate, by its DeviceId. */
static enum status of_device_id(struct db_tx *tx, const struct identity_rules *rules,
                                const struct sighting *sighting,
                                char ret_device[static DEVICE_KEY_SIZE])
{
    struct device_list list defer(device_list_clear) = {0};
    const char *user = user_of(sighting);
    if (sighting->device_id[0] == '\0')
        return STATUS_OK;
    TRY(device_store_list_by_device_id(tx, sighting->device_id, CANDIDATES_MOST, &list));
    for (size_t i = 0; i < list.count && ret_device[0] == '\0'; i++)
        if (user[0] == '\0' ? list.count == 1 : is_of_user(rules, &list.rows[i], user))
            snprintf(ret_device, DEVICE_KEY_SIZE, "%s", list.rows[i].id);
    return STATUS_OK;
}

static enum status of_user(struct db_tx *tx, const struct sighting *sighting,
                           char ret_device[static DEVICE_KEY_SIZE])
{
    char owner[DEVICE_OWNER_SIZE];
    const char *user = user_of(sighting);
    if (user[0] == '\0')
        return STATUS_OK;
    device_key_of_user(user, owner);
    return settle(tx, sighting, owner, user, ret_device);
}

static enum status of_address(struct db_tx *tx, const struct sighting *sighting,
                              char ret_device[static DEVICE_KEY_SIZE])
{
    struct device_list list defer(device_list_clear) = {0};
    int64_t since = sighting->row.at - ADDRESS_SECONDS;
    if (sighting->address[0] == '\0' || sighting->device_id[0] != '\0')
        return STATUS_OK;
    TRY(device_store_list_by_address(tx, sighting->address, since, 2, &list));
    if (list.count == 1)
        snprintf(ret_device, DEVICE_KEY_SIZE, "%s", list.rows[0].id);
    return STATUS_OK;
}

enum status sighting_find_device(struct db_tx *tx, const struct identity_rules *rules,
                                 const struct sighting *sighting,
                                 char ret_device[static DEVICE_KEY_SIZE])
{
    ret_device[0] = '\0';
    if (sighting->has_fingerprint)
        return of_certificate(tx, sighting, ret_device);
    TRY(of_device_id(tx, rules, sighting, ret_device));
    if (ret_device[0] == '\0')
        TRY(of_user(tx, sighting, ret_device));
    if (ret_device[0] == '\0')
        TRY(of_address(tx, sighting, ret_device));
    return STATUS_OK;
}

static enum identity_match match_of(const struct identity_rules *rules, const char *identity,
                                    const char *user)
{
    return user[0] == '\0' ? IDENTITY_SAME : identity_compare(rules, identity, span_of_text(user));
}

/* OTHER before UNCLEAR before SAME. */
static int weight_of(enum identity_match match)
{
    return match == IDENTITY_OTHER ? 2 : match == IDENTITY_UNCLEAR;
}

enum identity_match sighting_compare_user(const struct identity_rules *rules,
                                          const struct sighting_row *row, const char **ret_user)
{
    enum identity_match user = match_of(rules, row->identity, row->user);
    enum identity_match login = match_of(rules, row->identity, row->authorization_user);
    bool by_login = row->user[0] == '\0' || weight_of(login) > weight_of(user);
    *ret_user = by_login ? row->authorization_user : row->user;
    return by_login ? login : user;
}
