#include "web/json_read.h"

#include "base/limits.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <stddef.h>

struct record {
    const char *user;
    const char *name;
    int64_t window;
    bool whole;
    struct json_texts parts;
    struct json_texts more;
};

static const struct json_member members[] = {
    {"user", JSON_MEMBER_TEXT, offsetof(struct record, user), 0, 0},
    {"name", JSON_MEMBER_TEXT, offsetof(struct record, name), 0, 0},
    {"window", JSON_MEMBER_NUMBER, offsetof(struct record, window), 60, 86400},
    {"whole", JSON_MEMBER_BOOLEAN, offsetof(struct record, whole), 0, 0},
    {"parts", JSON_MEMBER_TEXTS, offsetof(struct record, parts), 1, 3},
    {"more", JSON_MEMBER_TEXTS, offsetof(struct record, more), 0, 1},
};

static enum status read_body(struct span body, struct record *record, struct json_input **ret_input)
{
    return json_read(body, members, sizeof members / sizeof *members, record, ret_input);
}

Test(json_read, fills_a_record_and_leaves_what_is_not_there)
{
    struct record record = {.name = "before"};
    struct json_input *input defer(json_input_free) = NULL;
    cr_assert_eq(
        read_body(SPAN_LITERAL(" {\"window\": 900, \"user\": \"\\u00e4\\n\\ud83d\\ude00\"} "),
                  &record, &input),
        STATUS_OK);
    cr_assert_str_eq(record.user, "\xc3\xa4\n\xf0\x9f\x98\x80");
    cr_assert_str_eq(record.name, "before");
    cr_assert_eq(record.window, 900);
}

Test(json_read, an_empty_object_is_one)
{
    struct record record = {0};
    struct json_input *input defer(json_input_free) = NULL;
    cr_assert_eq(read_body(SPAN_LITERAL("{}"), &record, &input), STATUS_OK);
    cr_assert_null(record.user);
}

Test(json_read, lists_and_truth_stand_in_the_record_too)
{
    struct record record = {0};
    struct json_input *input defer(json_input_free) = NULL;
    cr_assert_eq(
        read_body(SPAN_LITERAL("{\"more\":[\"z\"],\"whole\":true,\"parts\":[\"a\",\"b\"]}"),
                  &record, &input),
        STATUS_OK);
    cr_assert(record.whole);
    cr_assert_eq(record.parts.count, 2);
    cr_assert_str_eq(record.parts.items[0], "a");
    cr_assert_str_eq(record.parts.items[1], "b");
    cr_assert_eq(record.more.count, 1);
    cr_assert_str_eq(record.more.items[0], "z");
}

struct hostile {
    struct span body;
    const char *said; /* part of the detail */
};
#define HOSTILE(text, said)                                                                        \
    {                                                                                              \
        {(const uint8_t *)("" text), sizeof(text) - 1}, said                                       \
    }
