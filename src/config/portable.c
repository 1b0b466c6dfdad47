/* Values come out of the struct by the option table, as the environment may have set them. */
#include "config/portable.h"

#include "base/text.h"
#include "config/option.h"

#include <assert.h>
#include <stdio.h>

enum { VALUES_MAX = 64 * 1024 };

static void name_file(const struct option *option, char ret_name[static CONFIG_FILE_NAME_SIZE])
{
    if (option->value[0] != '\0')
        snprintf(ret_name, CONFIG_FILE_NAME_SIZE, "%s", option->value);
    else
        snprintf(ret_name, CONFIG_FILE_NAME_SIZE, "files/%s.%s", option->section, option->key);
}

static const char *text_of(const struct config *config, const struct option *option)
{
    return *(char *const *)((const char *)config + option->offset);
}

static void add_file(const struct config *config, const struct option *option,
                     struct config_file files[static CONFIG_FILES_MOST], size_t *count)
{
    if (option->type != OPTION_PATH || text_of(config, option)[0] == '\0')
        return;
    assert(*count < CONFIG_FILES_MOST);
    files[*count].path = text_of(config, option);
    name_file(option, files[(*count)++].name);
}

size_t config_files(const struct config *config, struct config_file files[static CONFIG_FILES_MOST])
{
    size_t count = 0;
    for (size_t i = 0; i < option_count; i++)
        add_file(config, &option_table[i], files, &count);
    for (size_t i = 0; i < config->anchor_count; i++)
        for (size_t row = 0; row < anchor_option_count; row++) {
            const struct option option = anchor_option(config, i, row);
            add_file(config, &option, files, &count);
        }
    return count;
}

/* "files/anchor.NAME.KEY" */
static bool is_file_of_anchor(const char *name)
{
    static const char start[] = "files/" CONFIG_ANCHOR_PREFIX;
    char copy[CONFIG_FILE_NAME_SIZE];
    size_t row;
    if (strncmp(name, start, sizeof start - 1) != 0 || strlen(name) >= sizeof copy)
        return false;
    snprintf(copy, sizeof copy, "%s", name + sizeof start - 1);
    char *key = strchr(copy, '.');
    if (key == NULL)
        return false;
    *key++ = '\0';
    return config_is_anchor_name(copy) && anchor_find_row(key, &row) &&
           anchor_table[row].type == OPTION_PATH;
}

bool config_is_file_name(const char *name)
{
    bool found = false;
    for (size_t i = 0; i < option_count && !found; i++) {
        char other[CONFIG_FILE_NAME_SIZE];
        name_file(&option_table[i], other);
        found = option_table[i].type == OPTION_PATH && strcmp(name, other) == 0;
    }
    return found || is_file_of_anchor(name);
}

static void append_list(struct buf *value, const struct config_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        buf_printf(value, "%s%s", i == 0 ? "" : ",", list->items[i]);
}

/* As option_set_text() reads it. */
static void append_value(struct buf *value, const struct config *config,
                         const struct option *option)
{
    const void *member = (const char *)config + option->offset;
    char name[CONFIG_FILE_NAME_SIZE];
    switch (option->type) {
    case OPTION_PATH:
        name_file(option, name);
        buf_append_text(value, text_of(config, option)[0] == '\0' ? "" : name);
        return;
    case OPTION_TEXT:
    case OPTION_COLOR:
    case OPTION_HOST:
    case OPTION_MAIL:
    case OPTION_URL:
    case OPTION_ADDRESS:
    case OPTION_CHOICE:
        buf_append_text(value, text_of(config, option));
        return;
    case OPTION_INTEGER:
    case OPTION_SIZE:
        buf_printf(value, "%lld", (long long)*(const int64_t *)member);
        return;
    case OPTION_DURATION:
        text_append_duration(value, *(const int64_t *)member);
        return;
    case OPTION_BOOLEAN:
        buf_append_text(value, *(const bool *)member ? "true" : "false");
        return;
    case OPTION_HOST_LIST:
    case OPTION_NETWORK_LIST:
    case OPTION_MAIL_LIST:
    case OPTION_LOCATION_LIST:
    case OPTION_OID_LIST:
    case OPTION_DOMAIN_LIST:
    case OPTION_CHOICE_LIST:
        append_list(value, member);
        return;
    }
}

/* A PATH is given its name here, so it differs only when it is set where the default is not, or the
 * other way round. */
static bool differs(const struct config *config, const struct config *defaults,
                    const struct option *option)
{
    if (option->type != OPTION_PATH)
        return !option_is_equal(config, defaults, option);
    return (text_of(config, option)[0] == '\0') != (option->value[0] == '\0');
}

struct settings {
    struct config_setting *items;
    char **values; /* of the items */
    size_t count;
};

static void settings_clear(struct settings *settings)
{
    for (size_t i = 0; i < settings->count; i++)
        free(settings->values[i]);
    free(settings->values);
    free(settings->items);
}
CLEANUP_VALUE(struct settings, settings_clear)

static enum status add_setting(const struct config *config, const struct option *option,
                               struct settings *settings)
{
    struct buf value defer(buf_clear) = BUF_INIT(VALUES_MAX);
    append_value(&value, config, option);
    char *text = NULL;
    TRY(buf_take_text(&value, &text));
    settings->values[settings->count] = text;
    settings->items[settings->count++] =
        (struct config_setting){option->section, option->key, text};
    return STATUS_OK;
}

enum status config_append_portable(struct buf *text, const struct config *config)
{
    struct config *defaults defer(config_free) = NULL;
    TRY(config_defaults(config->folder, &defaults));
    struct settings settings defer(settings_clear) = {0};
    size_t most = option_count + config->anchor_count * anchor_option_count;
    settings.items = calloc(most, sizeof *settings.items);
    settings.values = calloc(most, sizeof *settings.values);
    if (settings.items == NULL || settings.values == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the configuration");
    for (size_t i = 0; i < option_count; i++)
        if (differs(config, defaults, &option_table[i]))
            TRY(add_setting(config, &option_table[i], &settings));
    for (size_t i = 0; i < config->anchor_count; i++)
        for (size_t row = 0; row < anchor_option_count; row++) {
            const struct option option = anchor_option(config, i, row);
            TRY(add_setting(config, &option, &settings));
        }
    return config_append_file(text, settings.items, settings.count);
}
