/* Private and public keys from files: what is taken can be written and read again. */
#include "pki/key.h"

#include "base/limits.h"

#include <assert.h>

static void look_at(const struct private_key *key)
{
    struct secret *der defer(secret_free) = NULL;
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct private_key *again defer(private_key_free) = NULL;
    if (private_key_to_pkcs8(key, &der) != STATUS_OK)
        return;
    assert(private_key_from_pkcs8(secret_span(der), &again) == STATUS_OK);
    assert(private_key_spki(key, &spki) == STATUS_OK);
    assert(public_key_check(span_of(spki.ptr, spki.len)) == STATUS_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct private_key *pem defer(private_key_free) = NULL;
    struct private_key *pkcs8 defer(private_key_free) = NULL;
    if (private_key_from_pem(span_of(bytes, len), NULL, &pem) == STATUS_OK)
        look_at(pem);
    if (private_key_from_pkcs8(span_of(bytes, len), &pkcs8) == STATUS_OK)
        look_at(pkcs8);
    if (public_key_check(span_of(bytes, len)) == STATUS_OK)
        assert(len > 0);
    return 0;
}