static const struct hostile hostile[] = {
    HOSTILE("", "empty"),
    HOSTILE("null", "not"),
    HOSTILE("[]", "not a JSON object"),
    HOSTILE("{", "line 1"),
    HOSTILE("{}{}", "line 1"),
    HOSTILE("{} x", "line 1"),
    HOSTILE("{\"user\":\"a\",}", "line 1"),
    HOSTILE("{'user':'a'}", "line 1"),
    HOSTILE("{\"user\":\"a\" /* */}", "line 1"),
    HOSTILE("{\"user\":\"a\",\"user\":\"b\"}", "duplicate"),
    HOSTILE("{\"us\\u0065r\":\"a\",\"user\":\"b\"}", "duplicate"),
    HOSTILE("{\"user\":\"a\\u0000b\"}", "line 1"),
    HOSTILE("{\"user\":\"a\0b\"}", "line 1"),
    HOSTILE("{\"us\\u0000er\":\"a\"}", "line 1"),
    HOSTILE("{\"user\":\"\xff\"}", "line 1"),
    HOSTILE("{\"user\":\"\xc0\xaf\"}", "line 1"),
    HOSTILE("{\"user\":\"\\ud800\"}", "line 1"),
    HOSTILE("\xef\xbb\xbf{}", "line 1"),
    HOSTILE("{\"user\":\"a\nb\"}", "line 1"),
    HOSTILE("{\"user\":NaN}", "line 1"),
    HOSTILE("{\"User\":\"a\"}", "User: there is no such member"),
    HOSTILE("{\"__proto__\":{}}", "__proto__: there is no such member"),
    HOSTILE("{\"\":1}", "there is no such member"),
    HOSTILE("{\"\\u202euser\":1}", "unknown member"),
    HOSTILE("{\"user\":null}", "user: must be a text"),
    HOSTILE("{\"user\":1}", "user: must be a text"),
    HOSTILE("{\"user\":[\"a\"]}", "user: must be a text"),
    HOSTILE("{\"user\":{\"a\":\"b\"}}", "user: must be a text"),
    HOSTILE("{\"window\":\"900\"}", "window: must be a whole number"),
    HOSTILE("{\"window\":900.0}", "window: must be a whole number"),
    HOSTILE("{\"window\":9e2}", "window: must be a whole number"),
    HOSTILE("{\"window\":true}", "window: must be a whole number"),
    HOSTILE("{\"window\":0900}", "line 1"),
    HOSTILE("{\"window\":-1}", "window: must be 60 to 86400"),
    HOSTILE("{\"window\":59}", "window: must be 60 to 86400"),
    HOSTILE("{\"window\":86401}", "window: must be 60 to 86400"),
    HOSTILE("{\"window\":99999999999999999999}", "line 1"),
    HOSTILE("{\"window\":1e999}", "line 1"),
    HOSTILE("{\"whole\":1}", "whole: must be true or false"),
    HOSTILE("{\"whole\":\"true\"}", "whole: must be true or false"),
    HOSTILE("{\"parts\":\"a\"}", "parts: must be a list of 1 to 3 texts"),
    HOSTILE("{\"parts\":[]}", "parts: must be a list of 1 to 3 texts"),
    HOSTILE("{\"parts\":[\"a\",\"b\",\"c\",\"d\"]}", "parts: must be a list of 1 to 3 texts"),
    HOSTILE("{\"parts\":[\"a\",1]}", "parts: must be a text"),
    HOSTILE("{\"user\":[[[[[[]]]]]]}", "inside one another"),
    HOSTILE("{\"user\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}", "inside one another"),
};

Test(json_read, says_what_is_wrong_with_a_hostile_body)
{
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct record record = {0};
        struct json_input *input = NULL;
        cr_expect_eq(read_body(hostile[i].body, &record, &input), STATUS_INVALID, "%s",
                     (const char *)hostile[i].body.ptr);
        cr_expect_null(input);
        cr_expect_not_null(strstr(status_detail(), hostile[i].said), "%s: %s",
                           (const char *)hostile[i].body.ptr, status_detail());
        cr_expect(text_is_ascii_printable(span_of_text(status_detail())));
    }
}

Test(json_read, brackets_in_texts_are_no_depth)
{
    struct record record = {0};
    struct json_input *input defer(json_input_free) = NULL;
    cr_assert_eq(read_body(SPAN_LITERAL("{\"user\":\"[[[[[[\\\"{{{{{{\\\\\"}"), &record, &input),
                 STATUS_OK);
    cr_assert_str_eq(record.user, "[[[[[[\"{{{{{{\\");
}

Test(json_read, a_body_of_brackets_alone_takes_no_stack)
{
    struct buf body defer(buf_clear) = BUF_INIT(LIMIT_BODY_JSON);
    struct record record = {0};
    struct json_input *input = NULL;
    buf_append_repeated(&body, '[', LIMIT_BODY_JSON);
    cr_assert_eq(read_body(span_of(body.ptr, body.len), &record, &input), STATUS_INVALID);
    cr_assert_not_null(strstr(status_detail(), "inside one another"));
}
