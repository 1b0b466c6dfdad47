/*
 * What a subcommand is: a row of names, help and arguments, and a function. main.c holds the table
 * of them; arguments.c reads a command line by it and prints its --help; each file of this folder
 * holds one subcommand or a family ("link ...").
 *
 * A command prints its answer on standard output and returns a status; main() prints the sentence
 * of what is not STATUS_OK on standard error and turns it into the exit code of INTERFACE:
 * 0 done, 1 refused, 2 usage, 3 configuration, 4 fault.
 */
#pragma once

#include "base/buf.h"
#include "base/status.h"

enum argument_kind {
    ARGUMENT_WORD,     /* stands by itself and is required: USER */
    ARGUMENT_OPTIONAL, /* a word that may be missing; after those that may not */
    ARGUMENT_WORDS,    /* words to the end of the line, one or, when not required, none; the last */
    ARGUMENT_FLAG,     /* --json */
    ARGUMENT_TEXT,     /* --name TEXT */
    ARGUMENT_LIST,     /* --policy OID, any number of times; one such argument a command */
    ARGUMENT_NUMBER,   /* --days N, from `least` to `most` */
    ARGUMENT_DURATION, /* --expires 3d */
};

struct argument {
    enum argument_kind kind;
    const char *name;  /* "days"; of a word, what stands in the usage: "USER" */
    const char *value; /* what stands for the value in the usage: "N"; NULL without a value */
    const char *help;
    int64_t least;
    int64_t most;
    bool required; /* of an option, and of words */
};

/* For commands that print data. */
#define ARGUMENT_JSON                                                                              \
    {                                                                                              \
        .kind = ARGUMENT_FLAG, .name = "json", .help = "Print JSON"                                \
    }

enum { ARGUMENTS_MAX = 20, ARGUMENT_LIST_MAX = 16, ARGUMENT_WORDS_MAX = 256 };

struct invocation;

struct command {
    const char *group; /* "link", NULL for a command of one word */
    const char *name;  /* "create" */
    const char *summary;
    const struct argument *arguments;
    size_t argument_count;
    enum status (*run)(const struct invocation *invocation);
};

/* One command line, checked. */
struct invocation {
    const struct command *command;
    const char *config_option; /* of -c, or NULL */
    bool help;                 /* --help was given: nothing else was checked */
    const char *texts[ARGUMENTS_MAX];
    int64_t numbers[ARGUMENTS_MAX];
    const char *list[ARGUMENT_LIST_MAX]; /* of the ARGUMENT_LIST, in their order */
    size_t list_count;
    const char *words[ARGUMENT_WORDS_MAX]; /* of the ARGUMENT_WORDS, likewise */
    size_t word_count;
};

/*
 * Reads argv[1..argc-1]; argv[0] is passed over. USAGE with one sentence: unknown or repeated
 * option, missing or surplus word, value that is no number or duration.
 */
enum status arguments_parse(const struct command *command, int argc, char **argv,
                            struct invocation *ret_invocation);
/* "usage: certferry link create USER ..." and one line for each argument. */
void arguments_append_help(struct buf *text, const struct command *command);
/* "link create", as it is typed. */
void arguments_append_name(struct buf *text, const struct command *command);

/* Whether the argument was given. The name must be one of the command's. */
bool invocation_has(const struct invocation *invocation, const char *name);
/* NULL when it was not given. */
const char *invocation_text(const struct invocation *invocation, const char *name);
/* Of a number, or the seconds of a duration; `otherwise` when it was not given. */
int64_t invocation_number(const struct invocation *invocation, const char *name, int64_t otherwise);

extern const struct command audit_export_command;
extern const struct command audit_list_command;
extern const struct command audit_verify_command;
extern const struct command backup_command;
extern const struct command cert_list_command;
extern const struct command cert_revoke_command;
extern const struct command cert_show_command;
extern const struct command check_command;
extern const struct command clock_accept_command;
extern const struct command crl_publish_command;
extern const struct command device_block_command;
extern const struct command device_list_command;
extern const struct command device_show_command;
extern const struct command device_unblock_command;
extern const struct command device_unpin_command;
extern const struct command eas_verify_command;
extern const struct command import_command;
extern const struct command init_command;
extern const struct command key_add_command;
extern const struct command key_list_command;
extern const struct command key_revoke_command;
extern const struct command link_cancel_command;
extern const struct command link_create_command;
extern const struct command link_import_command;
extern const struct command link_list_command;
extern const struct command link_rearm_command;
extern const struct command link_show_command;
extern const struct command mail_ca_command;
extern const struct command mail_cancel_command;
extern const struct command mail_list_command;
extern const struct command mail_retry_command;
extern const struct command mail_show_command;
extern const struct command mail_test_command;
extern const struct command mint_command;
extern const struct command operator_add_command;
extern const struct command operator_certificate_command;
extern const struct command operator_disable_command;
extern const struct command operator_enable_command;
extern const struct command operator_list_command;
extern const struct command operator_passwd_command;
extern const struct command operator_role_command;
extern const struct command operator_totp_command;
extern const struct command policy_assign_command;
extern const struct command policy_default_command;
extern const struct command policy_find_command;
extern const struct command policy_list_command;
extern const struct command policy_remove_command;
extern const struct command policy_set_command;
extern const struct command policy_show_command;
extern const struct command policy_unassign_command;
extern const struct command probe_export_command;
extern const struct command probe_import_command;
extern const struct command probe_list_command;
extern const struct command probe_show_command;
extern const struct command probe_start_command;
extern const struct command probe_stop_command;
extern const struct command restore_command;
extern const struct command serve_command;
extern const struct command version_command;
