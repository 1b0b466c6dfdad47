/*
 * The CA files: public bytes from the snapshot, or a revocation list from its file, the same over
 * http and https. Their media types and
 * names are what makes phones open the right installer; service/distribute.h decides them.
 */
#include "web/application.h"

static enum status answer_list(const struct distributed_file *file, struct response *response)
{
    struct distributed_list list;
    TRY(distributed_list_open(file, &list));
    response_set_file(response, list.fd, list.size);
    response_set_etag(response, list.etag);
    response_set_modified(response, list.modified);
    return STATUS_OK;
}

static void answer_bytes(const struct distributed_file *file, struct response *response)
{
    response_set_static(response, file->bytes);
    response_set_etag(response, file->etag);
    response_set_modified(response, file->modified);
}

enum status file_ca(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    const struct config *config = web_config(web);
    const struct distributed_file *file =
        distribution_find(web_content(web)->distribution, request_pattern(request));
    if (file == NULL)
        return status_fail(STATUS_NOT_FOUND, "this authority has no such file");
    if (file->place != NULL)
        TRY(answer_list(file, response));
    else
        answer_bytes(file, response);
    response_set_class(response, RESPONSE_FILE);
    response_set_type(response, file->media_type);
    response_set_max_age(response, config->download_max_age);
    response_set_download(response, file->name, !config->download_inline);
    return STATUS_OK;
}
