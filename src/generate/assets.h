/*
 * Embeds static files: the bytes by .incbin in an assembler file, and a C table of path, type, ETag
 * and gzip variant. Style sheets are embedded without comments and needless blanks.
 */
#pragma once

#include "generate/source.h"

/* The media type for a file name, NULL when its extension is not known. */
const char *asset_media_type(const char *name);
/* Copies a style sheet without comments, line ends and indentation; strings stay as they are. */
void asset_shrink_style(struct span css, struct buf *out);
/* RFC 1952 at the best level, without name and time, so that equal input is equal output. */
enum status asset_gzip(struct span bytes, struct buf *out);
/* A strong ETag (RFC 9110 8.8.3) with its quotes, from the bytes' SHA-256. */
enum status asset_append_etag(struct span bytes, const char *suffix, struct buf *out);

/* One file's part of the assembler file and of the table; its embedded bytes go into `folder`. */
void asset_embed(const char *path, int number, const char *folder, struct buf *assembler,
                 struct buf *table, struct diagnostics *diagnostics);
