/*
 * Values that are neither in the file nor in the environment: those that an operator set on a page.
 * They stand between the two: file < page < environment.
 */
#pragma once

#include "config/config.h"

/* Where the value that counts comes from. */
enum config_origin { CONFIG_FROM_DEFAULT, CONFIG_FROM_FILE, CONFIG_FROM_ENVIRONMENT };

/* Of an option of text (TEXT, COLOR, CHOICE and the like) without overrides. A value that the file
 * sets to the default counts as the default. The option must exist. */
enum config_origin config_origin(const struct config *config, const char *section, const char *key);
/* Its value. */
const char *config_text(const struct config *config, const char *section, const char *key);
/*
 * Puts `value` in place of what default or file gave; does nothing when the environment sets the
 * option. CONFIG with "section.key: sentence" for a value that the file could not hold either; no
 * thread may read the configuration meanwhile.
 */
enum status config_override(struct config *config, const char *section, const char *key,
                            const char *value);
