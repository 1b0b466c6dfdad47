/* One request head on its raw bytes: however it arrives, the verdict is the same, and nothing that
 * it points at lies outside. */
#include "http/head_check.h"

#include <assert.h>

static void must_lie_in(struct span part, struct span whole)
{
    assert(part.len == 0 ||
           (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len));
}

static void look_at(const struct head *head, struct span bytes)
{
    struct span own = span_of(bytes.ptr, head->len);
    assert(head->len >= 4 && head->len <= bytes.len);
    assert(memcmp(own.ptr + own.len - 4, "\r\n\r\n", 4) == 0);
    assert(memchr(own.ptr, '\0', own.len) == NULL);
    must_lie_in(head->target, own);
    must_lie_in(head->host, own);
    assert(head->target.len > 0 && head->header_count <= LIMIT_REQUEST_HEADERS);
    for (size_t i = 0; i < head->header_count; i++) {
        must_lie_in(head->headers[i].name, own);
        must_lie_in(head->headers[i].value, own);
        assert(head->headers[i].name.len > 0);
    }
    assert(head_count(head, "Transfer-Encoding") == 0);
    assert(head_count(head, "Content-Length") == (head->has_length ? 1 : 0));
}

/* A shorter beginning of a good head asks for more; a refusal stays one. */
static void arrive_in_two(struct span bytes, enum head_verdict whole, size_t len)
{
    struct head head;
    struct head_refusal refusal;
    enum head_verdict part = head_check(span_of(bytes.ptr, len / 2), &head, &refusal);
    assert(part == HEAD_MORE || whole != HEAD_OK || len / 2 >= len);
    assert(part != HEAD_REFUSED || whole == HEAD_REFUSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct span whole = span_of(bytes, len);
    struct head head = {0};
    struct head_refusal refusal = {0};
    enum head_verdict verdict = head_check(whole, &head, &refusal);
    if (verdict == HEAD_OK)
        look_at(&head, whole);
    if (verdict == HEAD_REFUSED)
        assert(refusal.http >= 400 && refusal.sentence != NULL);
    arrive_in_two(whole, verdict, verdict == HEAD_OK ? head.len : len);
    return 0;
}
