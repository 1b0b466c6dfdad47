#include "view/qr.h"

#include <criterion/criterion.h>

Test(qr, a_path_begins_with_the_finder_behind_the_quiet_zone)
{
    struct buf path defer(buf_clear) = BUF_INIT(65536);
    int size = 0;
    cr_assert_eq(qr_append_path(&path, "https://ca.example.org:8443/", &size), STATUS_OK);
    cr_assert_eq(size, 29 + 8, "version 3");
    cr_assert_eq(strncmp((const char *)path.ptr, "M4 4h7v1h-7z", 12), 0);
}

Test(qr, a_text_that_does_not_fit_is_refused)
{
    struct buf text defer(buf_clear) = BUF_INIT(8192);
    struct buf path defer(buf_clear) = BUF_INIT(262144);
    int size = 7;
    buf_append_repeated(&text, 'a', 4000);
    cr_assert_eq(qr_append_path(&path, (const char *)text.ptr, &size), STATUS_TOO_LARGE);
    cr_assert_eq(size, 7);
    cr_assert_eq(qr_append_terminal(&path, (const char *)text.ptr), STATUS_TOO_LARGE);
}

Test(qr, a_terminal_gets_two_rows_of_modules_a_line)
{
    struct buf lines defer(buf_clear) = BUF_INIT(65536);
    cr_assert_eq(qr_append_terminal(&lines, "https://ca.example.org:8443/"), STATUS_OK);
    int count = 0;
    for (size_t i = 0; i < lines.len; i++)
        count += lines.ptr[i] == '\n';
    cr_assert_eq(count, (29 + 4 + 1) / 2);
    cr_assert_eq(strncmp((const char *)lines.ptr, "\033[97;40m", 8), 0);
}

Test(qr, a_small_buffer_fails_and_nothing_is_said_of_the_size)
{
    struct buf path defer(buf_clear) = BUF_INIT(10);
    int size = 7;
    cr_assert_eq(qr_append_path(&path, "a", &size), STATUS_TOO_LARGE);
    cr_assert_eq(size, 7);
}
