/* The sample file and the file that init writes: the same text, with some lines set. */
#include "config/config.h"

#include "base/text.h"
#include "config/option.h"

#include <stdio.h>

static const char introduction[] =
    "# certferry.conf: the configuration of certferry\n"
    "#\n"
    "# A line such as '# port = 8080' shows an option with its default: take the # away to set\n"
    "# it. Relative paths start at the folder of this file. Durations are written 90s, 15m, 36h\n"
    "# or 7d, sizes 512, 64K or 10M, lists {\"one\", \"two\"}. Inside quotes \\\" is a quote, \\\\ "
    "a\n"
    "# backslash and \\$ a dollar sign. Each option can also be given in the environment:\n"
    "# CERTFERRY_HTTP_PORT is port in the section http; lists are separated by commas there.\n";

static void append_quoted(struct buf *text, struct span value)
{
    buf_append_byte(text, '"');
    for (size_t i = 0; i < value.len; i++) {
        if (strchr("\"\\$", value.ptr[i]) != NULL)
            buf_append_byte(text, '\\');
        buf_append_byte(text, value.ptr[i]);
    }
    buf_append_byte(text, '"');
}

static void append_list(struct buf *text, const char *value)
{
    buf_append_byte(text, '{');
    while (*value != '\0') {
        size_t len = strcspn(value, ",");
        append_quoted(text, span_of(value, len));
        value += len;
        value += strspn(value, ", ");
        buf_append_text(text, *value == '\0' ? "" : ", ");
    }
    buf_append_byte(text, '}');
}

static void append_value(struct buf *text, const struct option *option, const char *value)
{
    if (option_is_list(option))
        append_list(text, value);
    else if (option_is_quoted(option))
        append_quoted(text, span_of_text(value));
    else
        buf_append_text(text, value);
}

/* "a|b|c" as "a, b or c" */
static void append_words(struct buf *text, const char *words)
{
    for (const char *c = words; *c != '\0'; c++) {
        if (*c != '|')
            buf_append_byte(text, (uint8_t)*c);
        else
            buf_append_text(text, strchr(c + 1, '|') == NULL ? " or " : ", ");
    }
}

/* How the type of an option is put into words: what stands before and behind its bounds. */
enum bounds { BOUNDS_NONE, BOUNDS_NUMBERS, BOUNDS_DURATIONS, BOUNDS_MOST, BOUNDS_WORDS };

static const struct wording {
    const char *before;
    enum bounds bounds;
    const char *behind;
} wordings[] = {
    [OPTION_TEXT] = {"Text of ", BOUNDS_NUMBERS, " characters"},
    [OPTION_COLOR] = {"Colour as # and six hexadecimal digits", BOUNDS_NONE, ""},
    [OPTION_PATH] = {"File name", BOUNDS_NONE, ""},
    [OPTION_HOST] = {"Host name or IP address", BOUNDS_NONE, ""},
    [OPTION_MAIL] = {"Mail address", BOUNDS_NONE, ""},
    [OPTION_URL] = {"http or https address", BOUNDS_NONE, ""},
    [OPTION_ADDRESS] = {"IP address", BOUNDS_NONE, ""},
    [OPTION_CHOICE] = {"One of ", BOUNDS_WORDS, ""},
    [OPTION_INTEGER] = {"Number from ", BOUNDS_NUMBERS, ""},
    [OPTION_DURATION] = {"Duration from ", BOUNDS_DURATIONS, ""},
    [OPTION_SIZE] = {"Size from ", BOUNDS_NUMBERS, " bytes"},
    [OPTION_BOOLEAN] = {"true or false", BOUNDS_NONE, ""},
    [OPTION_HOST_LIST] = {"List of at most ", BOUNDS_MOST, " host names or IP addresses"},
    [OPTION_NETWORK_LIST] = {"List of at most ", BOUNDS_MOST, " IP addresses or networks"},
    [OPTION_MAIL_LIST] = {"List of at most ", BOUNDS_MOST, " mail addresses"},
    [OPTION_LOCATION_LIST] = {"List of at most ", BOUNDS_MOST, " http addresses or file names"},
    [OPTION_OID_LIST] = {"List of at most ", BOUNDS_MOST, " object identifiers"},
    [OPTION_DOMAIN_LIST] = {"List of at most ", BOUNDS_MOST, " pairs of domains"},
    [OPTION_CHOICE_LIST] = {"List of ", BOUNDS_WORDS, ""},
};

static void append_bounds(struct buf *text, const struct option *option, enum bounds bounds)
{
    long long least = (long long)option->least;
    long long most = (long long)option->most;
    switch (bounds) {
    case BOUNDS_NONE:
        return;
    case BOUNDS_NUMBERS:
        buf_printf(text, "%lld to %lld", least, most);
        return;
    case BOUNDS_DURATIONS:
        text_append_duration(text, least);
        buf_append_text(text, " to ");
        text_append_duration(text, most);
        return;
    case BOUNDS_MOST:
        buf_printf(text, "%lld", most);
        return;
    case BOUNDS_WORDS:
        append_words(text, option->words);
        return;
    }
}

