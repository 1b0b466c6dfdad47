/*
 * A folder that appears whole or not at all: it is filled beside its place, under a name that ends
 * in ".partial", and renamed as the last step. What ends before that leaves nothing.
 */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"

#include <stdbool.h>

struct new_folder {
    char *target;    /* where it will be, without slashes at its end */
    char *path;      /* where it is until then: "TARGET.partial" */
    bool unfinished; /* it is there and goes with this struct */
};
/* Removes what is unfinished, with all that is in it. */
void new_folder_clear(struct new_folder *folder);
CLEANUP_VALUE(struct new_folder, new_folder_clear)

/* Makes it, empty and for its owner alone. The target must be empty or not exist. INVALID: it has
 * no name, or nothing can be made beside it. CONFLICT: it is not empty, is no folder, or may not be
 * looked at; or something that was cut off left a ".partial" behind. */
enum status new_folder_begin(const char *target, struct new_folder *folder);
/* A folder in it, for its owner alone; nothing when it is there. */
enum status new_folder_add(const struct new_folder *folder, const char *name);
/* "PATH/name", to be freed. */
enum status new_folder_name(const struct new_folder *folder, const char *name, char **ret_path);
/* Gives it its name; after STATUS_OK that survives a power cut. */
enum status new_folder_finish(struct new_folder *folder);
