/* The address of a link is a secret: it is built in memory that is wiped, and only printed. */
#include "command/link_text.h"

#include "base/clock.h"
#include "view/qr.h"

#include <stdio.h>

static int set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value);
}

static int set_person(json_t *object, const struct enrolment *link)
{
    return set(object, "user", json_text(link->user)) | set(object, "name", json_text(link->name)) |
           set(object, "mail", json_text(link->mail)) | set(object, "sid", json_text(link->sid)) |
           set(object, "device", json_text(link->device)) |
           set(object, "packing", json_text(link->packing));
}

static int set_life(json_t *object, const struct enrolment *link)
{
    return set(object, "created_by", json_text(link->created_by)) |
           set(object, "created_at", json_time(link->created_at)) |
           set(object, "expires_at", json_time(link->expires_at)) |
           set(object, "window", json_integer(link->window)) |
           set(object, "tries", json_integer(link->tries)) |
           set(object, "opened_at", json_time(link->opened_at)) |
           set(object, "opened_count", json_integer(link->opened_count)) |
           set(object, "cancelled_at", json_time(link->cancelled_at)) |
           set(object, "locked_at", json_time(link->locked_at)) |
           set(object, "rearmed_as", json_text(link->rearmed_as));
}

static int set_claim(json_t *object, const struct enrolment *link)
{
    return set(object, "claimed_at", json_time(link->claimed_at)) |
           set(object, "claim_address", json_text(link->claim_address)) |
           set(object, "claim_agent", json_text(link->claim_agent)) |
           set(object, "serial", json_text(link->serial)) |
           set(object, "window_ends_at", json_time(link->window_ends_at)) |
           set(object, "delivered_at", json_time(link->delivered_at)) |
           set(object, "fetch_count", json_integer(link->fetch_count)) |
           set(object, "in_use_at", json_time(link->in_use_at)) |
           set(object, "closed_at", json_time(link->closed_at));
}

json_t *link_json(const struct enrolment *link)
{
    json_t *object = json_pack("{s:s, s:s}", "id", link->id, "state", link_state_text(link->state));
    if (object == NULL)
        return NULL;
    if (set_person(object, link) == 0 && set_life(object, link) == 0 &&
        set_claim(object, link) == 0)
        return object;
    json_decref(object);
    return NULL;
}

static void append_count_row(struct buf *text, const char *label, int64_t count)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)count);
    append_row(text, label, count > 0 ? digits : "");
}

static void append_link(struct buf *text, const struct enrolment *link)
{
    append_row(text, "link", link->id);
    append_row(text, "state", link_state_text(link->state));
    append_row(text, "user", link->user);
    append_row(text, "name", link->name);
    append_row(text, "mail", link->mail);
    append_row(text, "device", link->device);
    append_row(text, "packing", link->packing);
    append_row(text, "made by", link->created_by);
    append_time_row(text, "made", link->created_at);
    append_time_row(text, "good until", link->expires_at);
    append_time_row(text, "first opened", link->opened_at);
    append_count_row(text, "wrong PINs", link->tries);
    append_time_row(text, "locked", link->locked_at);
    append_time_row(text, "cancelled", link->cancelled_at);
    append_row(text, "replaced by", link->rearmed_as);
    append_time_row(text, "claimed", link->claimed_at);
    append_row(text, "claimed from", link->claim_address);
    append_row(text, "claimed with", link->claim_agent);
    append_row(text, "certificate", link->serial);
    append_time_row(text, "window ends", link->window_ends_at);
    append_time_row(text, "delivered", link->delivered_at);
    append_count_row(text, "times fetched", link->fetch_count);
    append_time_row(text, "in use", link->in_use_at);
    append_time_row(text, "closed", link->closed_at);
}

enum status link_print(const struct invocation *invocation, const struct enrolment *link)
{
    if (invocation_has(invocation, "json"))
        return output_json(link_json(link));
    struct buf text defer(buf_clear) = BUF_INIT((size_t)16 * 1024);
    append_link(&text, link);
    return output_text(&text);
}

static enum status print_created_json(const struct enrol_created *created, const char *url)
{
    const struct enrolment *link = &created->link;
    return output_json(json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:o}", "id", link->id, "url", url,
                                 "pin", secret_text(created->pin), "user", link->user, "expires_at",
                                 json_time(link->expires_at), "state", link_state_text(link->state),
                                 "mail", json_text(created->mail_id)));
}

static enum status print_created_text(const struct enrol_created *created, const char *url, bool qr)
{
    char until[CLOCK_TEXT_SIZE];
    clock_format(created->link.expires_at, until);
    struct buf text defer(buf_clear) = BUF_INIT((size_t)64 * 1024);
    buf_printf(&text, "Link %s for %s, good until %s:\n\n  %s\n\n", created->link.id,
               created->link.user, until, url);
    if (qr)
        TRY(qr_append_terminal(&text, url));
    buf_printf(&text, "%sPIN %s: tell it by telephone, never in the same message.\n",
               qr ? "\n" : "", secret_text(created->pin));
    if (created->mail_id[0] != '\0')
        buf_printf(&text, "Mail %s with the link is queued; certferry serve sends it.\n",
                   created->mail_id);
    return output_text(&text);
}

enum status link_print_created(const struct invocation *invocation, const struct session *session,
                               const struct enrol_created *created, bool qr)
{
    struct buf url defer(buf_clear) = BUF_INIT(2048);
    enrol_append_url(session->service, created->token, &url);
    struct span bytes;
    TRY(buf_finish(&url, &bytes));
    if (invocation_has(invocation, "json"))
        return print_created_json(created, (const char *)bytes.ptr);
    return print_created_text(created, (const char *)bytes.ptr, qr);
}
