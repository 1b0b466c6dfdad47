/* certferry cert list, show, revoke: what the database knows of every certificate. */
#include "pki/cert.h"
#include "base/clock.h"
#include "base/limits.h"
#include "command/command.h"
#include "command/output.h"
#include "command/pages.h"
#include "command/session.h"
#include "pki/crl.h"
#include "service/certificates.h"
#include "service/revoke.h"

static json_t *row_json(const struct certificate_row *row)
{
    bool revoked = row->state == CERTIFICATE_REVOKED;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "serial",
        row->serial, "state", certificate_state_text(row->state), "issuer", row->issuer, "profile",
        row->profile, "user", json_text(row->user), "name", json_text(row->name), "mail",
        json_text(row->mail), "device", json_text(row->device), "not_before",
        json_time(row->not_before), "not_after", json_time(row->not_after), "issued_at",
        json_time(row->issued_at), "revoked_at", json_time(row->revoked_at), "reason",
        revoked ? json_text(crl_reason_name((enum crl_reason)row->reason)) : json_null(),
        "created_by", json_text(row->created_by), "link", json_text(row->link_id));
}

static enum status print_line(const struct invocation *invocation,
                              const struct certificate_row *row)
{
    if (invocation_has(invocation, "json"))
        return output_json(row_json(row));
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    buf_printf(&text, "%-34s %-9s %-8s ", row->serial, certificate_state_text(row->state),
               row->profile);
    append_time_cell(&text, row->not_after);
    buf_printf(&text, " %s\n", row->user);
    return output_text(&text);
}

static enum status list_pages(const struct invocation *invocation, struct db_tx *tx,
                              const struct certificate_filter *filter)
{
    struct pages pages = pages_of(invocation_number(invocation, "limit", INT64_MAX), NULL);
    for (struct page_request request; pages_next(&pages, &request);) {
        struct certificate_page page defer(certificate_page_clear) = {0};
        TRY(certificate_store_list(tx, filter, &request, &page));
        for (size_t i = 0; i < page.count; i++)
            TRY(print_line(invocation, &page.rows[i]));
        pages_took(&pages, page.count, page.next);
    }
    return STATUS_OK;
}

static enum status list(const struct invocation *invocation)
{
    enum certificate_state state;
    const char *state_text = invocation_text(invocation, "state");
    if (state_text != NULL)
        TRY(certificate_state_parse(state_text, &state));
    const struct certificate_filter filter = {
        .state = state_text == NULL ? NULL : &state,
        .user = invocation_text(invocation, "user"),
        .search = invocation_text(invocation, "search"),
    };
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(session.service->db, DB_READ, &tx));
    return list_pages(invocation, tx, &filter);
}

static void append_certificate(struct buf *text, const struct certificate_row *row)
{
    append_row(text, "serial", row->serial);
    append_row(text, "state", certificate_state_text(row->state));
    append_row(text, "issuer", row->issuer);
    append_row(text, "profile", row->profile);
    append_row(text, "user", row->user);
    append_row(text, "name", row->name);
    append_row(text, "mail", row->mail);
    append_row(text, "device", row->device);
    append_time_row(text, "valid from", row->not_before);
    append_time_row(text, "valid until", row->not_after);
    append_time_row(text, "issued", row->issued_at);
    append_time_row(text, "revoked", row->revoked_at);
    if (row->state == CERTIFICATE_REVOKED)
        append_row(text, "reason", crl_reason_name((enum crl_reason)row->reason));
    append_row(text, "made by", row->created_by);
    append_row(text, "link", row->link_id);
}

static enum status print_pem(struct db_tx *tx, const char *serial)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    TRY(certificate_store_get_der(tx, serial, &der));
    struct span bytes;
    TRY(buf_finish(&der, &bytes));
    struct certificate *certificate defer(certificate_free) = NULL;
    TRY(certificate_parse_der(bytes, &certificate));
    struct buf pem defer(buf_clear) = BUF_INIT((size_t)2 * LIMIT_CERTIFICATE);
    certificate_append_pem(&pem, certificate);
    return output_text(&pem);
}

static enum status read_serial(const char *text, struct buf *serial, const char **ret_serial)
{
    certificates_append_serial(serial, text);
    struct span bytes;
    TRY(buf_finish(serial, &bytes));
    *ret_serial = (const char *)bytes.ptr;
    return STATUS_OK;
}

static enum status show(const struct invocation *invocation)
{
    struct buf serial_text defer(buf_clear) = BUF_INIT(LIMIT_USER);
    const char *serial;
    TRY(read_serial(invocation_text(invocation, "SERIAL"), &serial_text, &serial));
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(session.service->db, DB_READ, &tx));
    if (invocation_has(invocation, "pem"))
        return print_pem(tx, serial);

    struct certificate_row row defer(certificate_row_clear) = {0};
    TRY(certificate_store_get(tx, serial, &row));
    if (invocation_has(invocation, "json"))
        return output_json(row_json(&row));
    struct buf text defer(buf_clear) = BUF_INIT((size_t)16 * 1024);
    append_certificate(&text, &row);
    return output_text(&text);
}

