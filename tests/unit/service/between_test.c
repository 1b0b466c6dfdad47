/* An authority with a CA between root and issuing CA: adopted, loaded, and in all that it gives. */
#include "base/file.h"
#include "base/text.h"
#include "levels.h"
#include "pki/chain.h"
#include "pki/pfx.h"
#include "service/distribute.h"
#include "service/mint.h"

#include <stdio.h>
#include <unistd.h>

static enum status adopt(struct fixture *fixture, const struct authority_import *import)
{
    static const struct config_setting small = {"bundle", "key", "ec-p256"};
    snprintf(fixture->authority, sizeof fixture->authority, "%s/adopted", fixture->folder);
    const struct authority_request request = {
        .folder = fixture->authority,
        .organisation = "Example",
        .host = "ca.example.org",
        .settings = &small,
        .setting_count = 1,
    };
    struct authority_created created defer(authority_created_clear) = {0};
    return authority_adopt(&request, import, &created);
}

/* From one file whose order says nothing. */
static struct levels adopt_levels(struct fixture *fixture)
{
    fixture_make(fixture, NULL, 0);
    struct levels levels = levels_make(fixture, 1);
    const struct certificate *mixed[] = {levels.root, levels.issuing, levels.policy};
    char path[128];
    levels_write(fixture, "all.pem", mixed, 3, path);
    const struct authority_import import = {.certificate_file = path, .key_file = levels.key_file};
    expect_ok(adopt(fixture, &import));
    fixture_restart(fixture);
    return levels;
}

Test(between, three_levels_are_adopted_and_kept)
{
    struct fixture fixture defer(fixture_close);
    struct levels levels defer(levels_clear) = adopt_levels(&fixture);
    const struct authority *authority = fixture.service->authority;
    cr_assert(certificate_equal(authority_root(authority), levels.root));
    cr_assert(certificate_equal(authority_issuing(authority), levels.issuing));
    cr_assert_eq(authority_between(authority)->count, 1);
    cr_assert(certificate_equal(authority_between(authority)->items[0], levels.policy));
    struct certificate *kept defer(certificate_free) = NULL;
    expect_ok(certificate_load(fixture.config->authority_chain, &kept));
    cr_assert(certificate_equal(kept, levels.policy));
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    expect_claimable(&fixture, &link);
}

Test(between, three_levels_are_adopted_from_pkcs12)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    struct levels levels defer(levels_clear) = levels_make(&fixture, -1);
    struct secret *password defer(secret_free) = NULL;
    expect_ok(secret_copy(SPAN_LITERAL("correct horse"), &password));
    const struct pfx_contents contents = {.key = levels.key,
                                          .leaf = levels.issuing,
                                          .issuing = levels.root,
                                          .root = levels.policy,
                                          .friendly_name = "issuing"};
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    expect_ok(pfx_make(PACKING_COMPAT, password, &contents, &bytes));
    char path[128];
    snprintf(path, sizeof path, "%s/levels.p12", fixture.folder);
    expect_ok(file_replace(path, span_of(bytes.ptr, bytes.len), 0600));
    const struct authority_import import = {.pkcs12_file = path, .secret = password};
    expect_ok(adopt(&fixture, &import));
    fixture_restart(&fixture);
    cr_assert_eq(authority_between(fixture.service->authority)->count, 1);
}

Test(between, a_bundle_holds_the_whole_chain)
{
    struct fixture fixture defer(fixture_close);
    struct levels levels defer(levels_clear) = adopt_levels(&fixture);
    const struct mint_request request = {.user = "ben@example.org", .packing = "compat"};
    struct mint_result result defer(mint_result_clear) = {0};
    expect_ok(mint_bundle(fixture.service, &anna, &request, &result));
    struct private_key *key defer(private_key_free) = NULL;
    struct certificate_list list defer(certificate_list_clear) = {0};
    expect_ok(pfx_open(span_of(result.file.ptr, result.file.len), result.password, &key, &list));
    cr_assert_eq(list.count, 4);
    const struct certificate_list *between = authority_between(fixture.service->authority);
    expect_ok(chain_check(list.items[0], levels.issuing, between, levels.root,
                          certificate_info(list.items[0])->not_before));
    for (size_t i = 1; i < 4; i++)
        cr_assert(certificate_equal(list.items[i], levels.root) ||
                  certificate_equal(list.items[i], levels.policy) ||
                  certificate_equal(list.items[i], levels.issuing));
}

