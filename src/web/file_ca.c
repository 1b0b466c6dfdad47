/*
 * The CA files: public bytes from the snapshot, the same over http and https. Their media types and
 * names are what makes phones open the right installer; service/distribute.h decides them.
 */
#include "web/application.h"

enum status file_ca(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct config *config = web_config(web);
    const struct distributed_file *file =
        distribution_find(web_content(web)->distribution, request_pattern(request));
    if (file == NULL)
        return status_fail(STATUS_NOT_FOUND, "this authority has no such file");
    response_set_class(response, RESPONSE_FILE);
    response_set_type(response, file->media_type);
    response_set_static(response, file->bytes);
    response_set_etag(response, file->etag);
    response_set_modified(response, file->modified);
    response_set_max_age(response, config->download_max_age);
    response_set_download(response, file->name, !config->download_inline);
    return STATUS_OK;
}
