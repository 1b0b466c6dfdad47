/*
 * What a user's phones do at this moment, for somebody who waits for one. Each source is bounded:
 * the newest devices of the user with their newest sightings, and the newest refusals of all, of
 * which those are taken that said to be the user. What comes twice is shown once.
 */
#include "service/devices.h"

#include "service/sighting_device.h"
#include "service/sightings.h"
#include "service/trust.h"

enum { DEVICES_MOST = 8, OF_EACH = 40, REFUSALS_MOST = 200, KNOWN_MOST = 60, UNCLAIMED_MOST = 10 };

void device_watch_clear(struct device_watch *watch)
{
    sighting_list_clear(&watch->known);
    sighting_list_clear(&watch->unclaimed);
}

/* `all` has room for everything that a watch can find. */
struct gathered {
    const char *user;
    const struct identity_rules *rules;
    int64_t since;
    struct sighting_list all;
};

static void gathered_clear(struct gathered *gathered)
{
    sighting_list_clear(&gathered->all);
}
CLEANUP_VALUE(struct gathered, gathered_clear)

static void move(struct sighting_row *row, struct sighting_list *to)
{
    to->rows[to->count++] = *row;
    *row = (struct sighting_row){0};
}

static bool is_of(const struct gathered *gathered, const struct sighting_row *row)
{
    const char *sent = row->user[0] != '\0' ? row->user : row->authorization_user;
    return sent[0] != '\0' &&
           identity_compare(gathered->rules, gathered->user, span_of_text(sent)) != IDENTITY_OTHER;
}

static enum status gather_device(struct db_tx *tx, const char *id, struct gathered *gathered)
{
    struct sighting_list list defer(sighting_list_clear) = {0};
    TRY(sighting_store_list(tx, id, &(struct page_request){.limit = OF_EACH}, &list));
    for (size_t i = 0; i < list.count && list.rows[i].at >= gathered->since; i++)
        move(&list.rows[i], &gathered->all);
    return STATUS_OK;
}

static enum status gather_devices(struct db_tx *tx, struct gathered *gathered)
{
    struct device_list devices defer(device_list_clear) = {0};
    const struct device_filter filter = {.user = gathered->user};
    const struct page_request newest = {.limit = DEVICES_MOST};
    TRY(device_store_list(tx, &filter, &newest, &devices));
    for (size_t i = 0; i < devices.count; i++)
        TRY(gather_device(tx, devices.rows[i].id, gathered));
    return STATUS_OK;
}

static enum status gather_refusals(struct db_tx *tx, struct gathered *gathered)
{
    struct sighting_list list defer(sighting_list_clear) = {0};
    TRY(sighting_store_list_refused(tx, gathered->since, REFUSALS_MOST, &list));
    for (size_t i = 0; i < list.count; i++)
        if (is_of(gathered, &list.rows[i]))
            move(&list.rows[i], &gathered->all);
    return STATUS_OK;
}

static int newer(const void *a, const void *b)
{
    const struct sighting_row *left = a;
    const struct sighting_row *right = b;
    return (left->id < right->id) - (left->id > right->id);
}

/* The newest ones of what was gathered, each once. */
static void sort(struct sighting_list *all)
{
    size_t kept = 0;
    if (all->count > 0)
        qsort(all->rows, all->count, sizeof *all->rows, newer);
    for (size_t i = 0; i < all->count; i++) {
        struct sighting_row *row = &all->rows[i];
        bool again = kept > 0 && all->rows[kept - 1].id == row->id;
        if (again || kept == KNOWN_MOST)
            sighting_row_clear(row);
        else if (kept++ != i) {
            all->rows[kept - 1] = *row;
            *row = (struct sighting_row){0};
        }
    }
    all->count = kept;
}

static enum status list_unclaimed(struct db_tx *tx, int64_t since, struct sighting_list *ret_list)
{
    struct sighting_list list defer(sighting_list_clear) = {0};
    TRY(sighting_store_list(tx, "", &(struct page_request){.limit = UNCLAIMED_MOST}, &list));
    size_t kept = 0;
    while (kept < list.count && list.rows[kept].at >= since)
        kept++;
    for (size_t i = kept; i < list.count; i++)
        sighting_row_clear(&list.rows[i]);
    list.count = kept;
    *ret_list = list;
    list = (struct sighting_list){0};
    return STATUS_OK;
}

static bool is_unclear(const struct gathered *gathered)
{
    const struct sighting_row *newest = gathered->all.rows;
    const char *user;
    return gathered->all.count > 0 &&
           strcmp(newest->reason, verdict_reason_text(VERDICT_USER_MISMATCH)) == 0 &&
           sighting_compare_user(gathered->rules, newest, &user) == IDENTITY_UNCLEAR;
}

enum status devices_watch(const struct service *service, const char *user, int64_t since,
                          struct device_watch *ret_watch)
{
    struct trust_set *set defer(trust_set_release) = trust_hold(service);
    struct gathered gathered defer(gathered_clear) = {
        .user = user, .rules = trust_set_identity(set), .since = since};
    struct db_tx *tx defer(db_end) = NULL;
    gathered.all.rows =
        calloc((size_t)DEVICES_MOST * OF_EACH + REFUSALS_MOST, sizeof *gathered.all.rows);
    if (gathered.all.rows == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for sightings");
    /* Who waits sees it at once. A disk that takes none must not hide what is there. */
    if (sightings_flush(service) != STATUS_OK)
        status_detail_clear();
    TRY(db_begin(service->db, DB_READ, &tx));
    if (user[0] != '\0') {
        TRY(gather_devices(tx, &gathered));
        TRY(gather_refusals(tx, &gathered));
        sort(&gathered.all);
    }
    TRY(list_unclaimed(tx, since, &ret_watch->unclaimed));
    ret_watch->unclear = is_unclear(&gathered);
    ret_watch->known = gathered.all;
    gathered.all = (struct sighting_list){0};
    return STATUS_OK;
}

enum status devices_count_refused(const struct service *service, int64_t since, int64_t *ret_count)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return sighting_store_count_refused(tx, since, DEVICES_COUNTED, ret_count);
}
