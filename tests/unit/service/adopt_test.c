/* import, from the files of an authority that init made. */
#include "base/clock.h"
#include "base/file.h"
#include "fixture.h"
#include "pki/cert.h"
#include "pki/chain.h"
#include "pki/key.h"
#include "pki/pfx.h"

#include <stdio.h>
#include <unistd.h>

struct paths {
    char root[160];
    char issuing[160];
    char issuing_key[160];
    char https[160];
    char https_key[160];
    char target[128];
};

static struct paths paths_of(const struct fixture *fixture)
{
    struct paths paths;
    snprintf(paths.root, sizeof paths.root, "%s/ca/root.pem", fixture->authority);
    snprintf(paths.issuing, sizeof paths.issuing, "%s/ca/issuing.pem", fixture->authority);
    snprintf(paths.issuing_key, sizeof paths.issuing_key, "%s/ca/issuing.key", fixture->authority);
    snprintf(paths.https, sizeof paths.https, "%s/tls/https.pem", fixture->authority);
    snprintf(paths.https_key, sizeof paths.https_key, "%s/tls/https.key", fixture->authority);
    snprintf(paths.target, sizeof paths.target, "%s/imported", fixture->folder);
    return paths;
}

static enum status adopt(const struct paths *paths, const struct authority_import *import)
{
    static const struct config_setting small = {"bundle", "key", "ec-p256"};
    const struct authority_request request = {
        .folder = paths->target,
        .organisation = "Other",
        .host = "other.example.org",
        .settings = &small,
        .setting_count = 1,
    };
    struct authority_created created defer(authority_created_clear) = {0};
    return authority_adopt(&request, import, &created);
}

static void expect_works(struct fixture *fixture, const struct paths *paths)
{
    snprintf(fixture->authority, sizeof fixture->authority, "%s", paths->target);
    fixture_restart(fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(fixture);
    expect_claimable(fixture, &link);
}

Test(adopt, an_issuing_ca_in_pem_becomes_an_authority_that_issues)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    const struct paths paths = paths_of(&fixture);
    const struct authority_import import = {
        .certificate_file = paths.issuing, .key_file = paths.issuing_key, .chain_file = paths.root};
    expect_ok(adopt(&paths, &import));
    expect_works(&fixture, &paths);
}

static void write_pkcs12(const struct paths *paths, const char *path, const struct secret *password)
{
    struct certificate *root defer(certificate_free) = NULL;
    struct certificate *issuing defer(certificate_free) = NULL;
    struct private_key *key defer(private_key_free) = NULL;
    expect_ok(certificate_load(paths->root, &root));
    expect_ok(certificate_load(paths->issuing, &issuing));
    expect_ok(private_key_load(paths->issuing_key, NULL, &key));
    const struct pfx_contents contents = {
        .key = key, .leaf = issuing, .issuing = root, .friendly_name = "issuing"};
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    expect_ok(pfx_make(PACKING_MODERN, password, &contents, &bytes));
    expect_ok(file_replace(path, span_of(bytes.ptr, bytes.len), 0600));
}

Test(adopt, an_issuing_ca_in_pkcs12_becomes_an_authority_that_issues)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    const struct paths paths = paths_of(&fixture);
    struct secret *password defer(secret_free) = NULL;
    expect_ok(secret_copy(SPAN_LITERAL("correct horse"), &password));
    char path[128];
    snprintf(path, sizeof path, "%s/issuing.p12", fixture.folder);
    write_pkcs12(&paths, path, password);
    const struct authority_import wrong = {.pkcs12_file = path};
    cr_assert_eq(adopt(&paths, &wrong), STATUS_FORBIDDEN);
    const struct authority_import import = {.pkcs12_file = path, .secret = password};
    expect_ok(adopt(&paths, &import));
    expect_works(&fixture, &paths);
}

enum file { NO_FILE, ROOT, ISSUING, ISSUING_KEY, HTTPS, HTTPS_KEY };

static const struct {
    enum file certificate;
    enum file key;
    enum file chain;
    const char *detail;
} refused[] = {
    {HTTPS, HTTPS_KEY, ROOT, "4.2.1.9"},
    {ISSUING, HTTPS_KEY, ROOT, "the key is not that of"},
    {ISSUING, ISSUING_KEY, NO_FILE, "lacks the certificate of CN=Example Root CA"},
    {ISSUING, ISSUING_KEY, ISSUING, "lacks the certificate of CN=Example Root CA"},
    {ROOT, ISSUING_KEY, ROOT, "the key is not that of"},
    {ISSUING, NO_FILE, ROOT, "needed"},
    {NO_FILE, ISSUING_KEY, ROOT, "needed"},
};

static const char *file_of(const struct paths *paths, enum file file)
{
    const char *const names[] = {NULL,         paths->root,     paths->issuing, paths->issuing_key,
                                 paths->https, paths->https_key};
    return names[file];
}

Test(adopt, refuses_with_the_reason_and_makes_nothing)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    const struct paths paths = paths_of(&fixture);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct authority_import import = {
            .certificate_file = file_of(&paths, refused[i].certificate),
            .key_file = file_of(&paths, refused[i].key),
            .chain_file = file_of(&paths, refused[i].chain),
        };
        expect_detail(adopt(&paths, &import), STATUS_INVALID, refused[i].detail);
        cr_assert_neq(access(paths.target, F_OK), 0);
    }
}
