#include "service/audit_verify.h"

#include "fixture.h"
#include "service/audit.h"

#include <stdio.h>
#include <sys/stat.h>

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(audit_verify, .init = setup, .fini = teardown);

static void act(const char *object)
{
    expect_ok(audit_record(at.service, &anna, "link.show", object, NULL, 0));
}

static enum status keep(bool *ret_moved)
{
    return audit_head_keep(at.service->db, at.config->database_path, ret_moved);
}

static void keep_now(void)
{
    bool moved;
    expect_ok(keep(&moved));
}

static struct audit_report verify(const struct audit_head *also)
{
    struct audit_head kept;
    struct audit_report report;
    expect_ok(audit_verify(at.service->db, at.config->database_path, also, &kept, &report));
    return report;
}

static void cut_off_the_last(int count)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "DROP TRIGGER IF EXISTS audit_never_shrinks; DELETE FROM audit WHERE id > (SELECT "
             "max(id) FROM audit) - %d",
             count);
    run_sql(&at, sql);
}

static void head_path(char path[static 160])
{
    snprintf(path, 160, "%s.head", at.config->database_path);
}

Test(audit_verify, a_new_authority_has_a_head_for_its_owner_alone)
{
    char path[160];
    struct stat info;
    head_path(path);
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
    cr_assert_eq(verify(NULL).first_broken, 0);
}

Test(audit_verify, the_head_follows_the_last_row)
{
    bool moved;
    keep_now();
    expect_ok(keep(&moved));
    cr_assert_not(moved);
    act("abc");
    expect_ok(keep(&moved));
    cr_assert(moved);
}

Test(audit_verify, the_end_of_a_process_keeps_the_head)
{
    act("abc");
    int64_t rows = ask_sql(&at, "SELECT max(id) FROM audit");
    fixture_restart(&at);
    struct audit_head kept;
    struct audit_report report;
    expect_ok(audit_verify(at.service->db, at.config->database_path, NULL, &kept, &report));
    cr_assert_eq(kept.id, rows);
}

Test(audit_verify, rows_cut_off_the_end_are_found)
{
    act("abc");
    act("def");
    keep_now();
    int64_t rows = ask_sql(&at, "SELECT max(id) FROM audit");
    cut_off_the_last(2);
    struct audit_report report = verify(NULL);
    cr_assert_eq(report.first_broken, rows - 1);
    cr_assert_not_null(strstr(report.reason, "cut off"));
}

Test(audit_verify, new_rows_do_not_cover_up_those_that_were_cut_off)
{
    act("abc");
    act("def");
    keep_now();
    cut_off_the_last(2);
    act("ghi");
    act("jkl");
    act("mno");
    bool moved;
    expect_detail(keep(&moved), STATUS_DATABASE, "cut off or written anew");
    cr_assert_neq(verify(NULL).first_broken, 0);
    fixture_restart(&at);
    cr_assert_neq(verify(NULL).first_broken, 0);
}

Test(audit_verify, what_a_command_failed_by_is_said_after_the_head_was_kept)
{
    char path[160];
    head_path(path);
    cr_assert_eq(unlink(path), 0);
    (void)status_fail(STATUS_GONE, "the window is over");
    audit_head_keep_last(at.service->db, at.config->database_path);
    cr_assert_str_eq(status_detail(), "the window is over");
}

Test(audit_verify, a_head_that_somebody_wrote_down_is_looked_for)
{
    act("abc");
    struct audit_head noted = verify(NULL).head;
    act("def");
    cr_assert_eq(verify(&noted).first_broken, 0);
    noted.hash[31] ^= 1;
    cr_assert_eq(verify(&noted).first_broken, noted.id);
}

Test(audit_verify, without_the_file_rows_are_proved_all_the_same)
{
    char path[160];
    head_path(path);
    cr_assert_eq(unlink(path), 0);
    struct audit_head kept;
    struct audit_report report;
    expect_ok(audit_verify(at.service->db, at.config->database_path, NULL, &kept, &report));
    cr_assert_eq(kept.id, 0);
    cr_assert_eq(report.first_broken, 0);
    cr_assert_gt(report.rows, 0);
}

static const char *const broken[] = {
    "",
    "certferry audit head 1 x\n",
    "certferry audit head 2 1:"
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff 2026-01-31T12:00:00Z\n",
    "certferry audit head 1 1:"
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff 2026-01-31T12:00:00Z",
    "certferry audit head 1 1:"
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddee 2026-01-31T12:00:00Z\n",
};

Test(audit_verify, a_file_that_holds_no_head_is_said_and_stays)
{
    char path[160];
    head_path(path);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        FILE *file = fopen(path, "w");
        cr_assert_not_null(file);
        fputs(broken[i], file);
        fclose(file);
        bool moved;
        expect_detail(keep(&moved), STATUS_INVALID, "is not as it was written");
    }
}

Test(audit_verify, a_head_is_read_back_as_it_is_written)
{
    act("abc");
    struct audit_head head = verify(NULL).head, again;
    char text[AUDIT_HEAD_TEXT_SIZE];
    audit_head_format(&head, text);
    expect_ok(audit_head_parse(text, &again));
    cr_assert_eq(again.id, head.id);
    cr_assert_arr_eq(again.hash, head.hash, AUDIT_HASH_SIZE);
    static const char *const wrong[] = {"", "7", ":", "0:00", "7:zz", "x:00", "-1:00"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_eq(audit_head_parse(wrong[i], &again), STATUS_INVALID, "%s", wrong[i]);
}
