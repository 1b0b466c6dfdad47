#include "service/mail_queue.h"

#include "mail_fixture.h"

Test(mail_queue, a_queued_mail_is_sealed_in_the_database)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    struct enrol_created link defer(enrol_created_clear) = send_link(&fixture);
    cr_assert_eq(state_of_mail(&fixture, link.mail_id), MAIL_QUEUED);
    struct secret *mail defer(secret_free) = open_mail(&fixture, link.mail_id);
    cr_assert_not_null(strstr(secret_text(mail), secret_text(link.token)));
    cr_assert_null(strstr(secret_text(mail), secret_text(link.pin)));
    cr_assert_not(files_contain(&fixture, secret_span(link.token)));
}

Test(mail_queue, the_seal_is_of_one_mail_only)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    char first[MAIL_ID_SIZE];
    char second[MAIL_ID_SIZE];
    send_ca(&fixture, first);
    send_ca(&fixture, second);
    run_sql(&fixture, "UPDATE mail SET sealed = (SELECT sealed FROM mail ORDER BY rowid LIMIT 1)");
    struct secret *mail defer(secret_free) = open_mail(&fixture, first);
    struct secret *other defer(secret_free) = NULL;
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture.service->db, DB_READ, &tx));
    cr_assert_eq(mail_open(fixture.service, tx, second, &other), STATUS_FORBIDDEN);
}

Test(mail_queue, the_message_id_is_of_the_mail_and_the_senders_domain)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    char id[MAIL_ID_SIZE];
    send_ca(&fixture, id);
    struct mail_row row defer(mail_row_clear) = {0};
    expect_ok(mail_show(fixture.service, id, &row));
    struct secret *mail defer(secret_free) = open_mail(&fixture, id);
    struct buf line defer(buf_clear) = BUF_INIT(1024);
    buf_printf(&line, "\r\nMessage-ID: <%s>\r\n", row.message_id);
    cr_assert_not_null(strstr(secret_text(mail), (const char *)line.ptr));
    cr_assert_eq(strncmp(row.message_id, id, strlen(id)), 0);
    cr_assert_not_null(strstr(row.message_id, "@example.org"));
}

Test(mail_queue, a_link_and_its_mail_are_one_transaction)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    run_sql(&fixture, "CREATE TRIGGER no_mail BEFORE INSERT ON mail BEGIN "
                      "SELECT RAISE(ABORT, 'no'); END");
    const struct enrol_request request = {.user = "ben@example.org", .send = true};
    struct enrol_created created defer(enrol_created_clear) = {0};
    cr_assert_neq(enrol_create(fixture.service, &anna, &request, &created), STATUS_OK);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM link"), 0);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'link.create'"), 0);
}

Test(mail_queue, the_mail_of_a_link_ends_with_the_link)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    struct enrol_created link defer(enrol_created_clear) = send_link(&fixture);
    struct mail_row row defer(mail_row_clear) = {0};
    expect_ok(mail_show(fixture.service, link.mail_id, &row));
    cr_assert_eq(row.keep_until, link.link.expires_at);
    cr_assert_leq(row.give_up_at, link.link.expires_at);
    struct enrolment ended;
    expect_ok(enrol_cancel(fixture.service, &anna, link.link.id, &ended));
    cr_assert_eq(state_of_mail(&fixture, link.mail_id), MAIL_CANCELLED);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM mail WHERE sealed IS NOT NULL"), 0);
}

Test(mail_queue, each_act_has_its_audit_row)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    char id[MAIL_ID_SIZE];
    struct mail_row row defer(mail_row_clear) = {0};
    send_ca(&fixture, id);
    expect_ok(mail_retry(fixture.service, &anna, id, &row));
    mail_row_clear(&row);
    expect_ok(mail_cancel(fixture.service, &anna, id, &row));
    cr_assert_eq(row.state, MAIL_CANCELLED);
    cr_assert_eq(ask_sql(&fixture,
                         "SELECT group_concat(action) = 'mail.queue,mail.retry,mail.cancel'"
                         " FROM (SELECT action FROM audit WHERE object_kind = 'mail' ORDER BY id)"),
                 1);
    mail_row_clear(&row);
    expect_detail(mail_retry(fixture.service, &anna, id, &row), STATUS_CONFLICT, "is cancelled");
    expect_detail(mail_cancel(fixture.service, &anna, "nobody", &row), STATUS_NOT_FOUND, "no mail");
}

Test(mail_queue, lists_and_counts_by_state)
{
    struct fixture fixture defer(fixture_close) = {0};
    mail_fixture_open(&fixture, 0);
    char id[MAIL_ID_SIZE];
    send_ca(&fixture, id);
    struct mail_page page defer(mail_page_clear) = {0};
    expect_ok(mail_list(fixture.service, "queued", &(struct page_request){0}, &page));
    cr_assert_eq(page.count, 1);
    mail_page_clear(&page);
    expect_ok(mail_list(fixture.service, "sent", &(struct page_request){0}, &page));
    cr_assert_eq(page.count, 0);
    expect_detail(mail_list(fixture.service, "lost", &(struct page_request){0}, &page),
                  STATUS_INVALID, "write one of queued, sending, sent, failed, unsure, cancelled");
    int64_t counts[MAIL_STATE_COUNT];
    expect_ok(mail_counts(fixture.service, counts));
    cr_assert_eq(counts[MAIL_QUEUED], 1);
}
