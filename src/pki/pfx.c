/*
 * Bundles are put together bag by bag, because PKCS12_create() leaves salts, their lengths and the
 * digest of the MAC to OpenSSL's version. The order is that of every common writer: the encrypted
 * certificates first (leaf, issuing, between, root), then the key.
 *
 * Both ways cost three derivations of a key from the password and nothing else of weight; the check
 * never derives before it has seen that the iterations are those that we write.
 */
#include "pki/pfx.h"

#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "pki/chain.h"
#include "pki/ossl_cleanup.h"
#include "pki/pfx_protection.h"

#include <limits.h>
#include <openssl/err.h>

enum { SALT_SIZE = 8, LOCAL_KEY_ID_SIZE = 20, CHAIN_MAX = 1 + CHAIN_AUTHORITIES_MAX };
enum { NAME_SIZE = 4 * LIMIT_PERSON_NAME + 1 }; /* as UTF-8; a user name is shorter */

struct packing_row {
    const char *name;
    int make_nid; /* what OpenSSL's packers take: the PBE, or the cipher for PBES2 */
    int mac_nid;
    struct pfx_protection protection; /* what must be read back */
};

static const struct packing_row rows[PACKING_COUNT] = {
    [PACKING_COMPAT] = {.name = "compat",
                        .make_nid = NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
                        .mac_nid = NID_sha1,
                        .protection = {.scheme = NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
                                       .iterations = 10 * 1000,
                                       .salt_len = SALT_SIZE}},
    [PACKING_MODERN] = {.name = "modern",
                        .make_nid = NID_aes_256_cbc,
                        .mac_nid = NID_sha256,
                        .protection = {.scheme = NID_pbes2,
                                       .cipher = NID_aes_256_cbc,
                                       .prf = NID_hmacWithSHA256,
                                       .iterations = 100 * 1000,
                                       .salt_len = SALT_SIZE}},
};

const char *packing_name(enum packing packing)
{
    return rows[packing].name;
}

enum status packing_parse(const char *name, enum packing *ret_packing)
{
    for (int i = 0; i < PACKING_COUNT; i++) {
        if (strcmp(name, rows[i].name) == 0) {
            *ret_packing = (enum packing)i;
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_INVALID, "'%.20s' is no packing: choose compat or modern", name);
}

/* The certificates in their order; the number of them. */
static size_t chain_of(const struct pfx_contents *contents,
                       const struct certificate *ret_chain[static CHAIN_MAX])
{
    ret_chain[0] = contents->leaf;
    return 1 +
           chain_authorities(contents->issuing, contents->between, contents->root, ret_chain + 1);
}

static enum status local_key_id(const struct certificate *leaf,
                                uint8_t ret_id[static LOCAL_KEY_ID_SIZE])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    if (X509_digest(certificate_x509(leaf), EVP_sha1(), digest, NULL) != 1)
        return ossl_fail(STATUS_CRYPTO, "a certificate cannot be hashed");
    memcpy(ret_id, digest, LOCAL_KEY_ID_SIZE);
    return STATUS_OK;
}

/* A friendlyName is a BMPString (RFC 2985 5.5.1): UCS-2, without the characters above U+FFFF. */
static void written_name(const struct pfx_contents *contents, char ret_name[static NAME_SIZE])
{
    struct span name = span_of_text(contents->friendly_name);
    size_t len = 0;
    for (size_t i = 0; i < name.len && len < NAME_SIZE - 1; i += name.ptr[i] >= 0xF0 ? 4 : 1)
        ret_name[len++] = name.ptr[i] >= 0xF0 ? '?' : (char)name.ptr[i];
    ret_name[len] = '\0';
}

static enum status name_bag(PKCS12_SAFEBAG *bag, const struct pfx_contents *contents)
{
    uint8_t id[LOCAL_KEY_ID_SIZE];
    char name[NAME_SIZE];
    TRY(local_key_id(contents->leaf, id));
    written_name(contents, name);
    if (PKCS12_add_localkeyid(bag, id, sizeof id) != 1 ||
        PKCS12_add_friendlyname_utf8(bag, name, -1) != 1)
        return ossl_fail(STATUS_CRYPTO, "a bundle cannot be named");
    return STATUS_OK;
}

