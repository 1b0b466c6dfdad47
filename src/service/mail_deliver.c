/*
 * A try has two durable steps, as a claim has: its lease, and the row that the end of the data is
 * about to go out. Between them the server can have nothing; after the second only its answer says
 * more.
 */
#include "service/mail_deliver.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "service/background.h"
#include "service/mail_digest.h"
#include "service/mail_notice.h"
#include "service/mail_queue.h"
#include "service/mail_settings.h"
#include "service/window.h"
#include "store/link_store.h"

#include <ctype.h>
#include <stdio.h>

/* Commands in other processes queue mails too: whoever waits for one does not wait for long. */
enum { LOOK_SECONDS = 2 };

enum { OVERDUE_BATCH = 50, LONGEST_WAIT = CLOCK_HOUR, TOKEN_RUN = 20 };

static const struct actor server = {.kind = ACTOR_SYSTEM};

/* One try: the mail, the lease that it has, the bytes. */
struct attempt {
    const struct service *service;
    struct mail_row mail;
    struct secret *bytes;
};

static void attempt_clear(struct attempt *attempt)
{
    mail_row_clear(&attempt->mail);
    secret_free(attempt->bytes);
}
CLEANUP_VALUE(struct attempt, attempt_clear)

/* ---- what became of a try -------------------------------------------------------------------- */

void mail_redact(char *reason)
{
    char *out = reason;
    for (const char *at = reason; *at != '\0';) {
        size_t run = 0;
        while (isalnum((unsigned char)at[run]))
            run++;
        bool hidden = run >= TOKEN_RUN;
        size_t len = run == 0 ? 1 : run;
        memmove(out, hidden ? "***" : at, hidden ? 3 : len);
        out += hidden ? 3 : len;
        at += len;
    }
    *out = '\0';
}

static enum status end_in(struct db_tx *tx, const struct mail_row *mail, enum mail_state state,
                          const char *reason)
{
    static const char *const actions[MAIL_STATE_COUNT] = {
        [MAIL_SENT] = "mail.send", [MAIL_FAILED] = "mail.fail", [MAIL_UNSURE] = "mail.unsure"};
    TRY(mail_store_finish(tx, mail->id, mail->tries, state, reason, clock_now()));
    if (state == MAIL_SENT)
        TRY(window_leave_traces(tx, clock_now()));
    const struct audit_value values[] = {AUDIT_NUMBER("tries", mail->tries),
                                         AUDIT_TEXT("why", reason)};
    return audit_write(tx, &server, actions[state], mail->id, values, *reason == '\0' ? 1 : 2);
}

static enum status end(const struct attempt *attempt, enum mail_state state, const char *reason)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(attempt->service->db, DB_WRITE, &tx));
    TRY(end_in(tx, &attempt->mail, state, reason));
    return db_commit(tx);
}

static int64_t pause_after(const struct config *config, int64_t tries)
{
    int64_t pause = config->mail_retry;
    for (int64_t i = 1; i < tries && pause < LONGEST_WAIT; i++)
        pause *= 2;
    return pause < LONGEST_WAIT ? pause : LONGEST_WAIT;
}

/* The last look is at the time of giving up. */
static enum status try_again(const struct attempt *attempt, int64_t pause, const char *reason)
{
    const struct mail_row *mail = &attempt->mail;
    int64_t next = clock_now() + pause;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(attempt->service->db, DB_WRITE, &tx));
    TRY(mail_store_again(tx, mail->id, mail->tries, reason,
                         next < mail->give_up_at ? next : mail->give_up_at));
    return db_commit(tx);
}

static enum status settle(const struct attempt *attempt, const struct smtp_result *result)
{
    const struct mail_row *mail = &attempt->mail;
    char reason[SMTP_REASON_MAX];
    snprintf(reason, sizeof reason, "%s", result->reason);
    mail_redact(reason);
    if (result->outcome != SMTP_SENT)
        log_warning("mail", "mail %s: %s", mail->id, reason);
    switch (result->outcome) {
    case SMTP_SENT:
        return end(attempt, MAIL_SENT, "");
    case SMTP_REFUSED:
        return end(attempt, MAIL_FAILED, reason);
    case SMTP_UNSURE:
        return end(attempt, MAIL_UNSURE, reason);
    case SMTP_STOPPED:
        return try_again(attempt, 0, reason);
    case SMTP_LATER:
    case SMTP_UNREACHABLE:
        return try_again(attempt, pause_after(attempt->service->config, mail->tries), reason);
    }
    return STATUS_INTERNAL;
}

/* ---- a try ----------------------------------------------------------------------------------- */

static enum status before_end(void *context)
{
    const struct attempt *attempt = context;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(attempt->service->db, DB_WRITE, &tx));
    TRY(mail_store_note_ending(tx, attempt->mail.id, attempt->mail.tries, clock_now()));
    return db_commit(tx);
}

