/* GET /admin: what waits. */
#include "service/enrol.h"
#include "web/admin.h"

enum status page_home(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    int64_t totals[LINK_STATE_COUNT];
    TRY(enrol_totals(web->service, totals));
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_HOME, &shell);
    const struct view_home fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
        .waiting = totals[LINK_ISSUED] + totals[LINK_OPENED],
        .claimed = totals[LINK_CLAIMING] + totals[LINK_CLAIMED],
        .delivered = totals[LINK_DELIVERED],
        .locked = totals[LINK_LOCKED],
    };
    view_home(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}
