#include "service/distribute.h"

#include "base/clock.h"
#include "base/file.h"
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
        if (file->place != NULL)
            continue;
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

static void replace(const struct fixture *fixture, int64_t number)
{
    struct private_key *key defer(private_key_free) = NULL;
    expect_ok(private_key_load(fixture->config->authority_key, NULL, &key));
    const struct crl_fields fields = {number, clock_now(), clock_now() + CLOCK_DAY, NULL, 0};
    struct buf der defer(buf_clear) = BUF_INIT(4096);
    expect_ok(crl_issue(&fields, authority_issuing(fixture->service->authority), key, &der));
    expect_ok(
        file_replace(fixture->config->authority_issuing_crl, span_of(der.ptr, der.len), 0644));
}

Test(distribute, a_list_is_the_newest_and_stays_what_it_was_opened_as)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct distribution *distribution defer(distribution_free) = NULL;
    expect_ok(distribution_new(fixture.service, &distribution));
    const struct distributed_file *file = distribution_find(distribution, "/ca/issuing.crl");
    replace(&fixture, 5);
    struct distributed_list first;
    struct distributed_list again;
    struct distributed_list next;
    expect_ok(distributed_list_open(file, &first));
    expect_ok(distributed_list_open(file, &again));
    replace(&fixture, 6);
    expect_ok(distributed_list_open(file, &next));
    cr_assert_str_eq(first.etag, again.etag);
    cr_assert_str_neq(first.etag, next.etag);
    uint8_t bytes[4096];
    cr_assert_eq(pread(first.fd, bytes, sizeof bytes, 0), (ssize_t)first.size);
    struct crl *crl defer(crl_free) = NULL;
    expect_ok(crl_parse(span_of(bytes, first.size), &crl));
    cr_assert_eq(crl_info(crl).number, 5);
    cr_assert_eq(first.modified, crl_info(crl).this_update);
    close(first.fd);
    close(again.fd);
    close(next.fd);
}

Test(distribute, a_list_that_is_not_there_and_one_that_is_broken_stop_no_start)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char path[160];
    snprintf(path, sizeof path, "%s/ca/root.crl", fixture.authority);
    cr_assert_eq(truncate(path, 20), 0);
    struct distribution *distribution defer(distribution_free) = NULL;
    expect_ok(distribution_new(fixture.service, &distribution));
    const struct distributed_file *file = distribution_find(distribution, "/ca/root.crl");
    struct distributed_list list;
    cr_assert_eq(distributed_list_open(file, &list), STATUS_IO);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(distributed_list_open(file, &list), STATUS_NOT_FOUND);
}
