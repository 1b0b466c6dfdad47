#include "service/import.h"

#include "base/clock.h"
#include "base/csv.h"
#include "base/limits.h"
#include "fixture.h"
#include "service/background.h"

#include <stdio.h>

static const struct actor ben = {.kind = ACTOR_OPERATOR, .name = "ben"};

static struct import submit(const struct fixture *fixture, const char *file)
{
    struct import import = {0};
    expect_ok(import_submit(fixture->service, &anna, span_of_text(file), "users.csv", &import));
    return import;
}

static enum import_state state(const struct fixture *fixture, const struct import *import)
{
    struct import now;
    expect_ok(import_show(fixture->service, import->id, &now));
    return now.state;
}

static void run_task(const struct fixture *fixture, int64_t now)
{
    int64_t wait;
    expect_ok(background_import(fixture->service, now, &wait));
}

/* user1@example.org and so on. */
static void many_users(int count, struct buf *file)
{
    buf_append_text(file, "user\n");
    for (int i = 1; i <= count; i++)
        buf_printf(file, "user%d@example.org\n", i);
}

static void expect_report(const char *file, const char *wanted)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct import import = submit(&fixture, file);
    cr_assert_eq(import.state, IMPORT_REFUSED);
    struct buf report defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_REPORT);
    expect_ok(import_report(fixture.service, import.id, &report));
    cr_assert_str_eq((const char *)report.ptr, wanted);
    run_task(&fixture, clock_now());
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link"), 0);
}

Test(import, every_row_becomes_a_link_with_what_it_says)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct import import = submit(
        &fixture, "Device;lifetime;NAME;user;packing;sid;mail\r\n"
                  "Pixel 9;2d;\"Example; Ben\";ben@example.org;modern;S-1-5-21-7;b@example.org\r\n"
                  ";;;eve@example.org;;;\r\n");
    cr_assert_eq(import.state, IMPORT_RUNNING);
    cr_assert_eq(import.total, 2);
    run_task(&fixture, clock_now());
    cr_assert_eq(state(&fixture, &import), IMPORT_FINISHED);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link WHERE user_name = 'ben@example.org' "
                                   "AND person_name = 'Example; Ben' AND device = 'Pixel 9' "
                                   "AND packing = 'modern' AND sid = 'S-1-5-21-7' "
                                   "AND mail = 'b@example.org' AND created_by = 'operator:anna' "
                                   "AND expires_at - created_at = 2 * 86400"),
                 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link WHERE user_name = 'eve@example.org' "
                                   "AND packing = 'compat' "
                                   "AND expires_at - created_at = 3 * 86400"),
                 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'link.create' "
                                   "AND actor = 'operator:anna'"),
                 2);
}

Test(import, one_bad_row_and_nothing_is_made)
{
    expect_report("user,mail,lifetime\n"
                  "ben@example.org,,\n"
                  ",,\n"
                  "eve@example.org,nomail,\n"
                  "ann@example.org,,tomorrow\n"
                  "joe@example.org,,1s\n"
                  "max@example.org\n"
                  "pia\"@example.org,,\n",
                  "line,problem\r\n"
                  "3,\"the user is missing\"\r\n"
                  "4,\"the mail address is not written name@example.org\"\r\n"
                  "5,\"the lifetime is not written as 3d or 36h\"\r\n"
                  "6,\"the lifetime of a link is 5m to 90d\"\r\n"
                  "7,\"the row has 1 cells, the first row 3\"\r\n"
                  "8,\"a quote stands in the middle of a cell\"\r\n");
}

Test(import, the_same_user_and_device_twice_is_a_fault)
{
    expect_report(
        "user,device\n"
        "ben@example.org,phone\n"
        "ben@example.org,tablet\n"
        "BEN@example.org,phone\n"
        "x y@example.org,\n"
        "ben@example.org,phone\n",
        "line,problem\r\n"
        "4,\"the user and device of line 2 once more\"\r\n"
        "5,\"RFC 5280 4.2.1.6: profile user: the UPN is no user@realm or account name\"\r\n"
        "6,\"the user and device of line 4 once more\"\r\n");
}

Test(import, the_first_row_must_name_columns_that_are_known)
{
    expect_report("user,colour\nben,red\n",
                  "line,problem\r\n1,\"the column 'colour' is not known: known are user name mail "
                  "sid device packing lifetime\"\r\n");
    expect_report("user,User\n", "line,problem\r\n1,\"the column user is there twice\"\r\n");
    expect_report("name\nBen\n", "line,problem\r\n1,\"the first row has no column user: known are "
                                 "user name mail sid device packing lifetime\"\r\n");
    expect_report("", "line,problem\r\n0,\"the file is empty\"\r\n");
    expect_report("user\n", "line,problem\r\n1,\"the file has no user behind the first row\"\r\n");
}

