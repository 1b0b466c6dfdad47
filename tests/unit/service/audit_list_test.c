#include "service/audit_list.h"

#include "fixture.h"

static struct fixture fixture;

static void setup(void)
{
    fixture_open(&fixture);
}

static void teardown(void)
{
    fixture_close(&fixture);
}

TestSuite(audit_list, .init = setup, .fini = teardown);

Test(audit_list, is_newest_first_and_goes_on_page_by_page)
{
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct audit_list first defer(audit_list_clear) = {0};
    struct audit_list second defer(audit_list_clear) = {0};
    const struct audit_filter all = {0};
    expect_ok(audit_list(fixture.service, &all, &(struct page_request){.limit = 1}, &first));
    cr_assert_str_eq(first.rows[0].action, "link.create");
    expect_ok(audit_list(fixture.service, &all, &(struct page_request){2, first.next}, &second));
    cr_assert_eq(second.rows[0].id, first.rows[0].id - 1);
}

Test(audit_list, is_of_one_object)
{
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct audit_list list defer(audit_list_clear) = {0};
    const struct audit_filter of_link = {.object_kind = "link", .object_id = link.link.id};
    expect_ok(audit_list(fixture.service, &of_link, &(struct page_request){0}, &list));
    cr_assert_eq(list.count, 1);
}

Test(audit_list, half_an_object_is_refused)
{
    struct audit_list list = {0};
    const struct audit_filter half = {.object_kind = "link"};
    cr_assert_eq(audit_list(fixture.service, &half, &(struct page_request){0}, &list),
                 STATUS_INVALID);
}
