#include "command/command.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct argument table[] = {
    {.kind = ARGUMENT_WORD, .name = "USER", .help = "Whom it is for"},
    {.kind = ARGUMENT_TEXT, .name = "name", .value = "NAME", .help = "The name"},
    {.kind = ARGUMENT_TEXT, .name = "out", .value = "FILE", .required = true, .help = "Where to"},
    {.kind = ARGUMENT_NUMBER, .name = "days", .value = "N", .help = "Days", .least = 1, .most = 9},
    {.kind = ARGUMENT_DURATION, .name = "expires", .value = "3d", .help = "How long"},
    ARGUMENT_JSON,
};

static const struct command sample = {
    .group = "thing",
    .name = "make",
    .summary = "Makes a thing",
    .arguments = table,
    .argument_count = sizeof table / sizeof table[0],
};

enum { WORDS_MAX = 10 };

static enum status parse(const char *const *words, struct invocation *ret_invocation)
{
    static char room[WORDS_MAX][64];
    char *argv[WORDS_MAX + 1] = {NULL};
    int argc = 0;
    for (; words[argc] != NULL; argc++) {
        snprintf(room[argc], sizeof room[argc], "%s", words[argc]);
        argv[argc] = room[argc];
    }
    return arguments_parse(&sample, argc, argv, ret_invocation);
}

#define PARSE(ret_invocation, ...)                                                                 \
    parse((const char *const[]){"make", __VA_ARGS__, NULL}, ret_invocation)

Test(arguments, reads_words_and_options_in_any_order)
{
    struct invocation invocation;
    cr_assert_eq(PARSE(&invocation, "--days", "7", "ann", "--out=file", "--json"), STATUS_OK, "%s",
                 status_detail());
    cr_assert_str_eq(invocation_text(&invocation, "USER"), "ann");
    cr_assert_str_eq(invocation_text(&invocation, "out"), "file");
    cr_assert_eq(invocation_number(&invocation, "days", 0), 7);
    cr_assert(invocation_has(&invocation, "json"));
}

Test(arguments, what_is_not_given_is_absent)
{
    struct invocation invocation;
    cr_assert_eq(PARSE(&invocation, "ann", "--out", "file"), STATUS_OK);
    cr_assert_null(invocation_text(&invocation, "name"));
    cr_assert_eq(invocation_number(&invocation, "expires", -5), -5);
    cr_assert_not(invocation_has(&invocation, "json"));
}

Test(arguments, durations_become_seconds)
{
    struct invocation invocation;
    cr_assert_eq(PARSE(&invocation, "ann", "--out", "file", "--expires", "36h"), STATUS_OK);
    cr_assert_eq(invocation_number(&invocation, "expires", 0), 36 * 3600);
}

Test(arguments, an_empty_value_is_a_value)
{
    struct invocation invocation;
    cr_assert_eq(PARSE(&invocation, "ann", "--out", "file", "--name", ""), STATUS_OK, "%s",
                 status_detail());
    cr_assert_str_eq(invocation_text(&invocation, "name"), "");
}

Test(arguments, two_dashes_end_the_options)
{
    struct invocation invocation;
    cr_assert_eq(PARSE(&invocation, "--out", "file", "--", "--ann"), STATUS_OK, "%s",
                 status_detail());
    cr_assert_str_eq(invocation_text(&invocation, "USER"), "--ann");
}

struct bad_line {
    const char *words[8];
    const char *sentence;
};

static const struct bad_line bad_lines[] = {
    {{"make", NULL}, "missing: USER"},
    {{"make", "ann", NULL}, "missing: --out"},
    {{"make", "ann", "bob", "--out", "f", NULL}, "there is one word too many: bob"},
    {{"make", "ann", "--out", NULL}, "a value is missing after --out"},
    {{"make", "ann", "--out", "f", "--colour", NULL}, "there is no option --colour"},
    {{"make", "ann", "--out", "f", "-x", NULL}, "there is no option -x"},
    {{"make", "ann", "--out", "f", "--json=yes", NULL}, "there is no option --json=yes"},
    {{"make", "ann", "--out", "f", "--out", "g", NULL}, "this option is given twice: --out"},
    {{"make", "ann", "--out", "f", "--days", "0", NULL}, "--days: '0' is not a whole number"},
    {{"make", "ann", "--out", "f", "--days", "10", NULL}, "--days: '10' is not a whole number"},
    {{"make", "ann", "--out", "f", "--days", "seven", NULL}, "--days: 'seven' is not"},
    {{"make", "ann", "--out", "f", "--expires", "3", NULL}, "--expires: '3' is not a duration"},
    {{"make", "ann", "--out", "f", "--expires", "soon", NULL}, "--expires: 'soon' is not"},
};

Test(arguments, refuses_what_makes_no_sense_with_a_sentence)
{
    for (size_t i = 0; i < sizeof bad_lines / sizeof bad_lines[0]; i++) {
        struct invocation invocation;
        cr_expect_eq(parse(bad_lines[i].words, &invocation), STATUS_USAGE, "%zu", i);
        cr_expect_neq(strstr(status_detail(), bad_lines[i].sentence), NULL, "%zu: %s", i,
                      status_detail());
    }
}

