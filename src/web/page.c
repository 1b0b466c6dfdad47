/* One place for the headers of HTML. */
#include "web/page.h"

const struct text_catalogue *page_texts(const struct request *request)
{
    return catalogue_for(request_header(request, "Accept-Language"));
}

void page_begin(const struct web *web, const struct request *request, struct response *response,
                enum response_class class)
{
    response_set_type(response, "text/html; charset=utf-8");
    response_set_class(response, class);
    response_set_policy(response, site_policy(web_content(web)->site));
    response_add_header(response, "Content-Language", page_texts(request)->language);
}
