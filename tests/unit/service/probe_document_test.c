#include "service/probe_document.h"

#include "base/limits.h"
#include "service/json_text.h"
#include "sheets.h"

#include <stdio.h>
#include <string.h>

#define ROUND                                                                                      \
    "\"rounds\":[{\"number\":1,\"kind\":\"baseline\",\"policies\":[],\"offered_at\":"              \
    "\"2026-11-26T08:30:00Z\",\"answered_at\":null,\"acknowledgment\":null},"                      \
    "{\"number\":2,\"kind\":\"group\",\"policies\":[\"AllowCamera\",\"AllowBrowser\"],"            \
    "\"offered_at\":\"2026-11-26T08:31:00Z\",\"answered_at\":\"2026-11-26T08:31:05Z\","            \
    "\"acknowledgment\":\"partial\"}],"

static enum status read_with(const char *from, const char *to, struct probe_document **ret_document)
{
    struct buf text defer(buf_clear) = BUF_INIT(4 * LIMIT_PROBE_FILE);
    sheet_json_with(from, to, &text);
    return probe_document_read(span_of(text.ptr, text.len), ret_document);
}

/* The rest of the export, without the rounds that it may have. */
static void append_without_rounds(struct buf *out)
{
    struct buf whole defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    sheet_json("abc", &whole);
    json_t *object = json_loadb((const char *)whole.ptr, whole.len, 0, NULL);
    json_object_del(object, "rounds");
    char *text = json_dumps(object, JSON_COMPACT);
    buf_append_text(out, text + 1);
    free(text);
    json_decref(object);
}

/* With this at its beginning. */
static enum status read_rounds(const char *rounds, struct probe_document **ret_document)
{
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    buf_printf(&text, "{%s", rounds);
    append_without_rounds(&text);
    return probe_document_read(span_of(text.ptr, text.len), ret_document);
}

Test(probe_document, reads_what_a_probe_prints)
{
    struct probe_document *document defer(probe_document_free) = NULL;
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    sheet_json("abc", &text);
    cr_assert_eq(probe_document_read(span_of(text.ptr, text.len), &document), STATUS_OK, "%s",
                 status_detail());
    cr_assert_str_eq(document->row.id, "abc");
    cr_assert_str_eq(document->row.user, "ben@example.org");
    cr_assert_str_eq(document->row.model, "M \"1\"");
    cr_assert_str_eq(document->row.outcome, "running");
    cr_assert_eq(document->row.version, 141);
    cr_assert_eq(document->row.started_at, 1790000000);
    cr_assert_eq(document->row.ended_at, 0);
    cr_assert_eq(document->entries[EAS_POLICY_CAMERA].result, EAS_RESULT_PENDING);
    cr_assert_eq(document->entries[EAS_POLICY_WIFI].result, EAS_RESULT_NOT_OFFERED);
    cr_assert_eq(document->entries[EAS_POLICY_WIFI].reason, EAS_REASON_RISK);
}

Test(probe_document, writes_the_same_again)
{
    struct probe_document *document defer(probe_document_free) = NULL;
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    struct buf again defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    sheet_json("abc", &text);
    cr_assert_eq(probe_document_read(span_of(text.ptr, text.len), &document), STATUS_OK);
    cr_assert_eq(probe_document_append(document, &again), STATUS_OK);
    cr_assert_str_eq((const char *)again.ptr, (const char *)text.ptr);
}

Test(probe_document, rounds_may_be_a_list_a_number_or_missing)
{
    struct probe_document *list defer(probe_document_free) = NULL;
    struct probe_document *number defer(probe_document_free) = NULL;
    struct probe_document *none defer(probe_document_free) = NULL;
    cr_assert_eq(read_rounds(ROUND, &list), STATUS_OK, "%s", status_detail());
    cr_assert_eq(list->round_count, 2);
    cr_assert_eq(list->asked, 2);
    cr_assert_eq(list->rounds[0].acknowledgment, PROBE_UNANSWERED);
    cr_assert_eq(list->rounds[1].acknowledgment, EAS_ACK_PARTIAL);
    cr_assert_eq((eas_policy_set)list->rounds[1].policies,
                 EAS_POLICY_BIT(EAS_POLICY_CAMERA) | EAS_POLICY_BIT(EAS_POLICY_BROWSER));
    cr_assert_eq(read_rounds("\"rounds\":7,", &number), STATUS_OK, "%s", status_detail());
    cr_assert_eq(number->asked, 7);
    cr_assert_eq(read_rounds("", &none), STATUS_OK, "%s", status_detail());
    cr_assert_eq(none->asked, 0);
}

struct hostile {
    const char *from;
    const char *to;
    const char *said; /* the beginning of the detail */
};

static void expect_refused(const struct hostile *hostile, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct probe_document *document = NULL;
        cr_expect_eq(read_with(hostile[i].from, hostile[i].to, &document), STATUS_INVALID, "%s",
                     hostile[i].to);
        cr_expect_null(document);
        cr_expect_eq(strncmp(status_detail(), hostile[i].said, strlen(hostile[i].said)), 0,
                     "%s: %s", hostile[i].to, status_detail());
    }
}

