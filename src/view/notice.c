/* Two tables: notices of links, and errors by status. */
#include "view/notice.h"

struct notice_row {
    enum text_key title;
    enum text_key text;
    enum text_key next;
    bool kept;
};

static const struct notice_row notices[] = {
    [NOTICE_EXPIRED] = {TEXT_NOTICE_EXPIRED, TEXT_NOTICE_EXPIRED_TEXT, TEXT_NOTICE_NEW_LINK, false},
    [NOTICE_CANCELLED] = {TEXT_NOTICE_CANCELLED, TEXT_NOTICE_CANCELLED_TEXT, TEXT_NOTICE_NEW_LINK,
                          false},
    [NOTICE_LOCKED] = {TEXT_NOTICE_LOCKED, TEXT_NOTICE_LOCKED_TEXT, TEXT_NOTICE_NEW_LINK, false},
    [NOTICE_CLOSED] = {TEXT_NOTICE_CLOSED, TEXT_NOTICE_CLOSED_TEXT, TEXT_NOTICE_NEW_LINK_OR_DONE,
                       false},
    [NOTICE_GONE] = {TEXT_NOTICE_GONE, TEXT_NOTICE_GONE_TEXT, TEXT_NOTICE_NEW_LINK_OR_DONE, false},
    [NOTICE_UNKNOWN] = {TEXT_NOTICE_UNKNOWN, TEXT_NOTICE_UNKNOWN_TEXT, TEXT_NOTICE_WHOLE_LINK,
                        false},
    [NOTICE_RUNNING] = {TEXT_NOTICE_RUNNING, TEXT_NOTICE_RUNNING_TEXT, TEXT_NOTICE_WAIT, true},
    [NOTICE_BUSY] = {TEXT_NOTICE_BUSY, TEXT_NOTICE_BUSY_TEXT, TEXT_NOTICE_WAIT_LONGER, true},
};

struct error_row {
    int status;
    enum text_key title;
    enum text_key text;
    enum text_key next;
};

/* The first row of a class serves the statuses of the class that have none. */
static const struct error_row errors[] = {
    {400, TEXT_ERROR_HTTP_400, TEXT_ERROR_HTTP_400_TEXT, TEXT_ERROR_START},
    {401, TEXT_ERROR_HTTP_401, TEXT_ERROR_HTTP_401_TEXT, TEXT_ERROR_START},
    {403, TEXT_ERROR_HTTP_403, TEXT_ERROR_HTTP_403_TEXT, TEXT_ERROR_START},
    {404, TEXT_ERROR_HTTP_404, TEXT_ERROR_HTTP_404_TEXT, TEXT_ERROR_START},
    {405, TEXT_ERROR_HTTP_405, TEXT_ERROR_HTTP_405_TEXT, TEXT_ERROR_START},
    {409, TEXT_ERROR_HTTP_409, TEXT_ERROR_HTTP_409_TEXT, TEXT_ERROR_START},
    {410, TEXT_ERROR_HTTP_410, TEXT_ERROR_HTTP_410_TEXT, TEXT_ERROR_START},
    {413, TEXT_ERROR_HTTP_413, TEXT_ERROR_HTTP_413_TEXT, TEXT_ERROR_START},
    {415, TEXT_ERROR_HTTP_415, TEXT_ERROR_HTTP_415_TEXT, TEXT_ERROR_START},
    {421, TEXT_ERROR_HTTP_421, TEXT_ERROR_HTTP_421_TEXT, TEXT_ERROR_START},
    {429, TEXT_ERROR_HTTP_429, TEXT_ERROR_HTTP_429_TEXT, TEXT_ERROR_WAIT},
    {500, TEXT_ERROR_HTTP_500, TEXT_ERROR_HTTP_500_TEXT, TEXT_ERROR_WAIT},
    {503, TEXT_ERROR_HTTP_503, TEXT_ERROR_HTTP_503_TEXT, TEXT_ERROR_WAIT},
};
enum { ERRORS = sizeof errors / sizeof errors[0] };

struct view_notice notice_fields(enum notice notice, const struct view_site *site,
                                 const char *again)
{
    const struct notice_row *row = &notices[notice];
    return (struct view_notice){.site = site,
                                .kept = row->kept,
                                .title = row->title,
                                .text = row->text,
                                .next = row->next,
                                .again = row->kept ? again : NULL};
}

static const struct error_row *find_error(int status)
{
    const struct error_row *of_class = NULL;
    for (int i = 0; i < ERRORS; i++) {
        if (errors[i].status == status)
            return &errors[i];
        if (of_class == NULL && errors[i].status / 100 == status / 100)
            of_class = &errors[i];
    }
    return of_class == NULL ? find_error(500) : of_class;
}

struct view_notice notice_of_error(int http_status, const char *detail,
                                   const struct view_site *site)
{
    const struct error_row *row = find_error(http_status);
    return (struct view_notice){.site = site,
                                .title = row->title,
                                .text = row->text,
                                .next = row->next,
                                .detail = detail,
                                .code = http_status};
}
