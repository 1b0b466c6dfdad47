/*
 * A file written piece by piece beside its target, which it replaces at the end: before
 * file_writer_commit() the old file is intact, after STATUS_OK the new one survives a power cut.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

#include <sys/types.h>

struct file_writer;

/* Writes to `path` with `suffix` behind it; what is left there of a crash is written over. Nobody
 * else may write to that name at the same time. IO, DISK_FULL name the path. */
enum status file_writer_open(const char *path, const char *suffix, mode_t mode,
                             struct file_writer **ret_writer);
enum status file_writer_append(struct file_writer *writer, struct span bytes);
/* Syncs, renames over the target and syncs the folder. */
enum status file_writer_commit(struct file_writer *writer);
/* Without a commit, removes what was written. */
void file_writer_close(struct file_writer *writer);
CLEANUP_POINTER(struct file_writer, file_writer_close)
