/*
 * A certificate is due for a notice when it ends within its time, and after the place that was
 * remembered. When notices were off for a while, or the time was made longer, what would be due for
 * both gets the later one alone: the first notice begins where the reminder ends.
 */
#include "service/mail_notice.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mail_address.h"
#include "base/text.h"
#include "config/config.h"
#include "service/background.h"
#include "service/mail_send.h"
#include "store/certificate_store.h"
#include "store/setting_store.h"

#include <stdio.h>

enum { NOTICE_BATCH = 50, PLACE_MAX = 96, NEWER_MOST = 50 };
/* Seconds by which a remembered time may be ahead of the clock, which is corrected now and then. */
enum { AHEAD_MOST = CLOCK_HOUR };

static const struct actor server = {.kind = ACTOR_SYSTEM};

/* Certificates that end after the place and no later than `until`. */
struct notice {
    const char *setting; /* where the place is kept: "1795442700 0a1b" */
    int64_t floor;       /* the place is no earlier than this */
    int64_t until;
};

struct place {
    int64_t at;
    char serial[PAGE_CURSOR_SIZE];
    bool set_back; /* it is not the one that was remembered, and has to be */
};

/* ---- the place ------------------------------------------------------------------------------- */

static void parse_place(const char *text, struct place *place)
{
    char at[32];
    size_t len = strcspn(text, " ");
    snprintf(at, sizeof at, "%.*s", (int)len, text);
    if (text[len] != ' ' || text_parse_int(at, 0, INT64_MAX, &place->at) != STATUS_OK)
        return;
    snprintf(place->serial, sizeof place->serial, "%s", text + len + 1);
}

/* A place that was written while the clock was far ahead would pass by all who are due until then.
 * Whoever ends before `until` was told before that. */
static enum status read_place(struct db_tx *tx, const struct notice *notice, int64_t now,
                              struct place *ret_place)
{
    struct place place = {.at = 0};
    char *text defer(free) = NULL;
    int64_t written_at = 0;
    enum status status = setting_store_get_dated(tx, notice->setting, &text, &written_at);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    if (status == STATUS_OK)
        parse_place(text, &place);
    place.set_back = place.at > notice->until && written_at > now + AHEAD_MOST;
    if (place.set_back)
        place = (struct place){.at = notice->until, .set_back = true};
    if (place.at < notice->floor)
        place = (struct place){.at = notice->floor};
    *ret_place = place;
    return STATUS_OK;
}

static enum status write_place(struct db_tx *tx, const struct notice *notice, int64_t at,
                               const char *serial, int64_t now)
{
    char text[PLACE_MAX];
    snprintf(text, sizeof text, "%lld %s", (long long)at, serial);
    return setting_store_set(tx, notice->setting, text, now);
}

/* ---- one notice ------------------------------------------------------------------------------ */

static enum status has_newer(struct db_tx *tx, const struct certificate_row *row, bool *ret_newer)
{
    const enum certificate_state issued = CERTIFICATE_ISSUED;
    const struct certificate_filter filter = {.state = &issued, .user = row->user};
    const struct page_request request = {.limit = NEWER_MOST};
    struct certificate_page page defer(certificate_page_clear) = {0};
    *ret_newer = false;
    if (row->device[0] == '\0')
        return STATUS_OK;
    TRY(certificate_store_list(tx, &filter, &request, &page));
    for (size_t i = 0; i < page.count; i++)
        if (page.rows[i].not_after > row->not_after &&
            strcmp(page.rows[i].device, row->device) == 0)
            *ret_newer = true;
    return STATUS_OK;
}

static enum status queue_notice(const struct service *service, struct db_tx *tx,
                                const struct certificate_row *row)
{
    struct letter letter defer(letter_clear) = {0};
    char id[MAIL_ID_SIZE];
    const struct view_expiry_letter fields = {
        .name = row->name[0] != '\0' ? row->name : row->user,
        .device = row->device,
        .not_after = row->not_after,
    };
    TRY(letter_begin(service, NULL, &letter));
    TRY(letter_expiry(service, &fields, &letter));
    const struct mail_draft draft = {
        .kind = "expiry",
        .to = mail_address_of(row->user, row->mail),
        .to_name = row->name,
        .letter = &letter,
        .serial = row->serial,
        .useless_at = row->not_after,
    };
    return mail_enqueue(service, tx, &server, &draft, id);
}

