/*
 * Key pairs over EVP_PKEY. Whatever comes in, from a file, a pool or a bundle, passes
 * private_key_wrap() and with it the limits, so no other key ever signs.
 *
 * scrypt stays under the 32 MiB that OpenSSL allows itself when it reads a key back: N 16384, and
 * five lanes instead of a larger N.
 */
#include "pki/key.h"

#include "base/file.h"
#include "base/limits.h"
#include "pki/ossl_cleanup.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

enum { SCRYPT_N = 16384, SCRYPT_R = 8, SCRYPT_P = 5, SCRYPT_SALT = 16 };
enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 4096, RSA_EXPONENT_BITS_MAX = 33 };

struct private_key {
    EVP_PKEY *pkey;
};

struct key_type_row {
    const char *name;
    const char *group; /* EC only */
    size_t bits;       /* RSA only */
};

static const struct key_type_row types[KEY_TYPE_COUNT] = {
    [KEY_RSA_2048] = {"rsa-2048", NULL, 2048},   [KEY_RSA_3072] = {"rsa-3072", NULL, 3072},
    [KEY_RSA_4096] = {"rsa-4096", NULL, 4096},   [KEY_EC_P256] = {"ec-p256", "prime256v1", 0},
    [KEY_EC_P384] = {"ec-p384", "secp384r1", 0},
};

const char *key_type_name(enum key_type type)
{
    return types[type].name;
}

enum status key_type_parse(const char *name, enum key_type *ret_type)
{
    for (int i = 0; i < KEY_TYPE_COUNT; i++) {
        if (strcmp(name, types[i].name) == 0) {
            *ret_type = (enum key_type)i;
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_INVALID,
                       "'%.20s' is no key type: choose rsa-2048, rsa-3072, rsa-4096, ec-p256 or "
                       "ec-p384",
                       name);
}

static enum status check_rsa(const EVP_PKEY *pkey)
{
    int bits = EVP_PKEY_get_bits(pkey);
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
        return status_fail(STATUS_INVALID, "an RSA key has %d bits, not 2048 to 4096", bits);
    BIGNUM *exponent defer(BN_free) = NULL;
    BIGNUM *modulus defer(BN_free) = NULL;
    if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1 ||
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &modulus) != 1)
        return ossl_fail(STATUS_CRYPTO, "an RSA key cannot be looked into");
    bool odd = BN_is_odd(exponent) && BN_is_odd(modulus);
    if (!odd || BN_is_one(exponent) || BN_num_bits(exponent) > RSA_EXPONENT_BITS_MAX)
        return status_fail(STATUS_INVALID, "an RSA key's exponent is even, 1 or above 2^32");
    return STATUS_OK;
}

static enum status check_ec(const EVP_PKEY *pkey)
{
    char group[32] = "";
    EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL);
    ERR_clear_error();
    if (strcmp(group, types[KEY_EC_P256].group) != 0 &&
        strcmp(group, types[KEY_EC_P384].group) != 0)
        return status_fail(STATUS_INVALID, "an EC key is on %s, not on P-256 or P-384",
                           group[0] == '\0' ? "an unnamed curve" : group);
    return STATUS_OK;
}

enum status pkey_check_limits(const EVP_PKEY *pkey)
{
    if (pkey == NULL) {
        ERR_clear_error();
        return status_fail(STATUS_INVALID, "a public key is of an unknown kind or broken");
    }
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
        return check_rsa(pkey);
    case EVP_PKEY_EC:
        return check_ec(pkey);
    default:
        return status_fail(STATUS_INVALID, "a key is neither RSA nor EC");
    }
}

