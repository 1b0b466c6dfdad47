/* PKCS#12 files that an admin imports: what opens is a key within the limits and its certificate,
 * and no file makes the import work for long. */
#include "pki/pfx.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct secret *password defer(secret_free) = NULL;
    assert(secret_copy(SPAN_LITERAL("password"), &password) == STATUS_OK);
    struct private_key *key defer(private_key_free) = NULL;
    struct certificate_list list defer(certificate_list_clear) = {0};
    if (pfx_open(span_of(bytes, len), password, &key, &list) != STATUS_OK) {
        assert(key == NULL && list.count == 0);
        return 0;
    }
    assert(list.count >= 1 && list.count <= CERTIFICATE_LIST_MAX);
    assert(private_key_matches(key, list.items[0]));
    return 0;
}
