/*
 * Bodies of the API. What is accepted must be what jansson by itself reads of the same bytes, and
 * must come through the writer and the reader once more unchanged.
 */
#include "base/limits.h"
#include "base/text.h"
#include "web/json.h"
#include "web/json_read.h"

#include <assert.h>
#include <jansson.h>

struct record {
    const char *user;
    const char *name;
    int64_t window;
};

static const struct json_member members[] = {
    {"user", JSON_MEMBER_TEXT, offsetof(struct record, user), 0, 0},
    {"name", JSON_MEMBER_TEXT, offsetof(struct record, name), 0, 0},
    {"window", JSON_MEMBER_NUMBER, offsetof(struct record, window), 0, 86400},
};

static enum status read_record(struct span body, struct record *record, struct json_input **input)
{
    return json_read(body, members, sizeof members / sizeof *members, record, input);
}

static void check_against_jansson(struct span body, const struct record *record)
{
    json_t *object = json_loadb((const char *)body.ptr, body.len, JSON_REJECT_DUPLICATES, NULL);
    assert(json_is_object(object));
    const char *user = json_string_value(json_object_get(object, "user"));
    assert((user == NULL) == (record->user == NULL));
    assert(user == NULL || strcmp(user, record->user) == 0);
    json_decref(object);
}

static void check_round(const struct record *record)
{
    struct buf out defer(buf_clear) = BUF_INIT((size_t)8 * LIMIT_BODY_JSON);
    struct record again = {0};
    struct json_input *input defer(json_input_free) = NULL;
    json_begin(&out);
    if (record->user != NULL)
        json_add_text(&out, "user", record->user);
    json_add_number(&out, "window", record->window);
    json_end(&out);
    enum status status = read_record(span_of(out.ptr, out.len), &again, &input);
    assert(status == STATUS_OK && again.window == record->window);
    assert(record->user == NULL || strcmp(record->user, again.user) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct span body = span_of(bytes, len < LIMIT_BODY_JSON ? len : LIMIT_BODY_JSON);
    struct record record = {0};
    struct json_input *input defer(json_input_free) = NULL;
    if (read_record(body, &record, &input) != STATUS_OK) {
        assert(text_is_ascii_printable(span_of_text(status_detail())));
        return 0;
    }
    assert(record.user == NULL || text_is_utf8(span_of_text(record.user)));
    assert(record.window >= 0 && record.window <= 86400);
    check_against_jansson(body, &record);
    check_round(&record);
    return 0;
}
