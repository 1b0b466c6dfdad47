/*
 * multipart/form-data (RFC 7578 over RFC 2046 5.1), read strictly from a body that is in memory
 * whole: how a browser sends a form with a file.
 *
 * Every part has a Content-Disposition of form-data with a quoted name, at most a quoted filename,
 * at most a Content-Type, and nothing else. A name twice, an empty name, a name with a control
 * character, more than MULTIPART_PARTS_MOST parts, a text before the first or behind the last
 * delimiter, and a delimiter that never closes refuse the whole body.
 */
#pragma once

#include "base/span.h"
#include "base/status.h"

enum { MULTIPART_PARTS_MOST = 16, MULTIPART_BOUNDARY_MOST = 70 };

/* All spans point into the body. */
struct multipart_part {
    struct span name;
    struct span filename; /* as the browser wrote it; empty: none. Never a path of ours */
    struct span value;
};

struct multipart {
    size_t count;
    struct multipart_part parts[MULTIPART_PARTS_MOST];
};

/* The boundary of "multipart/form-data; boundary=X". UNSUPPORTED_TYPE. */
enum status multipart_boundary(struct span content_type, struct span *ret_boundary);
/* INVALID or TOO_LARGE says which rule is broken. */
enum status multipart_parse(struct span body, struct span boundary, struct multipart *ret_form);

/* NULL when there is no such part. */
const struct multipart_part *multipart_find(const struct multipart *form, const char *name);
