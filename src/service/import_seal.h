/* The result of one batch: CSV rows, sealed. Private to service/import*.c. */
#pragma once

#include "base/buf.h"
#include "service/enrol.h"

/* The first row of a result. */
void import_append_head(struct buf *rows);
void import_append_link(const struct service *service, const struct enrol_created *created,
                        struct buf *rows);

enum status import_seal(const struct service *service, const char *id, int64_t first_row,
                        struct span rows, struct buf *sealed);
/* Appends the rows. FORBIDDEN when they were changed or belong elsewhere. */
enum status import_unseal(const struct service *service, const char *id, int64_t first_row,
                          struct span sealed, struct buf *rows);
