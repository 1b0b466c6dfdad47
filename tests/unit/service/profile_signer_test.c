#include "service/profile_signer.h"

#include "base/file.h"
#include "fixture.h"
#include "pki/cert.h"
#include "pki/mobileconfig.h"
#include "service/distribute.h"

#include <stdio.h>
#include <unistd.h>

/* tls/eas.* in the place of tls/https.*: another certificate of the same CA. */
static void change_file(const struct fixture *fixture, const char *kind)
{
    char from[160];
    char to[160];
    snprintf(from, sizeof from, "%s/tls/eas.%s", fixture->authority, kind);
    snprintf(to, sizeof to, "%s/tls/https.%s", fixture->authority, kind);
    cr_assert_eq(rename(from, to), 0);
}

static bool is_signed_by(const struct distribution *distribution,
                         const struct certificate *certificate)
{
    struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    struct span profile = distribution_find(distribution, "/ca/root.mobileconfig")->bytes;
    return mobileconfig_open(profile, certificate, &xml) == STATUS_OK;
}

Test(profile_signer, a_newer_one_in_the_service_signs_what_is_made_from_then_on)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct service *service = fixture.service;
    struct certificate *before defer(certificate_free) = NULL;
    struct certificate *after defer(certificate_free) = NULL;
    expect_ok(certificate_load(fixture.config->https_certificate, &before));
    expect_ok(certificate_load(fixture.config->eas_certificate, &after));
    struct distribution *first defer(distribution_free) = NULL;
    expect_ok(distribution_new(service, &first));

    change_file(&fixture, "pem");
    change_file(&fixture, "key");
    struct profile_signer *old defer(profile_signer_free) = service->profile_signer;
    struct profile_signer *new = NULL;
    expect_ok(profile_signer_load(fixture.config, service->authority, &new));
    service->profile_signer = new;
    struct distribution *second defer(distribution_free) = NULL;
    expect_ok(distribution_new(service, &second));
    cr_assert(is_signed_by(first, before));
    cr_assert(is_signed_by(second, after));
    cr_assert_not(is_signed_by(second, before));
}

Test(profile_signer, a_key_of_another_certificate_is_refused)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    change_file(&fixture, "pem");
    struct profile_signer *signer = NULL;
    expect_detail(profile_signer_load(fixture.config, fixture.service->authority, &signer),
                  STATUS_CONFIG, "is not the key of");
}

Test(profile_signer, without_a_certificate_a_profile_stays_as_it_is)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    cr_assert_eq(unlink(fixture.config->https_certificate), 0);
    struct profile_signer *signer defer(profile_signer_free) = NULL;
    expect_ok(profile_signer_load(fixture.config, fixture.service->authority, &signer));
    struct buf profile defer(buf_clear) = BUF_INIT(64);
    expect_ok(profile_signer_sign(signer, SPAN_LITERAL("<plist/>"), &profile));
    cr_assert(span_equal_text(span_of(profile.ptr, profile.len), "<plist/>"));
}
