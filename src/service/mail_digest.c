/*
 * The day on which the last digest was made is remembered in the transaction that queues it:
 * however often this is called, by however many processes, a day has one.
 */
#include "service/mail_digest.h"

#include "base/clock.h"
#include "config/config.h"
#include "service/address.h"
#include "service/mail_queue.h"
#include "store/audit_store.h"
#include "store/certificate_store.h"
#include "store/link_store.h"
#include "store/setting_store.h"

#include <stdio.h>
#include <time.h>

#define LAST_DIGEST "mail.digest"

/* Of a day's audit at most so much is read. */
enum { ENDINGS_SHOWN = 25, AUDIT_ROWS_MOST = 50000, ADDRESS_MAX = 512, DAY_SIZE = 16 };

/* Seconds by which the clock of the last digest may be ahead of this one: zones, and corrections.
 */
enum { AHEAD_MOST = 2 * CLOCK_DAY };

static const struct actor server = {.kind = ACTOR_SYSTEM};

/* The numbers, and what they point to. */
struct digest {
    struct view_digest_letter view;
    struct certificate_page endings;
    struct view_ending rows[ENDINGS_SHOWN];
    struct buf address;
};

static void digest_clear(struct digest *digest)
{
    certificate_page_clear(&digest->endings);
    buf_clear(&digest->address);
}
CLEANUP_VALUE(struct digest, digest_clear)

/* ---- the numbers ----------------------------------------------------------------------------- */

static void count_action(const char *action, struct view_digest_letter *view)
{
    bool refused =
        strcmp(action, "link.wrong_pin") == 0 || strcmp(action, "link.claim_elsewhere") == 0;
    bool locked = strcmp(action, "link.lock") == 0;
    view->refused += refused || locked;
    view->locked += locked;
}

/* From the newest row back to a day ago. */
static enum status count_day(struct db_tx *tx, int64_t since, struct view_digest_letter *view)
{
    char after[PAGE_CURSOR_SIZE] = "";
    const struct audit_filter filter = {.from = since};
    bool more = true;
    for (int64_t read = 0; more && read < AUDIT_ROWS_MOST;) {
        const struct page_request request = {.limit = PAGE_LIMIT_MOST, .after = after};
        struct audit_list list defer(audit_list_clear) = {0};
        TRY(audit_store_list(tx, &filter, &request, &list));
        for (size_t i = 0; i < list.count; i++)
            count_action(list.rows[i].action, view);
        read += (int64_t)list.count;
        memcpy(after, list.next, sizeof after);
        more = after[0] != '\0';
    }
    return STATUS_OK;
}

static enum status count_states(struct db_tx *tx, struct view_digest_letter *view)
{
    int64_t links[LINK_STATE_COUNT];
    int64_t mails[MAIL_STATE_COUNT];
    TRY(link_store_counts(tx, links));
    TRY(mail_store_counts(tx, mails));
    view->waiting = links[LINK_ISSUED] + links[LINK_OPENED];
    view->failed = mails[MAIL_FAILED];
    view->unsure = mails[MAIL_UNSURE];
    view->queued = mails[MAIL_QUEUED];
    return STATUS_OK;
}

static enum status list_endings(struct db_tx *tx, int64_t now, int64_t until, struct digest *digest)
{
    struct view_digest_letter *view = &digest->view;
    TRY(certificate_store_count_expiring(tx, now, until, &view->ending));
    TRY(certificate_store_list_expiring(tx, now, "", until, ENDINGS_SHOWN, &digest->endings));
    for (size_t i = 0; i < digest->endings.count; i++)
        digest->rows[i] = (struct view_ending){.user = digest->endings.rows[i].user,
                                               .not_after = digest->endings.rows[i].not_after};
    view->ending_until = until;
    view->endings = digest->rows;
    view->endings_count = digest->endings.count;
    view->more = view->ending - (int64_t)digest->endings.count;
    return STATUS_OK;
}

static enum status gather(const struct service *service, struct db_tx *tx, int64_t now,
                          struct digest *digest)
{
    const struct config *config = service->config;
    TRY(count_states(tx, &digest->view));
    TRY(count_day(tx, now - CLOCK_DAY, &digest->view));
    TRY(list_endings(tx, now, now + config->mail_notice, digest));
    address_append_https(config, &digest->address);
    buf_append_text(&digest->address, "/admin");
    struct span address;
    TRY(buf_finish(&digest->address, &address));
    digest->view.href = (const char *)address.ptr;
    digest->view.address = (const char *)address.ptr;
    return STATUS_OK;
}

static bool says_nothing(const struct view_digest_letter *view)
{
    return view->waiting + view->refused + view->locked + view->failed + view->unsure +
               view->queued + view->ending ==
           0;
}

/* ---- the mails ------------------------------------------------------------------------------- */

static enum status queue_to(const struct service *service, struct db_tx *tx,
                            const struct letter *letter, const char *admin, int64_t now)
{
    char id[MAIL_ID_SIZE];
    const struct mail_draft draft = {
        .kind = "digest",
        .to = admin,
        .letter = letter,
        .useless_at = now + CLOCK_DAY,
    };
    return mail_enqueue(service, tx, &server, &draft, id);
}

static enum status queue_all(const struct service *service, struct db_tx *tx,
                             const struct view_digest_letter *view, int64_t now)
{
    const struct config *config = service->config;
    struct letter letter defer(letter_clear) = {0};
    TRY(letter_begin(service, NULL, &letter));
    TRY(letter_digest(service, view, &letter));
    for (size_t i = 0; i < config->mail_admins.count; i++)
        TRY(queue_to(service, tx, &letter, config->mail_admins.items[i], now));
    return STATUS_OK;
}

/* A day of a clock that was far ahead, and was set back, holds up none. */
static enum status was_made(struct db_tx *tx, const char *day, int64_t now, bool *ret_made)
{
    char *last defer(free) = NULL;
    int64_t made_at = 0;
    enum status status = setting_store_get_dated(tx, LAST_DIGEST, &last, &made_at);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    *ret_made = status == STATUS_OK && strcmp(last, day) >= 0 && made_at <= now + AHEAD_MOST;
    return STATUS_OK;
}

static enum status look(const struct service *service, const char *day, int64_t now, bool *ret_made)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return was_made(tx, day, now, ret_made);
}

static enum status read_numbers(const struct service *service, int64_t now, struct digest *digest)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return gather(service, tx, now, digest);
}

static enum status make(const struct service *service, const char *day, int64_t now)
{
    struct digest digest defer(digest_clear) = {.address = BUF_INIT(ADDRESS_MAX)};
    bool made;
    TRY(read_numbers(service, now, &digest));
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(was_made(tx, day, now, &made));
    if (made)
        return STATUS_OK;
    if (!says_nothing(&digest.view))
        TRY(queue_all(service, tx, &digest.view, now));
    TRY(setting_store_set(tx, LAST_DIGEST, day, now));
    return db_commit(tx);
}

enum status mail_digest(const struct service *service, int64_t now)
{
    const struct config *config = service->config;
    time_t seconds = (time_t)now;
    struct tm local;
    if (!config->mail_digest || config->mail_admins.count == 0 ||
        localtime_r(&seconds, &local) == NULL || local.tm_hour < config->mail_digest_hour)
        return STATUS_OK;
    char day[DAY_SIZE];
    bool made;
    strftime(day, sizeof day, "%Y-%m-%d", &local);
    TRY(look(service, day, now, &made));
    return made ? STATUS_OK : make(service, day, now);
}
