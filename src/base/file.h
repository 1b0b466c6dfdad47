/* Whole files: read with a bound, written so that a crash leaves the old file or the new one. */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "base/status.h"

#include <sys/types.h>

/* Appends the file to `contents`, up to the buffer's maximum. NOT_FOUND, TOO_LARGE, IO name the
 * path. */
enum status file_read(const char *path, struct buf *contents);

/* STATUS_FORBIDDEN, with the chmod to run, when group or others may read or write the file. */
enum status file_check_private(const char *path);

/*
 * Writes beside the target, syncs, renames over it and syncs the folder: after STATUS_OK it
 * survives a power cut, before that the old file is intact.
 */
enum status file_replace(const char *path, struct span contents, mode_t mode);

/*
 * Locks the file, made when it is missing, against every other file_lock() of it, in this process
 * and in others. CONFLICT when somebody has it and `wait` is false. Closing the descriptor, or the
 * end of the process, gives it free.
 */
enum status file_lock(const char *path, bool wait, int *ret_fd);
