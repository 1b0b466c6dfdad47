/* A phone holds a few connections at a time, so their requests are brought together here. */
#include "web/connection_view.h"

#include "web/device_view.h"

enum { AGE_IN_MINUTES = 120, MINUTE = 60 };

void connection_lines_clear(struct connection_lines *lines)
{
    free(lines->connections);
    free(lines->requests);
    *lines = (struct connection_lines){0};
}

static enum text_key step_of(const struct sighting_row *row)
{
    static const struct {
        const char *command;
        enum text_key step;
    } steps[] = {
        {"Provision", TEXT_PHONESTEP_PROVISION}, {"FolderSync", TEXT_PHONESTEP_FOLDERSYNC},
        {"Sync", TEXT_PHONESTEP_SYNC},           {"Ping", TEXT_PHONESTEP_PING},
        {"Settings", TEXT_PHONESTEP_SETTINGS},
    };
    if (row->kind == SIGHTING_FAILED_HANDSHAKE)
        return TEXT_PHONESTEP_HANDSHAKE_FAILED;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (strcmp(steps[i].command, row->command) == 0)
            return steps[i].step;
    if (row->command[0] != '\0')
        return TEXT_PHONESTEP_OTHER;
    if (strcmp(row->method, "OPTIONS") == 0)
        return TEXT_PHONESTEP_OPTIONS;
    return row->front == SIGHTING_AUTH ? TEXT_PHONESTEP_ASKED : TEXT_PHONESTEP_OTHER;
}

static bool is_allowed(const struct sighting_row *row)
{
    return strcmp(row->reason, verdict_reason_text(VERDICT_ALLOWED)) == 0;
}

bool connection_is_refused(const struct sighting_row *row)
{
    enum { REFUSED = 400, PROVISION_FIRST = 449, NOT_IMPLEMENTED = 501, UNAVAILABLE = 503 };
    return is_allowed(row) && row->http >= REFUSED && row->http != PROVISION_FIRST &&
           row->http != NOT_IMPLEMENTED && row->http != UNAVAILABLE;
}

static struct view_sighting_line request_of(const struct sighting_row *row)
{
    bool failed = row->kind == SIGHTING_FAILED_HANDSHAKE;
    bool allowed = is_allowed(row);
    bool good = allowed && !connection_is_refused(row);
    const struct device_words words = device_words_of_reason(row->reason);
    return (struct view_sighting_line){
        .at = row->at,
        .step = step_of(row),
        .command = row->command[0] != '\0' ? row->command : row->method,
        .user = allowed ? "" : row->user,
        .is_good = good,
        .is_bad = !good,
        .refused = !allowed && !failed,
        .failed = failed,
        .reason = words.sentence,
        .next = words.next,
        .detail = row->detail,
        .http = row->http,
        .status = row->status,
        .cut_off = row->cut_off,
    };
}

static enum text_key certificate_of(const struct sighting_row *row)
{
    if (row->kind == SIGHTING_FAILED_HANDSHAKE)
        return TEXT_CONNECTION_FAILED;
    switch (row->certificate) {
    case SIGHTING_CERTIFICATE_HANDSHAKE:
        return TEXT_CONNECTION_HANDSHAKE;
    case SIGHTING_CERTIFICATE_RESUMED:
        return TEXT_CONNECTION_RESUMED;
    case SIGHTING_CERTIFICATE_FORWARDED:
        return TEXT_CONNECTION_FORWARDED;
    case SIGHTING_CERTIFICATE_NONE:
        break;
    }
    return TEXT_CONNECTION_NONE;
}

static struct view_connection connection_of(const struct sighting_row *row)
{
    bool failed = row->kind == SIGHTING_FAILED_HANDSHAKE;
    bool resumed = row->certificate == SIGHTING_CERTIFICATE_RESUMED;
    int64_t age = resumed ? row->session_age : 0;
    return (struct view_connection){
        .at = row->at - row->handshake_age,
        .address = row->address,
        .tls = row->tls_version,
        .agent = row->agent,
        .certificate = certificate_of(row),
        .is_good = !failed && !resumed && row->certificate != SIGHTING_CERTIFICATE_NONE,
        .is_note = !failed && resumed,
        .is_bad = failed || row->certificate == SIGHTING_CERTIFICATE_NONE,
        .minutes = age >= AGE_IN_MINUTES ? age / MINUTE : 0,
        .seconds = age >= AGE_IN_MINUTES ? 0 : age,
    };
}

/* Of each sighting, which connection it came on: those without a name are one each. */
static size_t connection_index(const struct sighting_list *list, const size_t *of, size_t i)
{
    for (size_t before = 0; list->rows[i].connection[0] != '\0' && before < i; before++)
        if (strcmp(list->rows[before].connection, list->rows[i].connection) == 0)
            return of[before];
    return SIZE_MAX;
}

static void fill(const struct sighting_list *list, size_t *of, struct connection_lines *lines)
{
    for (size_t i = 0; i < list->count; i++) {
        of[i] = connection_index(list, of, i);
        if (of[i] == SIZE_MAX) {
            of[i] = lines->count++;
            lines->connections[of[i]] = connection_of(&list->rows[i]);
        }
        lines->connections[of[i]].requests_count++;
    }
    struct view_sighting_line *next = lines->requests;
    for (size_t connection = 0; connection < lines->count; connection++) {
        lines->connections[connection].requests = next;
        for (size_t i = 0; i < list->count; i++)
            if (of[i] == connection)
                *next++ = request_of(&list->rows[i]);
    }
}

enum status connection_lines_make(const struct sighting_list *list,
                                  struct connection_lines *ret_lines)
{
    struct connection_lines lines defer(connection_lines_clear) = {.count = 0};
    lines.connections = calloc(list->count + 1, sizeof *lines.connections);
    lines.requests = calloc(list->count + 1, sizeof *lines.requests);
    size_t *of defer(free) = calloc(list->count + 1, sizeof *of);
    if (lines.connections == NULL || lines.requests == NULL || of == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a timeline");
    fill(list, of, &lines);
    *ret_lines = lines;
    lines = (struct connection_lines){0};
    return STATUS_OK;
}
