#include "der.h"
#include "fixture.h"

#include "base/text.h"
#include "pki/mobileconfig.h"
#include "view/catalogue.h"

#include <stdio.h>

static struct authority authority;
static struct certificate *server;
static struct mobileconfig_user fields;

static void set_up(void)
{
    authority = fixture_authority(KEY_EC_P256);
    server =
        fixture_issue(PROFILE_SERVER, authority.user_key, authority.issuing, authority.issuing_key);
    fields = (struct mobileconfig_user){
        .authority = {.organisation = "Example & Söhne <GmbH>",
                      .host = "ca.example.com",
                      .root = authority.root,
                      .issuing = authority.issuing},
        .user = "ann@example.com",
        .name = "Ann \"A\" Example",
        .mail = "ann.example@example.com",
        .eas_host = "mail.example.com",
        .pfx = SPAN_LITERAL("not opened here"),
        .pfx_name = "ann.p12",
    };
}

static void tear_down(void)
{
    certificate_free(server);
    authority_clear(&authority);
}

TestSuite(mobileconfig, .init = set_up, .fini = tear_down);

static bool has(const struct buf *xml, const char *text)
{
    return contains(finished(xml), span_of_text(text));
}

static void make_user(struct buf *xml)
{
    cr_assert_ok(mobileconfig_append_user(&fields, catalogue_default(), xml));
}

/* RFC 4122 appendix B gives no vector for our namespace: this one is from Python's uuid.uuid5(). */
Test(mobileconfig, uuids_are_of_version_five_and_stable)
{
    char uuid[UUID_TEXT_SIZE];
    cr_assert_ok(uuid_from_content("root", SPAN_LITERAL("content"), uuid));
    cr_assert_str_eq(uuid, "3CD427EE-34F9-5332-A8B1-279D62189B8D");
    char other[UUID_TEXT_SIZE];
    cr_assert_ok(uuid_from_content("root", SPAN_LITERAL("contenu"), other));
    cr_assert_str_neq(uuid, other);
    cr_assert_ok(uuid_from_content("issuing", SPAN_LITERAL("content"), other));
    cr_assert_str_neq(uuid, other);
}

Test(mobileconfig, authority_profile_holds_both_certificates)
{
    struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    cr_assert_ok(mobileconfig_append_authority(&fields.authority, catalogue_default(), &xml));
    struct buf base64 defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    text_append_base64(&base64, certificate_info(authority.root)->der);
    cr_assert(has(&xml, (const char *)base64.ptr));
    buf_reset(&base64);
    text_append_base64(&base64, certificate_info(authority.issuing)->der);
    cr_assert(has(&xml, (const char *)base64.ptr));
    cr_assert(has(&xml, "com.apple.security.root"));
    cr_assert(has(&xml, "com.apple.security.pkcs1"));
    cr_assert(!has(&xml, "com.apple.security.pkcs12"));
    cr_assert(has(&xml, "<string>com.example.ca.certferry.ca</string>"));
}

static void expect_payload(const struct buf *xml, const struct certificate *certificate,
                           const char *label)
{
    char uuid[UUID_TEXT_SIZE];
    cr_assert_ok(uuid_from_content("intermediate", certificate_info(certificate)->der, uuid));
    cr_assert(has(xml, uuid), "%s", label);
    struct buf base64 defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    text_append_base64(&base64, certificate_info(certificate)->der);
    cr_assert(has(xml, (const char *)base64.ptr), "%s", label);
    cr_assert(has(xml, label), "%s", label);
}

/* The PayloadUUID of the whole, which stands behind the payloads. */
static struct span identity_of(const struct buf *xml)
{
    const char *end = memmem(xml->ptr, xml->len, "</array>", 8);
    return span_of(strstr(end, "<key>PayloadUUID</key>"), 64);
}

Test(mobileconfig, profiles_hold_the_cas_between_and_are_other_profiles_then)
{
    struct certificate *policy defer(certificate_free) =
        fixture_ca("Policy & Co", authority.issuing_key, authority.root, authority.root_key, -1);
    struct certificate *items[] = {policy, authority.user};
    const struct certificate_list between = {items, 2};
    struct buf before defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    struct buf of_authority defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    struct buf of_user defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    cr_assert_ok(mobileconfig_append_authority(&fields.authority, catalogue_default(), &before));
    fields.authority.between = &between;
    cr_assert_ok(
        mobileconfig_append_authority(&fields.authority, catalogue_default(), &of_authority));
    make_user(&of_user);
    expect_payload(&of_authority, policy, ".intermediate-1</string>");
    expect_payload(&of_authority, authority.user, ">intermediate-2.cer</string>");
    expect_payload(&of_user, policy, ">Policy &amp; Co</string>");
    cr_assert(!span_equal(identity_of(&before), identity_of(&of_authority)));
}

Test(mobileconfig, markup_in_names_is_escaped)
{
    struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make_user(&xml);
    cr_assert(!has(&xml, "<GmbH>"));
    cr_assert(!has(&xml, "Example & S"));
    cr_assert(has(&xml, "Söhne"));
}

Test(mobileconfig, user_profile_binds_the_mail_account_to_the_identity)
{
    struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make_user(&xml);
    char uuid[UUID_TEXT_SIZE];
    char bound[128];
    cr_assert_ok(uuid_from_content("identity", fields.pfx, uuid));
    snprintf(bound, sizeof bound, "<key>PayloadCertificateUUID</key><string>%s</string>", uuid);
    cr_assert(has(&xml, bound));
    cr_assert(has(&xml, "com.apple.eas.account"));
    cr_assert(has(&xml, "<string>mail.example.com</string>"));
    cr_assert(has(&xml, "<string>ann.p12</string>"));
    cr_assert(!has(&xml, "<key>Password</key>"));
}