enum status private_key_wrap(EVP_PKEY *take_pkey, struct private_key **ret_key)
{
    EVP_PKEY *pkey defer(EVP_PKEY_free) = take_pkey;
    TRY(pkey_check_limits(pkey));
    struct private_key *key = malloc(sizeof *key);
    if (key == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a key");
    key->pkey = take(pkey);
    *ret_key = key;
    return STATUS_OK;
}

void private_key_free(struct private_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

EVP_PKEY *private_key_pkey(const struct private_key *key)
{
    return key->pkey;
}

const EVP_MD *private_key_digest(const struct private_key *key)
{
    bool p384 =
        EVP_PKEY_get_base_id(key->pkey) == EVP_PKEY_EC && EVP_PKEY_get_bits(key->pkey) > 256;
    return p384 ? EVP_sha384() : EVP_sha256();
}

static enum status start_generator(enum key_type type, EVP_PKEY_CTX **ret_generator)
{
    const struct key_type_row *row = &types[type];
    EVP_PKEY_CTX *generator defer(EVP_PKEY_CTX_free) =
        EVP_PKEY_CTX_new_from_name(NULL, row->group != NULL ? "EC" : "RSA", NULL);
    if (generator == NULL || EVP_PKEY_keygen_init(generator) != 1)
        return ossl_fail(STATUS_CRYPTO, "a key generator cannot be made");
    int done = row->group != NULL ? EVP_PKEY_CTX_set_group_name(generator, row->group)
                                  : EVP_PKEY_CTX_set_rsa_keygen_bits(generator, (int)row->bits);
    if (done != 1)
        return ossl_fail(STATUS_CRYPTO, "a key generator cannot be set up");
    *ret_generator = take(generator);
    return STATUS_OK;
}

/* Called at every candidate for a prime; 0 gives up. */
static int is_wanted(EVP_PKEY_CTX *generator)
{
    const atomic_bool *stop = EVP_PKEY_CTX_get_app_data(generator);
    return stop == NULL || !atomic_load(stop);
}

enum status private_key_generate_until(enum key_type type, const atomic_bool *stop,
                                       struct private_key **ret_key)
{
    EVP_PKEY_CTX *generator defer(EVP_PKEY_CTX_free) = NULL;
    TRY(start_generator(type, &generator));
    /* The library hands the pointer back as it got it; nobody writes through it. */
    EVP_PKEY_CTX_set_app_data(generator, (void *)(uintptr_t)stop);
    EVP_PKEY_CTX_set_cb(generator, is_wanted);
    EVP_PKEY *pkey = NULL;
    if (EVP_PKEY_generate(generator, &pkey) == 1)
        return private_key_wrap(pkey, ret_key);
    if (!is_wanted(generator)) {
        ERR_clear_error();
        return status_fail(STATUS_GONE, "the key is not wanted any more");
    }
    return ossl_fail(STATUS_CRYPTO, "a key pair cannot be made");
}

enum status private_key_generate(enum key_type type, struct private_key **ret_key)
{
    return private_key_generate_until(type, NULL, ret_key);
}

static enum status private_key_info(const struct private_key *key, PKCS8_PRIV_KEY_INFO **ret_info)
{
    *ret_info = EVP_PKEY2PKCS8(key->pkey);
    return *ret_info != NULL ? STATUS_OK
                             : ossl_fail(STATUS_CRYPTO, "a key cannot be written as PKCS#8");
}

enum status private_key_to_pkcs8(const struct private_key *key, struct secret **ret_der)
{
    PKCS8_PRIV_KEY_INFO *info defer(PKCS8_PRIV_KEY_INFO_free) = NULL;
    TRY(private_key_info(key, &info));
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
    if (len <= 0)
        return ossl_fail(STATUS_CRYPTO, "a key cannot be written as PKCS#8");
    struct secret *der defer(secret_free) = NULL;
    TRY(secret_new((size_t)len, &der));
    uint8_t *at = secret_bytes(der);
    if (i2d_PKCS8_PRIV_KEY_INFO(info, &at) != len)
        return ossl_fail(STATUS_CRYPTO, "a key cannot be written as PKCS#8");
    *ret_der = take(der);
    return STATUS_OK;
}

enum status private_key_from_pkcs8(struct span der, struct private_key **ret_key)
{
    if (der.len > LIMIT_KEY_FILE)
        return status_fail(STATUS_TOO_LARGE, "a private key is larger than %d bytes",
                           LIMIT_KEY_FILE);
    const uint8_t *at = der.ptr;
    PKCS8_PRIV_KEY_INFO *info defer(PKCS8_PRIV_KEY_INFO_free) =
        d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
    if (info == NULL || at != der.ptr + der.len)
        return ossl_fail(STATUS_INVALID, "RFC 5208 5: not one PrivateKeyInfo");
    EVP_PKEY *pkey = EVP_PKCS82PKEY(info);
    if (pkey == NULL)
        return ossl_fail(STATUS_INVALID, "RFC 5208 5: the key in a PrivateKeyInfo is broken");
    return private_key_wrap(pkey, ret_key);
}

static enum status encrypt_info(PKCS8_PRIV_KEY_INFO *info, const struct secret *passphrase,
                                X509_SIG **ret_encrypted)
{
    X509_ALGOR *algorithm defer(X509_ALGOR_free) = PKCS5_pbe2_set_scrypt(
        EVP_aes_256_cbc(), NULL, SCRYPT_SALT, NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P);
    if (algorithm == NULL)
        return ossl_fail(STATUS_CRYPTO, "scrypt cannot be set up");
    struct span phrase = secret_span(passphrase);
    *ret_encrypted = PKCS8_set0_pbe((const char *)phrase.ptr, (int)phrase.len, info, algorithm);
    if (*ret_encrypted == NULL)
        return ossl_fail(STATUS_CRYPTO, "a key cannot be encrypted");
    (void)take(algorithm); /* it belongs to the X509_SIG now */
    return STATUS_OK;
}

static enum status write_pem(BIO *bio, PKCS8_PRIV_KEY_INFO *info, const struct secret *passphrase)
{
    int written = 0;
    if (passphrase == NULL) {
        written = PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, info);
    } else {
        X509_SIG *encrypted defer(X509_SIG_free) = NULL;
        TRY(encrypt_info(info, passphrase, &encrypted));
        written = PEM_write_bio_PKCS8(bio, encrypted);
    }
    return written == 1 ? STATUS_OK : ossl_fail(STATUS_CRYPTO, "a key cannot be written as PEM");
}

enum status private_key_to_pem(const struct private_key *key, const struct secret *passphrase,
                               struct secret **ret_pem)
{
    if (passphrase != NULL && secret_span(passphrase).len == 0)
        return status_fail(STATUS_INVALID, "the passphrase of a key is empty");
    PKCS8_PRIV_KEY_INFO *info defer(PKCS8_PRIV_KEY_INFO_free) = NULL;
    TRY(private_key_info(key, &info));
    BIO *bio defer(BIO_free_all) = BIO_new(BIO_s_secmem());
    if (bio == NULL)
        return ossl_fail(STATUS_CRYPTO, "no memory for a key");
    TRY(write_pem(bio, info, passphrase));
    char *bytes = NULL;
    long len = BIO_get_mem_data(bio, &bytes);
    return secret_copy(span_of(bytes, (size_t)len), ret_pem);
}

struct passphrase_request {
    const struct secret *passphrase;
    bool asked;
};

static int give_passphrase(char *room, int size, int writing, void *data)
{
    (void)writing;
    struct passphrase_request *request = data;
    request->asked = true;
    if (request->passphrase == NULL)
        return -1;
    struct span phrase = secret_span(request->passphrase);
    if (phrase.len == 0 || phrase.len > (size_t)size)
        return -1;
    memcpy(room, phrase.ptr, phrase.len);
    return (int)phrase.len;
}

enum status private_key_from_pem(struct span pem, const struct secret *passphrase,
                                 struct private_key **ret_key)
{
    if (pem.len > LIMIT_KEY_FILE)
        return status_fail(STATUS_TOO_LARGE, "a private key is larger than %d bytes",
                           LIMIT_KEY_FILE);
    BIO *bio defer(BIO_free_all) = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    if (bio == NULL)
        return ossl_fail(STATUS_NO_MEMORY, "no memory for a key");
    struct passphrase_request request = {.passphrase = passphrase};
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &request);
    if (pkey != NULL)
        return private_key_wrap(pkey, ret_key);
    if (!request.asked)
        return ossl_fail(STATUS_INVALID, "RFC 7468: not a private key in PEM");
    ERR_clear_error();
    if (passphrase == NULL)
        return status_fail(STATUS_FORBIDDEN, "the key is encrypted and no passphrase is given");
    return status_fail(STATUS_FORBIDDEN, "the passphrase does not open the key");
}

