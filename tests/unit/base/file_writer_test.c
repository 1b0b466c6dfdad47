#include "base/file_writer.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>

static char folder[] = "/tmp/certferry-writer-XXXXXX";
static char target[64];
static char beside[64];

static void setup(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(target, sizeof target, "%s/list", folder);
    snprintf(beside, sizeof beside, "%s/list.new", folder);
    cr_assert_eq(file_replace(target, SPAN_LITERAL("old"), 0600), STATUS_OK);
}

static void teardown(void)
{
    unlink(target);
    unlink(beside);
    rmdir(folder);
}

TestSuite(file_writer, .init = setup, .fini = teardown);

static void expect_target(const char *text)
{
    struct buf contents defer(buf_clear) = BUF_INIT(1024);
    cr_assert_eq(file_read(target, &contents), STATUS_OK);
    cr_assert(span_equal_text(span_of(contents.ptr, contents.len), text));
}

Test(file_writer, the_old_file_stays_until_the_commit)
{
    struct file_writer *writer defer(file_writer_close) = NULL;
    cr_assert_eq(file_writer_open(target, ".new", 0644, &writer), STATUS_OK);
    cr_assert_eq(file_writer_append(writer, SPAN_LITERAL("new ")), STATUS_OK);
    cr_assert_eq(file_writer_append(writer, SPAN_LITERAL("list")), STATUS_OK);
    expect_target("old");
    cr_assert_eq(file_writer_commit(writer), STATUS_OK);
    expect_target("new list");
    struct stat info;
    cr_assert_eq(stat(target, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0644);
    cr_assert_neq(access(beside, F_OK), 0);
}

Test(file_writer, without_a_commit_nothing_is_left)
{
    struct file_writer *writer = NULL;
    cr_assert_eq(file_writer_open(target, ".new", 0644, &writer), STATUS_OK);
    cr_assert_eq(file_writer_append(writer, SPAN_LITERAL("new")), STATUS_OK);
    file_writer_close(writer);
    expect_target("old");
    cr_assert_neq(access(beside, F_OK), 0);
}

Test(file_writer, what_a_crash_left_is_written_over)
{
    cr_assert_eq(file_replace(beside, SPAN_LITERAL("half of a longer list"), 0600), STATUS_OK);
    struct file_writer *writer defer(file_writer_close) = NULL;
    cr_assert_eq(file_writer_open(target, ".new", 0644, &writer), STATUS_OK);
    cr_assert_eq(file_writer_append(writer, SPAN_LITERAL("new")), STATUS_OK);
    cr_assert_eq(file_writer_commit(writer), STATUS_OK);
    expect_target("new");
}

Test(file_writer, a_link_is_not_followed)
{
    cr_assert_eq(symlink(target, beside), 0);
    struct file_writer *writer = NULL;
    cr_assert_eq(file_writer_open(target, ".new", 0644, &writer), STATUS_IO);
    expect_target("old");
}