Test(arguments, help_needs_nothing_else)
{
    static const struct bad_line lines[] = {
        {{"make", "--help", NULL}, ""},
        {{"make", "-h", NULL}, ""},
        {{"make", "--help", "--colour", NULL}, ""},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct invocation invocation;
        cr_expect_eq(parse(lines[i].words, &invocation), STATUS_OK, "%zu: %s", i, status_detail());
        cr_expect(invocation.help);
    }
}

Test(arguments, the_help_names_every_argument)
{
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    arguments_append_help(&text, &sample);
    struct span bytes;
    cr_assert_eq(buf_finish(&text, &bytes), STATUS_OK);
    const char *help = (const char *)bytes.ptr;
    static const char first[] =
        "usage: certferry [-c FILE] thing make USER --out FILE [OPTION]...\n";
    cr_assert_eq(strncmp(help, first, strlen(first)), 0, "%s", help);
    for (size_t i = 0; i < sample.argument_count; i++) {
        cr_expect_neq(strstr(help, table[i].name), NULL, "%s", table[i].name);
        cr_expect_neq(strstr(help, table[i].help), NULL, "%s", table[i].name);
    }
}

static const struct argument optional_table[] = {
    {.kind = ARGUMENT_OPTIONAL, .name = "SERIAL", .help = "Which one"},
    {.kind = ARGUMENT_TEXT, .name = "user", .value = "USER", .help = "Whose"},
};

static const struct command optional_sample = {
    .name = "drop",
    .summary = "Drops a thing",
    .arguments = optional_table,
    .argument_count = sizeof optional_table / sizeof optional_table[0],
};

Test(arguments, a_word_may_be_missing_where_its_command_says_so)
{
    struct invocation invocation;
    char *with[] = {(char[]){"drop"}, (char[]){"0a"}, NULL};
    cr_assert_eq(arguments_parse(&optional_sample, 2, with, &invocation), STATUS_OK);
    cr_assert_str_eq(invocation_text(&invocation, "SERIAL"), "0a");
    char *without[] = {(char[]){"drop"}, (char[]){"--user"}, (char[]){"ann"}, NULL};
    cr_assert_eq(arguments_parse(&optional_sample, 3, without, &invocation), STATUS_OK);
    cr_assert_not(invocation_has(&invocation, "SERIAL"));
    struct buf help defer(buf_clear) = BUF_INIT(4096);
    arguments_append_help(&help, &optional_sample);
    cr_assert_not_null(strstr((const char *)help.ptr, "certferry [-c FILE] drop [OPTION]..."));
    cr_assert_not_null(strstr((const char *)help.ptr, "\n  SERIAL "));
}

static const struct argument words_table[] = {
    {.kind = ARGUMENT_WORD, .name = "NAME", .help = "Which one"},
    {.kind = ARGUMENT_WORDS, .name = "USER", .required = true, .help = "Who"},
    {.kind = ARGUMENT_LIST, .name = "accept", .value = "WHAT", .help = "What is meant"},
};

static const struct command words_sample = {
    .name = "give",
    .summary = "Gives a thing",
    .arguments = words_table,
    .argument_count = sizeof words_table / sizeof words_table[0],
};

Test(arguments, the_last_words_may_be_many)
{
    struct invocation invocation;
    char *words[] = {(char[]){"give"},
                     (char[]){"it"},
                     (char[]){"ann"},
                     (char[]){"--accept"},
                     (char[]){"x"},
                     (char[]){"ben"},
                     NULL};
    cr_assert_eq(arguments_parse(&words_sample, 6, words, &invocation), STATUS_OK);
    cr_assert_str_eq(invocation_text(&invocation, "NAME"), "it");
    cr_assert_eq(invocation.word_count, 2);
    cr_assert_str_eq(invocation.words[0], "ann");
    cr_assert_str_eq(invocation.words[1], "ben");
    cr_assert_eq(invocation.list_count, 1);
    struct buf help defer(buf_clear) = BUF_INIT(4096);
    arguments_append_help(&help, &words_sample);
    cr_assert_not_null(strstr((const char *)help.ptr, "give NAME USER... [OPTION]..."));
}

Test(arguments, the_last_words_are_missed_where_one_is_required)
{
    struct invocation invocation;
    char *words[] = {(char[]){"give"}, (char[]){"it"}, NULL};
    cr_assert_eq(arguments_parse(&words_sample, 2, words, &invocation), STATUS_USAGE);
    cr_assert_not_null(strstr(status_detail(), "USER"));
}

Test(arguments, the_last_words_are_bounded)
{
    struct invocation invocation;
    static char word[] = "ann";
    static char *words[ARGUMENT_WORDS_MAX + 4];
    for (size_t i = 0; i < ARGUMENT_WORDS_MAX + 3; i++)
        words[i] = word;
    cr_assert_eq(arguments_parse(&words_sample, ARGUMENT_WORDS_MAX + 2, words, &invocation),
                 STATUS_OK);
    cr_assert_eq(invocation.word_count, ARGUMENT_WORDS_MAX);
    cr_assert_eq(arguments_parse(&words_sample, ARGUMENT_WORDS_MAX + 3, words, &invocation),
                 STATUS_USAGE);
}