static bool stopping(void *context)
{
    const struct attempt *attempt = context;
    return background_stopping(attempt->service);
}

/* A fault of ours while it is certain that the server has nothing: the next try may come at once.
 */
static enum status give_back(const struct attempt *attempt, enum status fault)
{
    char reason[STATUS_DETAIL_MAX];
    snprintf(reason, sizeof reason, "%s", status_detail());
    int64_t pause = pause_after(attempt->service->config, attempt->mail.tries);
    enum status given = try_again(attempt, pause, "a fault on our side: see the log");
    if (given != STATUS_OK)
        log_status("mail", given, "a try ends with its lease");
    return status_fail(fault, "%s", reason);
}

static enum status send(struct attempt *attempt, const struct mail_server *to,
                        struct smtp_result *result)
{
    const struct smtp_hooks hooks = {before_end, stopping, attempt};
    const struct config *config = attempt->service->config;
    enum status status = smtp_send(&to->row, config->mail_from, attempt->mail.recipient,
                                   secret_span(attempt->bytes), &hooks, result);
    return status == STATUS_OK ? settle(attempt, result) : give_back(attempt, status);
}

/* ---- which mail is next ---------------------------------------------------------------------- */

/* Why a link's mail is of no use any more, or NULL. */
static enum status look_at_link(struct db_tx *tx, const struct mail_row *mail,
                                const char **ret_useless)
{
    *ret_useless = NULL;
    if (mail->link_id[0] == '\0')
        return STATUS_OK;
    struct link_row link defer(link_row_clear) = {0};
    TRY(link_store_get(tx, mail->link_id, &link));
    enum link_state state = link_state_at(&link, clock_now());
    if (state != LINK_ISSUED && state != LINK_OPENED)
        *ret_useless = link_state_text(state);
    return STATUS_OK;
}

static enum status cancel_useless(struct db_tx *tx, const struct mail_row *mail, const char *state)
{
    char why[64];
    snprintf(why, sizeof why, "its link is %s", state);
    TRY(mail_store_cancel(tx, mail->id, why, clock_now()));
    TRY(window_leave_traces(tx, clock_now()));
    const struct audit_value values[] = {AUDIT_TEXT("why", why)};
    return audit_write(tx, &server, "mail.cancel", mail->id, values, 1);
}

static enum status give_up(struct db_tx *tx, const struct mail_row *mail)
{
    char why[SMTP_REASON_MAX + 64];
    snprintf(why, sizeof why, "given up after %lld tries%s%s", (long long)mail->tries,
             mail->error[0] == '\0' ? "" : ": ", mail->error);
    return end_in(tx, mail, MAIL_FAILED, why);
}

/* Begins a try, or ends the mail without one; *ret_begun says which. */
static enum status begin(struct db_tx *tx, struct attempt *attempt, const char *id, bool *ret_begun)
{
    const struct config *config = attempt->service->config;
    const char *useless;
    int64_t now = clock_now();
    *ret_begun = false;
    TRY(mail_store_get(tx, id, &attempt->mail));
    TRY(look_at_link(tx, &attempt->mail, &useless));
    if (useless != NULL)
        return cancel_useless(tx, &attempt->mail, useless);
    if (attempt->mail.give_up_at <= now)
        return give_up(tx, &attempt->mail);
    TRY(mail_store_begin(tx, id, now + config->mail_timeout + MAIL_LEASE_MARGIN, now));
    mail_row_clear(&attempt->mail);
    TRY(mail_store_get(tx, id, &attempt->mail));
    enum status opened = mail_open(attempt->service, tx, id, &attempt->bytes);
    if (status_kind(opened) == STATUS_KIND_REFUSAL)
        return end_in(tx, &attempt->mail, MAIL_FAILED,
                      "its text cannot be opened with this master key");
    *ret_begun = opened == STATUS_OK;
    return opened;
}

/* Seconds until something is due, 0 when it is. */
static enum status look_ahead(const struct service *service, int64_t *ret_wait)
{
    bool any;
    char id[MAIL_ID_SIZE];
    int64_t at = 0;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(mail_store_due(tx, &any, id, &at));
    int64_t wait = any ? at - clock_now() : LOOK_SECONDS;
    *ret_wait = wait > 0 ? wait : 0;
    return STATUS_OK;
}

static enum status begin_next(struct attempt *attempt, bool *ret_begun)
{
    bool any;
    char id[MAIL_ID_SIZE];
    int64_t at = 0;
    *ret_begun = false;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(attempt->service->db, DB_WRITE, &tx));
    TRY(mail_store_due(tx, &any, id, &at));
    if (!any || at > clock_now())
        return STATUS_OK;
    TRY(begin(tx, attempt, id, ret_begun));
    return db_commit(tx);
}