/* Takes over `bag`, also when it fails. */
static enum status push_bag(safebag_stack *bags, PKCS12_SAFEBAG *take_bag)
{
    PKCS12_SAFEBAG *bag defer(PKCS12_SAFEBAG_free) = take_bag;
    if (bag == NULL || sk_PKCS12_SAFEBAG_push(bags, bag) <= 0)
        return ossl_fail(STATUS_CRYPTO, "a bundle cannot be filled");
    (void)take(bag);
    return STATUS_OK;
}

/* Takes over `safe`, also when it fails. */
static enum status push_safe(pkcs7_stack *safes, PKCS7 *take_safe)
{
    PKCS7 *safe defer(PKCS7_free) = take_safe;
    if (safe == NULL || sk_PKCS7_push(safes, safe) <= 0)
        return ossl_fail(STATUS_CRYPTO, "a bundle cannot be encrypted");
    (void)take(safe);
    return STATUS_OK;
}

static enum status add_certificates(pkcs7_stack *safes, const struct packing_row *row,
                                    const struct secret *password,
                                    const struct pfx_contents *contents)
{
    safebag_stack *bags defer(safebag_stack_free) = sk_PKCS12_SAFEBAG_new_null();
    const struct certificate *chain[CHAIN_MAX];
    size_t count = chain_of(contents, chain);
    for (size_t i = 0; i < count; i++)
        TRY(push_bag(bags, PKCS12_SAFEBAG_create_cert(certificate_x509(chain[i]))));
    TRY(name_bag(sk_PKCS12_SAFEBAG_value(bags, 0), contents));
    uint8_t salt[SALT_SIZE];
    TRY(random_bytes(salt, sizeof salt));
    return push_safe(safes, PKCS12_pack_p7encdata(row->make_nid, secret_text(password),
                                                  (int)secret_span(password).len, salt, SALT_SIZE,
                                                  (int)row->protection.iterations, bags));
}

static enum status add_key(pkcs7_stack *safes, const struct packing_row *row,
                           const struct secret *password, const struct pfx_contents *contents)
{
    safebag_stack *bags defer(safebag_stack_free) = sk_PKCS12_SAFEBAG_new_null();
    PKCS8_PRIV_KEY_INFO *info defer(PKCS8_PRIV_KEY_INFO_free) =
        EVP_PKEY2PKCS8(private_key_pkey(contents->key));
    if (info == NULL)
        return ossl_fail(STATUS_CRYPTO, "a key cannot be written as PKCS#8");
    uint8_t salt[SALT_SIZE];
    TRY(random_bytes(salt, sizeof salt));
    TRY(push_bag(bags, PKCS12_SAFEBAG_create_pkcs8_encrypt(
                           row->make_nid, secret_text(password), (int)secret_span(password).len,
                           salt, SALT_SIZE, (int)row->protection.iterations, info)));
    TRY(name_bag(sk_PKCS12_SAFEBAG_value(bags, 0), contents));
    return push_safe(safes, PKCS12_pack_p7data(bags));
}

static enum status set_mac(PKCS12 *pfx, const struct packing_row *row,
                           const struct secret *password)
{
    uint8_t salt[SALT_SIZE];
    TRY(random_bytes(salt, sizeof salt));
    if (PKCS12_set_mac(pfx, secret_text(password), (int)secret_span(password).len, salt, SALT_SIZE,
                       (int)row->protection.iterations, EVP_get_digestbynid(row->mac_nid)) != 1)
        return ossl_fail(STATUS_CRYPTO, "a bundle cannot be given its MAC");
    return STATUS_OK;
}

static enum status check_request(const struct secret *password, const struct pfx_contents *contents)
{
    struct span letters = secret_span(password);
    if (letters.len == 0 || letters.len > LIMIT_PASSWORD_MAX || !text_is_ascii_printable(letters))
        return status_fail(STATUS_INVALID,
                           "the password of a bundle is not 1 to %d printable ASCII characters",
                           LIMIT_PASSWORD_MAX);
    struct span name = span_of_text(contents->friendly_name);
    if (name.len == 0 || name.len > NAME_SIZE - 1 || text_has_control(name))
        return status_fail(STATUS_INVALID, "the friendly name of a bundle is no name");
    return STATUS_OK;
}