Test(probe_document, names_the_member_that_is_wrong)
{
    static const struct hostile hostile[] = {
        {"\"format\":\"certferry probe 1\"", "\"format\":\"certferry probe 2\"", "format: "},
        {"\"id\":\"abc\",", "", "id: is missing"},
        {"\"id\":\"abc\"", "\"id\":null", "id: "},
        {"\"id\":\"abc\"", "\"id\":\"\"", "id: "},
        {"\"id\":\"abc\"", "\"id\":\"abc\",\"<b>\":1", "<b>: there is no such member"},
        {"\"id\":\"abc\"", "\"id\":\"abc\",\"\\u001b[2J\":1", "an unknown member: "},
        {"\"id\":\"abc\"", "\"id\":\"abc\",\"id\":\"abc\"", "the file is not valid JSON"},
        {"\"model\":\"M \\\"1\\\"\"", "\"model\":7", "model: must be a text"},
        {"\"model\":\"M \\\"1\\\"\"", "\"model\":\"a\\u0007b\"", "model: has a control character"},
        {"\"model\":\"M \\\"1\\\"\"", "\"model\":\"a\\u202eb\"", "model: has a control character"},
        {"\"version\":\"14.1\"", "\"version\":\"14.2\"", "version: "},
        {"\"risk\":1", "\"risk\":4", "risk: must be a whole number from 0 to 3"},
        {"\"risk\":1", "\"risk\":-1", "risk: "},
        {"\"risk\":1", "\"risk\":1.0", "risk: "},
        {"\"one_by_one\":false", "\"one_by_one\":0", "one_by_one: must be true or false"},
        {"\"ended_at\":null", "\"ended_at\":\"yesterday\"", "ended_at: must be a time"},
        {"\"outcome\":\"running\"", "\"outcome\":\"jogging\"", "outcome: "},
        {"\"stop_reason\":null", "\"stop_reason\":\"boredom\"", "stop_reason: "},
    };
    expect_refused(hostile, sizeof hostile / sizeof hostile[0]);
}

Test(probe_document, another_format_is_named_before_what_is_new_in_it)
{
    static const struct hostile hostile[] = {
        {"{\"format\":\"certferry probe 1\"", "{\"more\":1,\"format\":\"certferry probe 2\"",
         "format: is not 'certferry probe 1'"},
        {"{\"format\":\"certferry probe 1\"", "{\"more\":1,\"format\":2", "format: is not "},
        {"{\"format\":\"certferry probe 1\"", "{\"more\":1", "format: is missing"},
    };
    expect_refused(hostile, sizeof hostile / sizeof hostile[0]);
}

Test(probe_document, names_the_policy_that_is_wrong)
{
    static const struct hostile hostile[] = {
        {"\"policies\":[", "\"policies\":[7,", "policies: must be a list of 42"},
        {"\"policy\":\"DevicePasswordEnabled\"", "\"policy\":\"Wipe\"", "policies[0].policy: "},
        {"\"policy\":\"AlphanumericDevicePasswordRequired\"",
         "\"policy\":\"DevicePasswordEnabled\"", "policies[1].policy: stands twice"},
        {"\"result\":\"not_offered\"", "\"result\":\"done\"", "policies[0].result: "},
        {"\"reason\":\"risk\"", "\"reason\":\"mood\"", "policies[0].reason: "},
        {"\"reason\":\"risk\"", "\"reason\":\"risk\",\"more\":1", "policies[0].more: "},
        {"{\"policy\":\"DevicePasswordEnabled\",\"risk\":2,\"result\":\"not_offered\","
         "\"reason\":\"risk\"}",
         "[]", "policies[0]: must be an object"},
    };
    expect_refused(hostile, sizeof hostile / sizeof hostile[0]);
}

Test(probe_document, names_the_round_that_is_wrong)
{
    static const struct {
        const char *rounds;
        const char *said;
    } hostile[] = {
        {"\"rounds\":-1,", "rounds: "},
        {"\"rounds\":100001,", "rounds: "},
        {"\"rounds\":9223372036854775807,", "rounds: "},
        {"\"rounds\":{},", "rounds: "},
        {"\"rounds\":[7],", "rounds[0]: must be an object"},
        {"\"rounds\":[{\"number\":2,\"kind\":\"single\",\"policies\":[]}],", "rounds[0].number: "},
        {"\"rounds\":[{\"number\":1,\"kind\":\"double\",\"policies\":[]}],", "rounds[0].kind: "},
        {"\"rounds\":[{\"number\":1,\"kind\":\"single\"}],", "rounds[0].policies: is missing"},
        {"\"rounds\":[{\"number\":1,\"kind\":\"single\",\"policies\":[7]}],",
         "rounds[0].policies: there is no such policy"},
        {"\"rounds\":[{\"number\":1,\"kind\":\"single\",\"policies\":[\"AllowWiFi\","
         "\"AllowWiFi\"]}],",
         "rounds[0].policies: one of them"},
        {"\"rounds\":[{\"number\":1,\"kind\":\"single\",\"policies\":[],\"acknowledgment\":"
         "\"maybe\"}],",
         "rounds[0].acknowledgment: "},
    };
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct probe_document *document = NULL;
        cr_expect_eq(read_rounds(hostile[i].rounds, &document), STATUS_INVALID, "%s",
                     hostile[i].rounds);
        cr_expect_eq(strncmp(status_detail(), hostile[i].said, strlen(hostile[i].said)), 0, "%s",
                     status_detail());
    }
}

Test(probe_document, more_than_the_limit_is_too_large)
{
    struct buf text defer(buf_clear) = BUF_INIT(2 * LIMIT_PROBE_FILE);
    struct probe_document *document = NULL;
    sheet_json("abc", &text);
    while (text.len <= LIMIT_PROBE_FILE)
        buf_append_byte(&text, ' ');
    cr_assert_eq(probe_document_read(span_of(text.ptr, text.len), &document), STATUS_TOO_LARGE);
}