/* *ret_reached is false when the server is not there for any mail. */
static enum status deliver_one(const struct service *service, const struct mail_server *to,
                               bool *ret_reached)
{
    struct attempt attempt defer(attempt_clear) = {.service = service};
    struct smtp_result result = {.outcome = SMTP_SENT};
    bool begun;
    TRY(begin_next(&attempt, &begun));
    if (begun)
        TRY(send(&attempt, to, &result));
    *ret_reached = result.outcome != SMTP_UNREACHABLE;
    return STATUS_OK;
}

enum status mail_deliver(const struct service *service, int64_t *ret_wait)
{
    const struct config *config = service->config;
    struct mail_server to defer(mail_server_clear) = {0};
    int64_t wait;
    TRY(look_ahead(service, &wait));
    if (wait == 0)
        TRY(mail_server_load(config, &to));
    bool reached = true;
    while (wait == 0 && !background_stopping(service)) {
        TRY(deliver_one(service, &to, &reached));
        TRY(look_ahead(service, &wait));
        if (!reached && wait < config->mail_retry)
            wait = config->mail_retry;
    }
    *ret_wait = reached && wait > LOOK_SECONDS ? LOOK_SECONDS : wait;
    return STATUS_OK;
}

/* ---- tries that were cut off ----------------------------------------------------------------- */

static enum status settle_overdue(struct db_tx *tx, const struct mail_row *mail, int64_t now)
{
    if (mail->ending_at == 0)
        return mail_store_again(tx, mail->id, mail->tries, "cut off before it was sent", now);
    log_warning("mail", "mail %s: cut off while it was sent", mail->id);
    return end_in(tx, mail, MAIL_UNSURE, "cut off while it was sent");
}

/* Looks first: nearly always there is nothing, and nobody has to wait for that. */
static enum status find_overdue(const struct service *service, enum db_mode mode, int64_t now,
                                struct db_tx **ret_tx, struct mail_page *ret_overdue)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, mode, &tx));
    TRY(mail_store_overdue(tx, now, OVERDUE_BATCH, ret_overdue));
    *ret_tx = take(tx);
    return STATUS_OK;
}

static enum status sweep(const struct service *service, int64_t now)
{
    {
        struct mail_page seen defer(mail_page_clear) = {0};
        struct db_tx *tx defer(db_end) = NULL;
        TRY(find_overdue(service, DB_READ, now, &tx, &seen));
        if (seen.count == 0)
            return STATUS_OK;
    }
    struct mail_page overdue defer(mail_page_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(find_overdue(service, DB_WRITE, now, &tx, &overdue));
    for (size_t i = 0; i < overdue.count; i++)
        TRY(settle_overdue(tx, &overdue.rows[i], now));
    return db_commit(tx);
}

/* Nothing is put off or leased for longer than LONGEST_WAIT, but by a clock that was ahead. */
static enum status take_back(const struct service *service, int64_t now)
{
    int64_t count;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(mail_store_rebase(tx, now + LONGEST_WAIT, now, &count));
    return count > 0 ? db_commit(tx) : STATUS_OK;
}

static enum status erase_old(const struct service *service, int64_t now)
{
    int64_t erased;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(mail_store_erase_old(tx, now, &erased));
    if (erased == 0)
        return STATUS_OK;
    TRY(window_leave_traces(tx, now));
    return db_commit(tx);
}

/* Without a server nobody tries them, and their texts must not wait for ever. */
static enum status give_up_old(const struct service *service, int64_t now)
{
    struct mail_page old defer(mail_page_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(mail_store_too_old(tx, now, OVERDUE_BATCH, &old));
    for (size_t i = 0; i < old.count; i++)
        TRY(give_up(tx, &old.rows[i]));
    return old.count > 0 ? db_commit(tx) : STATUS_OK;
}

/* What cannot be written today must not keep back what others have written. */
static void note_failure(enum status status, const char *what)
{
    if (status != STATUS_OK)
        log_status("mail", status, what);
}

enum status background_mail(const struct service *service, int64_t now, int64_t *ret_wait)
{
    *ret_wait = BACKGROUND_LONGEST;
    TRY(take_back(service, now));
    TRY(sweep(service, now));
    TRY(erase_old(service, now));
    if (!mail_is_on(service->config))
        return give_up_old(service, now);
    int64_t notices = BACKGROUND_LONGEST;
    note_failure(mail_notice(service, now, &notices), "notices of what expires could not be made");
    note_failure(mail_digest(service, now), "the digest could not be made");
    TRY(mail_deliver(service, ret_wait));
    if (notices < *ret_wait)
        *ret_wait = notices;
    return STATUS_OK;
}
