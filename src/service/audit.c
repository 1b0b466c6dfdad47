/* Actors as text and details as JSON, on their way into the store's chain. */
#include "service/audit.h"

#include "base/clock.h"
#include "base/text.h"
#include "service/service.h"
#include "store/audit_store.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { AUDIT_KIND_MAX = 32, AUDIT_OBJECT_MOST = 300, AUDIT_ADDRESS_MOST = 64 };
enum { AUDIT_VALUE_MOST = 400, AUDIT_VALUE_LEAST = 6 }; /* bytes of a text of the detail */

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static const char *const kinds[] = {
    [ACTOR_COMMAND] = "command", [ACTOR_OPERATOR] = "operator", [ACTOR_KEY] = "key",
    [ACTOR_PHONE] = "phone",     [ACTOR_SYSTEM] = "system",
};

void actor_format(const struct actor *actor, char ret_text[static ACTOR_TEXT_MAX])
{
    struct buf text defer(buf_clear) = BUF_INIT(2 * ACTOR_TEXT_MAX);
    const char *name = or_empty(actor->name);
    buf_printf(&text, "%s%s", kinds[actor->kind], name[0] == '\0' ? "" : ":");
    text_append_line(&text, span_of_text(name), ACTOR_TEXT_MAX - 1 - text.len);
    snprintf(ret_text, ACTOR_TEXT_MAX, "%s", text.len == 0 ? "" : (const char *)text.ptr);
}

enum status actor_parse(const char *text, struct actor *ret_actor)
{
    size_t len = strcspn(text, ":");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strlen(kinds[i]) != len || memcmp(kinds[i], text, len) != 0)
            continue;
        *ret_actor = (struct actor){
            .kind = (enum actor_kind)i,
            .name = text[len] == ':' ? text + len + 1 : NULL,
        };
        return STATUS_OK;
    }
    return status_fail(STATUS_INVALID, "'%.40s' names no actor", text);
}

static enum status make_line(const char *text, size_t most, char **ret_line)
{
    struct buf line defer(buf_clear) = BUF_INIT(2 * AUDIT_VALUE_MOST);
    text_append_line(&line, span_of_text(or_empty(text)), most);
    return buf_take_text(&line, ret_line);
}

static enum status set_value(json_t *detail, const struct audit_value *value, size_t most)
{
    char *line defer(free) = NULL;
    TRY(make_line(value->text, most, &line));
    json_t *json = value->text == NULL ? json_integer(value->number) : json_string(line);
    if (json_object_set_new(detail, value->name, json) != 0)
        return status_fail(STATUS_NO_MEMORY, "the detail of an audit row cannot be written");
    return STATUS_OK;
}

static enum status write_detail(const struct audit_value *values, size_t count, size_t most,
                                char **ret_json)
{
    json_t *detail = json_object();
    enum status status = detail == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = set_value(detail, &values[i], most);
    char *json = status == STATUS_OK ? json_dumps(detail, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(detail);
    TRY(status);
    if (json == NULL)
        return status_fail(STATUS_NO_MEMORY, "the detail of an audit row cannot be written");
    *ret_json = json;
    return STATUS_OK;
}

/* Texts are cut shorter until the whole fits: a long text is no reason not to record an act. */
static enum status fit_detail(const struct audit_value *values, size_t count, char **ret_json)
{
    for (size_t most = AUDIT_VALUE_MOST;; most /= 4) {
        char *json defer(free) = NULL;
        TRY(write_detail(values, count, most, &json));
        if (strlen(json) <= AUDIT_DETAIL_MOST || most <= AUDIT_VALUE_LEAST) {
            *ret_json = take(json);
            return STATUS_OK;
        }
    }
}

enum status audit_write(struct db_tx *tx, const struct actor *actor, const char *action,
                        const char *object, const struct audit_value *values, size_t count)
{
    char who[ACTOR_TEXT_MAX];
    actor_format(actor, who);
    char kind[AUDIT_KIND_MAX];
    snprintf(kind, sizeof kind, "%.*s", (int)strcspn(action, "."), action);
    char *object_line defer(free) = NULL;
    char *address_line defer(free) = NULL;
    char *detail defer(free) = NULL;
    TRY(make_line(object, AUDIT_OBJECT_MOST, &object_line));
    TRY(make_line(actor->address, AUDIT_ADDRESS_MOST, &address_line));
    TRY(fit_detail(values, count, &detail));
    const struct audit_row row = {
        .at = clock_now(),
        .actor = who,
        .action = action,
        .object_kind = kind,
        .object_id = object_line,
        .address = address_line,
        .detail = detail,
    };
    return audit_store_append(tx, &row);
}

enum status audit_record(const struct service *service, const struct actor *actor,
                         const char *action, const char *object, const struct audit_value *values,
                         size_t count)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(audit_write(tx, actor, action, object, values, count));
    return db_commit(tx);
}
