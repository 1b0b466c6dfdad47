/*
 * OpenSSL's error queue as one sentence. The first entry is the cause; the later ones are the same
 * failure seen from further out.
 */
#include "pki/ossl_cleanup.h"

#include <openssl/err.h>

enum status ossl_fail(enum status status, const char *what)
{
    unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char *reason = ERR_reason_error_string(code);
    if (reason == NULL)
        return status_fail(status, "%s", what);
    return status_fail(status, "%s: %s", what, reason);
}
