/* A CSV file checked as a whole, before anything is made. Private to service/import*.c. */
#pragma once

#include "base/buf.h"
#include "service/service.h"

#include <stdint.h>

struct import_verdict {
    int64_t total;    /* rows with a user, good and bad */
    int64_t faults;   /* bad rows */
    int64_t position; /* where the first user stands: the byte, */
    int64_t line;     /* and the number of the line */
};

/*
 * Every row by the rules of `link create`, and no user with the same device twice. Appends to
 * `report` a CSV of the columns line and problem, in the order of the lines, or nothing when all is
 * well. A file that is not what import_read.h reads has one fault, at its first row.
 */
enum status import_check_file(const struct service *service, struct span file, struct buf *report,
                              struct import_verdict *ret_verdict);
