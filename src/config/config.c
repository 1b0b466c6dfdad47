/*
 * A configuration from its defaults, its file and the environment, in that order: each later one
 * replaces single values of the one before.
 */
#include "config/config.h"

#include "base/file.h"
#include "base/limits.h"
#include "config/option.h"
#include "config/parse.h"

#include <libgen.h>
#include <stdio.h>

enum status config_defaults(const char *folder, struct config **ret_config)
{
    struct config *config defer(config_free) = calloc(1, sizeof *config);
    if (config == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the configuration");
    config->folder = strdup(folder);
    if (config->folder == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the configuration");
    for (size_t i = 0; i < option_count; i++)
        TRY(option_set_text(config, &option_table[i], option_table[i].value));
    *ret_config = take(config);
    return STATUS_OK;
}

enum status config_blame(enum status status)
{
    if (status_kind(status) != STATUS_KIND_REFUSAL || status == STATUS_FORBIDDEN)
        return status;
    char detail[STATUS_DETAIL_MAX];
    memcpy(detail, status_detail(), sizeof detail);
    return status_fail(STATUS_CONFIG, "%.400s", detail);
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    for (size_t i = 0; i < option_count; i++)
        option_clear(config, &option_table[i]);
    anchors_clear(config);
    free(config->file);
    free(config->folder);
    free(config);
}

static enum status read_variable(struct config *config, const struct option *option)
{
    char name[OPTION_VARIABLE_SIZE];
    option_format_variable(option, name);
    const char *value = getenv(name);
    if (value == NULL)
        return STATUS_OK;
    enum status status = option_set_text(config, option, value);
    if (status != STATUS_CONFIG)
        return status;
    char why[STATUS_DETAIL_MAX];
    snprintf(why, sizeof why, "%s", status_detail());
    return status_fail(STATUS_CONFIG, "%s in the environment: %s", name, why);
}

static bool is_variable_of(const struct option *option, const char *variable, size_t len)
{
    char name[OPTION_VARIABLE_SIZE];
    option_format_variable(option, name);
    return strlen(name) == len && strncmp(variable, name, len) == 0;
}

static bool is_variable_of_an_anchor(const struct config *config, const char *variable, size_t len)
{
    bool found = false;
    for (size_t i = 0; i < config->anchor_count && !found; i++)
        for (size_t row = 0; row < anchor_option_count && !found; row++) {
            const struct option option = anchor_option(config, i, row);
            found = is_variable_of(&option, variable, len);
        }
    return found;
}

static bool is_variable_of_an_option(const struct config *config, const char *variable, size_t len)
{
    for (size_t i = 0; i < option_count; i++)
        if (is_variable_of(&option_table[i], variable, len))
            return true;
    return is_variable_of_an_anchor(config, variable, len);
}

static bool names_a_section(const char *variable)
{
    const char *name = variable + strlen(OPTION_VARIABLE_PREFIX);
    const size_t anchor_len = strlen(anchor_section.name);
    if (strncasecmp(name, anchor_section.name, anchor_len) == 0 && name[anchor_len] == '_')
        return true;
    for (size_t i = 0; i < option_section_count; i++) {
        size_t len = strlen(option_sections[i].name);
        if (strncasecmp(name, option_sections[i].name, len) == 0 && name[len] == '_')
            return true;
    }
    return false;
}

/* A misspelt variable would otherwise be ignored in silence. */
static enum status check_variables(const struct config *config)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        size_t len = strcspn(*entry, "=");
        if (strncmp(*entry, OPTION_VARIABLE_PREFIX, strlen(OPTION_VARIABLE_PREFIX)) == 0 &&
            names_a_section(*entry) && !is_variable_of_an_option(config, *entry, len))
            return status_fail(STATUS_CONFIG,
                               "%.*s in the environment is no option: 'certferry --help-config' "
                               "lists them",
                               (int)(len < 80 ? len : 80), *entry);
    }
    return STATUS_OK;
}

static enum status read_anchor_variables(struct config *config, size_t anchor)
{
    for (size_t row = 0; row < anchor_option_count; row++) {
        const struct option option = anchor_option(config, anchor, row);
        TRY(read_variable(config, &option));
    }
    return STATUS_OK;
}

static enum status read_environment(struct config *config)
{
    TRY(check_variables(config));
    for (size_t i = 0; i < option_count; i++)
        TRY(read_variable(config, &option_table[i]));
    for (size_t i = 0; i < config->anchor_count; i++)
        TRY(read_anchor_variables(config, i));
    return STATUS_OK;
}

static enum status read_file(const char *path, struct config *config)
{
    struct buf contents defer(buf_clear) = BUF_INIT(LIMIT_CONFIG_FILE);
    enum status status = file_read(path, &contents);
    if (status == STATUS_NO_MEMORY)
        return status;
    if (status != STATUS_OK) {
        char why[STATUS_DETAIL_MAX];
        snprintf(why, sizeof why, "%s", status_detail());
        return status_fail(STATUS_CONFIG, "the configuration cannot be used: %s", why);
    }
    struct span text;
    TRY(buf_finish(&contents, &text));
    return config_parse(path, text, config);
}

enum status config_load(const char *path, struct config **ret_config)
{
    char *copy defer(free) = strdup(path);
    if (copy == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the configuration");
    struct config *config defer(config_free) = NULL;
    TRY(config_defaults(dirname(copy), &config));
    config->file = strdup(path);
    if (config->file == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the configuration");
    TRY(read_file(path, config));
    TRY(read_environment(config));
    *ret_config = take(config);
    return STATUS_OK;
}

enum status config_find(const char *option, char **ret_path)
{
    const char *variable = getenv(OPTION_VARIABLE_PREFIX "CONFIG");
    const char *path = NULL;
    if (option != NULL)
        path = option;
    else if (variable != NULL && *variable != '\0')
        path = variable;
    else if (access("certferry.conf", F_OK) == 0)
        path = "certferry.conf";
    else if (access("/etc/certferry/certferry.conf", F_OK) == 0)
        path = "/etc/certferry/certferry.conf";
    if (path == NULL)
        return status_fail(STATUS_CONFIG, "there is no certferry.conf here or in /etc/certferry: "
                                          "name one with -c FILE, or make one with "
                                          "'certferry init'");
    char *copy = strdup(path);
    if (copy == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a path");
    *ret_path = copy;
    return STATUS_OK;
}

enum status config_keep_running(struct config *config, const struct config *running,
                                struct buf *changed)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        if (option->live || option_is_equal(config, running, option))
            continue;
        buf_printf(changed, "%s%s.%s", changed->len == 0 ? "" : ", ", option->section, option->key);
        TRY(option_copy(config, running, option));
    }
    return changed->failure;
}
