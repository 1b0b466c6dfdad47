/* One setting, which only ever goes up but by an admin's word. */
#include "service/clock_guard.h"

#include "base/clock.h"
#include "base/text.h"
#include "store/setting_store.h"

#include <stdio.h>

#define LAST "clock.last_dated"

enum status clock_guard_last(struct db_tx *tx, int64_t *ret_last)
{
    char *value defer(free) = NULL;
    enum status status = setting_store_get(tx, LAST, &value);
    if (status == STATUS_NOT_FOUND) {
        *ret_last = 0;
        return STATUS_OK;
    }
    TRY(status);
    return text_parse_int(value, 0, INT64_MAX, ret_last);
}

static enum status keep(struct db_tx *tx, int64_t time)
{
    char value[24];
    snprintf(value, sizeof value, "%lld", (long long)time);
    return setting_store_set(tx, LAST, value, time);
}

static enum status compare(int64_t now, int64_t last)
{
    if (now >= last - CLOCK_GUARD_TOLERANCE)
        return STATUS_OK;
    char now_text[CLOCK_TEXT_SIZE];
    char last_text[CLOCK_TEXT_SIZE];
    clock_format(now, now_text);
    clock_format(last, last_text);
    return status_fail(
        STATUS_CLOCK,
        "the clock was set back: it says %s, but something was signed at %s already. "
        "Nothing is signed until the clock is set right; if it is right and was "
        "ahead before, run 'certferry clock accept'",
        now_text, last_text);
}

enum status clock_guard_check(struct db_tx *tx)
{
    int64_t last;
    TRY(clock_guard_last(tx, &last));
    return compare(clock_now(), last);
}

static enum status find_time(struct db_tx *tx, int64_t *ret_time, int64_t *ret_last)
{
    int64_t now = clock_now();
    TRY(clock_guard_last(tx, ret_last));
    TRY(compare(now, *ret_last));
    *ret_time = now > *ret_last ? now : *ret_last;
    return STATUS_OK;
}

enum status clock_guard_take(struct db_tx *tx, int64_t *ret_time)
{
    int64_t last;
    TRY(find_time(tx, ret_time, &last));
    return *ret_time > last ? keep(tx, *ret_time) : STATUS_OK;
}

enum status clock_guard_look(struct db_tx *tx, int64_t *ret_time, bool *ret_take)
{
    int64_t last;
    TRY(find_time(tx, ret_time, &last));
    *ret_take = *ret_time - last >= CLOCK_GUARD_STEP;
    return STATUS_OK;
}

enum status clock_guard_accept(const struct service *service, const struct actor *actor,
                               int64_t *ret_last)
{
    int64_t now = clock_now();
    int64_t last;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(clock_guard_last(tx, &last));
    if (compare(now, last) == STATUS_OK)
        return status_fail(STATUS_CONFLICT, "the clock is not behind what was signed last");
    TRY(keep(tx, now));
    const struct audit_value values[] = {AUDIT_NUMBER("last", last), AUDIT_NUMBER("now", now)};
    TRY(audit_write(tx, actor, "clock.accept", "clock", values, 2));
    TRY(db_commit(tx));
    *ret_last = last;
    return STATUS_OK;
}
