#include "base/key_decoders.h"

#include <criterion/criterion.h>
#include <openssl/decoder.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define NEW(kind) EVP_PKEY_Q_keygen(NULL, NULL, kind)

/* What a key is after it was read from its SubjectPublicKeyInfo in the context. */
static void check_reads(EVP_PKEY *made)
{
    cr_assert_not_null(made);
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(made, &der);
    cr_assert_gt(len, 0);
    const uint8_t *at = der;
    EVP_PKEY *read = d2i_PUBKEY_ex(NULL, &at, len, key_decoders_context(), NULL);
    cr_assert_eq(EVP_PKEY_eq(read, made), 1, "%s", EVP_PKEY_get0_type_name(made));
    EVP_PKEY_free(read);
    EVP_PKEY_free(made);
    OPENSSL_free(der);
}

Test(key_decoders, read_public_keys_of_every_kind)
{
    cr_assert_not_null(key_decoders_context());
    check_reads(EVP_RSA_gen(1024));
    check_reads(EVP_EC_gen("P-256"));
    check_reads(EVP_EC_gen("P-521"));
    check_reads(NEW("ED25519"));
    check_reads(NEW("ED448"));
    check_reads(NEW("X25519"));
    check_reads(NEW("SM2"));
}

static void count_decoder(OSSL_DECODER *decoder, void *count)
{
    if (OSSL_DECODER_get0_provider(decoder) != NULL)
        ++*(int *)count;
}

static int count_decoders(OSSL_LIB_CTX *context)
{
    int count = 0;
    OSSL_DECODER_do_all_provided(context, count_decoder, &count);
    return count;
}

Test(key_decoders, are_few)
{
    int few = count_decoders(key_decoders_context());
    cr_assert_gt(few, 0);
    cr_assert_lt(few, count_decoders(NULL) / 2);
}

Test(key_decoders, know_the_other_algorithms_too)
{
    EVP_MD *digest = EVP_MD_fetch(key_decoders_context(), "SHA2-256", NULL);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(key_decoders_context(), "AES-128-GCM", NULL);
    cr_assert_not_null(digest);
    cr_assert_not_null(cipher);
    EVP_MD_free(digest);
    EVP_CIPHER_free(cipher);
}

Test(key_decoders, are_the_same_at_every_call)
{
    cr_assert_eq(key_decoders_context(), key_decoders_context());
}

Test(key_decoders, leave_an_openssl_with_other_providers_alone)
{
    OSSL_PROVIDER *usual = OSSL_PROVIDER_load(NULL, "default");
    OSSL_PROVIDER *other = OSSL_PROVIDER_load(NULL, "base");
    cr_assert(usual != NULL && other != NULL);
    cr_assert_null(key_decoders_context());
    OSSL_PROVIDER_unload(other);
    OSSL_PROVIDER_unload(usual);
}

Test(key_decoders, leave_an_openssl_without_the_default_provider_alone)
{
    OSSL_PROVIDER *other = OSSL_PROVIDER_load(NULL, "base");
    cr_assert_not_null(other);
    cr_assert_null(key_decoders_context());
    OSSL_PROVIDER_unload(other);
}

Test(key_decoders, leave_an_openssl_with_fips_properties_alone)
{
    cr_assert_eq(EVP_default_properties_enable_fips(NULL, 1), 1);
    cr_assert_null(key_decoders_context());
}
