/*
 * libcurl does HTTP. What it would do beyond that is switched off: other protocols, proxies of the
 * environment, compression (a small answer could become a large one), .netrc.
 */
#include "fetch/http_fetch.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <strings.h>

enum { CONNECT_SECONDS = 20, HEADER_MAX = 1024, HEADERS_OCTETS_MAX = 64 * 1024 };

CLEANUP_POINTER(CURL, curl_easy_cleanup)
typedef struct curl_slist slist;
CLEANUP_POINTER(slist, curl_slist_free_all)

struct download {
    const struct http_fetch_request *request;
    struct buf *body;
    size_t header_octets;
    struct http_fetch_result result;
    char error[CURL_ERROR_SIZE];
};

/* ---- callbacks ------------------------------------------------------------------------------- */

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct download *download = context;
    buf_append(download->body, span_of(bytes, size * count));
    return download->body->failure == STATUS_OK ? size * count : CURL_WRITEFUNC_ERROR;
}

static struct span trim(struct span text)
{
    while (text.len > 0 && isspace(text.ptr[0]))
        text = span_of(text.ptr + 1, text.len - 1);
    while (text.len > 0 && isspace(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

static bool is_printable(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

/* The value of a header line of this name; false for another name. What does not fit is "". */
static bool take_value(const char *line, size_t len, const char *name, char *value, size_t room)
{
    size_t start = strlen(name);
    if (len <= start || strncasecmp(line, name, start) != 0 || line[start] != ':')
        return false;
    const struct span text = trim(span_of(line + start + 1, len - start - 1));
    bool good = text.len > 0 && text.len < room && is_printable(text);
    snprintf(value, room, "%.*s", good ? (int)text.len : 0, good ? (const char *)text.ptr : "");
    return true;
}

/* A status line begins another answer: that of a redirect is forgotten. */
static size_t take_header(char *line, size_t size, size_t count, void *context)
{
    struct download *download = context;
    struct http_fetch_result *result = &download->result;
    size_t len = size * count;
    download->header_octets += len;
    if (download->header_octets > HEADERS_OCTETS_MAX)
        return 0;
    if (len >= 5 && strncasecmp(line, "HTTP/", 5) == 0)
        *result = (struct http_fetch_result){0};
    else if (!take_value(line, len, "ETag", result->etag, sizeof result->etag))
        take_value(line, len, "Last-Modified", result->modified, sizeof result->modified);
    return len;
}

static int ask_to_go_on(void *context, [[maybe_unused]] curl_off_t down_total,
                        [[maybe_unused]] curl_off_t down, [[maybe_unused]] curl_off_t up_total,
                        [[maybe_unused]] curl_off_t up)
{
    const struct http_fetch_request *request = ((struct download *)context)->request;
    return request->stopping != NULL && request->stopping(request->context) ? 1 : 0;
}

/* ---- setting up ------------------------------------------------------------------------------ */

static enum status set_address(CURL *curl, const struct http_fetch_request *request)
{
    unsigned wrong = curl_easy_setopt(curl, CURLOPT_URL, request->url);
    wrong |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    wrong |= curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    wrong |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    wrong |= curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)HTTP_FETCH_REDIRECTS);
    wrong |= curl_easy_setopt(curl, CURLOPT_PROXY, request->proxy);
    wrong |= curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    wrong |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    wrong |= curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)request->timeout);
    wrong |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    wrong |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    wrong |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    wrong |= curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    return wrong == 0 ? STATUS_OK : status_fail(STATUS_INTERNAL, "libcurl takes no address");
}

static enum status set_callbacks(CURL *curl, struct download *download)
{
    unsigned wrong = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, download->error);
    wrong |= curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)download->body->max);
    wrong |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    wrong |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, download);
    wrong |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    wrong |= curl_easy_setopt(curl, CURLOPT_HEADERDATA, download);
    wrong |= curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    wrong |= curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask_to_go_on);
    wrong |= curl_easy_setopt(curl, CURLOPT_XFERINFODATA, download);
    return wrong == 0 ? STATUS_OK : status_fail(STATUS_INTERNAL, "libcurl takes no callbacks");
}

static enum status add_header(slist **headers, const char *name, const char *value)
{
    char line[HEADER_MAX];
    if (*value == '\0')
        return STATUS_OK;
    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(*headers, line);
    if (longer == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a download");
    *headers = longer;
    return STATUS_OK;
}

static enum status make_headers(const struct http_fetch_request *request, slist **headers)
{
    TRY(add_header(headers, "If-None-Match", request->etag));
    return add_header(headers, "If-Modified-Since", request->modified);
}

/* ---- what came of it ------------------------------------------------------------------------- */

/* What ended it before there was an answer. */
static enum status judge_end(CURLcode code, const struct download *download)
{
    enum status failure = download->body->failure;
    if (code == CURLE_OUT_OF_MEMORY || failure == STATUS_NO_MEMORY)
        return status_fail(STATUS_NO_MEMORY, "no memory for a download");
    if (code == CURLE_FILESIZE_EXCEEDED || failure == STATUS_TOO_LARGE)
        return status_fail(STATUS_TOO_LARGE, "the answer has more than %zu bytes",
                           download->body->max);
    if (code == CURLE_OK)
        return STATUS_OK;
    return status_fail(STATUS_CONFLICT, "%s",
                       download->error[0] != '\0' ? download->error : curl_easy_strerror(code));
}

static enum status judge(CURL *curl, CURLcode code, struct download *download)
{
    long answer = 0;
    TRY(judge_end(code, download));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
    bool asked = download->request->etag[0] != '\0' || download->request->modified[0] != '\0';
    download->result.not_modified = answer == 304 && asked;
    if (answer != 200 && !download->result.not_modified)
        return status_fail(STATUS_CONFLICT, "the server answered with the HTTP status %ld", answer);
    return STATUS_OK;
}

static enum status fetch(struct download *download)
{
    CURL *curl defer(curl_easy_cleanup) = curl_easy_init();
    slist *headers defer(curl_slist_free_all) = NULL;
    if (curl == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a download");
    TRY(make_headers(download->request, &headers));
    TRY(set_address(curl, download->request));
    TRY(set_callbacks(curl, download));
    if (curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) != CURLE_OK)
        return status_fail(STATUS_INTERNAL, "libcurl takes no headers");
    return judge(curl, curl_easy_perform(curl), download);
}

enum status http_fetch(const struct http_fetch_request *request, struct buf *body,
                       struct http_fetch_result *ret_result)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return status_fail(STATUS_INTERNAL, "libcurl does not start");
    struct download download = {.request = request, .body = body};
    enum status status = fetch(&download);
    curl_global_cleanup();
    if (status == STATUS_OK)
        *ret_result = download.result;
    return status;
}
