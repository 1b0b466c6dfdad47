/* SHA-256 by libcrypto, which uses the processor's instructions for it. */
#include "base/digest.h"

#include <openssl/evp.h>

enum status digest_sha256(struct span bytes, uint8_t ret_digest[static DIGEST_SHA256_SIZE])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    if (EVP_Digest(bytes.ptr, bytes.len, digest, NULL, EVP_sha256(), NULL) != 1)
        return status_fail(STATUS_CRYPTO, "SHA-256 failed");
    memcpy(ret_digest, digest, DIGEST_SHA256_SIZE);
    return STATUS_OK;
}
