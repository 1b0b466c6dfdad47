/*
 * What a bundle costs without certferry: PKCS12_create() of a user's RSA-2048 key with its
 * certificate and two CA certificates as certferry packs them (3DES, SHA-1 MAC, 10,000
 * iterations), to DER, and PKCS12_parse() of that again.
 *
 * Usage: bare_pkcs12 ROUNDS. Prints the microseconds of each round, one a line. It needs no other
 * file of this repository, so that the comparison stays honest:
 *     cc -O2 bare_pkcs12.c -o bare_pkcs12 -lcrypto
 */
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ITERATIONS = 10000 };

static const char password[] = "abcdefghijkmnpqrstuv";

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "bare_pkcs12: %s failed\n", what);
        exit(1);
    }
}

static X509 *make_certificate(EVP_PKEY *key, const char *name)
{
    X509 *certificate = X509_new();
    must(certificate != NULL, "X509_new");
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_set_pubkey(certificate, key);
    must(X509_sign(certificate, key, EVP_sha256()) > 0, "X509_sign");
    return certificate;
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Key and certificate come out again, or the round does not count. */
static void reopen(const unsigned char *der, long len)
{
    PKCS12 *bundle = d2i_PKCS12(NULL, &der, len);
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    STACK_OF(X509) *chain = NULL;
    must(bundle != NULL && PKCS12_parse(bundle, password, &key, &certificate, &chain) == 1,
         "PKCS12_parse");
    must(X509_check_private_key(certificate, key) == 1, "X509_check_private_key");
    EVP_PKEY_free(key);
    X509_free(certificate);
    sk_X509_pop_free(chain, X509_free);
    PKCS12_free(bundle);
}

static int64_t measure(EVP_PKEY *key, X509 *certificate, STACK_OF(X509) * chain)
{
    int64_t start = now_us();
    PKCS12 *bundle = PKCS12_create(
        password, "user", key, certificate, chain, NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
        NID_pbe_WithSHA1And3_Key_TripleDES_CBC, ITERATIONS, ITERATIONS, 0);
    must(bundle != NULL, "PKCS12_create");
    unsigned char *der = NULL;
    int len = i2d_PKCS12(bundle, &der);
    must(len > 0, "i2d_PKCS12");
    reopen(der, len);
    OPENSSL_free(der);
    PKCS12_free(bundle);
    return now_us() - start;
}

int main(int argc, char **argv)
{
    must(argc == 2, "reading the number of rounds");
    long rounds = strtol(argv[1], NULL, 10);
    EVP_PKEY *key = EVP_RSA_gen(2048);
    must(key != NULL, "EVP_RSA_gen");
    X509 *certificate = make_certificate(key, "user");
    STACK_OF(X509) *chain = sk_X509_new_null();
    must(sk_X509_push(chain, make_certificate(key, "issuing")) > 0, "sk_X509_push");
    must(sk_X509_push(chain, make_certificate(key, "root")) > 0, "sk_X509_push");

    for (long i = 0; i < rounds; i++)
        printf("%lld\n", (long long)measure(key, certificate, chain));
    sk_X509_pop_free(chain, X509_free);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return 0;
}