enum status private_key_save(const struct private_key *key, const char *path,
                             const struct secret *passphrase)
{
    struct secret *pem defer(secret_free) = NULL;
    TRY(private_key_to_pem(key, passphrase, &pem));
    return file_replace(path, secret_span(pem), 0600);
}

enum status private_key_load(const char *path, const struct secret *passphrase,
                             struct private_key **ret_key)
{
    TRY(file_check_private(path));
    struct secret *pem defer(secret_free) = NULL;
    TRY(secret_read_file(path, LIMIT_KEY_FILE, false, &pem));
    enum status status = private_key_from_pem(secret_span(pem), passphrase, ret_key);
    if (status == STATUS_OK)
        return STATUS_OK;
    char reason[STATUS_DETAIL_MAX];
    snprintf(reason, sizeof reason, "%s", status_detail());
    return status_fail(status, "%s: %s", path, reason);
}

enum status private_key_spki(const struct private_key *key, struct buf *spki)
{
    int len = i2d_PUBKEY(key->pkey, NULL);
    uint8_t *room = len <= 0 ? NULL : buf_reserve(spki, (size_t)len);
    if (len <= 0 || room == NULL)
        return len <= 0 ? ossl_fail(STATUS_CRYPTO, "a public key cannot be written")
                        : spki->failure;
    i2d_PUBKEY(key->pkey, &room);
    buf_extend(spki, (size_t)len);
    return spki->failure;
}

bool private_key_matches(const struct private_key *key, const struct certificate *certificate)
{
    const EVP_PKEY *public_key = X509_get0_pubkey(certificate_x509(certificate));
    bool same = public_key != NULL && EVP_PKEY_eq(key->pkey, public_key) == 1;
    ERR_clear_error();
    return same;
}

/* BER that is not DER would be certified as something else than what was asked for. */
static bool is_der_of(struct span spki, const EVP_PKEY *pkey)
{
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(pkey, &der);
    bool same = len > 0 && span_equal(spki, span_of(der, (size_t)len));
    OPENSSL_free(der);
    return same;
}

enum status public_key_check(struct span spki)
{
    if (spki.len > LIMIT_CERTIFICATE)
        return status_fail(STATUS_TOO_LARGE, "a public key is larger than %d bytes",
                           LIMIT_CERTIFICATE);
    const uint8_t *at = spki.ptr;
    EVP_PKEY *pkey defer(EVP_PKEY_free) = d2i_PUBKEY(NULL, &at, (long)spki.len);
    if (pkey == NULL || at != spki.ptr + spki.len || !is_der_of(spki, pkey))
        return ossl_fail(STATUS_INVALID, "RFC 5280 4.1.2.7: not one SubjectPublicKeyInfo in DER");
    return pkey_check_limits(pkey);
}
