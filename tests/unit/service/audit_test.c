#include "service/audit.h"

#include "base/clock.h"
#include "fixture.h"
#include "store/audit_store.h"

static void write_row(const struct fixture *fixture, const struct actor *actor, const char *action,
                      const struct audit_value *values, size_t count)
{
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture->service->db, DB_WRITE, &tx));
    expect_ok(audit_write(tx, actor, action, "the-object", values, count));
    expect_ok(db_commit(tx));
}

static void expect_last(const struct fixture *fixture, const char *kind, const char *detail)
{
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture->service->db, DB_READ, &tx));
    const struct page_request page = {.limit = 1};
    struct audit_list list defer(audit_list_clear) = {0};
    expect_ok(audit_store_list(tx, &(struct audit_filter){0}, &page, &list));
    cr_assert_eq(list.count, 1);
    cr_assert_str_eq(list.rows[0].object_kind, kind);
    cr_assert_str_eq(list.rows[0].detail, detail);
}

Test(audit, the_kind_is_the_first_word_and_the_detail_is_json)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    const struct audit_value values[] = {AUDIT_TEXT("user", "ben"), AUDIT_NUMBER("left", 4)};
    write_row(&fixture, &anna, "link.wrong_pin", values, 2);
    expect_last(&fixture, "link", "{\"user\":\"ben\",\"left\":4}");
    write_row(&fixture, &anna, "operator.add", NULL, 0);
    expect_last(&fixture, "operator", "{}");
}

Test(audit, hostile_text_stays_inside_its_value)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    const struct audit_value values[] = {AUDIT_TEXT("agent", "\",\"actor\":\"x\n\x1b\xe2\x80\xa8")};
    write_row(&fixture, &anna, "link.claim", values, 1);
    expect_last(&fixture, "link",
                "{\"agent\":\"\\\",\\\"actor\\\":\\\"x\\\\x0a\\\\x1b\\\\xe2\\\\x80\\\\xa8\"}");
}

static const struct {
    struct actor actor;
    const char *text;
} actors[] = {
    {{ACTOR_COMMAND, "root", NULL}, "command:root"},
    {{ACTOR_COMMAND, NULL, NULL}, "command"},
    {{ACTOR_OPERATOR, "anna", "192.0.2.1"}, "operator:anna"},
    {{ACTOR_KEY, "intranet", "192.0.2.1"}, "key:intranet"},
    {{ACTOR_OPERATOR, "x\noperator:anna\xff", NULL}, "operator:x\\x0aoperator:anna\\xff"},
    {{ACTOR_PHONE, NULL, "192.0.2.7"}, "phone"},
    {{ACTOR_SYSTEM, "", NULL}, "system"},
};

Test(audit, an_actor_is_kind_and_name)
{
    for (size_t i = 0; i < sizeof actors / sizeof *actors; i++) {
        char text[ACTOR_TEXT_MAX];
        actor_format(&actors[i].actor, text);
        cr_assert_str_eq(text, actors[i].text);
    }
}

Test(audit, a_text_from_outside_is_one_line_and_is_cut)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char many[2000];
    memset(many, '\n', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    const struct actor actor = {ACTOR_OPERATOR, many, many};
    struct audit_value values[8];
    for (size_t i = 0; i < 8; i++)
        values[i] = AUDIT_TEXT("abcdefgh" + i, many);
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture.service->db, DB_WRITE, &tx));
    expect_ok(audit_write(tx, &actor, "operator.refuse", many, values, 8));
    expect_ok(db_commit(tx));
    static const char question[] =
        "SELECT count(*) FROM audit WHERE action = 'operator.refuse' AND length(actor) < 300 AND "
        "length(object_id) <= 300 AND length(address) <= 64 AND length(detail) <= 4096 AND "
        "actor || object_id || address || detail NOT LIKE '%' || char(10) || '%'";
    db_end(take(tx));
    cr_assert_eq(ask_sql(&fixture, question), 1);
}

Test(audit, the_whole_life_of_a_link_is_one_unbroken_chain)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    expect_claimable(&fixture, &link);
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture.service->db, DB_READ, &tx));
    struct audit_chain chain = {0};
    expect_ok(audit_store_verify(tx, &chain));
    cr_assert_eq(chain.report.first_broken, 0, "%s", chain.report.reason);
    cr_assert_gt(chain.report.rows, 8);
}
