/* Even draws by rejection: a value from the incomplete last run of the range is thrown away. */
#include "base/random.h"

#include <limits.h>
#include <openssl/rand.h>

enum status random_bytes(uint8_t *bytes, size_t len)
{
    if (len > INT_MAX || RAND_priv_bytes(bytes, (int)len) != 1)
        return status_fail(STATUS_CRYPTO, "the random generator gave nothing");
    return STATUS_OK;
}

enum status random_below(uint32_t bound, uint32_t *ret_number)
{
    uint32_t limit = UINT32_MAX - UINT32_MAX % bound;
    uint32_t number;
    do {
        TRY(random_bytes((uint8_t *)&number, sizeof number));
    } while (number >= limit);
    *ret_number = number % bound;
    return STATUS_OK;
}

enum status random_text(const char *alphabet, size_t len, struct secret **ret_text)
{
    struct secret *text defer(secret_free) = NULL;
    TRY(secret_new(len, &text));
    uint32_t letters = (uint32_t)strlen(alphabet);
    for (size_t i = 0; i < len; i++) {
        uint32_t letter;
        TRY(random_below(letters, &letter));
        secret_bytes(text)[i] = (uint8_t)alphabet[letter];
    }
    *ret_text = take(text);
    return STATUS_OK;
}
