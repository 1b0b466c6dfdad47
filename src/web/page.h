/* What all pages share: language, headers, and the kind of device that asks. */
#pragma once

#include "http/request.h"
#include "http/response.h"
#include "view/catalogue.h"
#include "web/application.h"

/* The best language of Accept-Language. */
const struct text_catalogue *page_texts(const struct request *request);

/* Status 200, text/html, the site's policy, Content-Language. `class` is RESPONSE_PAGE, or
 * RESPONSE_SECRET where address or content is secret. */
void page_begin(const struct web *web, const struct request *request, struct response *response,
                enum response_class class);