Test(import, a_check_makes_and_keeps_nothing)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct buf report defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_REPORT);
    int64_t total;
    expect_ok(import_check(fixture.service, SPAN_LITERAL("user\nben\neve\n"), &report, &total));
    cr_assert_eq(report.len, 0);
    cr_assert_eq(total, 2);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM import"), 0);
}

/* The rows of the result as url and PIN by user, read by the CSV reader; each is tried. */
static void claim_first(const struct fixture *fixture, const struct buf *result)
{
    struct csv csv defer(csv_clear);
    csv_begin(&csv, span_of(result->ptr, result->len));
    bool any;
    expect_ok(csv_next(&csv, &any));
    cr_assert_str_eq(csv_cell(&csv, 4), "url");
    expect_ok(csv_next(&csv, &any));
    const char *token = strrchr(csv_cell(&csv, 4), '/') + 1;
    char pin[8];
    snprintf(pin, sizeof pin, "%.3s%s", csv_cell(&csv, 5), csv_cell(&csv, 5) + 4);
    struct claim claim defer(claim_clear) = {0};
    expect_ok(claim_link(fixture->service, span_of_text(token), span_of_text(pin), &phone, &claim));
    cr_assert_eq(claim.outcome, CLAIM_DONE);
    cr_assert_str_eq(claim.link.user, csv_cell(&csv, 0));
}

Test(import, what_was_made_before_a_stop_can_be_had)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct buf file defer(buf_clear) = BUF_INIT(1 << 20);
    many_users(2, &file);
    struct import import = submit(&fixture, (const char *)file.ptr);
    run_task(&fixture, clock_now());
    run_sql(&fixture,
            "UPDATE import SET finished_at = NULL, stopped_at = 1, stopped_why = 'a rule'");
    struct buf result defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_RESULT);
    expect_ok(import_result(fixture.service, &anna, import.id, &result));
    claim_first(&fixture, &result);
}

Test(import, the_result_has_every_link_and_its_pin)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct buf file defer(buf_clear) = BUF_INIT(1 << 20);
    many_users(IMPORT_BATCH + 3, &file);
    struct import import = submit(&fixture, (const char *)file.ptr);
    struct buf result defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_RESULT);
    cr_assert_eq(import_result(fixture.service, &anna, import.id, &result), STATUS_CONFLICT);
    run_task(&fixture, clock_now());
    expect_ok(import_result(fixture.service, &anna, import.id, &result));
    claim_first(&fixture, &result);
    size_t lines = 0;
    for (size_t i = 0; i < result.len; i++)
        lines += result.ptr[i] == '\n';
    cr_assert_eq(lines, IMPORT_BATCH + 4);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link"), IMPORT_BATCH + 3);
}

Test(import, the_result_is_for_who_gave_the_file)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct import import = submit(&fixture, "user\nben\n");
    run_task(&fixture, clock_now());
    struct buf result defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_RESULT);
    cr_assert_eq(import_result(fixture.service, &ben, import.id, &result), STATUS_FORBIDDEN);
    cr_assert_eq(import_erase(fixture.service, &ben, import.id), STATUS_FORBIDDEN);
    cr_assert_eq(result.len, 0);
    cr_assert_eq(import_result(fixture.service, &anna, "nosuchid", &result), STATUS_NOT_FOUND);
}

Test(import, no_cell_of_the_result_is_a_formula)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct import import = submit(&fixture, "user,name,device\nben,=1+1,@SUM(A1)\n");
    run_task(&fixture, clock_now());
    struct buf result defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_RESULT);
    expect_ok(import_result(fixture.service, &anna, import.id, &result));
    cr_assert_not_null(strstr((const char *)result.ptr, "ben,\"'=1+1\",,\"'@SUM(A1)\",https://"));
}

Test(import, neither_addresses_nor_pins_are_stored_in_the_clear)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct import import = submit(&fixture, "user\nben\n");
    run_task(&fixture, clock_now());
    struct buf result defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_RESULT);
    expect_ok(import_result(fixture.service, &anna, import.id, &result));
    const char *token = strstr((const char *)result.ptr, "/l/") + 3;
    cr_assert_not(files_contain(&fixture, span_of(token, 26)));
}

Test(import, what_was_fetched_is_erased_soon_and_leaves_no_trace)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct import import = submit(&fixture, "user,name\nben,Unforgettable\n");
    run_task(&fixture, clock_now());
    run_sql(&fixture, "UPDATE link SET person_name = ''; DELETE FROM search_word");
    struct buf result defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_RESULT);
    expect_ok(import_result(fixture.service, &anna, import.id, &result));
    run_task(&fixture, clock_now() + IMPORT_FETCHED_KEPT - 5);
    cr_assert_eq(state(&fixture, &import), IMPORT_FINISHED);
    run_task(&fixture, clock_now() + IMPORT_FETCHED_KEPT + 1);
    cr_assert_eq(state(&fixture, &import), IMPORT_ERASED);
    cr_assert_eq(import_result(fixture.service, &anna, import.id, &result), STATUS_GONE);
    cr_assert_not(files_contain(&fixture, SPAN_LITERAL("Unforgettable")));
}

