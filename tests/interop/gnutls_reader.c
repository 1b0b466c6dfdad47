/*
 * A device's view by GnuTLS. certtool is not enough: it prints a key that is still encrypted and
 * calls that success.
 *
 *   gnutls_reader bundle FILE PASSWORD-FILE
 *   gnutls_reader chain FILE
 *
 * Prints "key HEX", the SHA-256 of the public key of the private key that came out, and
 * "certificate HEX", the SHA-256 of each certificate's DER, in the order found. Exit code 1 when
 * anything does not open.
 */
#include <gnutls/crypto.h>
#include <gnutls/pkcs12.h>
#include <gnutls/pkcs7.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, gnutls_strerror(result));
    exit(1);
}

static gnutls_datum_t read_file(const char *path)
{
    gnutls_datum_t data;
    must(gnutls_load_file(path, &data), path);
    return data;
}

static void print_hex(const char *name, const unsigned char *bytes, size_t len)
{
    printf("%s ", name);
    for (size_t i = 0; i < len; i++)
        printf("%02x", bytes[i]);
    putchar('\n');
}

static void print_certificate(const gnutls_datum_t *der)
{
    unsigned char digest[32];
    must(gnutls_hash_fast(GNUTLS_DIG_SHA256, der->data, der->size, digest), "digest");
    print_hex("certificate", digest, sizeof digest);
}

static void print_key(gnutls_x509_privkey_t key)
{
    unsigned char id[32];
    size_t len = sizeof id;
    must(gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, id, &len), "key id");
    print_hex("key", id, len);
}

static void print_certificates(const gnutls_x509_crt_t *certificates, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        gnutls_datum_t der;
        must(gnutls_x509_crt_export2(certificates[i], GNUTLS_X509_FMT_DER, &der), "certificate");
        print_certificate(&der);
    }
}

static void read_bundle(const char *path, const char *password_path)
{
    gnutls_datum_t bytes = read_file(path);
    gnutls_datum_t password = read_file(password_path);
    gnutls_pkcs12_t bundle;
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t *chain = NULL;
    gnutls_x509_crt_t *extra = NULL;
    unsigned chain_len = 0;
    unsigned extra_len = 0;
    must(gnutls_pkcs12_init(&bundle), "bundle");
    must(gnutls_pkcs12_import(bundle, &bytes, GNUTLS_X509_FMT_DER, 0), "bundle");
    must(gnutls_pkcs12_verify_mac(bundle, (const char *)password.data), "MAC");
    must(gnutls_pkcs12_simple_parse(bundle, (const char *)password.data, &key, &chain, &chain_len,
                                    &extra, &extra_len, NULL, 0),
         "bundle");
    if (key == NULL)
        exit(1);
    print_key(key);
    print_certificates(chain, chain_len);
    print_certificates(extra, extra_len);
}

static void read_chain(const char *path)
{
    gnutls_datum_t bytes = read_file(path);
    gnutls_pkcs7_t chain;
    must(gnutls_pkcs7_init(&chain), "chain");
    must(gnutls_pkcs7_import(chain, &bytes, GNUTLS_X509_FMT_DER), "chain");
    int count = gnutls_pkcs7_get_crt_count(chain);
    must(count, "chain");
    for (int i = 0; i < count; i++) {
        gnutls_datum_t der;
        must(gnutls_pkcs7_get_crt_raw2(chain, (unsigned)i, &der), "certificate");
        print_certificate(&der);
    }
}

int main(int count, char **words)
{
    if (count == 4 && strcmp(words[1], "bundle") == 0)
        read_bundle(words[2], words[3]);
    else if (count == 3 && strcmp(words[1], "chain") == 0)
        read_chain(words[2]);
    else
        return 2;
    return 0;
}
