/* certferry operator add, passwd, role, disable, enable, list, totp, certificate */
#include "service/operator.h"

#include "base/clock.h"
#include "base/file.h"
#include "command/ask.h"
#include "command/command.h"
#include "command/output.h"
#include "command/session.h"
#include "service/operator_certificate.h"
#include "service/totp.h"
#include "view/qr.h"

enum { TEXT_MAX = 64 * 1024 };

/* ---- passwords ------------------------------------------------------------------------------- */

static enum status read_password(const struct invocation *invocation, struct secret **ret_password)
{
    const char *file = invocation_text(invocation, "password-file");
    return file == NULL ? STATUS_OK : ask_file(file, ret_password);
}

static enum status print_password(const struct invocation *invocation, const char *name,
                                  enum operator_role role, const struct secret *password)
{
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:s, s:s}", "name", name, "role",
                                     operator_role_text(role), "password", secret_text(password)));
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    append_row(&text, "operator", name);
    append_row(&text, "role", operator_role_text(role));
    append_row(&text, "password", secret_text(password));
    buf_append_text(&text, "\nThe password is shown this once and has to be changed at the next "
                           "log-in.\n");
    return output_text(&text);
}

static enum status add(const struct invocation *invocation)
{
    const char *name = invocation_text(invocation, "NAME");
    enum operator_role role;
    struct secret *own defer(secret_free) = NULL;
    struct secret *password defer(secret_free) = NULL;
    TRY(operator_role_parse(invocation_text(invocation, "role"), &role));
    TRY(read_password(invocation, &own));
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    TRY(operator_add(session.service, &actor, name, role, own, &password));
    return print_password(invocation, name, role, password);
}

/* The entry of a name in any case; NOT_FOUND. */
static enum status find(const struct session *session, const char *name,
                        struct operator_entry *ret_entry)
{
    struct operator_entries list defer(operator_entries_clear) = {0};
    TRY(operator_list_all(session->service, &list));
    for (size_t i = 0; i < list.count; i++) {
        if (strcasecmp(list.entries[i].name, name) == 0) {
            *ret_entry = list.entries[i];
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_NOT_FOUND, "no operator is called '%.60s'", name);
}

static enum status passwd(const struct invocation *invocation)
{
    struct secret *own defer(secret_free) = NULL;
    struct secret *password defer(secret_free) = NULL;
    struct operator_entry entry;
    TRY(read_password(invocation, &own));
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    TRY(find(&session, invocation_text(invocation, "NAME"), &entry));
    TRY(operator_set_password(session.service, &actor, entry.name, own, &password));
    return print_password(invocation, entry.name, entry.role, password);
}

/* ---- the list -------------------------------------------------------------------------------- */

static json_t *entry_json(const struct operator_entry *entry)
{
    return json_pack("{s:s, s:s, s:b, s:b, s:o, s:o, s:o}", "name", entry->name, "role",
                     operator_role_text(entry->role), "must_change", entry->must_change, "totp",
                     entry->totp, "created_at", json_time(entry->created_at), "password_at",
                     json_time(entry->password_at), "disabled_at", json_time(entry->disabled_at));
}

static enum status print_entry(const struct invocation *invocation,
                               const struct operator_entry *entry)
{
    if (invocation_has(invocation, "json"))
        return output_json(entry_json(entry));
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    buf_printf(&text, "%-8s  %-8s  %-4s  %s\n", operator_role_text(entry->role),
               entry->disabled_at == 0 ? "enabled" : "disabled", entry->totp ? "code" : "",
               entry->name);
    return output_text(&text);
}

static enum status list(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    struct operator_entries entries defer(operator_entries_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    TRY(operator_list_all(session.service, &entries));
    for (size_t i = 0; i < entries.count; i++)
        TRY(print_entry(invocation, &entries.entries[i]));
    return STATUS_OK;
}

/* ---- changes --------------------------------------------------------------------------------- */

/* What stands in the list after a change. */
static enum status print_changed(const struct invocation *invocation, const struct session *session)
{
    struct operator_entry entry;
    TRY(find(session, invocation_text(invocation, "NAME"), &entry));
    return print_entry(invocation, &entry);
}

static enum status role(const struct invocation *invocation)
{
    enum operator_role wanted;
    TRY(operator_role_parse(invocation_text(invocation, "role"), &wanted));
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    TRY(operator_set_role(session.service, &actor, invocation_text(invocation, "NAME"), wanted));
    return print_changed(invocation, &session);
}

typedef enum status change_function(const struct service *service, const struct actor *actor,
                                    const char *name);

static enum status change(const struct invocation *invocation, change_function *function)
{
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    TRY(function(session.service, &actor, invocation_text(invocation, "NAME")));
    return print_changed(invocation, &session);
}

static enum status disable(const struct invocation *invocation)
{
    return change(invocation, operator_disable);
}

static enum status enable(const struct invocation *invocation)
{
    return change(invocation, operator_enable);
}

/* ---- one-time codes -------------------------------------------------------------------------- */

static enum status print_codes_json(const char *name, const struct totp_setup *setup,
                                    const struct recovery_codes *codes)
{
    json_t *list = json_array();
    int failed = list == NULL;
    for (size_t i = 0; i < RECOVERY_CODES && !failed; i++)
        failed = json_array_append_new(list, json_string(secret_text(codes->codes[i])));
    return output_json(json_pack("{s:s, s:s, s:s, s:o}", "name", name, "secret",
                                 secret_text(setup->text), "uri", secret_text(setup->uri),
                                 "recovery_codes", list));
}

static enum status print_codes(const struct invocation *invocation, const char *name,
                               const struct totp_setup *setup, const struct recovery_codes *codes)
{
    if (invocation_has(invocation, "json"))
        return print_codes_json(name, setup, codes);
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    append_row(&text, "operator", name);
    append_row(&text, "secret", secret_text(setup->text));
    append_row(&text, "address", secret_text(setup->uri));
    if (invocation_has(invocation, "qr"))
        TRY(qr_append_terminal(&text, secret_text(setup->uri)));
    buf_append_text(&text, "\nCodes are asked for from the next log-in on. Each of these stands in "
                           "for one, once:\n\n");
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        buf_printf(&text, "  %s\n", secret_text(codes->codes[i]));
    return output_text(&text);
}

static enum status totp(const struct invocation *invocation)
{
    if (invocation_has(invocation, "remove"))
        return change(invocation, totp_remove);
    struct session session defer(session_clear) = {0};
    struct totp_setup setup defer(totp_setup_clear) = {0};
    struct recovery_codes codes defer(recovery_codes_clear) = {0};
    struct operator_entry entry;
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    TRY(find(&session, invocation_text(invocation, "NAME"), &entry));
    TRY(totp_enrol(session.service, &actor, entry.name, &setup, &codes));
    return print_codes(invocation, entry.name, &setup, &codes);
}

/* ---- certificates ---------------------------------------------------------------------------- */

static enum status print_certificate(const struct invocation *invocation,
                                     const struct operator_certificate *made)
{
    const char *name = invocation_text(invocation, "NAME");
    const char *out = invocation_text(invocation, "out");
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:s, s:o, s:s, s:s}", "name", name, "serial",
                                     made->serial, "not_after", json_time(made->not_after),
                                     "password", secret_text(made->password), "file", out));
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    buf_printf(&text, "The bundle for the browser of %s is in %s.\n\n", name, out);
    append_row(&text, "password", secret_text(made->password));
    append_row(&text, "serial", made->serial);
    append_time_row(&text, "valid until", made->not_after);
    return output_text(&text);
}

