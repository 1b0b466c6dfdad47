/*
 * OCSP over HTTP, RFC 6960 appendix A and RFC 5019 5 and 6. Whatever the responder says is a 200,
 * be it that it cannot answer: what matters stands in the body.
 *
 * Clients write the base64 of a GET in several ways: percent-encoded or not, with slashes doubled
 * or stripped where address and request meet, without padding, in the alphabet for URLs, with a
 * plus that somebody has turned into a space. A request starts with the letter M, so slashes before
 * it are not part of it.
 */
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "service/ocsp_responder.h"
#include "web/application.h"

static uint8_t standard_letter(uint8_t letter)
{
    switch (letter) {
    case '-':
    case ' ':
        return '+';
    case '_':
        return '/';
    default:
        return letter;
    }
}

/* The text in the one form that text_decode_base64() takes. */
static void append_standard(struct span text, struct buf *standard)
{
    while (text.len > 0 && text.ptr[0] == '/')
        text = span_of(text.ptr + 1, text.len - 1);
    while (text.len > 0 && text.ptr[text.len - 1] == '=')
        text.len--;
    uint8_t *room = buf_reserve(standard, text.len);
    if (room == NULL)
        return;
    for (size_t i = 0; i < text.len; i++)
        room[i] = standard_letter(text.ptr[i]);
    buf_extend(standard, text.len);
    buf_append_repeated(standard, '=', (4 - text.len % 4) % 4);
}

/* What cannot be decoded stays empty, which is no request either. */
static enum status decode(struct span text, struct buf *der)
{
    struct buf standard defer(buf_clear) = BUF_INIT(LIMIT_REQUEST_TARGET);
    append_standard(text, &standard);
    struct span whole;
    TRY(buf_finish(&standard, &whole));
    if (text_decode_base64(whole, der) != STATUS_OK)
        buf_reset(der);
    return STATUS_OK;
}

/* RFC 5019 6.2. */
static void allow_caching(struct response *response, const struct ocsp_answer *answer)
{
    char expires[CLOCK_HTTP_SIZE];
    clock_format_http(clock_now() + answer->max_age, expires);
    response_set_class(response, RESPONSE_FILE);
    response_set_etag(response, answer->validity.etag);
    response_set_modified(response, answer->validity.this_update);
    response_set_max_age(response, answer->max_age);
    response_add_header(response, "Cache-Control", "no-transform, must-revalidate");
    response_add_header(response, "Expires", expires);
}

static enum status answer(const struct web *web, struct span der, bool may_cache,
                          struct response *response)
{
    struct ocsp_answer answer;
    TRY(ocsp_responder_answer(web->service, der, response_body(response), &answer));
    response_set_type(response, "application/ocsp-response");
    if (may_cache && answer.cacheable)
        allow_caching(response, &answer);
    return STATUS_OK;
}

enum status ocsp_get(struct request *request, struct response *response, void *application)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_BODY_OCSP);
    TRY(decode(request_parameter(request, "base64"), &der));
    return answer(application, span_of(der.ptr, der.len), true, response);
}

enum status ocsp_post(struct request *request, struct response *response, void *application)
{
    TRY(request_check_type(request, "application/ocsp-request"));
    struct span body;
    TRY(request_body(request, &body));
    return answer(application, body, false, response);
}