static enum status revoke_one(const struct invocation *invocation, const struct session *session,
                              enum crl_reason reason)
{
    struct buf serial_text defer(buf_clear) = BUF_INIT(LIMIT_USER);
    const char *serial;
    TRY(read_serial(invocation_text(invocation, "SERIAL"), &serial_text, &serial));
    struct actor actor = session_actor(session);
    struct revocation revocation;
    TRY(revoke_certificate(session->service, &actor, REVOKE_ANY, serial, reason, &revocation));
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:o, s:s, s:o}", "serial", revocation.serial, "user",
                                     json_text(revocation.user), "reason", crl_reason_name(reason),
                                     "revoked_at", json_time(revocation.revoked_at)));
    struct buf text defer(buf_clear) = BUF_INIT(1024);
    buf_printf(&text, "The certificate %s of %s is revoked (%s).\n", revocation.serial,
               revocation.user, crl_reason_name(reason));
    return output_text(&text);
}

static enum status revoke_all(const struct invocation *invocation, const struct session *session,
                              enum crl_reason reason)
{
    const char *user = invocation_text(invocation, "user");
    struct actor actor = session_actor(session);
    int64_t count;
    TRY(revoke_user(session->service, &actor, REVOKE_ANY, user, reason, &count));
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:s, s:I}", "user", user, "reason",
                                     crl_reason_name(reason), "revoked", (json_int_t)count));
    struct buf text defer(buf_clear) = BUF_INIT(1024);
    buf_printf(&text, "Certificates of %s that are revoked now (%s): %lld\n", user,
               crl_reason_name(reason), (long long)count);
    return output_text(&text);
}

/* A server that is up finds the change within seconds; without one `crl publish` does the rest. */
static enum status revoke_command(const struct invocation *invocation)
{
    const char *reason_text = invocation_text(invocation, "reason");
    enum crl_reason reason = CRL_REASON_UNSPECIFIED;
    bool one = invocation_has(invocation, "SERIAL");
    if (one == invocation_has(invocation, "user"))
        return status_fail(STATUS_USAGE, "name either a SERIAL or a --user");
    if (reason_text != NULL)
        TRY(revoke_reason_parse(reason_text, &reason));
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    return one ? revoke_one(invocation, &session, reason)
               : revoke_all(invocation, &session, reason);
}

/* clang-format off */
static const struct argument list_arguments[] = {
    {.kind = ARGUMENT_TEXT, .name = "user", .value = "USER", .help = "Only those of this user"},
    {.kind = ARGUMENT_TEXT, .name = "state", .value = "STATE",
     .help = "Only those that are reserved, issued, abandoned or revoked"},
    {.kind = ARGUMENT_TEXT, .name = "search", .value = "TEXT",
     .help = "Only those with a serial, user, name, mail or device that starts so"},
    {.kind = ARGUMENT_NUMBER, .name = "limit", .value = "N", .help = "Only the newest N",
     .least = 1, .most = 1000000000},
    ARGUMENT_JSON,
};

static const struct argument revoke_arguments[] = {
    {.kind = ARGUMENT_OPTIONAL, .name = "SERIAL", .help = "Serial number, as cert list shows it"},
    {.kind = ARGUMENT_TEXT, .name = "user", .value = "USER",
     .help = "Instead of a serial: everything that this user has"},
    {.kind = ARGUMENT_TEXT, .name = "reason", .value = "REASON",
     .help = "unspecified (unless given), keyCompromise, affiliationChanged, superseded, "
             "cessationOfOperation or privilegeWithdrawn"},
    ARGUMENT_JSON,
};

static const struct argument show_arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "SERIAL", .help = "Serial number, as cert list shows it"},
    {.kind = ARGUMENT_FLAG, .name = "pem", .help = "Print the certificate itself"},
    ARGUMENT_JSON,
};
/* clang-format on */

const struct command cert_list_command = {
    .group = "cert",
    .name = "list",
    .summary = "Lists the certificates, newest first",
    .arguments = list_arguments,
    .argument_count = sizeof list_arguments / sizeof list_arguments[0],
    .run = list,
};

const struct command cert_show_command = {
    .group = "cert",
    .name = "show",
    .summary = "Shows a certificate and what has become of it",
    .arguments = show_arguments,
    .argument_count = sizeof show_arguments / sizeof show_arguments[0],
    .run = show,
};

const struct command cert_revoke_command = {
    .group = "cert",
    .name = "revoke",
    .summary = "Revokes a certificate, or all of a user; this is final",
    .arguments = revoke_arguments,
    .argument_count = sizeof revoke_arguments / sizeof revoke_arguments[0],
    .run = revoke_command,
};