static enum status append_der(const PKCS12 *pfx, struct buf *bytes)
{
    int len = i2d_PKCS12(pfx, NULL);
    if (len <= 0)
        return ossl_fail(STATUS_CRYPTO, "a bundle cannot be written");
    uint8_t *room = buf_reserve(bytes, (size_t)len);
    if (room == NULL)
        return bytes->failure;
    i2d_PKCS12(pfx, &room);
    buf_extend(bytes, (size_t)len);
    return bytes->failure;
}

enum status pfx_make(enum packing packing, const struct secret *password,
                     const struct pfx_contents *contents, struct buf *bytes)
{
    const struct packing_row *row = &rows[packing];
    TRY(check_request(password, contents));
    if (!private_key_matches(contents->key, contents->leaf))
        return status_fail(STATUS_INVALID, "RFC 7292 4.2: the key is not the certificate's");
    pkcs7_stack *safes defer(pkcs7_stack_free) = sk_PKCS7_new_null();
    TRY(add_certificates(safes, row, password, contents));
    TRY(add_key(safes, row, password, contents));
    PKCS12 *pfx defer(PKCS12_free) = PKCS12_add_safes(safes, 0);
    if (pfx == NULL)
        return ossl_fail(STATUS_CRYPTO, "a bundle cannot be made");
    TRY(set_mac(pfx, row, password));
    return append_der(pfx, bytes);
}

static enum status refuse(const char *what)
{
    ERR_clear_error();
    return status_fail(STATUS_INVALID, "RFC 7292: a bundle is not as it was asked for: %s", what);
}

static enum status parse(struct span bytes, PKCS12 **ret_pfx)
{
    const uint8_t *at = bytes.ptr;
    PKCS12 *pfx defer(PKCS12_free) =
        bytes.len == 0 || bytes.len > INT_MAX ? NULL : d2i_PKCS12(NULL, &at, (long)bytes.len);
    if (pfx == NULL || at != bytes.ptr + bytes.len)
        return ossl_fail(STATUS_INVALID, "RFC 7292 4: not one PKCS#12 bundle");
    *ret_pfx = take(pfx);
    return STATUS_OK;
}

static enum status check_mac(PKCS12 *pfx, const struct packing_row *row,
                             const struct secret *password)
{
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OCTET_STRING *salt = NULL;
    const ASN1_INTEGER *iterations = NULL;
    const ASN1_OBJECT *digest = NULL;
    int64_t count = 1; /* RFC 7292 4: the default */
    PKCS12_get0_mac(NULL, &algorithm, &salt, &iterations, pfx);
    if (algorithm == NULL)
        return refuse("it has no MAC");
    X509_ALGOR_get0(&digest, NULL, NULL, algorithm);
    if (OBJ_obj2nid(digest) != row->mac_nid)
        return refuse("the digest of its MAC");
    if (iterations != NULL && ASN1_INTEGER_get_int64(&count, iterations) != 1)
        return refuse("the iterations of its MAC");
    if (count != row->protection.iterations || ASN1_STRING_length(salt) != SALT_SIZE)
        return refuse("the iterations or salt of its MAC");
    if (PKCS12_verify_mac(pfx, secret_text(password), (int)secret_span(password).len) == 1)
        return STATUS_OK;
    ERR_clear_error();
    return status_fail(STATUS_FORBIDDEN, "the password does not open the bundle");
}

static enum status check_protection(const X509_ALGOR *algorithm, const struct packing_row *row)
{
    struct pfx_protection found;
    TRY(pfx_protection_read(algorithm, &found));
    const struct pfx_protection *wanted = &row->protection;
    bool same = found.scheme == wanted->scheme && found.cipher == wanted->cipher &&
                found.prf == wanted->prf && found.iterations == wanted->iterations &&
                found.salt_len == wanted->salt_len;
    return same ? STATUS_OK : refuse("its encryption");
}

static bool has_local_key_id(const PKCS12_SAFEBAG *bag, const struct certificate *leaf)
{
    uint8_t id[LOCAL_KEY_ID_SIZE];
    const ASN1_TYPE *value = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);
    if (value == NULL || value->type != V_ASN1_OCTET_STRING || local_key_id(leaf, id) != STATUS_OK)
        return false;
    const ASN1_OCTET_STRING *found = value->value.octet_string;
    return span_equal(span_of(ASN1_STRING_get0_data(found), (size_t)ASN1_STRING_length(found)),
                      span_of(id, sizeof id));
}

