/* Requests for a new authority from the command line, and the answer with the first password. */
#include "command/authority_arguments.h"

#include "base/text.h"
#include "command/output.h"

#include <stdio.h>

static void add_setting(struct authority_arguments *given, const char *section, const char *key,
                        const char *value)
{
    if (value == NULL)
        return;
    given->settings[given->request.setting_count++] =
        (struct config_setting){.section = section, .key = key, .value = value};
}

static enum status read_names(const char *text, struct authority_arguments *given)
{
    int len = snprintf(given->names_text, sizeof given->names_text, "%s", text);
    if (len < 0 || (size_t)len >= sizeof given->names_text)
        return status_fail(STATUS_USAGE, "--names: the list is too long");
    size_t count = 0;
    for (char *rest = given->names_text; rest != NULL && count < AUTHORITY_NAMES_MAX;)
        given->names[count++] = strsep(&rest, ",");
    given->names[count] = NULL;
    given->request.names = given->names;
    return STATUS_OK;
}

/* The configuration would look for a relative name in its own folder. */
static enum status find_passphrase(const char *path, struct authority_arguments *given)
{
    if (path == NULL)
        return STATUS_OK;
    if (realpath(path, given->passphrase_file) == NULL)
        return status_fail_errno(STATUS_INVALID, "--passphrase-file: %s", path);
    given->request.passphrase_file = given->passphrase_file;
    return STATUS_OK;
}

enum status authority_arguments_read(const struct invocation *invocation,
                                     struct authority_arguments *given)
{
    *given = (struct authority_arguments){0};
    given->request = (struct authority_request){
        .folder = invocation_text(invocation, "DIR"),
        .organisation = invocation_text(invocation, "name"),
        .host = invocation_text(invocation, "host"),
        .admin = invocation_text(invocation, "admin"),
        .asked_by = given->user,
        .settings = given->settings,
    };
    session_find_user(given->user);
    add_setting(given, "http", "port", invocation_text(invocation, "http-port"));
    add_setting(given, "https", "port", invocation_text(invocation, "https-port"));
    TRY(find_passphrase(invocation_text(invocation, "passphrase-file"), given));
    const char *names = invocation_text(invocation, "names");
    add_setting(given, "public", "names", names);
    return names == NULL ? STATUS_OK : read_names(names, given);
}

/* A file name that a shell takes back as one word. */
static void append_shell_word(struct buf *text, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+";
    bool quoted = word[strspn(word, plain)] != '\0';
    buf_append_text(text, quoted ? "'" : "");
    for (; *word != '\0'; word++)
        if (*word == '\'')
            buf_append_text(text, "'\\''");
        else
            buf_append_byte(text, (uint8_t)*word);
    buf_append_text(text, quoted ? "'" : "");
}

static void append_next(struct buf *text, const char *config_path, const char *command)
{
    buf_append_text(text, "  certferry -c ");
    append_shell_word(text, config_path);
    buf_printf(text, " %s\n", command);
}

static void append_created(struct buf *text, const struct authority_created *created)
{
    buf_append_text(text, "The authority is ready.\n\n");
    append_row(text, "configuration", created->config_path);
    buf_append_text(text, "  root SHA-256       ");
    text_append_groups(text, span_of_text(created->root_sha256), 4, ' ');
    buf_append_byte(text, '\n');
    append_row(text, "first operator", created->admin);
    append_row(text, "first password", secret_text(created->password));
    buf_append_text(text, "\nThe password is shown this once. What to do next:\n\n");
    append_next(text, created->config_path, "serve");
    append_next(text, created->config_path, "link create USER");
}

enum status authority_print_created(const struct invocation *invocation,
                                    const struct authority_created *created)
{
    if (invocation_has(invocation, "json"))
        return output_json(json_pack("{s:s, s:s, s:s, s:s}", "config", created->config_path,
                                     "root_sha256", created->root_sha256, "admin", created->admin,
                                     "password", secret_text(created->password)));
    struct buf text defer(buf_clear) = BUF_INIT((size_t)16 * 1024);
    append_created(&text, created);
    return output_text(&text);
}
