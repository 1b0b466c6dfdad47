/* Actors as text and details as JSON, on their way into the store's chain. */
#include "service/audit.h"

#include "base/clock.h"
#include "store/audit_store.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { AUDIT_KIND_MAX = 32 };

void actor_format(const struct actor *actor, char ret_text[static ACTOR_TEXT_MAX])
{
    static const char *const kinds[] = {
        [ACTOR_COMMAND] = "command", [ACTOR_OPERATOR] = "operator", [ACTOR_KEY] = "key",
        [ACTOR_PHONE] = "phone",     [ACTOR_SYSTEM] = "system",
    };
    bool named = actor->name != NULL && actor->name[0] != '\0';
    snprintf(ret_text, ACTOR_TEXT_MAX, "%s%s%s", kinds[actor->kind], named ? ":" : "",
             named ? actor->name : "");
}

static enum status write_detail(const struct audit_value *values, size_t count, char **ret_json)
{
    json_t *detail = json_object();
    int failed = detail == NULL;
    for (size_t i = 0; i < count && !failed; i++) {
        json_t *value =
            values[i].text == NULL ? json_integer(values[i].number) : json_string(values[i].text);
        failed = json_object_set_new(detail, values[i].name, value);
    }
    char *json = failed ? NULL : json_dumps(detail, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(detail);
    if (json == NULL)
        return status_fail(STATUS_NO_MEMORY, "the detail of an audit row cannot be written");
    *ret_json = json;
    return STATUS_OK;
}

enum status audit_write(struct db_tx *tx, const struct actor *actor, const char *action,
                        const char *object, const struct audit_value *values, size_t count)
{
    char who[ACTOR_TEXT_MAX];
    actor_format(actor, who);
    char kind[AUDIT_KIND_MAX];
    snprintf(kind, sizeof kind, "%.*s", (int)strcspn(action, "."), action);
    char *detail defer(free) = NULL;
    TRY(write_detail(values, count, &detail));
    const struct audit_row row = {
        .at = clock_now(),
        .actor = who,
        .action = action,
        .object_kind = kind,
        .object_id = object,
        .address = actor->address == NULL ? "" : actor->address,
        .detail = detail,
    };
    return audit_store_append(tx, &row);
}
