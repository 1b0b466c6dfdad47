/*
 * A layer between SQLite and the file system that can be told to fail, and that remembers every
 * write and sync, so that the files can be rebuilt as a power cut might have left them.
 *
 * What is remembered is one log for all files of the database. A write that is not followed by a
 * sync of its file may be on the disk or not, in any order and in part: that is how images are
 * made.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Becomes the process's default before the first database is opened. */
void fault_vfs_install(void);

/* From the `countdown`-th write or sync from now on, every one fails with this errno (ENOSPC, EIO);
 * -1 ends it. */
void fault_vfs_fail(long countdown, int error);

/* Begins a new log; the files must not exist yet. */
void fault_vfs_record(void);
/* Ends it; images can be made from then on. */
void fault_vfs_stop(void);
void fault_vfs_forget(void);
/* Puts a number into the log: the program was told that `number` is durable. */
void fault_vfs_acknowledge(long number);

/* Entries of the log so far. */
size_t fault_vfs_length(void);
/*
 * Writes the files as they may stand after a power cut behind the first `entries` of the log,
 * chosen by `seed`, as `path` and `path`-wal. Gives the last number that was acknowledged by then.
 * Images of one log are made in the order of their `entries`.
 */
long fault_vfs_image(size_t entries, unsigned seed, const char *path);
