#include "base/buf.h"

#include <criterion/criterion.h>

static struct span finished(const struct buf *buf)
{
    struct span bytes = SPAN_EMPTY;
    cr_assert_eq(buf_finish(buf, &bytes), STATUS_OK);
    return bytes;
}

Test(buf, holds_what_was_appended_in_order)
{
    struct buf buf defer(buf_clear) = BUF_INIT(64);
    buf_append_text(&buf, "serial ");
    buf_printf(&buf, "%04d", 7);
    buf_append_byte(&buf, '.');
    buf_append_repeated(&buf, '-', 3);
    cr_assert(span_equal_text(finished(&buf), "serial 0007.---"));
}

Test(buf, nothing_appended_is_an_empty_span_that_may_be_read)
{
    struct buf buf defer(buf_clear) = BUF_INIT(8);
    struct span bytes = finished(&buf);
    cr_assert_eq(bytes.len, 0);
    cr_assert_not_null(bytes.ptr);
}

Test(buf, takes_its_maximum_and_not_one_byte_more)
{
    struct buf buf defer(buf_clear) = BUF_INIT(4);
    buf_append_text(&buf, "four");
    cr_assert_eq(finished(&buf).len, 4);
    buf_append_byte(&buf, '!');
    struct span bytes;
    cr_assert_eq(buf_finish(&buf, &bytes), STATUS_TOO_LARGE);
}

Test(buf, keeps_its_first_failure_and_ignores_what_follows)
{
    struct buf buf defer(buf_clear) = BUF_INIT(4);
    buf_append_text(&buf, "too long");
    buf_append_text(&buf, "ok");
    buf_fail(&buf, STATUS_INTERNAL);
    struct span bytes;
    cr_assert_eq(buf_finish(&buf, &bytes), STATUS_TOO_LARGE);
    char *text = NULL;
    cr_assert_eq(buf_take_text(&buf, &text), STATUS_TOO_LARGE);
}

Test(buf, a_formatted_text_over_the_maximum_fails_whole)
{
    struct buf buf defer(buf_clear) = BUF_INIT(8);
    buf_printf(&buf, "%s", "123456789");
    struct span bytes;
    cr_assert_eq(buf_finish(&buf, &bytes), STATUS_TOO_LARGE);
    cr_assert_eq(buf.len, 0);
}

Test(buf, a_formatted_text_that_fails_leaves_what_was_there_with_its_end)
{
    static const size_t maxima[] = {8, 300}; /* less than the first capacity, and more */
    for (size_t i = 0; i < sizeof maxima / sizeof maxima[0]; i++) {
        struct buf buf defer(buf_clear) = BUF_INIT(maxima[i]);
        buf_append_text(&buf, "there");
        buf_printf(&buf, "%0300d", 7);
        cr_assert_eq(buf.failure, STATUS_TOO_LARGE);
        cr_assert_str_eq((char *)buf.ptr, "there");
        cr_assert_eq(buf.len, 5);
    }
}

Test(buf, grows_over_many_appends_without_losing_a_byte)
{
    struct buf buf defer(buf_clear) = BUF_INIT(100000);
    for (int i = 0; i < 20000; i++)
        buf_printf(&buf, "%05d", i);
    struct span bytes = finished(&buf);
    cr_assert_eq(bytes.len, 100000);
    cr_assert_arr_eq(bytes.ptr + 5 * 12345, "12345", 5);
}

Test(buf, a_taken_text_leaves_an_empty_buffer_behind)
{
    struct buf buf defer(buf_clear) = BUF_INIT(16);
    buf_append_text(&buf, "given away");
    char *text defer(free) = NULL;
    cr_assert_eq(buf_take_text(&buf, &text), STATUS_OK);
    cr_assert_str_eq(text, "given away");
    cr_assert_eq(finished(&buf).len, 0);
}

Test(buf, refuses_to_give_a_text_with_a_nul_inside)
{
    struct buf buf defer(buf_clear) = BUF_INIT(16);
    buf_append(&buf, span_of("a\0b", 3));
    char *text = NULL;
    cr_assert_eq(buf_take_text(&buf, &text), STATUS_INVALID);
    cr_assert_null(text);
}

Test(buf, a_reset_buffer_starts_anew_after_a_failure)
{
    struct buf buf defer(buf_clear) = BUF_INIT(4);
    buf_append_text(&buf, "too long");
    buf_reset(&buf);
    buf_append_text(&buf, "ok");
    cr_assert(span_equal_text(finished(&buf), "ok"));
}

Test(buf, reserved_room_counts_only_when_it_is_extended)
{
    struct buf buf defer(buf_clear) = BUF_INIT(16);
    uint8_t *room = buf_reserve(&buf, 8);
    cr_assert_not_null(room);
    memcpy(room, "12345678", 8);
    cr_assert_eq(finished(&buf).len, 0);
    buf_extend(&buf, 5);
    cr_assert(span_equal_text(finished(&buf), "12345"));
}
