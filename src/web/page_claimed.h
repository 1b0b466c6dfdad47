/* The page after the right PIN, and its JSON: password, files, what to do. */
#pragma once

#include "service/claim.h"
#include "web/page.h"

/* `repacked`: the answer to a repack, which says so. */
void page_claimed(const struct web *web, const struct request *request, struct response *response,
                  const struct claim *claim, bool repacked);
