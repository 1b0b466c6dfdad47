/* What a probe printed, for the tests of those who read it. */
#pragma once

#include "base/buf.h"
#include "service/probe_document.h"

#include <criterion/criterion.h>

/* The JSON of a probe of 14.1 that was just begun by anna for ben@example.org. */
void sheet_json(const char *id, struct buf *out);
/* The same with the first `from` made `to`. */
void sheet_json_with(const char *from, const char *to, struct buf *out);
