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

Test(json, a_list_holds_objects_with_commas_between)
{
    struct buf out defer(buf_clear) = BUF_INIT(1024);
    json_begin(&out);
    json_begin_list(&out, "items");
    for (int i = 0; i < 2; i++) {
        json_begin(&out);
        json_add_number(&out, "i", i);
        json_end(&out);
    }
    json_end_list(&out);
    json_begin_list(&out, "none");
    json_end_list(&out);
    json_add_known_text(&out, "next", "");
    json_end(&out);
    cr_assert_str_eq((const char *)out.ptr,
                     "{\"items\":[{\"i\":0},{\"i\":1}],\"none\":[],\"next\":null}");
}

Test(json, what_is_not_known_is_null)
{
    struct buf out defer(buf_clear) = BUF_INIT(1024);
    json_begin(&out);
    json_add_known_text(&out, "a", NULL);
    json_add_known_text(&out, "b", "x");
    json_add_known_time(&out, "c", 0);
    json_add_known_time(&out, "d", 1);
    json_end(&out);
    cr_assert_str_eq((const char *)out.ptr,
                     "{\"a\":null,\"b\":\"x\",\"c\":null,\"d\":\"1970-01-01T00:00:01Z\"}");
}

Test(json, bytes_and_values_stand_as_they_are)
{
    struct buf out defer(buf_clear) = BUF_INIT(1024);
    json_begin(&out);
    json_add_base64(&out, "file", SPAN_LITERAL("\x00\xff!"));
    json_add_value(&out, "detail", "{\"n\":[1]}");
    json_end(&out);
    cr_assert_str_eq((const char *)out.ptr, "{\"file\":\"AP8h\",\"detail\":{\"n\":[1]}}");
}

Test(json, a_text_that_was_cut_inside_a_character_is_still_json)
{
    struct buf out defer(buf_clear) = BUF_INIT(1024);
    json_begin(&out);
    json_add_text(&out, "t", "a\xc3\xa4\xc3");
    json_end(&out);
    cr_assert_str_eq((const char *)out.ptr, "{\"t\":\"a\\ufffd\\ufffd\\ufffd\"}");
}
