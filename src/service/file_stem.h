/* What a file is called on somebody's device: the part before the suffix. */
#pragma once

#include "base/span.h"

enum { FILE_STEM_SIZE = 49 };

/* "anna" of "DOMAIN\Anna@example.org", "musterwerk-gmbh" of "Musterwerk GmbH": lower-case ASCII
 * letters, digits, '.', '-', '_', never empty and never beginning with a point. */
void file_stem(const char *text, char ret_stem[static FILE_STEM_SIZE]);
