/* GET /admin/devices: phones as the EAS listener sees them. */
#include "web/admin.h"

enum status page_devices(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    struct admin_shell shell;
    admin_begin(web, request, response, ADMIN_DEVICES, &shell);
    const struct view_devices fields = {
        .site = site_view(web_content(web)->site),
        .shell = &shell.view,
    };
    view_devices(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}
