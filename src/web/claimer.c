/* Address, device, language and cookie of a request. */
#include "web/claimer.h"

#include "web/page.h"
#include "web/visitor.h"

struct claimer claimer_of(const struct request *request)
{
    return (struct claimer){
        .address = request_peer_text(request),
        .agent = visitor_of(request).device,
        .texts = page_texts(request),
        .cookie = request_cookie(request, CLAIM_COOKIE),
    };
}