static enum status consider(const struct service *service, struct db_tx *tx,
                            const struct certificate_row *row)
{
    bool newer;
    const char *address = mail_address_of(row->user, row->mail);
    if (address[0] == '\0')
        return STATUS_OK;
    if (mail_address_check(address) != STATUS_OK) {
        log_warning("mail", "no notice for the certificate %s: %s", row->serial, status_detail());
        return STATUS_OK;
    }
    TRY(has_newer(tx, row, &newer));
    return newer ? STATUS_OK : queue_notice(service, tx, row);
}

/* ---- all that are due ------------------------------------------------------------------------ */

static enum status find(struct db_tx *tx, const struct notice *notice, int64_t now,
                        struct certificate_page *ret_page, bool *ret_set_back)
{
    struct place place;
    TRY(read_place(tx, notice, now, &place));
    *ret_set_back = place.set_back;
    return certificate_store_list_expiring(tx, place.at, place.serial, notice->until, NOTICE_BATCH,
                                           ret_page);
}

/* Seconds until nothing that ends before it, or with it, is still being made: such a one was
 * reserved no later, and a reservation is used or given up within a lease. What was issued while
 * the clock was far ahead was so long ago. */
static int64_t seconds_left(const struct service *service, const struct certificate_row *row,
                            int64_t now)
{
    int64_t settled = row->issued_at + service->config->link_lease;
    return settled > now && row->issued_at <= now + AHEAD_MOST ? settled - now : 0;
}

/* *ret_wait becomes the earlier of itself and the time at which the first one that is too fresh
 * will not be so any more. */
static enum status look(const struct service *service, const struct notice *notice, int64_t now,
                        bool *ret_any, int64_t *ret_wait)
{
    struct certificate_page page defer(certificate_page_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    bool set_back;
    TRY(find(tx, notice, now, &page, &set_back));
    int64_t left = page.count == 0 ? 0 : seconds_left(service, &page.rows[0], now);
    *ret_any = set_back || (page.count > 0 && left == 0);
    if (left > 0 && left < *ret_wait)
        *ret_wait = left;
    return STATUS_OK;
}

static enum status queue_batch(const struct service *service, const struct notice *notice,
                               int64_t now)
{
    struct certificate_page page defer(certificate_page_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    bool set_back;
    TRY(find(tx, notice, now, &page, &set_back));
    if (set_back) {
        TRY(write_place(tx, notice, notice->until, "", now));
        return db_commit(tx);
    }
    size_t done = 0;
    for (; done < page.count && seconds_left(service, &page.rows[done], now) == 0; done++)
        TRY(consider(service, tx, &page.rows[done]));
    if (done == 0)
        return STATUS_OK;
    const struct certificate_row *last = &page.rows[done - 1];
    TRY(write_place(tx, notice, last->not_after, last->serial, now));
    return db_commit(tx);
}

static enum status queue_all(const struct service *service, const struct notice *notice,
                             int64_t now, int64_t *ret_wait)
{
    bool any = notice->until > notice->floor;
    while (any && !background_stopping(service)) {
        TRY(look(service, notice, now, &any, ret_wait));
        if (any)
            TRY(queue_batch(service, notice, now));
    }
    return STATUS_OK;
}

enum status mail_notice(const struct service *service, int64_t now, int64_t *ret_wait)
{
    const struct config *config = service->config;
    const struct notice reminder = {"mail.reminder", now, now + config->mail_reminder};
    const struct notice first = {"mail.notice", reminder.until, now + config->mail_notice};
    TRY(queue_all(service, &reminder, now, ret_wait));
    return queue_all(service, &first, now, ret_wait);
}
