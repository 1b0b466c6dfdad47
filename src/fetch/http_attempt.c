/* By libcurl, HTTP/1.1 so that header names go out as they are written. */
#include "fetch/http_attempt.h"

#include "base/cleanup.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { SECONDS = 30, CONNECT_SECONDS = 10 };

CLEANUP_POINTER(CURL, curl_easy_cleanup)
typedef struct curl_slist slist;
CLEANUP_POINTER(slist, curl_slist_free_all)

struct keeper {
    const char *wanted;
    struct http_attempt_answer *answer;
};

static size_t drop(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

static size_t keep_wanted(char *line, size_t size, size_t count, void *context)
{
    struct keeper *keeper = context;
    size_t len = size * count;
    size_t at = strlen(keeper->wanted);
    if (len <= at || line[at] != ':' || strncasecmp(line, keeper->wanted, at) != 0)
        return len;
    for (at++; at < len && line[at] == ' ';)
        at++;
    size_t used = 0;
    for (; at < len && line[at] >= ' ' && line[at] <= '~' && used + 1 < HTTP_ATTEMPT_VALUE; at++)
        keeper->answer->value[used++] = line[at];
    keeper->answer->value[used] = '\0';
    keeper->answer->has_wanted = true;
    return len;
}

static enum status make_headers(const struct http_attempt *attempt, slist **ret_headers)
{
    slist *headers defer(curl_slist_free_all) = NULL;
    for (size_t i = 0; i < attempt->header_count; i++) {
        slist *longer = curl_slist_append(headers, attempt->headers[i]);
        if (longer == NULL)
            return status_fail(STATUS_NO_MEMORY, "no memory for a request");
        headers = longer;
    }
    *ret_headers = take(headers);
    return STATUS_OK;
}

static enum status set_up(CURL *curl, const struct http_attempt *attempt, slist *headers,
                          struct keeper *keeper, char *error)
{
    unsigned wrong = curl_easy_setopt(curl, CURLOPT_URL, attempt->url);
    wrong |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    wrong |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    wrong |= curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "OPTIONS");
    wrong |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
    wrong |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    wrong |= curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SECONDS);
    wrong |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    wrong |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    wrong |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    wrong |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep_wanted);
    wrong |= curl_easy_setopt(curl, CURLOPT_HEADERDATA, keeper);
    wrong |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    if (attempt->ca_file != NULL) {
        wrong |= curl_easy_setopt(curl, CURLOPT_CAINFO, attempt->ca_file);
        wrong |= curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    return wrong == 0 ? STATUS_OK : status_fail(STATUS_INTERNAL, "libcurl takes no request");
}

enum status http_attempt(const struct http_attempt *attempt, struct http_attempt_answer *ret_answer)
{
    struct http_attempt_answer answer = {.value = ""};
    struct keeper keeper = {attempt->wanted, &answer};
    char error[CURL_ERROR_SIZE] = "";
    slist *headers defer(curl_slist_free_all) = NULL;
    CURL *curl defer(curl_easy_cleanup) = curl_easy_init();
    if (curl == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a request");
    TRY(make_headers(attempt, &headers));
    TRY(set_up(curl, attempt, headers, &keeper, error));
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK)
        return status_fail(STATUS_IO, "%s", error[0] == '\0' ? curl_easy_strerror(code) : error);
    long http = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http);
    answer.http = (int)http;
    *ret_answer = answer;
    return STATUS_OK;
}