static enum status certificate(const struct invocation *invocation)
{
    struct secret *own defer(secret_free) = NULL;
    struct operator_certificate made defer(operator_certificate_clear) = {0};
    TRY(read_password(invocation, &own));
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_SIGNER, &session));
    struct actor actor = session_actor(&session);
    int64_t lifetime = invocation_number(invocation, "days", 0) * CLOCK_DAY;
    TRY(operator_certificate_make(session.service, &actor, invocation_text(invocation, "NAME"),
                                  lifetime, own, &made));
    TRY(file_replace(invocation_text(invocation, "out"), span_of(made.file.ptr, made.file.len),
                     0600));
    return print_certificate(invocation, &made);
}

/* clang-format off */
#define ARGUMENT_NAME {.kind = ARGUMENT_WORD, .name = "NAME", .help = "Log-in of the operator"}
#define ARGUMENT_ROLE {.kind = ARGUMENT_TEXT, .name = "role", .value = "ROLE", .required = true, \
                       .help = "admin, helpdesk or auditor"}
#define ARGUMENT_PASSWORD {.kind = ARGUMENT_TEXT, .name = "password-file", .value = "FILE", \
                           .help = "First password; a good one is generated unless given"}

static const struct argument add_arguments[] = {
    ARGUMENT_NAME, ARGUMENT_ROLE, ARGUMENT_PASSWORD, ARGUMENT_JSON};
static const struct argument passwd_arguments[] = {ARGUMENT_NAME, ARGUMENT_PASSWORD, ARGUMENT_JSON};
static const struct argument role_arguments[] = {ARGUMENT_NAME, ARGUMENT_ROLE, ARGUMENT_JSON};
static const struct argument name_arguments[] = {ARGUMENT_NAME, ARGUMENT_JSON};
static const struct argument list_arguments[] = {ARGUMENT_JSON};
static const struct argument totp_arguments[] = {
    ARGUMENT_NAME,
    {.kind = ARGUMENT_FLAG, .name = "remove", .help = "Ask for no codes any more"},
    {.kind = ARGUMENT_FLAG, .name = "qr", .help = "Draw what the app reads as a QR code"},
    ARGUMENT_JSON,
};
static const struct argument certificate_arguments[] = {
    ARGUMENT_NAME,
    {.kind = ARGUMENT_TEXT, .name = "out", .value = "FILE", .required = true,
     .help = "Where the bundle goes"},
    {.kind = ARGUMENT_NUMBER, .name = "days", .value = "N", .least = 1, .most = 730,
     .help = "Validity of the certificate, as that of users unless given"},
    {.kind = ARGUMENT_TEXT, .name = "password-file", .value = "FILE",
     .help = "Password for the bundle; a good one is generated unless given"},
    ARGUMENT_JSON,
};
/* clang-format on */

#define OPERATOR_COMMAND(verb, text, table)                                                        \
    const struct command operator_##verb##_command = {                                             \
        .group = "operator",                                                                       \
        .name = #verb,                                                                             \
        .summary = text,                                                                           \
        .arguments = table,                                                                        \
        .argument_count = sizeof table / sizeof table[0],                                          \
        .run = verb,                                                                               \
    }

OPERATOR_COMMAND(add, "Adds an operator, with a first password", add_arguments);
OPERATOR_COMMAND(passwd, "Gives an operator a new first password", passwd_arguments);
OPERATOR_COMMAND(role, "Gives an operator another role", role_arguments);
OPERATOR_COMMAND(disable, "Forbids an operator to log in", name_arguments);
OPERATOR_COMMAND(enable, "Allows an operator to log in again", name_arguments);
OPERATOR_COMMAND(list, "Lists the operators", list_arguments);
OPERATOR_COMMAND(certificate, "Makes a certificate by which an operator's browser logs in",
                 certificate_arguments);
OPERATOR_COMMAND(totp, "Asks an operator for one-time codes, or no longer", totp_arguments);