Test(import, what_was_not_fetched_is_erased_after_a_day_or_when_its_owner_says_so)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct import first = submit(&fixture, "user\nben\n");
    struct import second = submit(&fixture, "user\neve\n");
    struct import refused = submit(&fixture, "user\n");
    run_task(&fixture, clock_now());
    expect_ok(import_erase(fixture.service, &anna, second.id));
    cr_assert_eq(state(&fixture, &second), IMPORT_ERASED);
    run_task(&fixture, clock_now() + IMPORT_KEPT + 1);
    cr_assert_eq(state(&fixture, &first), IMPORT_ERASED);
    cr_assert_eq(state(&fixture, &refused), IMPORT_ERASED);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM import_file"), 0);
}

Test(import, stops_between_batches_and_goes_on_where_it_was)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct import import = submit(&fixture, "user\nben\neve\n");
    expect_ok(import_stop(fixture.service, &anna, import.id));
    cr_assert_eq(import_stop(fixture.service, &anna, import.id), STATUS_CONFLICT);
    run_task(&fixture, clock_now());
    cr_assert_eq(state(&fixture, &import), IMPORT_STOPPED);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link"), 0);
    expect_ok(import_resume(fixture.service, &anna, import.id));
    cr_assert_eq(import_resume(fixture.service, &anna, import.id), STATUS_CONFLICT);
    run_task(&fixture, clock_now());
    cr_assert_eq(state(&fixture, &import), IMPORT_FINISHED);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link"), 2);
}

/* As if a process had died: what a batch does is there as a whole or not at all. */
Test(import, goes_on_behind_the_last_batch_after_a_crash)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct buf file defer(buf_clear) = BUF_INIT(1 << 20);
    many_users(2 * IMPORT_BATCH + 1, &file);
    struct import import = submit(&fixture, (const char *)file.ptr);
    run_sql(&fixture, "CREATE TRIGGER crash BEFORE INSERT ON import_result WHEN NEW.first_row > 0 "
                      "BEGIN INSERT INTO setting VALUES ('', '', 0); END");
    int64_t wait;
    cr_assert_neq(background_import(fixture.service, clock_now(), &wait), STATUS_OK);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link"), IMPORT_BATCH);
    cr_assert_eq(state(&fixture, &import), IMPORT_RUNNING);
    run_sql(&fixture, "DROP TRIGGER crash");
    fixture_restart(&fixture);
    run_task(&fixture, clock_now());
    cr_assert_eq(state(&fixture, &import), IMPORT_FINISHED);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(DISTINCT user_name) FROM link"),
                 2 * IMPORT_BATCH + 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link"), 2 * IMPORT_BATCH + 1);
}

Test(import, what_cannot_be_made_any_more_stops_it_and_says_why)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct import import = submit(&fixture, "user\nben\n");
    run_sql(&fixture, "UPDATE import_file SET file = CAST('user' || char(10) || 'x y' AS BLOB)");
    run_task(&fixture, clock_now());
    struct import now;
    expect_ok(import_show(fixture.service, import.id, &now));
    cr_assert_eq(now.state, IMPORT_STOPPED);
    cr_assert_not_null(strstr(now.why, "4.2.1.6"), "%s", now.why);
}

Test(import, a_file_has_a_most_of_users_and_bytes)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct buf file defer(buf_clear) = BUF_INIT(LIMIT_IMPORT_FILE + 1);
    buf_append_repeated(&file, 'x', LIMIT_IMPORT_FILE + 1);
    struct import import;
    cr_assert_eq(import_submit(fixture.service, &anna, span_of(file.ptr, file.len), "x", &import),
                 STATUS_TOO_LARGE);
}

static const struct {
    const char *name;
    const char *shown;
} file_names[] = {
    {NULL, ""},
    {"C:\\Users\\anna\\new users.csv", "new users.csv"},
    {"../../etc/passwd", "passwd"},
    {"bad\nname", ""},
    {"bad\xffname", ""},
};

Test(import, a_file_name_is_a_name_and_no_path)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    for (size_t i = 0; i < sizeof file_names / sizeof *file_names; i++) {
        struct import import;
        expect_ok(import_submit(fixture.service, &anna, SPAN_LITERAL("user\nben\n"),
                                file_names[i].name, &import));
        cr_assert_str_eq(import.file_name, file_names[i].shown);
    }
}

Test(import, lists_the_newest_first)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    submit(&fixture, "user\nben\n");
    struct import last = submit(&fixture, "user\neve\n");
    run_sql(&fixture, "UPDATE import SET created_at = created_at - 9 WHERE id <> "
                      "(SELECT import_id FROM import_file WHERE instr(file, CAST('eve' AS BLOB)))");
    struct imports list defer(imports_clear) = {0};
    expect_ok(import_list(fixture.service, &(struct page_request){0}, &list));
    cr_assert_eq(list.count, 2);
    cr_assert_str_eq(list.imports[0].id, last.id);
}
