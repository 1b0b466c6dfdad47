/* The same steps as http/listener.c, with the connection left out. */
#include "exchange.h"

#include <criterion/criterion.h>
#include <stdio.h>

void exchange_clear(struct exchange *exchange)
{
    request_free(exchange->request);
    response_free(exchange->response);
    buf_clear(&exchange->out);
    free(exchange->text);
}

void exchange_begin(struct exchange *exchange, const char *text, enum listener_kind listener,
                    const char *peer)
{
    struct head_refusal refusal = {0};
    exchange->text = strdup(text);
    enum head_verdict verdict = head_check(span_of_text(exchange->text), &exchange->head, &refusal);
    cr_assert_eq(verdict, HEAD_OK, "%s: %s", text, refusal.sentence);
    struct request_source source = {
        .head = &exchange->head,
        .listener = listener,
        .body = span_of_text(exchange->text + exchange->head.len),
    };
    cr_assert_eq(address_parse(span_of_text(peer), &source.peer), STATUS_OK);
    cr_assert_eq(request_new(&source, &exchange->request), STATUS_OK);
    cr_assert_eq(response_new(&exchange->response), STATUS_OK);
    exchange->out = (struct buf)BUF_INIT(64 * 1024);
}

void exchange_write(struct exchange *exchange)
{
    enum status status = response_write(exchange->response, exchange->request, false,
                                        &exchange->out, &exchange->content);
    exchange->body = exchange->content.bytes;
    cr_assert(status == STATUS_OK || exchange_status(exchange) == 500);
}

void exchange_run(struct exchange *exchange, struct router *router, const char *text)
{
    exchange_begin(exchange, text, LISTENER_HTTPS, "192.0.2.1");
    router_handle(router, exchange->request, exchange->response);
    exchange_write(exchange);
}

bool exchange_mentions(const struct exchange *exchange, const char *part)
{
    return memmem(exchange->out.ptr, exchange->out.len, part, strlen(part)) != NULL;
}

bool exchange_has(const struct exchange *exchange, const char *line)
{
    char wanted[512];
    snprintf(wanted, sizeof wanted, "\r\n%s\r\n", line);
    return exchange_mentions(exchange, wanted);
}

int exchange_status(const struct exchange *exchange)
{
    static const char start[] = "HTTP/1.1 ";
    const uint8_t *digits = exchange->out.ptr + sizeof start - 1;
    cr_assert(exchange->out.len > sizeof start + 3);
    cr_assert_eq(memcmp(exchange->out.ptr, start, sizeof start - 1), 0);
    return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}
