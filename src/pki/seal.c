/*
 * Sealing, over EVP_KDF and EVP_CIPHER. The random salt gives every blob a key of its own, so the
 * random nonce can never meet itself under one key.
 */
#include "pki/seal.h"

#include "base/random.h"
#include "pki/ossl_cleanup.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/hmac.h>

enum { SEAL_VERSION = 1, SEAL_SALT = 16, SEAL_NONCE = 12, SEAL_TAG = 16 };
enum { SEAL_HEAD = 1 + SEAL_SALT + SEAL_NONCE };
enum { SEAL_KEY_MIN = 10, SEAL_CONTEXT_MAX = 256, SEAL_PART_MAX = 4096 };

/* "seal", "mac" and "combine" keep keys of different use apart, whatever the context says. */
static enum status make_info(const char *use, const char *context, struct buf *info)
{
    buf_append_text(info, use);
    buf_append_byte(info, '\0');
    buf_append_text(info, context);
    return info->failure;
}

static enum status derive(struct span key, struct span salt, struct span info,
                          struct secret **ret_derived)
{
    struct secret *derived defer(secret_free) = NULL;
    TRY(secret_new(SEAL_KEY_SIZE, &derived));
    EVP_KDF *kdf defer(EVP_KDF_free) = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);
    EVP_KDF_CTX *context defer(EVP_KDF_CTX_free) = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    if (context == NULL)
        return ossl_fail(STATUS_CRYPTO, "HKDF cannot be set up");
    char digest[] = "SHA256";
    OSSL_PARAM parameters[5] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)key.ptr, key.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info.ptr,
                                          info.len),
        OSSL_PARAM_construct_end(),
        OSSL_PARAM_construct_end(),
    };
    if (salt.len > 0)
        parameters[3] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
                                                          (void *)(uintptr_t)salt.ptr, salt.len);
    if (EVP_KDF_derive(context, secret_bytes(derived), SEAL_KEY_SIZE, parameters) != 1)
        return ossl_fail(STATUS_CRYPTO, "a key cannot be derived");
    *ret_derived = take(derived);
    return STATUS_OK;
}

static enum status derive_for(const char *use, struct span key, const char *context,
                              struct span salt, struct secret **ret_derived)
{
    if (key.len < SEAL_KEY_MIN)
        return status_fail(STATUS_INVALID, "a sealing key is shorter than %d bytes", SEAL_KEY_MIN);
    struct buf info defer(buf_clear) = BUF_INIT(SEAL_CONTEXT_MAX);
    TRY(make_info(use, context, &info));
    return derive(key, salt, span_of(info.ptr, info.len), ret_derived);
}

enum status seal_combine(const struct span parts[], size_t count, struct secret **ret_key)
{
    struct buf all defer(buf_clear) = BUF_INIT(SEAL_PART_MAX);
    for (size_t i = 0; i < count; i++) {
        uint8_t length[2] = {(uint8_t)(parts[i].len >> 8), (uint8_t)parts[i].len};
        buf_append(&all, span_of(length, sizeof length));
        buf_append(&all, parts[i]);
    }
    struct span bytes;
    TRY(buf_finish(&all, &bytes));
    return derive_for("combine", bytes, "", SPAN_EMPTY, ret_key);
}

/* The context as additional data, after the version octet of the blob. */
static int add_context(EVP_CIPHER_CTX *cipher, uint8_t version, const char *context)
{
    int len;
    return EVP_CipherUpdate(cipher, NULL, &len, &version, 1) == 1 &&
           EVP_CipherUpdate(cipher, NULL, &len, (const uint8_t *)context, (int)strlen(context)) ==
               1;
}

