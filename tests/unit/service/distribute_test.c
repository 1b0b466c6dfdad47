#include "service/distribute.h"

#include "base/clock.h"
#include "fixture.h"
#include "pki/crl.h"

#include <stdio.h>

static const struct {
    const char *path;
    const char *media_type;
    const char *name;
} wanted[] = {
    {"/ca/root.cer", "application/x-x509-ca-cert", "example-root.cer"},
    {"/ca/root.crt", "application/x-x509-ca-cert", "example-root.crt"},
    {"/ca/root.pem", "application/x-x509-ca-cert", "example-root.pem"},
    {"/ca/issuing.cer", "application/x-x509-ca-cert", "example-issuing.cer"},
    {"/ca/issuing.crt", "application/x-x509-ca-cert", "example-issuing.crt"},
    {"/ca/issuing.pem", "application/x-x509-ca-cert", "example-issuing.pem"},
    {"/ca/chain.p7b", "application/x-pkcs7-certificates", "example-chain.p7b"},
    {"/ca/chain.pem", "application/pem-certificate-chain", "example-chain.pem"},
    {"/ca/root.mobileconfig", "application/x-apple-aspen-config", "example-root.mobileconfig"},
    {"/ca/root.crl", "application/pkix-crl", "example-root.crl"},
    {"/ca/issuing.crl", "application/pkix-crl", "example-issuing.crl"},
};
enum { WANTED = sizeof wanted / sizeof *wanted };

Test(distribute, every_file_has_its_type_name_and_tag)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct distribution *distribution defer(distribution_free) = NULL;
    expect_ok(distribution_new(fixture.service, &distribution));
    size_t count;
    distribution_files(distribution, &count);
    cr_assert_eq(count, WANTED);
    for (size_t i = 0; i < WANTED; i++) {
        const struct distributed_file *file = distribution_find(distribution, wanted[i].path);
        cr_assert_not_null(file, "%s", wanted[i].path);
        cr_assert_str_eq(file->media_type, wanted[i].media_type);
        cr_assert_str_eq(file->name, wanted[i].name);
        cr_assert_gt(file->bytes.len, 50);
        cr_assert_eq(strlen(file->etag), 34);
        cr_assert_leq(file->modified, clock_now());
        cr_assert_gt(file->modified, 0);
    }
    cr_assert_null(distribution_find(distribution, "/ca/root.key"));
}

Test(distribute, cer_and_crt_are_the_certificate_itself)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct distribution *distribution defer(distribution_free) = NULL;
    expect_ok(distribution_new(fixture.service, &distribution));
    const struct certificate_info *root =
        certificate_info(authority_root(fixture.service->authority));
    cr_assert(span_equal(distribution_find(distribution, "/ca/root.cer")->bytes, root->der));
    cr_assert(span_equal(distribution_find(distribution, "/ca/root.crt")->bytes, root->der));
    cr_assert_eq(memcmp(distribution_root(distribution)->sha256, root->sha256, SHA256_SIZE), 0);
    cr_assert_str_eq(distribution_issuing(distribution)->common_name, "Example Issuing CA");
}

Test(distribute, only_the_profile_changes_from_one_start_to_the_next)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct distribution *first defer(distribution_free) = NULL;
    struct distribution *second defer(distribution_free) = NULL;
    expect_ok(distribution_new(fixture.service, &first));
    expect_ok(distribution_new(fixture.service, &second));
    size_t count;
    const struct distributed_file *files = distribution_files(first, &count);
    for (size_t i = 0; i < count; i++)
        if (strstr(files[i].path, ".mobileconfig") == NULL)
            cr_assert_str_eq(files[i].etag, distribution_find(second, files[i].path)->etag);
}

Test(distribute, a_list_that_does_not_exist_is_left_out_and_a_broken_one_refused)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char path[160];
    snprintf(path, sizeof path, "%s/ca/root.crl", fixture.authority);
    cr_assert_eq(truncate(path, 20), 0);
    struct distribution *distribution defer(distribution_free) = NULL;
    cr_assert_eq(distribution_new(fixture.service, &distribution), STATUS_INVALID);
    cr_assert_eq(unlink(path), 0);
    expect_ok(distribution_new(fixture.service, &distribution));
    cr_assert_null(distribution_find(distribution, "/ca/root.crl"));
}
