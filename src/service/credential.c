/* Drawing and comparing. A PIN alone is weak: its MAC needs the master key, which is not in the
 * database, so that the database's thief cannot try all of them. */
#include "service/credential.h"

#include "base/buf.h"
#include "base/random.h"
#include "base/text.h"
#include "config/config.h"

#include <stdio.h>

enum { CREDENTIAL_TOKEN_BYTES = 16, CREDENTIAL_TOKEN_LETTERS = 26, CREDENTIAL_CONTEXT = 32 };

enum status credential_new_token(struct secret **ret_token)
{
    uint8_t bytes[CREDENTIAL_TOKEN_BYTES];
    TRY(random_bytes(bytes, sizeof bytes));
    struct buf text defer(buf_clear) = BUF_INIT(CREDENTIAL_TOKEN_LETTERS);
    text_append_base32(&text, span_of(bytes, sizeof bytes));
    explicit_bzero(bytes, sizeof bytes);
    struct span letters;
    TRY(buf_finish(&text, &letters));
    return secret_copy(letters, ret_token);
}

enum status credential_new_pin(const struct service *service, struct secret **ret_pin)
{
    return random_text("0123456789", (size_t)service->config->link_pin_digits, ret_pin);
}

enum status credential_new_id(char ret_id[static CREDENTIAL_ID_LETTERS + 1])
{
    struct secret *letters defer(secret_free) = NULL;
    TRY(random_text(text_alphabet, CREDENTIAL_ID_LETTERS, &letters));
    memcpy(ret_id, secret_text(letters), CREDENTIAL_ID_LETTERS + 1);
    return STATUS_OK;
}

bool credential_pin_is_formed(const struct service *service, struct span pin)
{
    if (pin.len != (size_t)service->config->link_pin_digits)
        return false;
    for (size_t i = 0; i < pin.len; i++)
        if (pin.ptr[i] < '0' || pin.ptr[i] > '9')
            return false;
    return true;
}

enum status credential_pin_mac(const struct service *service, const char *link_id, struct span pin,
                               uint8_t ret_mac[static MAC_SIZE])
{
    char context[CREDENTIAL_CONTEXT];
    snprintf(context, sizeof context, "pin %s", link_id);
    return seal_mac(secret_span(service->master_key), context, pin, ret_mac);
}

enum status credential_check_pin(const struct service *service, const char *link_id,
                                 struct span pin, struct span mac, bool *ret_right)
{
    uint8_t made[MAC_SIZE];
    TRY(credential_pin_mac(service, link_id, pin, made));
    static const uint8_t none[MAC_SIZE];
    bool known = mac.len == MAC_SIZE;
    bool equal = span_equal_constant_time(span_of(made, sizeof made),
                                          known ? mac : span_of(none, sizeof none));
    *ret_right = known && equal;
    return STATUS_OK;
}
