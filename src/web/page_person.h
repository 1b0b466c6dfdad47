/* One person's page, under either of its addresses. */
#pragma once

#include "web/page.h"

/* NOT_FOUND: nobody was ever given anything under this name. */
enum status page_of_person(const struct web *web, struct request *request,
                           struct response *response, const char *user);
