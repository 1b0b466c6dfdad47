#include "mail_fixture.h"

#include <stdio.h>

void mail_fixture_open(struct fixture *fixture, int port)
{
    char number[16];
    snprintf(number, sizeof number, "%d", port == 0 ? 1 : port);
    const struct config_setting settings[] = {
        {"mail", "server", "127.0.0.1"},
        {"mail", "port", number},
        {"mail", "tls", "none"},
        {"mail", "from", "ca@example.org"},
        {"mail", "admins", "root@example.org, chief@example.org"},
        {"mail", "digest_hour", "0"},
    };
    fixture_make(fixture, settings, sizeof settings / sizeof settings[0]);
    fixture_restart(fixture);
}

struct enrol_created send_link(const struct fixture *fixture)
{
    const struct enrol_request request = {
        .user = "ben@example.org", .name = "Ben", .device = "phone", .send = true};
    struct enrol_created created = {0};
    expect_ok(enrol_create(fixture->service, &anna, &request, &created));
    return created;
}

void send_ca(const struct fixture *fixture, char ret_id[static MAIL_ID_SIZE])
{
    expect_ok(mail_ca(fixture->service, &anna, "ann@example.org", NULL, ret_id));
}

enum mail_state state_of_mail(const struct fixture *fixture, const char *id)
{
    struct mail_row mail defer(mail_row_clear) = {0};
    expect_ok(mail_show(fixture->service, id, &mail));
    return mail.state;
}

struct secret *open_mail(const struct fixture *fixture, const char *id)
{
    struct secret *mail = NULL;
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture->service->db, DB_READ, &tx));
    expect_ok(mail_open(fixture->service, tx, id, &mail));
    return mail;
}
