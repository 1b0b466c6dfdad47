/*
 * What a revocation list costs without certferry: X509_REVOKED for each entry, added, sorted,
 * signed by RSA-3072 and written as DER, by OpenSSL's calls alone.
 *
 * Usage: bare_crl ENTRIES ROUNDS. Prints the microseconds of each round, one a line. It needs no
 * other file of this repository, so that the comparison stays honest:
 *     cc -O2 bare_crl.c -o bare_crl -lcrypto
 */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SERIAL_SIZE = 16, KEY_BITS = 3072, DAY = 86400 };

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "bare_crl: %s failed\n", what);
        exit(1);
    }
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Serials in no order, as random ones come. */
static void set_serial(X509_REVOKED *entry, uint64_t number)
{
    unsigned char octets[SERIAL_SIZE];
    uint64_t noise = number;
    for (int i = 0; i < SERIAL_SIZE; i++) {
        noise = noise * 6364136223846793005U + 1442695040888963407U;
        octets[i] = (unsigned char)(noise >> 56);
    }
    octets[0] |= 1;
    BIGNUM *value = BN_bin2bn(octets, SERIAL_SIZE, NULL);
    ASN1_INTEGER *serial = BN_to_ASN1_INTEGER(value, NULL);
    must(X509_REVOKED_set_serialNumber(entry, serial), "X509_REVOKED_set_serialNumber");
    ASN1_INTEGER_free(serial);
    BN_free(value);
}

static X509_REVOKED *make_entry(uint64_t number, time_t at)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *time = ASN1_TIME_set(NULL, at);
    must(entry != NULL && time != NULL, "X509_REVOKED_new");
    set_serial(entry, number);
    must(X509_REVOKED_set_revocationDate(entry, time), "X509_REVOKED_set_revocationDate");
    ASN1_TIME_free(time);
    if (number % 2 == 0) {
        ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
        ASN1_ENUMERATED_set(reason, 1);
        must(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0), "a reason");
        ASN1_ENUMERATED_free(reason);
    }
    return entry;
}

static int64_t measure(EVP_PKEY *key, long entries)
{
    int64_t start = now_us();
    time_t now = time(NULL);
    X509_CRL *crl = X509_CRL_new();
    X509_NAME *name = X509_NAME_new();
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"issuing", -1, -1, 0);
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, name);
    ASN1_TIME *times[] = {ASN1_TIME_set(NULL, now), ASN1_TIME_set(NULL, now + DAY)};
    X509_CRL_set1_lastUpdate(crl, times[0]);
    X509_CRL_set1_nextUpdate(crl, times[1]);
    for (long i = 0; i < entries; i++)
        must(X509_CRL_add0_revoked(crl, make_entry((uint64_t)i, now - i % DAY)), "an entry");
    must(X509_CRL_sort(crl), "X509_CRL_sort");
    must(X509_CRL_sign(crl, key, EVP_sha256()) > 0, "X509_CRL_sign");
    unsigned char *der = NULL;
    must(i2d_X509_CRL(crl, &der) > 0, "i2d_X509_CRL");
    int64_t took = now_us() - start;
    OPENSSL_free(der);
    ASN1_TIME_free(times[0]);
    ASN1_TIME_free(times[1]);
    X509_NAME_free(name);
    X509_CRL_free(crl);
    return took;
}

int main(int argc, char **argv)
{
    must(argc == 3, "reading the numbers of entries and rounds");
    long entries = strtol(argv[1], NULL, 10);
    long rounds = strtol(argv[2], NULL, 10);
    EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);
    must(key != NULL, "EVP_RSA_gen");
    for (long i = 0; i < rounds; i++)
        printf("%lld\n", (long long)measure(key, entries));
    EVP_PKEY_free(key);
    return 0;
}
