/* liboath computes; the comparison is ours, because it must take the same time for every code and
 * must say which step it was. */
#include "service/totp_code.h"

#include <liboath/oath.h>

static enum status start_library(void)
{
    int error = oath_init();
    return error == OATH_OK ? STATUS_OK
                            : status_fail(STATUS_CRYPTO, "liboath: %s", oath_strerror(error));
}

static enum status code_of(struct span secret, int64_t step, char ret_code[static TOTP_DIGITS + 1])
{
    int error = oath_totp_generate((const char *)secret.ptr, secret.len, (time_t)(step * TOTP_STEP),
                                   TOTP_STEP, 0, TOTP_DIGITS, ret_code);
    return error == OATH_OK ? STATUS_OK
                            : status_fail(STATUS_CRYPTO, "liboath: %s", oath_strerror(error));
}

enum status totp_code_find(struct span secret, struct span code, int64_t now, int64_t *ret_step)
{
    int64_t found = -1;
    TRY(start_library());
    for (int64_t step = now / TOTP_STEP - 1; step <= now / TOTP_STEP + 1; step++) {
        char right[TOTP_DIGITS + 1];
        TRY(code_of(secret, step, right));
        if (span_equal_constant_time(span_of(right, TOTP_DIGITS), code))
            found = step;
        explicit_bzero(right, sizeof right);
    }
    if (found < 0)
        return status_fail(STATUS_UNAUTHENTICATED, "the one-time code is not right");
    *ret_step = found;
    return STATUS_OK;
}

enum status totp_code_append_secret(struct buf *text, struct span secret)
{
    char *letters = NULL;
    size_t len = 0;
    TRY(start_library());
    int error = oath_base32_encode((const char *)secret.ptr, secret.len, &letters, &len);
    if (error != OATH_OK)
        return status_fail(STATUS_NO_MEMORY, "liboath: %s", oath_strerror(error));
    size_t padding = 0;
    while (padding < len && letters[len - 1 - padding] == '=')
        padding++;
    buf_append(text, span_of(letters, len - padding));
    explicit_bzero(letters, len);
    free(letters);
    return text->failure;
}

/* RFC 3986 2.3: what is not unreserved is escaped. */
static void append_component(struct buf *uri, const char *text)
{
    static const char unreserved[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-._~";
    for (; *text != '\0'; text++) {
        if (strchr(unreserved, *text) != NULL)
            buf_append_byte(uri, (uint8_t)*text);
        else
            buf_printf(uri, "%%%02X", (unsigned)(uint8_t)*text);
    }
}

enum status totp_code_append_uri(struct buf *uri, const char *issuer, const char *account,
                                 struct span secret)
{
    buf_append_text(uri, "otpauth://totp/");
    append_component(uri, issuer);
    buf_append_text(uri, ":");
    append_component(uri, account);
    buf_append_text(uri, "?secret=");
    TRY(totp_code_append_secret(uri, secret));
    buf_append_text(uri, "&issuer=");
    append_component(uri, issuer);
    return uri->failure;
}
