#include "service/zip_file.h"

#include <criterion/criterion.h>

Test(zip_file, holds_every_entry_as_it_is)
{
    const struct zip_entry entries[] = {
        {"one.p12", SPAN_LITERAL("first bytes")},
        {"two.p12", SPAN_LITERAL("second bytes")},
    };
    struct buf archive defer(buf_clear) = BUF_INIT(4096);
    cr_assert_eq(zip_file_write(entries, 2, &archive), STATUS_OK);
    cr_assert_eq(memcmp(archive.ptr, "PK\x03\x04", 4), 0, "APPNOTE 4.3.7");
    cr_assert_not_null(memmem(archive.ptr, archive.len, "one.p12", 7));
    cr_assert_not_null(memmem(archive.ptr, archive.len, "second bytes", 12), "stored, not packed");
}

Test(zip_file, a_name_twice_is_our_mistake)
{
    const struct zip_entry entries[] = {
        {"one.p12", SPAN_LITERAL("a")},
        {"one.p12", SPAN_LITERAL("b")},
    };
    struct buf archive defer(buf_clear) = BUF_INIT(4096);
    cr_assert_eq(zip_file_write(entries, 2, &archive), STATUS_INTERNAL);
}

Test(zip_file, an_archive_that_is_too_large_is_refused)
{
    const struct zip_entry entry = {"one.p12", SPAN_LITERAL("first bytes")};
    struct buf archive defer(buf_clear) = BUF_INIT(10);
    cr_assert_eq(zip_file_write(&entry, 1, &archive), STATUS_TOO_LARGE);
}
