/* The table itself, and values on their way into the struct. */
#include "config/option.h"

#include "base/limits.h"
#include "base/text.h"
#include "config/check.h"

#include <ctype.h>
#include <stdio.h>

#define WHEN_LIVE  true
#define WHEN_START false
/* clang-format off */
#define ROW(section, key, type, live, value, words, least, most, help)                             \
    {#section, #key, type, live, value, words, least, most, help,                                  \
     offsetof(struct config, section##_##key)},
/* clang-format on */

const struct option option_table[] = {
#define OPTION(section, key, type, when, value, least, most, help)                                 \
    ROW(section, key, OPTION_##type, WHEN_##when, value, NULL, least, most, help)
#define CHOICE(section, key, value, words, help)                                                   \
    ROW(section, key, OPTION_CHOICE, WHEN_LIVE, value, words, 0, 0, help)
#define CHOICE_LIST(section, key, value, words, most, help)                                        \
    ROW(section, key, OPTION_CHOICE_LIST, WHEN_LIVE, value, words, 0, most, help)
#include "config/options.def"
};
const size_t option_count = sizeof option_table / sizeof option_table[0];

const struct option_section option_sections[] = {
#define SECTION(name, help) {#name, help},
#include "config/options.def"
};
const size_t option_section_count = sizeof option_sections / sizeof option_sections[0];

const struct option *option_find(const char *section, const char *key)
{
    for (size_t i = 0; i < option_count; i++)
        if (strcmp(option_table[i].section, section) == 0 && strcmp(option_table[i].key, key) == 0)
            return &option_table[i];
    return NULL;
}

void option_format_variable(const struct option *option, char ret_name[static OPTION_VARIABLE_SIZE])
{
    snprintf(ret_name, OPTION_VARIABLE_SIZE, OPTION_VARIABLE_PREFIX "%s_%s", option->section,
             option->key);
    for (char *c = ret_name; *c != '\0'; c++)
        *c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
}

bool option_is_list(const struct option *option)
{
    return option->type >= OPTION_HOST_LIST;
}

bool option_is_quoted(const struct option *option)
{
    return option->type <= OPTION_ADDRESS || option_is_list(option);
}

static enum status check_url_or_none(const char *value)
{
    return *value == '\0' ? STATUS_OK : check_url(value);
}

/* Of types that have no bounds. */
typedef enum status check_alone(const char *value);
static check_alone *const checks_alone[] = {
    [OPTION_COLOR] = check_color,          [OPTION_PATH] = check_path,
    [OPTION_URL] = check_url_or_none,      [OPTION_ADDRESS] = check_address,
    [OPTION_NETWORK_LIST] = check_network, [OPTION_LOCATION_LIST] = check_location,
    [OPTION_OID_LIST] = check_oid,         [OPTION_DOMAIN_LIST] = check_domain,
    [OPTION_CHOICE_LIST] = NULL,
};

/* Numbers are checked as they are read. */
static enum status check_value(const struct option *option, const char *value)
{
    enum option_type type = option->type;
    if (checks_alone[type] != NULL)
        return checks_alone[type](value);
    if (type == OPTION_TEXT)
        return check_text(value, option->least, option->most);
    if (type == OPTION_HOST || type == OPTION_HOST_LIST)
        return check_host(value, option->least);
    if (type == OPTION_MAIL || type == OPTION_MAIL_LIST)
        return check_mail_address(value, option->least);
    if (type == OPTION_CHOICE || type == OPTION_CHOICE_LIST)
        return check_choice(value, option->words);
    return STATUS_OK;
}

static void *member_of(struct config *config, const struct option *option)
{
    return (char *)config + option->offset;
}

static bool is_relative_file(const struct option *option, const char *value)
{
    bool file = option->type == OPTION_PATH ||
                (option->type == OPTION_LOCATION_LIST && !location_is_url(value));
    return file && value[0] != '\0' && value[0] != '/';
}

static enum status copy_value(const struct config *config, const struct option *option,
                              const char *value, char **ret_copy)
{
    struct buf text defer(buf_clear) = BUF_INIT((size_t)LIMIT_PATH);
    if (is_relative_file(option, value))
        buf_printf(&text, "%s/", config->folder);
    buf_append_text(&text, value);
    return buf_take_text(&text, ret_copy);
}

static enum status set_text(struct config *config, const struct option *option, const char *value)
{
    char *copy defer(free) = NULL;
    TRY(copy_value(config, option, value, &copy));

    option_clear(config, option);
    *(char **)member_of(config, option) = take(copy);
    return STATUS_OK;
}

static enum status set_duration(struct config *config, const struct option *option,
                                const char *value)
{
    int64_t seconds;
    TRY(text_parse_duration(value, &seconds));
    if (seconds < option->least || seconds > option->most) {
        struct buf range defer(buf_clear) = BUF_INIT(64);
        text_append_duration(&range, option->least);
        buf_append_text(&range, " to ");
        text_append_duration(&range, option->most);
        char *text defer(free) = NULL;
        TRY(buf_take_text(&range, &text));
        return status_fail(STATUS_CONFIG, "%.40s is not in the range %s", value, text);
    }
    *(int64_t *)member_of(config, option) = seconds;
    return STATUS_OK;
}

static enum status set_size(struct config *config, const struct option *option, const char *value)
{
    int64_t bytes;
    TRY(text_parse_size(value, &bytes));
    if (bytes < option->least || bytes > option->most)
        return status_fail(STATUS_CONFIG, "%.40s is not in the range %lld to %lld bytes", value,
                           (long long)option->least, (long long)option->most);
    *(int64_t *)member_of(config, option) = bytes;
    return STATUS_OK;
}

static enum status set_boolean(struct config *config, const struct option *option,
                               const char *value)
{
    bool yes = strcmp(value, "true") == 0;
    if (!yes && strcmp(value, "false") != 0)
        return status_fail(STATUS_CONFIG, "'%.40s' is neither true nor false", value);
    *(bool *)member_of(config, option) = yes;
    return STATUS_OK;
}

static void list_free(struct config_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct config_list){0};
}
CLEANUP_VALUE(struct config_list, list_free)

static enum status set_list(struct config *config, const struct option *option,
                            const char *const *values, size_t count)
{
    if (count > (size_t)option->most)
        return status_fail(STATUS_CONFIG, "a list of more than %lld", (long long)option->most);
    struct config_list list defer(list_free) = {0};
    list.items = calloc(count + 1, sizeof *list.items);
    for (; list.items != NULL && list.count < count; list.count++) {
        TRY(check_value(option, values[list.count]));
        TRY(copy_value(config, option, values[list.count], &list.items[list.count]));
    }
    if (list.items == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the configuration");

    option_clear(config, option);
    *(struct config_list *)member_of(config, option) = list;
    list = (struct config_list){0};
    return STATUS_OK;
}

static enum status set_single(struct config *config, const struct option *option, const char *value)
{
    TRY(check_value(option, value));
    switch (option->type) {
    case OPTION_INTEGER:
        return text_parse_int(value, option->least, option->most, member_of(config, option));
    case OPTION_DURATION:
        return set_duration(config, option, value);
    case OPTION_SIZE:
        return set_size(config, option, value);
    case OPTION_BOOLEAN:
        return set_boolean(config, option, value);
    case OPTION_TEXT:
    case OPTION_COLOR:
    case OPTION_PATH:
    case OPTION_HOST:
    case OPTION_MAIL:
    case OPTION_URL:
    case OPTION_ADDRESS:
    case OPTION_CHOICE:
    case OPTION_HOST_LIST:
    case OPTION_NETWORK_LIST:
    case OPTION_MAIL_LIST:
    case OPTION_LOCATION_LIST:
    case OPTION_OID_LIST:
    case OPTION_DOMAIN_LIST:
    case OPTION_CHOICE_LIST:
        return set_text(config, option, value);
    }
    return STATUS_INTERNAL;
}

enum status option_set(struct config *config, const struct option *option,
                       const char *const *values, size_t count)
{
    enum status status = option_is_list(option) ? set_list(config, option, values, count)
                                                : set_single(config, option, values[0]);
    if (status == STATUS_OK || status_kind(status) == STATUS_KIND_FAULT)
        return status;
    char why[STATUS_DETAIL_MAX];
    snprintf(why, sizeof why, "%s", status_detail());
    return status_fail(STATUS_CONFIG, "%s.%s: %s", option->section, option->key, why);
}

enum status option_set_text(struct config *config, const struct option *option, const char *text)
{
    const char *values[64] = {text};
    if (!option_is_list(option))
        return option_set(config, option, values, 1);

    char *copy defer(free) = strdup(text);
    if (copy == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the configuration");
    size_t count = 0;
    char *rest = copy;
    while (*text != '\0' && rest != NULL && count < sizeof values / sizeof values[0]) {
        char *item = strsep(&rest, ",");
        values[count++] = item + strspn(item, " ");
    }
    if (rest != NULL && *text != '\0')
        return status_fail(STATUS_CONFIG, "%s.%s: the list is too long", option->section,
                           option->key);
    return option_set(config, option, values, count);
}

void option_clear(struct config *config, const struct option *option)
{
    switch (option->type) {
    case OPTION_TEXT:
    case OPTION_COLOR:
    case OPTION_PATH:
    case OPTION_HOST:
    case OPTION_MAIL:
    case OPTION_URL:
    case OPTION_ADDRESS:
    case OPTION_CHOICE:
        free(*(char **)member_of(config, option));
        *(char **)member_of(config, option) = NULL;
        return;
    case OPTION_HOST_LIST:
    case OPTION_NETWORK_LIST:
    case OPTION_MAIL_LIST:
    case OPTION_LOCATION_LIST:
    case OPTION_OID_LIST:
    case OPTION_DOMAIN_LIST:
    case OPTION_CHOICE_LIST:
        list_free(member_of(config, option));
        return;
    case OPTION_INTEGER:
    case OPTION_DURATION:
    case OPTION_SIZE:
    case OPTION_BOOLEAN:
        return;
    }
}

static bool is_text(const struct option *option)
{
    return option->type <= OPTION_CHOICE;
}

/* Of a member that is neither text nor list. */
static size_t size_of_number(const struct option *option)
{
    return option->type == OPTION_BOOLEAN ? sizeof(bool) : sizeof(int64_t);
}

static const void *value_of(const struct config *config, const struct option *option)
{
    return (const char *)config + option->offset;
}

static bool list_is_equal(const struct config_list *a, const struct config_list *b)
{
    bool equal = a->count == b->count;
    for (size_t i = 0; equal && i < a->count; i++)
        equal = strcmp(a->items[i], b->items[i]) == 0;
    return equal;
}

bool option_is_equal(const struct config *a, const struct config *b, const struct option *option)
{
    const void *in_a = value_of(a, option);
    const void *in_b = value_of(b, option);
    if (is_text(option))
        return strcmp(*(char *const *)in_a, *(char *const *)in_b) == 0;
    if (option_is_list(option))
        return list_is_equal(in_a, in_b);
    return memcmp(in_a, in_b, size_of_number(option)) == 0;
}

enum status option_copy(struct config *to, const struct config *from, const struct option *option)
{
    const void *value = value_of(from, option);
    if (option_is_list(option)) {
        const struct config_list *list = value;
        return set_list(to, option, (const char *const *)list->items, list->count);
    }
    if (!is_text(option)) {
        memcpy(member_of(to, option), value, size_of_number(option));
        return STATUS_OK;
    }
    char *copy = strdup(*(char *const *)value);
    if (copy == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the configuration");
    option_clear(to, option);
    *(char **)member_of(to, option) = copy;
    return STATUS_OK;
}
