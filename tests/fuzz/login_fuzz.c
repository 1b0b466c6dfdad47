/* What a browser or a program shows to be known by: a mark, an API key, a one-time code. What was
 * not made under our key is never known, and what was is read back. */
#include "service/api_key.h"
#include "service/device_cookie.h"
#include "service/totp_code.h"

#include <assert.h>

enum { NOW = 1800000000 };

static void read_mark(const struct service *service, struct span text)
{
    uint8_t id[DEVICE_COOKIE_ID];
    bool known = true;
    assert(device_cookie_read(service, "anna", text, NOW, &known, id) == STATUS_OK);
    assert(!known);
    struct secret *mark defer(secret_free) = NULL;
    assert(device_cookie_make(service, "anna", NOW, &mark) == STATUS_OK);
    assert(device_cookie_read(service, "ANNA", secret_span(mark), NOW, &known, id) == STATUS_OK);
    assert(known);
}

static void read_code(struct span secret, struct span text)
{
    int64_t step = 0;
    enum status status = totp_code_find(secret, text, NOW, &step);
    assert(status == STATUS_UNAUTHENTICATED || (status == STATUS_OK && text.len == TOTP_DIGITS));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct service service = {.db = NULL};
    assert(secret_copy(SPAN_LITERAL("0123456789abcdef0123456789abcdef"), &service.master_key) ==
           STATUS_OK);
    read_mark(&service, span_of(bytes, len));
    read_code(secret_span(service.master_key), span_of(bytes, len));
    assert(!api_key_is_formed(span_of(bytes, len)) || len == API_KEY_LETTERS);
    secret_free(service.master_key);
    return 0;
}
