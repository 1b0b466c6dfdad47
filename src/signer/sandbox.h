/*
 * The walls of the key process, in two steps: what must be done before it reads its key, and what
 * is done when it needs nothing more from the system. sandbox_linux.c is the list.
 */
#pragma once

#include "base/status.h"

#include <stdbool.h>

/*
 * First thing in the child: it dies with its parent, cannot be traced or dumped, takes its name,
 * leaves SIGINT, SIGTERM and SIGHUP to its parent, and keeps no descriptor but `socket` (which
 * becomes number 3) and standard error. Returns the new number.
 */
enum status sandbox_prepare(const char *process_name, int socket, int *ret_socket);

/*
 * From here on the process can compute, talk over descriptors 2 and 3 and end: no files, no
 * sockets, no processes, no executable memory. Anything else ends it with SIGSYS. For good, for
 * every later thread.
 */
enum status sandbox_enter(void);

/* Is this the only thread of the process? True where the system cannot tell. */
bool sandbox_is_single_thread(void);
