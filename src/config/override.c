/* Single options by their names. */
#include "config/override.h"

#include "config/option.h"

#include <assert.h>

static const char *text_of(const struct config *config, const struct option *option)
{
    return *(char *const *)((const char *)config + option->offset);
}

const char *config_text(const struct config *config, const char *section, const char *key)
{
    const struct option *option = option_find(section, key);
    assert(option != NULL && option_is_quoted(option) && !option_is_list(option));
    return text_of(config, option);
}

static bool is_in_environment(const struct option *option)
{
    char name[OPTION_VARIABLE_SIZE];
    option_format_variable(option, name);
    return getenv(name) != NULL;
}

enum config_origin config_origin(const struct config *config, const char *section, const char *key)
{
    const struct option *option = option_find(section, key);
    assert(option != NULL);
    if (is_in_environment(option))
        return CONFIG_FROM_ENVIRONMENT;
    return strcmp(text_of(config, option), option->value) == 0 ? CONFIG_FROM_DEFAULT
                                                               : CONFIG_FROM_FILE;
}

enum status config_override(struct config *config, const char *section, const char *key,
                            const char *value)
{
    const struct option *option = option_find(section, key);
    if (option == NULL)
        return status_fail(STATUS_CONFIG, "%.40s.%.40s is no option", section, key);
    return is_in_environment(option) ? STATUS_OK : option_set_text(config, option, value);
}
