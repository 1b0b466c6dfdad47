/*
 * Sections with a name. Each stands in a place of its own in the struct, so a row of the table with
 * that place added to its offset is an option like any other.
 */
#include "config/option.h"

#include <stdio.h>

/* clang-format off */
#define ROW(key, type, value, words, least, most, help)                                            \
    {"anchor", #key, type, true, value, words, least, most, help,                                  \
     offsetof(struct config_anchor, key)},
/* clang-format on */

const struct option anchor_table[] = {
#define ANCHOR(key, type, value, least, most, help)                                                \
    ROW(key, OPTION_##type, value, NULL, least, most, help)
#define ANCHOR_CHOICE(key, value, words, help) ROW(key, OPTION_CHOICE, value, words, 0, 0, help)
#include "config/anchor.def"
};
const size_t anchor_option_count = sizeof anchor_table / sizeof anchor_table[0];

const struct option_section anchor_section = {
    "anchor",
#define ANCHOR_SECTION(help) help,
#include "config/anchor.def"
};

struct option anchor_option(const struct config *config, size_t anchor, size_t row)
{
    struct option option = anchor_table[row];
    option.section = config->anchors[anchor].section;
    option.offset += offsetof(struct config, anchors) + anchor * sizeof(struct config_anchor);
    return option;
}

bool anchor_find_row(const char *key, size_t *ret_row)
{
    for (size_t row = 0; row < anchor_option_count; row++)
        if (strcmp(anchor_table[row].key, key) == 0) {
            *ret_row = row;
            return true;
        }
    return false;
}

bool config_is_anchor_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return len > 0 && len <= CONFIG_ANCHOR_NAME_MAX && name[len] == '\0';
}

static enum status add(struct config *config, const char *name)
{
    if (!config_is_anchor_name(name))
        return status_fail(STATUS_CONFIG,
                           "the name of an anchor must have 1 to %d lower-case letters, digits "
                           "and -",
                           CONFIG_ANCHOR_NAME_MAX);
    if (config->anchor_count == CONFIG_ANCHORS_MAX)
        return status_fail(STATUS_CONFIG, "there are more than %d anchors", CONFIG_ANCHORS_MAX);
    size_t place = config->anchor_count++;
    struct config_anchor *anchor = &config->anchors[place];
    snprintf(anchor->section, sizeof anchor->section, CONFIG_ANCHOR_PREFIX "%s", name);
    anchor->name = anchor->section + strlen(CONFIG_ANCHOR_PREFIX);
    for (size_t row = 0; row < anchor_option_count; row++) {
        const struct option option = anchor_option(config, place, row);
        TRY(option_set_text(config, &option, option.value));
    }
    return STATUS_OK;
}

enum status anchor_get(struct config *config, const char *name, size_t *ret_anchor)
{
    size_t place = 0;
    while (place < config->anchor_count && strcmp(config->anchors[place].name, name) != 0)
        place++;
    if (place == config->anchor_count)
        TRY(add(config, name));
    *ret_anchor = place;
    return STATUS_OK;
}

void anchors_clear(struct config *config)
{
    for (size_t i = 0; i < config->anchor_count; i++)
        for (size_t row = 0; row < anchor_option_count; row++) {
            const struct option option = anchor_option(config, i, row);
            option_clear(config, &option);
        }
    config->anchor_count = 0;
}
