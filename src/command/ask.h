/* Secrets for commands: from a file, or typed without echo. Never from an argument, which every
 * user of the machine can read. */
#pragma once

#include "base/secret.h"
#include "base/status.h"

/* The first line end at the file's end is not part of it. INVALID when it is empty. */
enum status ask_file(const char *path, struct secret **ret_secret);

/*
 * One line typed at the terminal after `prompt`. USAGE with `otherwise` ("give --password-file
 * FILE") when there is no terminal.
 */
enum status ask_terminal(const char *prompt, const char *otherwise, struct secret **ret_secret);
