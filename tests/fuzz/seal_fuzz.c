/* Sealed blobs out of a database that somebody else wrote: none opens but one that was sealed so.
 */
#include "pki/seal.h"

#include <assert.h>

static const struct span key = SPAN_LITERAL("0123456789abcdef");

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct secret *plain defer(secret_free) = NULL;
    assert(seal_open(key, "fuzz", span_of(bytes, len), &plain) == STATUS_FORBIDDEN);

    struct buf sealed defer(buf_clear) = BUF_INIT(len + SEAL_OVERHEAD);
    assert(seal_close(key, "fuzz", span_of(bytes, len), &sealed) == STATUS_OK);
    assert(seal_open(key, "fuzz", span_of(sealed.ptr, sealed.len), &plain) == STATUS_OK);
    assert(span_equal(secret_span(plain), span_of(bytes, len)));
    return 0;
}
