/* Leading somebody who is not logged in, or not all the way, to where that can be mended. */
#pragma once

#include "web/page.h"

/*
 * For page_error.c: true when the answer is a redirect to the log-in page, or to the page for a new
 * password where the first one must be changed. Only for GET of an operator's page: a form that was
 * sent too late is told so.
 */
bool page_login_instead(const struct request *request, struct response *response,
                        enum status status);
