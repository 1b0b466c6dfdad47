/* certferry link create, list, show, cancel, rearm */
#include "command/command.h"
#include "command/link_text.h"
#include "command/pages.h"
#include "command/session.h"
#include "service/enrol.h"

static enum status create(const struct invocation *invocation)
{
    const struct enrol_request request = {
        .user = invocation_text(invocation, "USER"),
        .name = invocation_text(invocation, "name"),
        .mail = invocation_text(invocation, "mail"),
        .sid = invocation_text(invocation, "sid"),
        .device = invocation_text(invocation, "device"),
        .packing = invocation_text(invocation, "packing"),
        .lifetime = invocation_number(invocation, "expires", 0),
        .window = invocation_number(invocation, "window", 0),
        .send = invocation_has(invocation, "send"),
        .language = invocation_text(invocation, "language"),
    };
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    struct enrol_created created defer(enrol_created_clear) = {0};
    TRY(enrol_create(session.service, &actor, &request, &created));
    return link_print_created(invocation, &session, &created, invocation_has(invocation, "qr"));
}

static enum status print_line(const struct invocation *invocation, const struct enrolment *link)
{
    if (invocation_has(invocation, "json"))
        return output_json(link_json(link));
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    buf_printf(&text, "%-11s %-10s ", link->id, link_state_text(link->state));
    append_time_cell(&text, link->expires_at);
    buf_printf(&text, " %s\n", link->user);
    return output_text(&text);
}

static enum status list(const struct invocation *invocation)
{
    const struct enrol_filter filter = {
        .state = invocation_text(invocation, "state"),
        .search = invocation_text(invocation, "search"),
    };
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct pages pages = pages_of(invocation_number(invocation, "limit", INT64_MAX), NULL);
    for (struct page_request request; pages_next(&pages, &request);) {
        struct enrolment_list page defer(enrolment_list_clear) = {0};
        TRY(enrol_list(session.service, &filter, &request, &page));
        for (size_t i = 0; i < page.count; i++)
            TRY(print_line(invocation, &page.links[i]));
        pages_took(&pages, page.count, page.next);
    }
    return STATUS_OK;
}

static enum status show(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct enrolment link;
    TRY(enrol_show(session.service, invocation_text(invocation, "ID"), &link));
    return link_print(invocation, &link);
}

static enum status cancel(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    struct enrolment link;
    TRY(enrol_cancel(session.service, &actor, invocation_text(invocation, "ID"), &link));
    return link_print(invocation, &link);
}

static enum status rearm(const struct invocation *invocation)
{
    struct session session defer(session_clear) = {0};
    TRY(session_open(invocation, SERVICE_DATABASE, &session));
    struct actor actor = session_actor(&session);
    struct enrol_created created defer(enrol_created_clear) = {0};
    const char *id = invocation_text(invocation, "ID");
    const char *language = invocation_text(invocation, "language");
    TRY(invocation_has(invocation, "send")
            ? enrol_rearm_and_send(session.service, &actor, id, language, &created)
            : enrol_rearm(session.service, &actor, id, &created));
    return link_print_created(invocation, &session, &created, invocation_has(invocation, "qr"));
}

/* clang-format off */
#define ARGUMENT_ID {.kind = ARGUMENT_WORD, .name = "ID", .help = "Id of the link, as link list shows it"}
#define ARGUMENT_QR {.kind = ARGUMENT_FLAG, .name = "qr", .help = "Draw the address as a QR code"}

#define ARGUMENT_SEND                                                                              \
    {.kind = ARGUMENT_FLAG, .name = "send",                                                        \
     .help = "Send the link, without its PIN, to the mail address"},                               \
    {.kind = ARGUMENT_TEXT, .name = "language", .value = "L",                                      \
     .help = "Language of that mail, en or de, as configured unless given"}

static const struct argument create_arguments[] = {
    {.kind = ARGUMENT_WORD, .name = "USER", .help = "User principal name, such as ann@example.org"},
    {.kind = ARGUMENT_TEXT, .name = "name", .value = "NAME", .help = "Name of the person"},
    {.kind = ARGUMENT_TEXT, .name = "mail", .value = "ADDRESS", .help = "Mail address, for the certificate"},
    {.kind = ARGUMENT_TEXT, .name = "sid", .value = "SID", .help = "Active Directory SID"},
    {.kind = ARGUMENT_TEXT, .name = "device", .value = "LABEL",
     .help = "What to call the device in lists"},
    {.kind = ARGUMENT_TEXT, .name = "packing", .value = "P",
     .help = "compat or modern, as configured unless given"},
    {.kind = ARGUMENT_DURATION, .name = "expires", .value = "3d",
     .help = "Time in which the link can be claimed, as configured unless given"},
    {.kind = ARGUMENT_DURATION, .name = "window", .value = "15m",
     .help = "Time after the claim in which the bundle can be fetched again"},
    ARGUMENT_SEND,
    ARGUMENT_QR,
    ARGUMENT_JSON,
};

static const struct argument list_arguments[] = {
    {.kind = ARGUMENT_TEXT, .name = "state", .value = "STATE",
     .help = "Only those in this state, such as issued or delivered"},
    {.kind = ARGUMENT_TEXT, .name = "search", .value = "TEXT",
     .help = "Only those with a user, name, mail or device that starts so"},
    {.kind = ARGUMENT_NUMBER, .name = "limit", .value = "N", .help = "Only the newest N",
     .least = 1, .most = 1000000000},
    ARGUMENT_JSON,
};

static const struct argument id_arguments[] = {ARGUMENT_ID, ARGUMENT_JSON};
static const struct argument rearm_arguments[] = {ARGUMENT_ID, ARGUMENT_SEND, ARGUMENT_QR, ARGUMENT_JSON};
/* clang-format on */

#define LINK_COMMAND(verb, text, table)                                                            \
    const struct command link_##verb##_command = {                                                 \
        .group = "link",                                                                           \
        .name = #verb,                                                                             \
        .summary = text,                                                                           \
        .arguments = table,                                                                        \
        .argument_count = sizeof table / sizeof table[0],                                          \
        .run = verb,                                                                               \
    }

LINK_COMMAND(create, "Makes a one-time enrolment link with its PIN", create_arguments);
LINK_COMMAND(list, "Lists the links, newest first", list_arguments);
LINK_COMMAND(show, "Shows what has become of a link", id_arguments);
LINK_COMMAND(cancel, "Ends a link now", id_arguments);
LINK_COMMAND(rearm, "Makes a new link for the person of an old one, which ends", rearm_arguments);
