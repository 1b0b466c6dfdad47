/*
 * getopt_long() does the walking; its table and everything that is said about a command are made
 * from the command's own table of arguments.
 */
#include "base/text.h"
#include "command/command.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>

/* Values that getopt_long() returns: apart from characters, and from 1, which means a word. */
enum { OPTION_HELP = 1000, OPTION_FIRST = 1001 };
enum { HELP_COLUMN = 28 };

static bool is_option(const struct argument *argument)
{
    return argument->kind != ARGUMENT_WORD && argument->kind != ARGUMENT_OPTIONAL &&
           argument->kind != ARGUMENT_WORDS;
}

static bool is_required(const struct argument *argument)
{
    return argument->required || argument->kind == ARGUMENT_WORD;
}

static void make_options(const struct command *command, struct option options[ARGUMENTS_MAX + 2])
{
    assert(command->argument_count <= ARGUMENTS_MAX);
    size_t count = 0;
    for (size_t i = 0; i < command->argument_count; i++) {
        const struct argument *argument = &command->arguments[i];
        bool valued = argument->kind != ARGUMENT_FLAG;
        if (is_option(argument))
            options[count++] =
                (struct option){argument->name, valued ? required_argument : no_argument, NULL,
                                OPTION_FIRST + (int)i};
    }
    options[count++] = (struct option){"help", no_argument, NULL, OPTION_HELP};
    options[count] = (struct option){0};
}

/* Where the sentence ends: what to type to learn more. */
static enum status fail_usage(const struct command *command, const char *what, const char *dashes,
                              const char *subject)
{
    bool grouped = command->group != NULL;
    return status_fail(STATUS_USAGE, "%s %s%.80s: 'certferry %s%s%s --help' shows the usage", what,
                       dashes, subject, grouped ? command->group : "", grouped ? " " : "",
                       command->name);
}

static enum status parse_duration(const char *text, int64_t *ret_seconds)
{
    TRY(text_parse_duration(text, ret_seconds));
    if (*ret_seconds == 0)
        return status_fail(STATUS_USAGE, "'%.40s' is no time at all", text);
    return STATUS_OK;
}

static enum status parse_value(const struct argument *argument, const char *text,
                               int64_t *ret_number)
{
    enum status status = STATUS_OK;
    if (argument->kind == ARGUMENT_NUMBER)
        status = text_parse_int(text, argument->least, argument->most, ret_number);
    else if (argument->kind == ARGUMENT_DURATION)
        status = parse_duration(text, ret_number);
    if (status == STATUS_OK)
        return STATUS_OK;
    char why[STATUS_DETAIL_MAX];
    snprintf(why, sizeof why, "%s", status_detail());
    return status_fail(STATUS_USAGE, "%s%s: %s", is_option(argument) ? "--" : "", argument->name,
                       why);
}

static enum status keep_listed(struct invocation *invocation, const char *name, const char *text)
{
    if (invocation->list_count == ARGUMENT_LIST_MAX)
        return fail_usage(invocation->command, "this option is given too often:", "--", name);
    invocation->list[invocation->list_count++] = text;
    return STATUS_OK;
}

static enum status keep(struct invocation *invocation, size_t index, const char *text)
{
    const struct argument *argument = &invocation->command->arguments[index];
    if (argument->kind == ARGUMENT_LIST) {
        invocation->texts[index] = text;
        return keep_listed(invocation, argument->name, text);
    }
    if (invocation->texts[index] != NULL)
        return fail_usage(invocation->command, "this option is given twice:", "--", argument->name);
    invocation->texts[index] = text;
    return parse_value(argument, text, &invocation->numbers[index]);
}

static enum status keep_one_of_many(struct invocation *invocation, size_t index, const char *word)
{
    if (invocation->word_count == ARGUMENT_WORDS_MAX)
        return fail_usage(invocation->command, "these are too many:", "",
                          invocation->command->arguments[index].name);
    invocation->texts[index] = word;
    invocation->words[invocation->word_count++] = word;
    return STATUS_OK;
}

static enum status keep_word(struct invocation *invocation, const char *word)
{
    const struct command *command = invocation->command;
    for (size_t i = 0; i < command->argument_count; i++) {
        if (command->arguments[i].kind == ARGUMENT_WORDS)
            return keep_one_of_many(invocation, i, word);
        if (!is_option(&command->arguments[i]) && invocation->texts[i] == NULL)
            return keep(invocation, i, word);
    }
    return fail_usage(command, "there is one word too many:", "", word);
}

