#include "sheets.h"

#include "base/limits.h"
#include "service/probes.h"

#include <string.h>

void sheet_json(const char *id, struct buf *out)
{
    const struct eas_probe_wish wish = {.version = 141, .most = EAS_RISK_DISRUPTIVE};
    struct probe_record record = {
        .row = {.id = id,
                .device = "d1",
                .user = "ben@example.org",
                .version = 141,
                .risk = 1,
                .consent = "Ben agreed <b>by</b> phone",
                .started_at = 1790000000,
                .started_by = "operator:anna",
                .outcome = "running",
                .stop_reason = "",
                .device_type = "Phone",
                .model = "M \"1\"",
                .os = "OS 9",
                .agent = "Mail/1"},
    };
    cr_assert_eq(eas_probe_begin(&wish, &record.probe), STATUS_OK);
    cr_assert_eq(probes_append_json(&record, out), STATUS_OK);
}

void sheet_json_with(const char *from, const char *to, struct buf *out)
{
    struct buf whole defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    sheet_json("abc", &whole);
    const char *text = (const char *)whole.ptr;
    const char *place = strstr(text, from);
    cr_assert_not_null(place, "%s is not in %s", from, text);
    buf_append(out, span_of(text, (size_t)(place - text)));
    buf_append_text(out, to);
    buf_append_text(out, place + strlen(from));
    cr_assert_eq(out->failure, STATUS_OK);
}
