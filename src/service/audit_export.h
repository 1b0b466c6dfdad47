/*
 * The audit as JSON lines that prove themselves on another machine, without configuration and
 * database. certferry-audit(1) describes the format for those who read it with other programs.
 *
 *     {"format":"certferry audit export 1","organisation":...,"exported_at":...}
 *     {"id":1,"at":1800000000,"actor":...,"action":...,"object_kind":...,"object_id":...,
 *      "address":...,"detail":"{...}","hash":"..."}                                  one for each
 * row
 *     {"end":4711,"hash":"..."}
 *
 * A row's texts stand as they were hashed (store/audit_chain.h): the detail is a string that holds
 * JSON. The last line is how a file that was cut off is found out.
 */
#pragma once

#include "base/buf.h"
#include "service/audit.h"
#include "service/service.h"
#include "store/audit_chain.h"

#include <stdio.h>

/* Takes one line, with its line end; a status other than OK ends the export and is returned. */
typedef enum status audit_line(void *context, struct span line);

/* Every row, oldest first, out of one unchanging state; the first thing it does is a row of its own
 * ("audit.export"), which is the last one that it gives. */
enum status audit_export(const struct service *service, const struct actor *actor, audit_line *line,
                         void *context);

/*
 * Proves an export by itself, and against `also`, a head that was kept elsewhere (NULL for none).
 * What is broken is STATUS_OK and stands in the report, as for audit_verify(). INVALID names the
 * line: the file is no export, or ends before its end. NOT_FOUND, IO.
 */
enum status audit_verify_file(const char *path, const struct audit_head *also,
                              struct audit_report *ret_report);
/* The same of a stream that is open; `name` stands in sentences. */
enum status audit_verify_stream(FILE *stream, const char *name, const struct audit_head *also,
                                struct audit_report *ret_report);
