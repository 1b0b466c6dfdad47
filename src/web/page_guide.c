/* GET /guide/{platform}: the steps with the real names of that platform's menus. */
#include "web/page.h"
#include "web/visitor.h"

enum status page_guide(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    enum platform platform;
    if (!platform_find(request_parameter(request, "platform"), &platform))
        return status_fail(STATUS_NOT_FOUND, "there is no guide of that name");
    const struct platform_page *about = platform_page(platform);
    const struct visitor visitor = visitor_of(request);
    struct view_file files[CA_FILES];
    struct view_choice choices[PLATFORMS];
    platform_ca_files(platform, files);
    platform_choices(platform, choices);
    const struct view_guide fields = {
        .site = site_view(web_content(web)->site),
        .title = about->title,
        .in_app = visitor.in_app,
        .in_app_text = visitor.in_app_text,
        .primary = &files[0],
        .files = &files[1],
        .files_count = CA_FILES - 1,
        .steps = about->trust_steps,
        .steps_count = about->trust_steps_count,
        .claim_steps = about->claim_steps,
        .claim_steps_count = about->claim_steps_count,
        .notes = about->notes,
        .notes_count = about->notes_count,
        .guides = choices,
        .guides_count = PLATFORMS,
    };
    page_begin(web, request, response, RESPONSE_PAGE);
    view_guide(response_body(response), page_texts(request), &fields);
    return STATUS_OK;
}