static enum status encrypt(const struct secret *key, const char *context, struct span plain,
                           uint8_t *blob)
{
    EVP_CIPHER_CTX *cipher defer(EVP_CIPHER_CTX_free) = EVP_CIPHER_CTX_new();
    int len;
    uint8_t *text = blob + SEAL_HEAD;
    if (cipher == NULL ||
        EVP_EncryptInit_ex2(cipher, EVP_aes_256_gcm(), secret_span(key).ptr, blob + 1 + SEAL_SALT,
                            NULL) != 1 ||
        !add_context(cipher, blob[0], context) ||
        (plain.len > 0 && EVP_EncryptUpdate(cipher, text, &len, plain.ptr, (int)plain.len) != 1) ||
        EVP_EncryptFinal_ex(cipher, text + plain.len, &len) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG, text + plain.len) != 1)
        return ossl_fail(STATUS_CRYPTO, "a secret cannot be sealed");
    return STATUS_OK;
}

enum status seal_close(struct span key, const char *context, struct span plain, struct buf *sealed)
{
    if (plain.len > INT_MAX - SEAL_OVERHEAD)
        return status_fail(STATUS_TOO_LARGE, "too much to seal");
    uint8_t *blob = buf_reserve(sealed, plain.len + SEAL_OVERHEAD);
    if (blob == NULL)
        return sealed->failure;
    blob[0] = SEAL_VERSION;
    TRY(random_bytes(blob + 1, SEAL_SALT + SEAL_NONCE));
    struct secret *derived defer(secret_free) = NULL;
    TRY(derive_for("seal", key, context, span_of(blob + 1, SEAL_SALT), &derived));
    TRY(encrypt(derived, context, plain, blob));
    buf_extend(sealed, plain.len + SEAL_OVERHEAD);
    return sealed->failure;
}

static bool decrypt(const struct secret *key, const char *context, struct span blob, uint8_t *plain,
                    size_t len)
{
    EVP_CIPHER_CTX *cipher defer(EVP_CIPHER_CTX_free) = EVP_CIPHER_CTX_new();
    uint8_t tag[SEAL_TAG];
    memcpy(tag, blob.ptr + blob.len - SEAL_TAG, SEAL_TAG);
    int got;
    return cipher != NULL &&
           EVP_DecryptInit_ex2(cipher, EVP_aes_256_gcm(), secret_span(key).ptr,
                               blob.ptr + 1 + SEAL_SALT, NULL) == 1 &&
           add_context(cipher, blob.ptr[0], context) &&
           (len == 0 ||
            EVP_DecryptUpdate(cipher, plain, &got, blob.ptr + SEAL_HEAD, (int)len) == 1) &&
           EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG, tag) == 1 &&
           EVP_DecryptFinal_ex(cipher, plain + len, &got) == 1;
}

enum status seal_open(struct span key, const char *context, struct span sealed,
                      struct secret **ret_plain)
{
    if (sealed.len < SEAL_OVERHEAD || sealed.len > INT_MAX || sealed.ptr[0] != SEAL_VERSION)
        return status_fail(STATUS_FORBIDDEN, "a sealed secret does not open");
    struct secret *derived defer(secret_free) = NULL;
    TRY(derive_for("seal", key, context, span_of(sealed.ptr + 1, SEAL_SALT), &derived));
    struct secret *plain defer(secret_free) = NULL;
    size_t len = sealed.len - SEAL_OVERHEAD;
    TRY(secret_new(len, &plain));
    if (!decrypt(derived, context, sealed, secret_bytes(plain), len)) {
        ERR_clear_error();
        return status_fail(STATUS_FORBIDDEN, "a sealed secret does not open");
    }
    *ret_plain = take(plain);
    return STATUS_OK;
}

enum status seal_mac(struct span key, const char *context, struct span message,
                     uint8_t ret_mac[static MAC_SIZE])
{
    struct secret *derived defer(secret_free) = NULL;
    TRY(derive_for("mac", key, context, SPAN_EMPTY, &derived));
    unsigned len = 0;
    const uint8_t *made = HMAC(EVP_sha256(), secret_span(derived).ptr, SEAL_KEY_SIZE, message.ptr,
                               message.len, ret_mac, &len);
    if (made == NULL || len != MAC_SIZE)
        return ossl_fail(STATUS_CRYPTO, "a MAC cannot be computed");
    return STATUS_OK;
}
