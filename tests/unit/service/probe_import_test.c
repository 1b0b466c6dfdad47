#include "service/probe_import.h"

#include "base/limits.h"
#include "phones.h"
#include "sheets.h"

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

TestSuite(probe_import, .init = setup, .fini = teardown);

static enum status add(const char *site, const char *probe, char ret_id[static PROBE_KEY_SIZE])
{
    struct buf text defer(buf_clear) = BUF_INIT(LIMIT_PROBE_FILE);
    sheet_json(probe, &text);
    return probe_import_add(at.service, &anna, site, span_of(text.ptr, text.len), ret_id);
}

Test(probe_import, keeps_the_file_with_whose_it_is_and_who_brought_it)
{
    char id[PROBE_KEY_SIZE];
    expect_ok(add("North branch", "p1", id));
    cr_assert_eq(count_rows(&at, "probe_import WHERE site = 'North branch' AND probe = 'p1' AND "
                                 "imported_by = 'operator:anna' AND user_name = 'ben@example.org' "
                                 "AND imported_at > 0"),
                 1);
    cr_assert_eq(count_rows(&at, "audit WHERE action = 'probe.import'"), 1);
}

Test(probe_import, takes_a_probe_of_a_site_once)
{
    char id[PROBE_KEY_SIZE];
    expect_ok(add("North", "p1", id));
    cr_assert_eq(add("North", "p1", id), STATUS_CONFLICT);
    expect_ok(add("South", "p1", id));
    cr_assert_eq(count_rows(&at, "audit WHERE action = 'probe.import'"), 2);
}

Test(probe_import, refuses_a_site_without_a_name_and_a_file_that_is_none)
{
    char id[PROBE_KEY_SIZE];
    static const char *const sites[] = {"", "a\nb", "\xff"};
    for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++) {
        cr_expect_eq(add(sites[i], "p1", id), STATUS_INVALID);
        cr_expect_eq(strncmp(status_detail(), "site: ", 6), 0, "%s", status_detail());
    }
    cr_assert_eq(probe_import_add(at.service, &anna, "North", span_of_text("{}"), id),
                 STATUS_INVALID);
    cr_assert_eq(count_rows(&at, "probe_import"), 0);
    cr_assert_eq(count_rows(&at, "audit WHERE action = 'probe.import'"), 0);
}

Test(probe_import, is_removed_once_and_in_the_audit)
{
    char id[PROBE_KEY_SIZE];
    expect_ok(add("North", "p1", id));
    expect_ok(probe_import_remove(at.service, &anna, id));
    cr_assert_eq(probe_import_remove(at.service, &anna, id), STATUS_NOT_FOUND);
    cr_assert_eq(count_rows(&at, "probe_import"), 0);
    cr_assert_eq(count_rows(&at, "audit WHERE action = 'probe.forget'"), 1);
}
