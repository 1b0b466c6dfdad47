/* Revocation lists: what is taken can be asked for any serial. */
#include "pki/crl.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct crl *crl defer(crl_free) = NULL;
    if (crl_parse(span_of(bytes, len), &crl) != STATUS_OK)
        return 0;
    struct crl_info info = crl_info(crl);
    assert(info.number >= -1);
    assert(info.count <= len);
    struct crl_entry entry;
    if (crl_find(crl, "7f", &entry))
        assert(info.count > 0);
    return 0;
}
