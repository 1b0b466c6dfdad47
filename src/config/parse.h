/* The file's grammar. Private to config/. */
#pragma once

#include "base/span.h"
#include "config/config.h"

/*
 * Reads `text` into `config`. STATUS_CONFIG with "path:line: sentence" for a syntax error, an
 * unknown or repeated option, a value that its type refuses, a control character, and "${", which
 * is not expanded.
 */
enum status config_parse(const char *path, struct span text, struct config *config);
