/*
 * The files of www/static, embedded at build, each with a gzip variant and a strong ETag over its
 * bytes.
 */
#pragma once

#include "base/span.h"

struct asset {
    const char *path; /* "/static/copy.js" */
    const char *type; /* "text/javascript; charset=utf-8" */
    const char *etag; /* with its quotes */
    const char *gzip_etag;
    struct span bytes;
    struct span gzip; /* empty when it would not be smaller */
};

/* NULL when there is no such file. Exact and case-sensitive. */
const struct asset *asset_find(struct span path);

/* Generated. */
extern const struct asset assets[];
extern const size_t asset_count;
