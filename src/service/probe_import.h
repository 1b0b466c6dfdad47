/*
 * Probes of other sites: the JSON that their certferry printed (`certferry probe show ID --json`,
 * GET /api/v1/probes/ID) is read whole (service/probe_document.h) and kept beside our own, apart
 * from them. service/probe_sheet.h shows both.
 */
#pragma once

#include "service/audit.h"
#include "service/service.h"
#include "store/probe_store.h"

enum { PROBE_SITE_MAX = 100 }; /* bytes */

/* INVALID names the member that is wrong: "site", or one of the file's. TOO_LARGE. CONFLICT: that
 * probe of that site is here. */
enum status probe_import_add(const struct service *service, const struct actor *actor,
                             const char *site, struct span file,
                             char ret_id[static PROBE_KEY_SIZE]);
/* NOT_FOUND: no imported one has this id. */
enum status probe_import_remove(const struct service *service, const struct actor *actor,
                                const char *id);
