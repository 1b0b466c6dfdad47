/* Generated bundle passwords, the rule for chosen ones, and argon2id for operators. */
#include "service/password.h"

#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"

#include "store/gate.h"

#include <sodium.h>

_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "what the library writes");

/* Mutable, and there once for the whole process, as the memory is that they bound. */
static struct gate gates[] = {
    [PASSWORD_KNOWN] = GATE_INIT(PASSWORD_KNOWN_PLACES),
    [PASSWORD_STRANGER] = GATE_INIT(PASSWORD_STRANGER_PLACES),
};

enum status password_generate(struct secret **ret_password)
{
    return random_text(text_alphabet, PASSWORD_LETTERS, ret_password);
}

enum status password_check(const struct secret *password)
{
    struct span text = secret_span(password);
    if (text.len < LIMIT_PASSWORD_MIN)
        return status_fail(STATUS_INVALID, "a password has at least %d characters",
                           LIMIT_PASSWORD_MIN);
    if (text.len > LIMIT_PASSWORD_MAX)
        return status_fail(STATUS_INVALID, "a password has at most %d characters",
                           LIMIT_PASSWORD_MAX);
    if (!text_is_ascii_printable(text))
        return status_fail(STATUS_INVALID, "a password is made of printable ASCII characters: "
                                           "other letters fail on some phones");
    return STATUS_OK;
}

/* Safe to call again and from any thread. */
static enum status begin_computing(enum password_lane lane)
{
    if (sodium_init() < 0)
        return status_fail(STATUS_CRYPTO, "libsodium cannot be used");
    if (!gate_enter_unless_full(&gates[lane], PASSWORD_WAITING))
        return status_fail(STATUS_TOO_MANY, "too many passwords are being checked at this moment");
    return STATUS_OK;
}

enum status password_hash_in(enum password_lane lane, const struct secret *password,
                             char ret_hash[static PASSWORD_HASH_SIZE])
{
    TRY(begin_computing(lane));
    struct span text = secret_span(password);
    int failed =
        crypto_pwhash_str(ret_hash, secret_text(password), text.len,
                          crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE);
    gate_leave(&gates[lane]);
    if (failed != 0)
        return status_fail(STATUS_NO_MEMORY, "no memory to hash a password");
    return STATUS_OK;
}

enum status password_verify_in(enum password_lane lane, const char *hash,
                               const struct secret *password)
{
    TRY(begin_computing(lane));
    struct span text = secret_span(password);
    int failed = crypto_pwhash_str_verify(hash, secret_text(password), text.len);
    gate_leave(&gates[lane]);
    if (failed != 0)
        return status_fail(STATUS_UNAUTHENTICATED, "the password is not right");
    return STATUS_OK;
}

enum status password_hash(const struct secret *password, char ret_hash[static PASSWORD_HASH_SIZE])
{
    return password_hash_in(PASSWORD_KNOWN, password, ret_hash);
}

enum status password_verify(const char *hash, const struct secret *password)
{
    return password_verify_in(PASSWORD_KNOWN, hash, password);
}

bool password_needs_rehash(const char *hash)
{
    return crypto_pwhash_str_needs_rehash(hash, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0;
}
