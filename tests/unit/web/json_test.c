#include "web/json.h"

#include <criterion/criterion.h>

Test(json, writes_members_in_their_order_with_commas_between)
{
    struct buf out defer(buf_clear) = BUF_INIT(1024);
    json_begin(&out);
    json_add_text(&out, "user", "ann");
    json_begin_member(&out, "files");
    json_add_text(&out, "p12", "/d/x/ann.p12");
    json_add_text(&out, "pfx", "/d/x/ann.pfx");
    json_end(&out);
    json_add_number(&out, "tries_left", -4);
    json_add_time(&out, "at", 0);
    json_end(&out);
    cr_assert_str_eq(
        (const char *)out.ptr,
        "{\"user\":\"ann\",\"files\":{\"p12\":\"/d/x/ann.p12\",\"pfx\":\"/d/x/ann.pfx\"},"
        "\"tries_left\":-4,\"at\":\"1970-01-01T00:00:00Z\"}");
}

Test(json, of_nothing_is_an_empty_object)
{
    struct buf out defer(buf_clear) = BUF_INIT(64);
    json_begin(&out);
    json_end(&out);
    cr_assert_str_eq((const char *)out.ptr, "{}");
}

Test(json, texts_cannot_end_their_string)
{
    struct buf out defer(buf_clear) = BUF_INIT(1024);
    json_begin(&out);
    json_add_text(&out, "a\"b", "\",\"x\":\"y\\\n\r\t\x01\x7f\xc3\xa4{");
    json_add_text(&out, "c", "}");
    json_end(&out);
    cr_assert_str_eq(
        (const char *)out.ptr,
        "{\"a\\\"b\":\"\\\",\\\"x\\\":\\\"y\\\\\\u000a\\u000d\\u0009\\u0001\\u007f\xc3\xa4{\","
        "\"c\":\"}\"}");
}
