/*
 * A configuration that stands for itself in a folder of its own: the values that are in force, and
 * every file that it names under a name in that folder, but for lists in crl of an anchor, which
 * are fetched: these keep their names, and what was last read of them is in the database. For
 * backups.
 */
#pragma once

#include "config/config.h"

#include <stdbool.h>

enum { CONFIG_FILES_MOST = 40 + 2 * CONFIG_ANCHORS_MAX, CONFIG_FILE_NAME_SIZE = 80 };

struct config_file {
    const char *path;                 /* where it is now; belongs to the configuration */
    char name[CONFIG_FILE_NAME_SIZE]; /* in the folder: the option's default, "ca/root.pem", or
                                         "files/SECTION.KEY" when it has none */
};
/* The files of every PATH option that is set; gives how many. */
size_t config_files(const struct config *config,
                    struct config_file files[static CONFIG_FILES_MOST]);

/* Whether `name` is one that config_files() may give. */
bool config_is_file_name(const char *name);

/* Appends the configuration file of such a folder: what differs from the defaults is set, and every
 * PATH that is set is the name above. */
enum status config_append_portable(struct buf *text, const struct config *config);
