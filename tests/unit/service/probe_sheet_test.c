#include "service/probe_sheet.h"

#include "base/limits.h"
#include "phones.h"
#include "service/probe_import.h"
#include "service/probes.h"
#include "sheets.h"

#include <stdio.h>
#include <string.h>

static struct fixture at;

static void setup(void)
{
    fixture_open(&at);
}

static void teardown(void)
{
    fixture_close(&at);
}

TestSuite(probe_sheet, .init = setup, .fini = teardown);

/* A probe of a device of ben's, as it is after it was begun. */
static void begin_own(const char *device_id, char ret_id[static PROBE_KEY_SIZE])
{
    struct mobile mobile defer(mobile_clear) = mobile_of(&at, "ben@example.org");
    const struct eas_query query = sync_query("", device_id);
    const struct device_request request = request_of(&mobile, &query);
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    cr_assert_eq(sync_of(&at, &mobile, device_id), VERDICT_ALLOWED);
    expect_ok(verify_device(at.service, &request, &verdict));
    const struct probe_request wanted = {
        .device = verdict.device, .risk = 1, .consent = "Ben agreed"};
    expect_ok(probes_start(at.service, &anna, &wanted, ret_id));
}

static void import(const char *probe, char ret_id[static PROBE_KEY_SIZE])
{
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    sheet_json(probe, &text);
    expect_ok(probe_import_add(at.service, &anna, "North", span_of(text.ptr, text.len), ret_id));
}

/* All pages of so many, as one letter each: o of ours, i of an imported one. */
static void walk(const struct probe_filter *filter, int64_t limit, char *ret_kinds)
{
    char after[PAGE_CURSOR_SIZE] = "";
    do {
        struct probe_sheet_list list defer(probe_sheet_list_clear) = {0};
        const struct page_request page = {.limit = limit, .after = after};
        expect_ok(probe_sheet_list(at.service, filter, &page, &list));
        for (size_t i = 0; i < list.count; i++)
            *ret_kinds++ = list.sheets[i].site[0] == '\0' ? 'o' : 'i';
        snprintf(after, sizeof after, "%s", list.next);
    } while (after[0] != '\0');
    *ret_kinds = '\0';
}

Test(probe_sheet, shows_ours_and_imported_ones_by_their_ids)
{
    char own[PROBE_KEY_SIZE];
    char imported[PROBE_KEY_SIZE];
    struct probe_sheet first defer(probe_sheet_clear) = {0};
    struct probe_sheet second defer(probe_sheet_clear) = {0};
    struct probe_sheet none = {0};
    begin_own("abc", own);
    import("p1", imported);
    expect_ok(probe_sheet_get(at.service, own, &first));
    cr_assert_str_eq(first.site, "");
    cr_assert_eq(first.kind, EAS_ROUND_BASELINE);
    cr_assert_not(first.unreadable);
    expect_ok(probe_sheet_get(at.service, imported, &second));
    cr_assert_str_eq(second.site, "North");
    cr_assert_str_eq(second.row.id, imported);
    cr_assert_str_eq(second.row.model, "M \"1\"");
    cr_assert_eq(second.kind, EAS_ROUND_NONE);
    cr_assert_eq(memcmp(first.entries, second.entries, sizeof first.entries), 0);
    cr_assert_eq(probe_sheet_get(at.service, "nothing", &none), STATUS_NOT_FOUND);
}

Test(probe_sheet, has_the_rounds)
{
    char id[PROBE_KEY_SIZE];
    struct probe_sheet sheet defer(probe_sheet_clear) = {0};
    begin_own("abc", id);
    run_sql(&at, "INSERT INTO probe_round (probe, number, kind, policies, document, offered_at) "
                 "VALUES (1, 1, 'baseline', 0, x'00', 1800000000)");
    expect_ok(probe_sheet_get(at.service, id, &sheet));
    cr_assert_eq(sheet.round_count, 1);
    cr_assert_str_eq(sheet.rounds[0].kind, "baseline");
    cr_assert_eq(sheet.rounds[0].acknowledgment, PROBE_UNANSWERED);
}

Test(probe_sheet, lists_both_the_newest_one_first_on_pages_of_any_size)
{
    char id[PROBE_KEY_SIZE];
    char kinds[16];
    begin_own("aaa", id);
    import("p1", id);
    begin_own("bbb", id);
    import("p2", id);
    import("p3", id);
    run_sql(&at, "UPDATE probe SET started_at = 1000 * number");
    run_sql(&at, "UPDATE probe_import SET imported_at = 1000 * number + 500");
    for (int64_t limit = 1; limit <= 6; limit++) {
        walk(&(struct probe_filter){0}, limit, kinds);
        cr_expect_str_eq(kinds, "iioio", "%d: %s", (int)limit, kinds);
    }
}

