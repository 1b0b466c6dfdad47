/*
 * The bundle by its ticket: the same bytes each time, on GET and HEAD, without cookies, since
 * download managers fetch it again in their own way. After the window a page says why it is gone;
 * an error never looks like a certificate.
 */
#include "service/collect.h"
#include "web/claimer.h"
#include "web/page_notice.h"

struct suffix {
    const char *text;
    enum collect_kind kind;
};

static const struct suffix suffixes[] = {
    {".p12", COLLECT_P12},
    {".pfx", COLLECT_PFX},
    {".mobileconfig", COLLECT_MOBILECONFIG},
};

/* "alice.p12" is the name "alice" and a kind. */
static bool split_name(struct span file, struct span *ret_name, enum collect_kind *ret_kind)
{
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t len = strlen(suffixes[i].text);
        if (file.len <= len || memcmp(file.ptr + file.len - len, suffixes[i].text, len) != 0)
            continue;
        *ret_name = span_of(file.ptr, file.len - len);
        *ret_kind = suffixes[i].kind;
        return true;
    }
    return false;
}

static void give(struct response *response, const struct collected *file)
{
    response_set_class(response, RESPONSE_SECRET);
    response_set_type(response, file->media_type);
    response_set_etag(response, file->etag);
    response_set_download(response, file->file_name, true);
    buf_append(response_body(response), span_of(file->bytes.ptr, file->bytes.len));
}

enum status file_bundle(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    struct span name;
    enum collect_kind kind;
    if (!split_name(request_parameter(request, "file"), &name, &kind)) {
        page_notice(web, request, response, NOTICE_UNKNOWN, 404, NULL);
        return STATUS_OK;
    }
    const struct claimer claimer = claimer_of(request);
    bool counts = request_method(request) != METHOD_HEAD;
    struct collected file defer(collected_clear) = {0};
    enum status status = collect_file(web->service, request_parameter(request, "ticket"), name,
                                      kind, counts, &claimer, &file, NULL);
    if (status == STATUS_OK) {
        give(response, &file);
        return STATUS_OK;
    }
    if (status != STATUS_NOT_FOUND && status != STATUS_GONE)
        return status;
    enum notice notice = status == STATUS_GONE ? NOTICE_GONE : NOTICE_UNKNOWN;
    page_notice(web, request, response, notice, 404, NULL);
    return STATUS_OK;
}
