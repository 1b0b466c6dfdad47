/*
 * The table of subcommands, and from a command line to an exit code: the only file that knows every
 * layer, and it knows them by this table alone.
 */
#include "base/buf.h"
#include "base/log.h"
#include "base/secret.h"
#include "command/command.h"
#include "command/output.h"
#include "config/config.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

/* For CA keys, passwords and a pool of prepared keys; a full heap falls back to ordinary memory. */
enum { SECRET_HEAP = 1 << 20, HELP_MAX = 64 * 1024, HELP_COLUMN = 16 };

/* One a line. */
/* clang-format off */
static const struct command *const commands[] = {
    &init_command,
    &import_command,
    &check_command,
    &serve_command,
    &mint_command,
    &link_create_command,
    &link_list_command,
    &link_show_command,
    &link_cancel_command,
    &link_rearm_command,
    &cert_list_command,
    &cert_show_command,
    &eas_verify_command,
    &cert_revoke_command,
    &device_list_command,
    &device_show_command,
    &device_unpin_command,
    &device_block_command,
    &device_unblock_command,
    &policy_list_command,
    &policy_show_command,
    &policy_find_command,
    &policy_set_command,
    &policy_assign_command,
    &policy_unassign_command,
    &policy_default_command,
    &policy_remove_command,
    &probe_start_command,
    &probe_stop_command,
    &probe_show_command,
    &probe_list_command,
    &probe_export_command,
    &probe_import_command,
    &crl_publish_command,
    &clock_accept_command,
    &audit_list_command,
    &audit_verify_command,
    &audit_export_command,
    &backup_command,
    &restore_command,
    &operator_add_command,
    &operator_passwd_command,
    &operator_role_command,
    &operator_disable_command,
    &operator_enable_command,
    &operator_list_command,
    &operator_totp_command,
    &operator_certificate_command,
    &key_add_command,
    &key_list_command,
    &key_revoke_command,
    &mail_list_command,
    &mail_show_command,
    &mail_retry_command,
    &mail_cancel_command,
    &mail_test_command,
    &mail_ca_command,
    &link_import_command,
    &version_command,
};
/* clang-format on */
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void append_commands(struct buf *text, const char *group)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *own = commands[i]->group;
        if (group != NULL && (own == NULL || strcmp(own, group) != 0))
            continue;
        size_t start = text->len;
        buf_append_text(text, "  ");
        arguments_append_name(text, commands[i]);
        size_t used = text->len - start;
        buf_append_repeated(text, ' ', used < HELP_COLUMN ? HELP_COLUMN - used : 1);
        buf_printf(text, "%s\n", commands[i]->summary);
    }
}

static enum status print_help(const char *group)
{
    struct buf text defer(buf_clear) = BUF_INIT(HELP_MAX);
    buf_append_text(&text, "usage: certferry [-c FILE] COMMAND ...\n\n");
    append_commands(&text, group);
    buf_append_text(&text,
                    "\n  -c FILE       Configuration; else $CERTFERRY_CONFIG, ./certferry.conf,"
                    " /etc/certferry/certferry.conf\n"
                    "  --help        Show this; after a command, its options\n"
                    "  --help-config Print every option of the configuration file\n");
    return output_text(&text);
}

static enum status print_config_help(void)
{
    struct buf text defer(buf_clear) = BUF_INIT(HELP_MAX);
    TRY(config_append_file(&text, NULL, 0));
    return output_text(&text);
}

/* The command that argv begins with; *ret_words says how many words name it. */
static const struct command *find_command(int argc, char **argv, int *ret_words)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *command = commands[i];
        const char *first = command->group == NULL ? command->name : command->group;
        *ret_words = command->group == NULL ? 1 : 2;
        bool same = argc >= *ret_words && strcmp(argv[0], first) == 0;
        if (same && (*ret_words == 1 || strcmp(argv[1], command->name) == 0))
            return command;
    }
    return NULL;
}

static bool is_group(const char *word)
{
    bool found = false;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        found = found || (commands[i]->group != NULL && strcmp(commands[i]->group, word) == 0);
    return found;
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* "link", and then nothing, a wish for help, or a word that is no command of the group. */
static enum status answer_group(int argc, char **argv)
{
    if (argc > 1 && asks_for_help(argv[1]))
        return print_help(argv[0]);
    if (argc > 1)
        return status_fail(STATUS_USAGE,
                           "there is no command '%s %.40s': 'certferry %s --help' "
                           "lists those there are",
                           argv[0], argv[1], argv[0]);
    return status_fail(STATUS_USAGE,
                       "a word is missing after %s: 'certferry %s --help' lists its "
                       "commands",
                       argv[0], argv[0]);
}

static enum status answer_unknown(int argc, char **argv)
{
    if (argc == 0)
        return status_fail(STATUS_USAGE, "no command was given: 'certferry --help' lists them");
    if (is_group(argv[0]))
        return answer_group(argc, argv);
    return status_fail(STATUS_USAGE, "there is no command '%.40s': 'certferry --help' lists them",
                       argv[0]);
}

static enum status prepare(void)
{
    bool locked = false;
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is a full disk: an error, not the end */
    log_init(LOG_LEVEL_WARNING, LOG_FORMAT_TEXT, "command");
    TRY(secret_heap_init(SECRET_HEAP, &locked));
    if (!locked)
        log_warning("main", "no memory can be locked, so keys may reach swap space: raise "
                            "LimitMEMLOCK");
    return STATUS_OK;
}

static enum status run_command(const char *config_option, int argc, char **argv)
{
    int words = 0;
    const struct command *command = find_command(argc, argv, &words);
    if (command == NULL)
        return answer_unknown(argc, argv);
    struct invocation invocation;
    TRY(arguments_parse(command, argc - words + 1, argv + words - 1, &invocation));
    invocation.config_option = config_option;
    if (invocation.help) {
        struct buf text defer(buf_clear) = BUF_INIT(HELP_MAX);
        arguments_append_help(&text, command);
        return output_text(&text);
    }
    TRY(prepare());
    return command->run(&invocation);
}

static enum status run(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {"help-config", no_argument, NULL, 'H'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    const char *config_option = NULL;
    opterr = 0;
    for (int found; (found = getopt_long(argc, argv, "+:c:hV", options, NULL)) != -1;) {
        if (found == 'c')
            config_option = optarg;
        else if (found == 'h')
            return print_help(NULL);
        else if (found == 'H')
            return print_config_help();
        else if (found == 'V')
            return run_command(NULL, 1, (char *[]){(char[]){"version"}, NULL});
        else
            return status_fail(STATUS_USAGE,
                               "%.40s is no option, or lacks its value: 'certferry "
                               "--help' shows the usage",
                               argv[optind - 1]);
    }
    return run_command(config_option, argc - optind, argv + optind);
}

int main(int argc, char **argv)
{
    enum status status = run(argc, argv);
    if (status == STATUS_OK)
        status = output_finish();
    if (status != STATUS_OK) {
        const char *detail = status_detail();
        fprintf(stderr, "certferry: %s\n", *detail == '\0' ? status_sentence(status) : detail);
    }
    return status_exit_code(status);
}
