/*
 * Style, script and icon, embedded at build; with serve --www DIR read from DIR/static each time,
 * so that a designer sees a change at once. The name is one segment of a checked path, and only
 * names of embedded files are read from the folder: nothing else of it can be asked for.
 */
#include "base/file.h"
#include "base/limits.h"
#include "view/asset.h"
#include "web/application.h"

#include <stdio.h>

enum { STATIC_MAX_AGE = 3600 };

static enum status read_from_folder(const struct web *web, const struct asset *asset,
                                    struct response *response)
{
    char path[LIMIT_PATH];
    int len = snprintf(path, sizeof path, "%s%s", web->static_folder, asset->path);
    if (len < 0 || (size_t)len >= sizeof path)
        return status_fail(STATUS_IO, "the folder of static files has too long a name");
    response_set_class(response, RESPONSE_DATA);
    response_set_type(response, asset->type);
    return file_read(path, response_body(response));
}

static enum status give(const struct web *web, const struct asset *asset, struct response *response)
{
    if (asset == NULL)
        return status_fail(STATUS_NOT_FOUND, "no such file");
    if (web->static_folder != NULL)
        return read_from_folder(web, asset, response);
    response_set_class(response, RESPONSE_FILE);
    response_set_type(response, asset->type);
    response_set_static(response, asset->bytes);
    response_set_static_gzip(response, asset->gzip);
    response_set_etag(response, asset->etag);
    response_set_max_age(response, STATIC_MAX_AGE);
    return STATUS_OK;
}

enum status static_file(struct request *request, struct response *response, void *application)
{
    return give(application, asset_find(request_path(request)), response);
}

enum status static_openapi(struct request *request, struct response *response, void *application)
{
    (void)request;
    return give(application, asset_find(SPAN_LITERAL("/static/openapi.json")), response);
}

enum status static_logo(struct request *request, struct response *response, void *application)
{
    (void)request;
    const struct content *content = web_content(application);
    if (content->logo_type == NULL)
        return status_fail(STATUS_NOT_FOUND, "there is no logo");
    response_set_class(response, RESPONSE_FILE);
    response_set_type(response, content->logo_type);
    response_set_static(response, span_of(content->logo.ptr, content->logo.len));
    response_set_etag(response, content->logo_etag);
    response_set_max_age(response, STATIC_MAX_AGE);
    return STATUS_OK;
}
