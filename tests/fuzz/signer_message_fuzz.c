/* What the web process may send to the signer, and the signer back: a message that is understood is
 * the only way to say what it says. */
#include "signer/signer_msg.h"

#include <assert.h>

static void request(struct span message)
{
    struct signer_request request defer(signer_request_clear) = {0};
    if (signer_decode_request(message, &request) != STATUS_OK)
        return;
    struct buf again defer(buf_clear) = BUF_INIT(SIGNER_REQUEST_MAX);
    switch (request.operation) {
    case SIGNER_PING:
        signer_encode_ping(&again);
        break;
    case SIGNER_ISSUE:
        signer_encode_issue(&again, request.profile, &request.fields);
        break;
    case SIGNER_CRL_BEGIN:
        signer_encode_crl_begin(&again, &request.plan);
        break;
    case SIGNER_CRL_ENTRIES:
        signer_encode_crl_entries(&again, request.entries, request.entry_count);
        break;
    case SIGNER_CRL_END:
        signer_encode_crl_end(&again);
        break;
    case SIGNER_RESPONDER_KEY:
        signer_encode_responder_key(&again);
        break;
    case SIGNER_OCSP:
        signer_encode_ocsp(&again, request.responder, &request.ocsp);
        break;
    }
    assert(again.failure == STATUS_OK);
    assert(span_equal(span_of(again.ptr, again.len), message));
}

static void reply(struct span message)
{
    struct signer_reply reply;
    if (signer_decode_reply(message, &reply) != STATUS_OK)
        return;
    assert(strlen(reply.detail) < sizeof reply.detail);
    assert(reply.payload.len <= message.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    request(span_of(bytes, len));
    reply(span_of(bytes, len));
    return 0;
}