static void append_type(struct buf *text, const struct option *option)
{
    const struct wording *wording = &wordings[option->type];
    buf_append_text(text, wording->before);
    append_bounds(text, option, wording->bounds);
    buf_append_text(text, wording->behind);
}

static bool is_of_anchor(const struct config_setting *setting)
{
    return strncmp(setting->section, CONFIG_ANCHOR_PREFIX, strlen(CONFIG_ANCHOR_PREFIX)) == 0;
}

static const char *setting_of(const struct option *option, const char *section,
                              const struct config_setting *settings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].key, option->key) == 0)
            return settings[i].value;
    return NULL;
}

static void append_option(struct buf *text, const struct option *option, const char *setting)
{
    buf_printf(text, "    # %s.\n    # ", option->help);
    append_type(text, option);
    buf_append_text(text, "; default ");
    append_value(text, option, option->value);
    buf_append_text(text, option->live ? "" : "; changes with a restart only");
    buf_printf(text, ".\n    %s%s = ", setting == NULL ? "# " : "", option->key);
    append_value(text, option, setting == NULL ? option->value : setting);
    buf_append_byte(text, '\n');
}

/* The option of a setting; a section of an anchor is made by that. */
static enum status find_option(struct config *scratch, const struct config_setting *setting,
                               struct option *ret_option)
{
    size_t anchor;
    size_t row;
    const struct option *option = option_find(setting->section, setting->key);
    if (option != NULL)
        *ret_option = *option;
    else if (is_of_anchor(setting) && anchor_find_row(setting->key, &row)) {
        TRY(anchor_get(scratch, setting->section + strlen(CONFIG_ANCHOR_PREFIX), &anchor));
        *ret_option = anchor_option(scratch, anchor, row);
    } else
        return status_fail(STATUS_INVALID, "there is no option %s.%s", setting->section,
                           setting->key);
    return STATUS_OK;
}

static enum status check_settings(const struct config_setting *settings, size_t count)
{
    struct config *scratch defer(config_free) = NULL;
    TRY(config_defaults(".", &scratch));
    for (size_t i = 0; i < count; i++) {
        struct option option;
        enum status status = find_option(scratch, &settings[i], &option);
        if (status == STATUS_OK)
            status = option_set_text(scratch, &option, settings[i].value);
        if (status != STATUS_OK)
            return status == STATUS_CONFIG ? STATUS_INVALID : status;
    }
    return STATUS_OK;
}

/* Without a name it is the sample, which is a comment. */
static void append_anchor(struct buf *text, const char *section,
                          const struct config_setting *settings, size_t count)
{
    const char *comment = section == NULL ? "# " : "";
    const char *name = section == NULL ? "name" : section + strlen(CONFIG_ANCHOR_PREFIX);
    buf_printf(text, "%s%s \"%s\" {\n", comment, anchor_section.name, name);
    for (size_t row = 0; row < anchor_option_count; row++) {
        buf_append_text(text, row == 0 ? "" : "\n");
        append_option(text, &anchor_table[row],
                      section == NULL ? NULL
                                      : setting_of(&anchor_table[row], section, settings, count));
    }
    buf_printf(text, "%s}\n", comment);
}

static void append_anchors(struct buf *text, const struct config_setting *settings, size_t count)
{
    const char *last = "";
    buf_printf(text, "\n# %s.\n", anchor_section.help);
    for (size_t i = 0; i < count; i++) {
        if (!is_of_anchor(&settings[i]) || strcmp(settings[i].section, last) == 0)
            continue;
        last = settings[i].section;
        append_anchor(text, last, settings, count);
    }
    if (*last == '\0')
        append_anchor(text, NULL, NULL, 0);
}

enum status config_append_file(struct buf *text, const struct config_setting *settings,
                               size_t count)
{
    TRY(check_settings(settings, count));
    buf_append_text(text, introduction);
    for (size_t i = 0, option = 0; i < option_section_count; i++) {
        buf_printf(text, "\n# %s.\n%s {\n", option_sections[i].help, option_sections[i].name);
        bool first = true;
        for (; option < option_count &&
               strcmp(option_table[option].section, option_sections[i].name) == 0;
             option++) {
            buf_append_text(text, first ? "" : "\n");
            first = false;
            append_option(
                text, &option_table[option],
                setting_of(&option_table[option], option_sections[i].name, settings, count));
        }
        buf_append_text(text, "}\n");
    }
    append_anchors(text, settings, count);
    return text->failure;
}