Test(mobileconfig, no_exchange_host_or_no_mail_means_no_account)
{
    struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    fields.eas_host = "";
    make_user(&xml);
    cr_assert(!has(&xml, "com.apple.eas.account"));
    buf_reset(&xml);
    fields.eas_host = "mail.example.com";
    fields.mail = "";
    make_user(&xml);
    cr_assert(!has(&xml, "com.apple.eas.account"));
}

Test(mobileconfig, the_same_contents_are_the_same_profile)
{
    struct buf one defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    struct buf two defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make_user(&one);
    make_user(&two);
    cr_assert(span_equal(finished(&one), finished(&two)));
    fields.pfx = SPAN_LITERAL("a new bundle");
    buf_reset(&two);
    make_user(&two);
    cr_assert(!span_equal(finished(&one), finished(&two)));
}

Test(mobileconfig, a_user_keeps_the_identifier_and_another_has_another)
{
    char user[UUID_TEXT_SIZE];
    char identifier[128];
    struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    cr_assert_ok(uuid_from_content("user", span_of_text(fields.user), user));
    snprintf(identifier, sizeof identifier, "<string>com.example.ca.certferry.user.%s</string>",
             user);
    fields.pfx = SPAN_LITERAL("a new bundle");
    make_user(&xml);
    cr_assert(has(&xml, identifier));
    buf_reset(&xml);
    fields.user = "bob@example.com";
    make_user(&xml);
    cr_assert(!has(&xml, identifier));
}

static void sign(struct buf *profile)
{
    struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make_user(&xml);
    const struct certificate *chain[] = {authority.issuing, authority.root};
    cr_assert_ok(mobileconfig_sign(finished(&xml), server, authority.user_key, chain, 2, profile));
}

Test(mobileconfig, a_signed_profile_holds_the_very_same_bytes)
{
    struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    struct buf profile defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    struct buf again defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make_user(&xml);
    sign(&profile);
    cr_assert_ok(mobileconfig_open(finished(&profile), server, &again));
    cr_assert(span_equal(finished(&again), finished(&xml)));
    struct span content = DER(finished(&profile), 0, 1, 0, 2, 1, 0).body;
    cr_assert(span_equal(content, finished(&xml)), "attached, in one OCTET STRING");
}

Test(mobileconfig, a_signed_profile_is_cms_with_sha256_and_the_chain)
{
    struct buf profile defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    sign(&profile);
    struct span bytes = finished(&profile);
    cr_assert_str_eq(der_oid(DER(bytes, 0, 0)), "1.2.840.113549.1.7.2");
    cr_assert_str_eq(der_oid(DER(bytes, 0, 1, 0, 1, 0, 0)), "2.16.840.1.101.3.4.2.1");
    cr_assert_str_eq(der_oid(DER(bytes, 0, 1, 0, 2, 0)), "1.2.840.113549.1.7.1");
    cr_assert(contains(bytes, certificate_info(server)->der));
    cr_assert(contains(bytes, certificate_info(authority.issuing)->der));
}

Test(mobileconfig, line_ends_are_left_alone)
{
    struct buf profile defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    struct buf again defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    static const struct span text = SPAN_LITERAL("a\nb\r\nc\0d\r");
    cr_assert_ok(mobileconfig_sign(text, server, authority.user_key, NULL, 0, &profile));
    cr_assert_ok(mobileconfig_open(finished(&profile), server, &again));
    cr_assert(span_equal(finished(&again), text));
}

Test(mobileconfig, another_signer_or_a_changed_byte_does_not_verify)
{
    struct buf profile defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    sign(&profile);
    cr_assert_eq(mobileconfig_open(finished(&profile), authority.root, &xml), STATUS_INVALID);
    uint8_t *at = memmem(profile.ptr, profile.len, "mail.example.com", 16);
    cr_assert_not_null(at);
    *at = 'n';
    cr_assert_eq(mobileconfig_open(finished(&profile), server, &xml), STATUS_INVALID);
    cr_assert_eq(xml.len, 0);
}

Test(mobileconfig, parts_of_a_profile_do_not_open)
{
    struct buf profile defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    sign(&profile);
    for (size_t len = 0; len < profile.len; len += 97)
        cr_assert_eq(mobileconfig_open(span_of(profile.ptr, len), server, &xml), STATUS_INVALID,
                     "%zu octets", len);
}

Test(mobileconfig, a_foreign_key_signs_nothing)
{
    struct buf profile defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    cr_assert_eq(
        mobileconfig_sign(SPAN_LITERAL("x"), server, authority.root_key, NULL, 0, &profile),
        STATUS_INVALID);
    cr_assert_eq(profile.len, 0);
}

Test(mobileconfig, hosts_of_every_form_give_an_identifier)
{
    static const char *const hosts[][2] = {{"localhost", "localhost.certferry.ca"},
                                           {"192.0.2.1", "1.2.0.192.certferry.ca"},
                                           {"2001:db8::1", "2001-db8--1.certferry.ca"}};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct buf xml defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
        fields.authority.host = hosts[i][0];
        cr_assert_ok(mobileconfig_append_authority(&fields.authority, catalogue_default(), &xml));
        char wanted[128];
        snprintf(wanted, sizeof wanted, "<string>%s</string>", hosts[i][1]);
        cr_assert(has(&xml, wanted), "%s", wanted);
    }
}
