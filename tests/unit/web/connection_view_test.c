#include "web/connection_view.h"

#include <criterion/criterion.h>

/* A row with the texts that every row has. */
static struct sighting_row row_of(const char *connection, const char *command, const char *reason)
{
    return (struct sighting_row){
        .device = "one",
        .at = 1000,
        .connection = connection,
        .address = "192.0.2.7",
        .tls_version = "TLSv1.3",
        .cipher = "",
        .serial = "",
        .issuer = "",
        .identity = "",
        .method = command[0] == '\0' ? "OPTIONS" : "POST",
        .command = command,
        .user = "ben",
        .device_id = "",
        .device_type = "",
        .agent = "",
        .authorization_scheme = "",
        .authorization_user = "",
        .reason = reason,
        .detail = "",
        .http = 200,
        .certificate = SIGHTING_CERTIFICATE_HANDSHAKE,
    };
}

static struct connection_lines lines_of(struct sighting_row *rows, size_t count)
{
    const struct sighting_list list = {.rows = rows, .count = count};
    struct connection_lines lines = {0};
    cr_assert_eq(connection_lines_make(&list, &lines), STATUS_OK);
    return lines;
}

Test(connection_view, brings_the_requests_of_a_connection_together)
{
    struct sighting_row rows[] = {row_of("b", "Ping", "allowed"), row_of("a", "Sync", "allowed"),
                                  row_of("b", "FolderSync", "allowed"), row_of("a", "", "allowed")};
    struct connection_lines lines defer(connection_lines_clear) = lines_of(rows, 4);
    cr_assert_eq(lines.count, 2);
    cr_assert_eq(lines.connections[0].requests_count, 2);
    cr_assert_eq(lines.connections[0].requests[0].step, TEXT_PHONESTEP_PING);
    cr_assert_eq(lines.connections[0].requests[1].step, TEXT_PHONESTEP_FOLDERSYNC);
    cr_assert_eq(lines.connections[1].requests_count, 2);
    cr_assert_eq(lines.connections[1].requests[1].step, TEXT_PHONESTEP_OPTIONS);
}

Test(connection_view, an_answer_that_is_no_part_of_a_set_up_is_bad)
{
    static const struct {
        int http;
        bool bad;
    } answers[] = {{200, false}, {400, true},  {401, true},  {413, true}, {449, false},
                   {500, true},  {501, false}, {503, false}, {505, true}};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct sighting_row row = row_of("a", "Sync", "allowed");
        row.http = answers[i].http;
        struct connection_lines lines defer(connection_lines_clear) = lines_of(&row, 1);
        const struct view_sighting_line *line = &lines.connections[0].requests[0];
        cr_expect(line->is_bad == answers[i].bad && !line->refused, "%d", answers[i].http);
    }
}

Test(connection_view, failed_handshakes_are_one_each)
{
    struct sighting_row rows[] = {row_of("", "", ""), row_of("", "", "")};
    rows[0].kind = rows[1].kind = SIGHTING_FAILED_HANDSHAKE;
    struct connection_lines lines defer(connection_lines_clear) = lines_of(rows, 2);
    cr_assert_eq(lines.count, 2);
    cr_assert_eq(lines.connections[1].certificate, TEXT_CONNECTION_FAILED);
    cr_assert(lines.connections[1].is_bad);
    cr_assert(lines.connections[1].requests[0].failed);
    cr_assert_not(lines.connections[1].requests[0].refused);
}

Test(connection_view, a_resumed_session_says_how_old_it_is)
{
    struct sighting_row rows[] = {row_of("a", "Sync", "allowed"), row_of("b", "Sync", "allowed")};
    rows[0].certificate = rows[1].certificate = SIGHTING_CERTIFICATE_RESUMED;
    rows[0].session_age = 119;
    rows[1].session_age = 7260;
    struct connection_lines lines defer(connection_lines_clear) = lines_of(rows, 2);
    cr_assert(lines.connections[0].is_note);
    cr_assert_eq(lines.connections[0].seconds, 119);
    cr_assert_eq(lines.connections[0].minutes, 0);
    cr_assert_eq(lines.connections[1].seconds, 0);
    cr_assert_eq(lines.connections[1].minutes, 121);
}

Test(connection_view, a_refusal_has_its_sentence_and_what_to_do_and_who_the_phone_said_to_be)
{
    struct sighting_row rows[] = {row_of("a", "Sync", "expired"), row_of("a", "Sync", "allowed")};
    struct connection_lines lines defer(connection_lines_clear) = lines_of(rows, 2);
    const struct view_sighting_line *refused = &lines.connections[0].requests[0];
    cr_assert(refused->refused);
    cr_assert_eq(refused->reason, TEXT_VERDICT_EXPIRED);
    cr_assert_eq(refused->next, TEXT_VERDICT_EXPIRED_NEXT);
    cr_assert_str_eq(refused->user, "ben");
    cr_assert_str_eq(lines.connections[0].requests[1].user, "");
}
