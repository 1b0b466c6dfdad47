/* The reader of requests to the signer: what it takes, written again, is the same message. */
#include "signer/signer_msg.h"

#include "signer/signer_client.h"

#include <assert.h>

static void encode(struct buf *message, const struct signer_request *request)
{
    switch (request->operation) {
    case SIGNER_PING:
        signer_encode_ping(message);
        return;
    case SIGNER_ISSUE:
        signer_encode_issue(message, request->profile, &request->fields);
        return;
    case SIGNER_CRL:
        signer_encode_crl(message, &request->crl);
        return;
    }
}

static void decode_and_encode_request(struct span message)
{
    struct signer_request request defer(signer_request_clear) = {0};
    if (signer_decode_request(message, &request) != STATUS_OK)
        return;
    struct buf again defer(buf_clear) = BUF_INIT(SIGNER_REQUEST_MAX);
    encode(&again, &request);
    assert(again.failure == STATUS_OK);
    assert(span_equal(span_of(again.ptr, again.len), message));
}

static void decode_and_encode_reply(struct span message)
{
    struct signer_reply reply;
    if (signer_decode_reply(message, &reply) != STATUS_OK)
        return;
    struct buf again defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
    signer_encode_reply(&again, reply.status, reply.detail, reply.payload);
    assert(again.failure == STATUS_OK);
    assert(span_equal(span_of(again.ptr, again.len), message));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    decode_and_encode_request(span_of(bytes, len));
    decode_and_encode_reply(span_of(bytes, len));
    return 0;
}
