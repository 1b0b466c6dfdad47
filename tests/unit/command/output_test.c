#include "command/output.h"

#include <criterion/criterion.h>

static void expect_text(const struct buf *buf, const char *expected)
{
    struct span bytes;
    cr_assert_eq(buf_finish(buf, &bytes), STATUS_OK);
    cr_expect(span_equal_text(bytes, expected), "'%s'", (const char *)bytes.ptr);
}

Test(output, rows_stand_in_columns_and_empty_ones_are_left_out)
{
    struct buf text defer(buf_clear) = BUF_INIT(256);
    append_row(&text, "user", "ann");
    append_row(&text, "mail", "");
    append_row(&text, "name", NULL);
    append_time_row(&text, "claimed", 0);
    append_time_row(&text, "made", 1);
    expect_text(&text, "  user               ann\n"
                       "  made               1970-01-01T00:00:01Z\n");
}

Test(output, a_cell_of_time_has_one_width)
{
    struct buf text defer(buf_clear) = BUF_INIT(256);
    append_time_cell(&text, 0);
    cr_expect_eq(text.len, strlen("1970-01-01T00:00:01Z"));
    append_time_cell(&text, 1);
    expect_text(&text, "                    1970-01-01T00:00:01Z");
}

Test(output, what_has_not_happened_is_null_in_json)
{
    json_t *time = json_time(0);
    json_t *text = json_text("");
    json_t *missing = json_text(NULL);
    cr_expect(json_is_null(time) && json_is_null(text) && json_is_null(missing));
    json_decref(time);
    json_decref(text);
    json_decref(missing);
}

Test(output, what_has_happened_is_rfc_3339_in_json)
{
    json_t *time = json_time(1700000000);
    cr_expect_str_eq(json_string_value(time), "2023-11-14T22:13:20Z");
    json_decref(time);
}

Test(output, no_object_is_no_memory)
{
    cr_expect_eq(output_json(NULL), STATUS_NO_MEMORY);
}
