/* OCSP requests from anybody: what is read says so again when it is put into an answer's fields. */
#include "pki/ocsp_request.h"

#include <assert.h>

static void check_id(const struct ocsp_id *id)
{
    size_t len = strlen(id->serial);
    assert(id->hash == OCSP_HASH_SHA1 || id->hash == OCSP_HASH_SHA256);
    assert(len >= 2 && len % 2 == 0 && len < OCSP_SERIAL_TEXT_SIZE);
    assert(strspn(id->serial, "0123456789abcdef") == len);
    assert(len == 2 || strncmp(id->serial, "00", 2) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct ocsp_request request;
    enum status status = ocsp_request_parse(span_of(bytes, len), &request);
    assert(status == STATUS_OK || status_kind(status) == STATUS_KIND_REFUSAL);
    if (status != STATUS_OK)
        return 0;
    assert(request.count >= 1 && request.count <= OCSP_SINGLES_MAX);
    assert(request.nonce_len <= OCSP_NONCE_MAX);
    for (size_t i = 0; i < request.count; i++)
        check_id(&request.ids[i]);
    return 0;
}