static enum status check_names(PKCS12_SAFEBAG *bag, const struct pfx_contents *contents)
{
    char wanted[NAME_SIZE];
    written_name(contents, wanted);
    char *name = PKCS12_get_friendlyname(bag);
    bool same = name != NULL && strcmp(name, wanted) == 0;
    OPENSSL_free(name);
    return same && has_local_key_id(bag, contents->leaf) ? STATUS_OK
                                                         : refuse("its names of leaf or key");
}

static enum status check_no_names(const PKCS12_SAFEBAG *bag)
{
    bool named = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID) != NULL ||
                 PKCS12_SAFEBAG_get0_attr(bag, NID_friendlyName) != NULL;
    return named ? refuse("a CA certificate in it is named") : STATUS_OK;
}

static enum status check_certificate(PKCS12_SAFEBAG *bag, const struct certificate *wanted)
{
    X509 *found defer(X509_free) =
        PKCS12_SAFEBAG_get_nid(bag) == NID_certBag ? PKCS12_SAFEBAG_get1_cert(bag) : NULL;
    if (found == NULL || X509_cmp(found, certificate_x509(wanted)) != 0)
        return refuse("its certificates or their order");
    return STATUS_OK;
}

static enum status check_certificates(PKCS7 *safe, const struct packing_row *row,
                                      const struct secret *password,
                                      const struct pfx_contents *contents)
{
    if (!PKCS7_type_is_encrypted(safe))
        return refuse("its certificates are not encrypted");
    TRY(check_protection(safe->d.encrypted->enc_data->algorithm, row));
    safebag_stack *bags defer(safebag_stack_free) =
        PKCS12_unpack_p7encdata(safe, secret_text(password), (int)secret_span(password).len);
    const struct certificate *chain[CHAIN_MAX];
    size_t count = chain_of(contents, chain);
    if (bags == NULL || (size_t)sk_PKCS12_SAFEBAG_num(bags) != count)
        return refuse("the number of its certificates");
    for (size_t i = 0; i < count; i++) {
        PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, (int)i);
        TRY(check_certificate(bag, chain[i]));
        TRY(i == 0 ? check_names(bag, contents) : check_no_names(bag));
    }
    return STATUS_OK;
}

static enum status check_key_bag(PKCS12_SAFEBAG *bag, const struct packing_row *row,
                                 const struct secret *password, const struct certificate *leaf)
{
    const X509_ALGOR *algorithm = NULL;
    if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag)
        return refuse("its key is not encrypted");
    X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
    TRY(check_protection(algorithm, row));
    PKCS8_PRIV_KEY_INFO *info defer(PKCS8_PRIV_KEY_INFO_free) =
        PKCS12_decrypt_skey(bag, secret_text(password), (int)secret_span(password).len);
    EVP_PKEY *pkey defer(EVP_PKEY_free) = info == NULL ? NULL : EVP_PKCS82PKEY(info);
    if (pkey == NULL || EVP_PKEY_eq(pkey, X509_get0_pubkey(certificate_x509(leaf))) != 1)
        return refuse("its key is not the certificate's");
    return STATUS_OK;
}

static enum status check_key(PKCS7 *safe, const struct packing_row *row,
                             const struct secret *password, const struct pfx_contents *contents)
{
    safebag_stack *bags defer(safebag_stack_free) =
        PKCS7_type_is_data(safe) ? PKCS12_unpack_p7data(safe) : NULL;
    if (bags == NULL || sk_PKCS12_SAFEBAG_num(bags) != 1)
        return refuse("the number of its keys");
    PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, 0);
    TRY(check_names(bag, contents));
    return check_key_bag(bag, row, password, contents->leaf);
}

enum status pfx_check(struct span bytes, const struct secret *password, enum packing packing,
                      const struct pfx_contents *contents)
{
    const struct packing_row *row = &rows[packing];
    PKCS12 *pfx defer(PKCS12_free) = NULL;
    TRY(parse(bytes, &pfx));
    TRY(check_mac(pfx, row, password));
    pkcs7_stack *safes defer(pkcs7_stack_free) = PKCS12_unpack_authsafes(pfx);
    if (safes == NULL || sk_PKCS7_num(safes) != 2)
        return refuse("its parts");
    TRY(check_certificates(sk_PKCS7_value(safes, 0), row, password, contents));
    return check_key(sk_PKCS7_value(safes, 1), row, password, contents);
}
