#include "levels.h"

#include "base/clock.h"
#include "base/file.h"
#include "pki/chain.h"
#include "pki/profile_build.h"

#include <stdio.h>

static struct certificate *make(const char *name, const struct private_key *key,
                                const struct certificate *issuer,
                                const struct private_key *issuer_key, int path_length)
{
    const struct profile_row row = {.name = "levels",
                                    .path_length = path_length,
                                    .is_ca = true,
                                    .usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN};
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    expect_ok(private_key_spki(key, &spki));
    struct certificate_fields fields = {
        .not_before = clock_now() - CLOCK_HOUR,
        .not_after = clock_now() + 1000 * CLOCK_DAY,
        .common_name = span_of_text(name),
        .spki = span_of(spki.ptr, spki.len),
    };
    expect_ok(serial_generate(fields.serial));
    X509 *x509 defer(X509_free) = NULL;
    expect_ok(profile_build(&row, &fields, issuer, &x509));
    cr_assert_gt(X509_sign(x509, private_key_pkey(issuer_key), EVP_sha256()), 0);
    uint8_t *der = NULL;
    int len = i2d_X509(x509, &der);
    struct certificate *certificate = NULL;
    expect_ok(certificate_parse_der(span_of(der, (size_t)len), &certificate));
    OPENSSL_free(der);
    return certificate;
}

struct levels levels_make(const struct fixture *fixture, int path_length)
{
    struct levels levels = {0};
    expect_ok(private_key_generate(KEY_EC_P256, &levels.key));
    struct private_key *above defer(private_key_free) = NULL;
    expect_ok(private_key_generate(KEY_EC_P256, &above));
    levels.root = make("Root", above, NULL, above, -1);
    levels.policy = make("Policy", above, levels.root, above, path_length);
    levels.issuing = make("Issuing", levels.key, levels.policy, above, 0);
    snprintf(levels.key_file, sizeof levels.key_file, "%s/levels.key", fixture->folder);
    expect_ok(private_key_save(levels.key, levels.key_file, NULL));
    return levels;
}

void levels_clear(struct levels *levels)
{
    private_key_free(levels->key);
    certificate_free(levels->root);
    certificate_free(levels->policy);
    certificate_free(levels->issuing);
}

void levels_write(const struct fixture *fixture, const char *name,
                  const struct certificate *const certificates[], size_t count,
                  char ret_path[static 128])
{
    struct buf pem defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    chain_append_pem(&pem, certificates, count);
    snprintf(ret_path, 128, "%s/%s", fixture->folder, name);
    expect_ok(file_replace(ret_path, span_of(pem.ptr, pem.len), 0644));
}
