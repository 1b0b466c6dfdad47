#include "base/file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

static char folder[] = "/tmp/file_test.XXXXXX";

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
    unlink("target");
    rmdir(folder);
}

static void expect_contents(const char *path, const char *expected)
{
    struct buf contents defer(buf_clear) = BUF_INIT(64);
    struct span bytes = SPAN_EMPTY;
    cr_assert_eq(file_read(path, &contents), STATUS_OK);
    cr_assert_eq(buf_finish(&contents, &bytes), STATUS_OK);
    cr_assert(span_equal_text(bytes, expected));
}

TestSuite(file, .init = make_folder, .fini = remove_folder);

Test(file, a_replaced_file_has_the_new_contents_and_mode)
{
    cr_assert_eq(file_replace("target", SPAN_LITERAL("old"), 0644), STATUS_OK);
    cr_assert_eq(file_replace("target", SPAN_LITERAL("new"), 0600), STATUS_OK);
    expect_contents("target", "new");
    struct stat info;
    cr_assert_eq(stat("target", &info), 0);
    cr_assert_eq(info.st_mode & 0777U, 0600);
}

Test(file, nothing_is_left_beside_a_replaced_file)
{
    cr_assert_eq(file_replace("target", SPAN_LITERAL("new"), 0600), STATUS_OK);
    DIR *open_folder = opendir(".");
    int entries = 0;
    while (readdir(open_folder) != NULL)
        entries++;
    closedir(open_folder);
    cr_assert_eq(entries, 3); /* ".", ".." and the target */
}

Test(file, a_folder_that_is_not_there_is_named)
{
    cr_assert_eq(file_replace("missing/target", SPAN_LITERAL("new"), 0600), STATUS_IO);
    cr_assert_not_null(strstr(status_detail(), "missing/target"));
}

Test(file, a_file_open_to_others_is_not_private)
{
    static const mode_t wide[] = {0640, 0604, 0620, 0602, 0610};
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        cr_assert_eq(file_replace("target", SPAN_LITERAL("key"), wide[i]), STATUS_OK);
        cr_assert_eq(file_check_private("target"), STATUS_FORBIDDEN, "mode %o", wide[i]);
        cr_assert_not_null(strstr(status_detail(), "chmod 600 target"));
    }
    cr_assert_eq(file_replace("target", SPAN_LITERAL("key"), 0600), STATUS_OK);
    cr_assert_eq(file_check_private("target"), STATUS_OK);
    cr_assert_eq(file_replace("target", SPAN_LITERAL("key"), 0400), STATUS_OK);
    cr_assert_eq(file_check_private("target"), STATUS_OK);
}

Test(file, reading_stops_at_the_maximum_of_an_endless_file)
{
    struct buf contents defer(buf_clear) = BUF_INIT(100000);
    cr_assert_eq(file_read("/dev/zero", &contents), STATUS_TOO_LARGE);
}

Test(file, a_file_of_exactly_the_maximum_is_read)
{
    cr_assert_eq(file_replace("target", SPAN_LITERAL("12345678"), 0600), STATUS_OK);
    struct buf contents defer(buf_clear) = BUF_INIT(8);
    cr_assert_eq(file_read("target", &contents), STATUS_OK);
    cr_assert_eq(contents.len, 8);
}

Test(file, a_lock_is_held_by_one_until_it_is_closed)
{
    char path[] = "/tmp/certferry-lock-XXXXXX";
    close(mkstemp(path));
    int first = -1;
    int second = -1;
    cr_assert_eq(file_lock(path, false, &first), STATUS_OK);
    cr_assert_eq(file_lock(path, false, &second), STATUS_CONFLICT);
    cr_assert_not_null(strstr(status_detail(), path));
    close(first);
    cr_assert_eq(file_lock(path, true, &second), STATUS_OK);
    close(second);
    unlink(path);
}