static enum status check_required(const struct invocation *invocation)
{
    const struct command *command = invocation->command;
    for (size_t i = 0; i < command->argument_count; i++) {
        const struct argument *argument = &command->arguments[i];
        if (is_required(argument) && invocation->texts[i] == NULL)
            return fail_usage(command, "missing:", is_option(argument) ? "--" : "", argument->name);
    }
    return STATUS_OK;
}

static enum status parse_options(struct invocation *invocation, int argc, char **argv)
{
    struct option options[ARGUMENTS_MAX + 2];
    make_options(invocation->command, options);
    opterr = 0;
    optind = 0;
    for (;;) {
        int at = optind == 0 ? 1 : optind;
        int found = getopt_long(argc, argv, "-:h", options, NULL);
        if (found == -1)
            return STATUS_OK;
        if (found == OPTION_HELP || found == 'h')
            invocation->help = true;
        else if (found == ':')
            return fail_usage(invocation->command, "a value is missing after", "", argv[at]);
        else if (found == '?')
            return fail_usage(invocation->command, "there is no option", "", argv[at]);
        else if (found == 1)
            TRY(keep_word(invocation, optarg));
        else
            TRY(keep(invocation, (size_t)(found - OPTION_FIRST), optarg == NULL ? "" : optarg));
    }
}

enum status arguments_parse(const struct command *command, int argc, char **argv,
                            struct invocation *ret_invocation)
{
    struct invocation invocation = {.command = command};
    enum status status = parse_options(&invocation, argc, argv);
    for (int i = optind; status == STATUS_OK && i < argc; i++)
        status = keep_word(&invocation, argv[i]);
    if (status == STATUS_OK && !invocation.help)
        status = check_required(&invocation);
    if (status != STATUS_OK && !invocation.help)
        return status;
    *ret_invocation = invocation;
    return STATUS_OK;
}

void arguments_append_name(struct buf *text, const struct command *command)
{
    if (command->group != NULL)
        buf_printf(text, "%s ", command->group);
    buf_append_text(text, command->name);
}

static void append_argument(struct buf *text, const struct argument *argument)
{
    buf_printf(text, "%s%s", is_option(argument) ? "--" : "", argument->name);
    if (argument->value != NULL)
        buf_printf(text, " %s", argument->value);
    if (argument->kind == ARGUMENT_WORDS)
        buf_append_text(text, "...");
}

static void append_usage(struct buf *text, const struct command *command)
{
    buf_append_text(text, "usage: certferry [-c FILE] ");
    arguments_append_name(text, command);
    bool optional = false;
    for (size_t i = 0; i < command->argument_count; i++) {
        const struct argument *argument = &command->arguments[i];
        optional = optional || !is_required(argument);
        if (!is_required(argument))
            continue;
        buf_append_byte(text, ' ');
        append_argument(text, argument);
    }
    buf_append_text(text, optional ? " [OPTION]...\n" : "\n");
}

void arguments_append_help(struct buf *text, const struct command *command)
{
    append_usage(text, command);
    buf_printf(text, "\n%s.\n\n", command->summary);
    for (size_t i = 0; i < command->argument_count; i++) {
        size_t start = text->len;
        buf_append_text(text, "  ");
        append_argument(text, &command->arguments[i]);
        size_t used = text->len - start;
        buf_append_repeated(text, ' ', used < HELP_COLUMN ? HELP_COLUMN - used : 2);
        buf_printf(text, "%s\n", command->arguments[i].help);
    }
    buf_append_text(text, "  --help                    Show this\n");
}

static size_t index_of(const struct invocation *invocation, const char *name)
{
    size_t i = 0;
    while (i < invocation->command->argument_count &&
           strcmp(invocation->command->arguments[i].name, name) != 0)
        i++;
    assert(i < invocation->command->argument_count);
    return i;
}

bool invocation_has(const struct invocation *invocation, const char *name)
{
    return invocation->texts[index_of(invocation, name)] != NULL;
}

const char *invocation_text(const struct invocation *invocation, const char *name)
{
    return invocation->texts[index_of(invocation, name)];
}

int64_t invocation_number(const struct invocation *invocation, const char *name, int64_t otherwise)
{
    size_t i = index_of(invocation, name);
    return invocation->texts[i] == NULL ? otherwise : invocation->numbers[i];
}