static bool holds(struct span bytes, const struct certificate *certificate)
{
    struct span der = certificate_info(certificate)->der;
    return memmem(bytes.ptr, bytes.len, der.ptr, der.len) != NULL;
}

Test(between, every_ca_file_that_is_a_chain_holds_it)
{
    struct fixture fixture defer(fixture_close);
    struct levels levels defer(levels_clear) = adopt_levels(&fixture);
    struct distribution *distribution defer(distribution_free) = NULL;
    expect_ok(distribution_new(fixture.service, &distribution));
    struct certificate_list pem defer(certificate_list_clear) = {0};
    expect_ok(
        certificate_list_parse(distribution_find(distribution, "/ca/chain.pem")->bytes, &pem));
    cr_assert_eq(pem.count, 3);
    const struct certificate *upwards[] = {levels.issuing, levels.policy, levels.root};
    struct span p7b = distribution_find(distribution, "/ca/chain.p7b")->bytes;
    struct span profile = distribution_find(distribution, "/ca/root.mobileconfig")->bytes;
    struct buf payload defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    text_append_base64(&payload, certificate_info(levels.policy)->der);
    cr_assert_not_null(memmem(profile.ptr, profile.len, payload.ptr, payload.len), "payload");
    cr_assert(holds(profile, levels.policy), "among the signature's certificates");
    for (size_t i = 0; i < 3; i++) {
        cr_assert(certificate_equal(pem.items[i], upwards[i]), "%zu", i);
        cr_assert(holds(p7b, upwards[i]), "%zu", i);
    }
}

Test(between, a_chain_that_leads_nowhere_is_refused_and_makes_nothing)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    struct levels levels defer(levels_clear) = levels_make(&fixture, -1);
    struct levels narrow defer(levels_clear) = levels_make(&fixture, 0);
    struct levels other defer(levels_clear) = levels_make(&fixture, -1);
    const struct {
        const struct certificate *certificates[3];
        const struct private_key *key;
        const char *detail;
    } refused[] = {
        {{levels.issuing, levels.root, levels.root},
         levels.key,
         "CN=Policy that signed CN=Issuing"},
        {{levels.issuing, levels.policy, levels.policy},
         levels.key,
         "CN=Root that signed CN=Policy"},
        {{levels.issuing, other.policy, levels.root},
         levels.key,
         "CN=Policy that signed CN=Issuing"},
        {{narrow.issuing, narrow.policy, narrow.root}, narrow.key, "path length"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char path[128];
        levels_write(&fixture, "all.pem", refused[i].certificates, 3, path);
        expect_ok(private_key_save(refused[i].key, levels.key_file, NULL));
        const struct authority_import import = {.certificate_file = path,
                                                .key_file = levels.key_file};
        expect_detail(adopt(&fixture, &import), STATUS_INVALID, refused[i].detail);
        cr_assert_neq(access(fixture.authority, F_OK), 0);
    }
}

Test(between, a_configuration_that_lost_its_chain_is_refused)
{
    struct fixture fixture defer(fixture_close);
    struct levels levels defer(levels_clear) = adopt_levels(&fixture);
    const struct certificate *wrong[] = {levels.issuing};
    char path[128];
    levels_write(&fixture, "adopted/ca/chain.pem", wrong, 1, path);
    struct authority *authority = NULL;
    expect_detail(authority_load(fixture.config, &authority), STATUS_CONFIG, "lacks");
    cr_assert_eq(unlink(fixture.config->authority_chain), 0);
    cr_assert_eq(authority_load(fixture.config, &authority), STATUS_CONFIG);
}