Test(probe_sheet, lists_of_a_user_of_a_device_and_the_newest_of_each)
{
    char id[PROBE_KEY_SIZE];
    char kinds[16];
    begin_own("aaa", id);
    expect_ok(probes_stop(at.service, &anna, id));
    run_sql(&at,
            "INSERT INTO probe (id, device, user_name, version, risk, named, one_by_one, "
            "consent, started_at, started_by, state, outcome, device_type, model, os, agent) "
            "SELECT 'again', device, user_name, version, risk, named, one_by_one, consent, "
            "started_at, started_by, state, outcome, device_type, model, os, agent FROM probe");
    import("p1", id);
    import("p2", id);
    walk(&(struct probe_filter){.user = "BEN@example.org"}, 10, kinds);
    cr_expect_eq(strlen(kinds), 4);
    walk(&(struct probe_filter){.user = "nobody"}, 10, kinds);
    cr_expect_str_eq(kinds, "");
    walk(&(struct probe_filter){.device = "d1"}, 10, kinds);
    cr_expect_str_eq(kinds, "");
    walk(&(struct probe_filter){.newest = true}, 10, kinds);
    cr_expect_eq(strlen(kinds), 2);
}

Test(probe_sheet, the_last_page_says_that_it_is)
{
    char id[PROBE_KEY_SIZE];
    begin_own("aaa", id);
    import("p1", id);
    for (int64_t limit = 1; limit <= 3; limit++) {
        struct probe_sheet_list list defer(probe_sheet_list_clear) = {0};
        expect_ok(probe_sheet_list(at.service, &(struct probe_filter){0},
                                   &(struct page_request){.limit = limit}, &list));
        cr_expect_eq(list.next[0] == '\0', limit >= 2, "%d: %s", (int)limit, list.next);
    }
}

Test(probe_sheet, refuses_a_page_that_is_none)
{
    struct probe_sheet_list list = {0};
    static const char *const bad[] = {"7", "ax1", "1x-", "x y"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_eq(probe_sheet_list(at.service, &(struct probe_filter){0},
                                      &(struct page_request){.after = bad[i]}, &list),
                     STATUS_INVALID, "%s", bad[i]);
    cr_expect_eq(probe_sheet_list(at.service, &(struct probe_filter){0},
                                  &(struct page_request){.limit = -1}, &list),
                 STATUS_INVALID);
    cr_expect_eq(probe_sheet_list(at.service, &(struct probe_filter){0},
                                  &(struct page_request){.limit = PAGE_LIMIT_MOST + 1}, &list),
                 STATUS_INVALID);
}

Test(probe_sheet, what_cannot_be_read_tells_nothing_and_hides_no_other)
{
    char own[PROBE_KEY_SIZE];
    char imported[PROBE_KEY_SIZE];
    struct probe_sheet_list list defer(probe_sheet_list_clear) = {0};
    begin_own("abc", own);
    import("p1", imported);
    run_sql(&at, "UPDATE probe SET state = 'nonsense'");
    import("p2", imported);
    run_sql(&at, "UPDATE probe_import SET document = '{}' WHERE probe = 'p1'");
    run_sql(&at, "UPDATE probe_import SET document = printf('%100000s', '') WHERE probe = 'p2'");
    expect_ok(probe_sheet_list(at.service, &(struct probe_filter){0},
                               &(struct page_request){.limit = 5}, &list));
    cr_assert_eq(list.count, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_expect(list.sheets[i].unreadable);
        cr_expect_eq(list.sheets[i].entries[0].result, EAS_RESULT_CANNOT_TELL);
        cr_expect_str_eq(list.sheets[i].row.user, "ben@example.org");
    }
}

Test(probe_sheet, both_kinds_are_csv_and_an_imported_one_is_the_json_that_came)
{
    char own[PROBE_KEY_SIZE];
    char imported[PROBE_KEY_SIZE];
    struct probe_sheet sheet defer(probe_sheet_clear) = {0};
    struct buf csv defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    struct buf json defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    struct buf printed defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    begin_own("abc", own);
    import("p1", imported);
    expect_ok(probe_sheet_get(at.service, imported, &sheet));
    expect_ok(probes_append_csv(&sheet.row, sheet.entries, &csv));
    cr_assert_not_null(strstr((const char *)csv.ptr, "AllowWiFi,3,not_offered,risk\r\n"));
    cr_assert_not_null(strstr((const char *)csv.ptr, ",\"M \"\"1\"\"\","));
    expect_ok(probe_sheet_append_json(at.service, &sheet, &json));
    sheet_json("p1", &printed);
    cr_assert_str_eq((const char *)json.ptr, (const char *)printed.ptr);
}
