#include "der.h"
#include "fixture.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

#include <stdio.h>

static struct authority authority;

static void set_up(void)
{
    authority = fixture_authority(KEY_EC_P256);
}

static void tear_down(void)
{
    authority_clear(&authority);
}

TestSuite(cert, .init = set_up, .fini = tear_down);

static struct span der_of(const struct certificate *certificate)
{
    return certificate_info(certificate)->der;
}

Test(cert, parsing_what_was_issued_gives_the_same_values)
{
    struct certificate *again defer(certificate_free) = NULL;
    cr_assert_ok(certificate_parse_der(der_of(authority.user), &again));
    const struct certificate_info *one = certificate_info(authority.user);
    const struct certificate_info *two = certificate_info(again);
    cr_assert(certificate_equal(authority.user, again));
    cr_assert_str_eq(one->serial, two->serial);
    cr_assert_str_eq(one->subject, two->subject);
    cr_assert_eq(one->not_after, two->not_after);
    cr_assert_str_eq(two->common_name, "Ann Example");
    cr_assert_str_eq(two->organisation, "Example");
    cr_assert_str_eq(two->issuer, "CN=Example Issuing CA,O=Example");
    cr_assert_str_eq(two->key_label, "EC P-256");
    cr_assert_str_eq(two->sid, "");
    cr_assert_str_eq(two->dns_names, "");
}

Test(cert, digests_are_of_the_whole_and_of_the_key)
{
    const struct certificate_info *info = certificate_info(authority.user);
    uint8_t digest[SHA256_SIZE];
    cr_assert_ok(digest_sha256(info->der, digest));
    cr_assert_arr_eq(digest, info->sha256, SHA256_SIZE);
    cr_assert_ok(digest_sha256(info->spki, digest));
    cr_assert_arr_eq(digest, info->spki_sha256, SHA256_SIZE);
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    cr_assert_ok(private_key_spki(authority.user_key, &spki));
    cr_assert(span_equal(finished(&spki), info->spki));
}

Test(cert, serial_text_is_that_of_the_der)
{
    struct span serial = DER(der_of(authority.user), 0, 0, 1).body;
    if (serial.ptr[0] == 0)
        serial = span_of(serial.ptr + 1, serial.len - 1);
    struct buf hex defer(buf_clear) = BUF_INIT(64);
    text_append_hex(&hex, serial);
    cr_assert(span_equal_text(finished(&hex), certificate_info(authority.user)->serial));
}

Test(cert, pem_reads_back)
{
    struct buf pem defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    certificate_append_pem(&pem, authority.user);
    struct certificate *again defer(certificate_free) = NULL;
    cr_assert_ok(certificate_parse(finished(&pem), &again));
    cr_assert(certificate_equal(authority.user, again));
    for (const char *line = (const char *)pem.ptr; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        cr_assert_leq(strcspn(line, "\n"), 64);
    }
}

Test(cert, a_bundle_gives_all_of_its_certificates_in_order)
{
    struct buf pem defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    buf_append_text(&pem, "subject: somebody\n");
    certificate_append_pem(&pem, authority.user);
    buf_append_text(&pem, "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
    certificate_append_pem(&pem, authority.issuing);
    certificate_append_pem(&pem, authority.root);
    struct certificate_list list defer(certificate_list_clear) = {0};
    cr_assert_ok(certificate_list_parse(finished(&pem), &list));
    cr_assert_eq(list.count, 3);
    cr_assert(certificate_equal(list.items[0], authority.user));
    cr_assert(certificate_equal(list.items[2], authority.root));
}

Test(cert, der_is_a_list_of_one)
{
    struct certificate_list list defer(certificate_list_clear) = {0};
    cr_assert_ok(certificate_list_parse(der_of(authority.root), &list));
    cr_assert_eq(list.count, 1);
}

Test(cert, a_bundle_is_bounded)
{
    struct buf pem defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    for (int i = 0; i <= CERTIFICATE_LIST_MAX; i++)
        certificate_append_pem(&pem, authority.root);
    struct certificate_list list = {0};
    cr_assert_eq(certificate_list_parse(finished(&pem), &list), STATUS_TOO_LARGE);
    cr_assert_eq(list.count, 0);
}

Test(cert, garbage_holds_no_certificate)
{
    static const char *const hostile[] = {
        "",
        "0",
        "hello",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        "-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n",
    };
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct certificate *certificate = NULL;
        cr_assert_eq(certificate_parse(span_of_text(hostile[i]), &certificate), STATUS_INVALID,
                     "case %zu", i);
    }
}

Test(cert, nothing_may_stand_behind_a_certificate_or_be_missing)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    buf_append(&der, der_of(authority.user));
    buf_append_byte(&der, 0);
    for (size_t len = 0; len <= der.len; len++) {
        struct certificate *certificate = NULL;
        if (len != der.len - 1)
            cr_assert_eq(certificate_parse_der(span_of(der.ptr, len), &certificate), STATUS_INVALID,
                         "%zu octets", len);
    }
}

Test(cert, a_certificate_is_bounded)
{
    static uint8_t large[LIMIT_CERTIFICATE + 1];
    struct certificate *certificate = NULL;
    cr_assert_eq(certificate_parse_der(span_of(large, sizeof large), &certificate),
                 STATUS_TOO_LARGE);
}

/* The signature is not looked at here, so names can be replaced by others of the same length. */
struct patch {
    struct span from;
    struct span to;
    const char *words;
};

static const struct patch patches[] = {
    {SPAN_LITERAL("ann@example.com"), SPAN_LITERAL("ann\0example.com"), "control"},
    {SPAN_LITERAL("\x0c\x0f"
                  "ann@"),
     SPAN_LITERAL("\x16\x0f"
                  "ann@"),
     "wrong string type"},
    {SPAN_LITERAL("ann.example@"), SPAN_LITERAL("ann.exa\0ple@"), "printable"},
    {SPAN_LITERAL("ann.example@"), SPAN_LITERAL("ann.exa ple@"), "printable"},
    {SPAN_LITERAL("\x0c\x0b"
                  "Ann Example"),
     SPAN_LITERAL("\x0c\x0b"
                  "Ann\0xample"),
     "control"},
    {SPAN_LITERAL("\x0c\x0b"
                  "Ann Example"),
     SPAN_LITERAL("\x0c\x0b"
                  "Ann\nxample"),
     "control"},
    {SPAN_LITERAL("\x0c\x0b"
                  "Ann Example"),
     SPAN_LITERAL("\x0c\x0b"
                  "Ann\xff"
                  "xample"),
     ""},
    {SPAN_LITERAL("\x06\x03\x55\x1d\x0e"), SPAN_LITERAL("\x06\x03\x55\x1d\x23"), "twice"},
    {SPAN_LITERAL("\x06\x03\x55\x1d\x25"), SPAN_LITERAL("\x06\x03\x55\x1d\x0e"), "twice"},
    {SPAN_LITERAL("\x02\x01\x02\x02"), SPAN_LITERAL("\x02\x01\x09\x02"), ""},
    {SPAN_LITERAL("\x17\x0d"
                  "27"),
     SPAN_LITERAL("\x17\x0d"
                  "2x"),
     "4.1.2.5"},
    {SPAN_LITERAL("\x55\x1d\x0f\x01\x01\xff"), SPAN_LITERAL("\x55\x1d\x0f\x01\x01\x01"), ""},
};

Test(cert, hostile_contents_refuse_the_whole_certificate)
{
    for (size_t i = 0; i < sizeof patches / sizeof patches[0]; i++) {
        struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
        buf_append(&der, der_of(authority.user));
        uint8_t *at = memmem(der.ptr, der.len, patches[i].from.ptr, patches[i].from.len);
        cr_assert_not_null(at, "case %zu", i);
        memcpy(at, patches[i].to.ptr, patches[i].to.len);
        struct certificate *certificate = NULL;
        enum status status = certificate_parse_der(finished(&der), &certificate);
        certificate_free(certificate);
        if (patches[i].words[0] == '\0')
            continue;
        cr_assert_eq(status, STATUS_INVALID, "case %zu", i);
        cr_assert(detail_has(patches[i].words), "case %zu: %s", i, status_detail());
    }
}

Test(cert, a_negative_or_endless_serial_is_refused)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    buf_append(&der, der_of(authority.user));
    struct span serial = DER(der_of(authority.user), 0, 0, 1).body;
    uint8_t *at = der.ptr + (serial.ptr - der_of(authority.user).ptr);
    at[0] = 0x80;
    struct certificate *certificate = NULL;
    cr_assert_eq(certificate_parse_der(finished(&der), &certificate), STATUS_INVALID);
    cr_assert(detail_has("negative"));
}

Test(cert, no_flipped_bit_does_worse_than_a_refusal)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    buf_append(&der, der_of(authority.user));
    size_t taken = 0;
    for (size_t bit = 0; bit < der.len * 8; bit++) {
        struct certificate *certificate defer(certificate_free) = NULL;
        der.ptr[bit / 8] ^= (uint8_t)(1U << bit % 8);
        if (certificate_parse_der(finished(&der), &certificate) == STATUS_OK) {
            cr_assert(span_equal(finished(&der), der_of(certificate)));
            taken++;
        }
        der.ptr[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    cr_assert_lt(taken, der.len * 8);
}

Test(cert, an_owner_more_keeps_it_alive)
{
    struct certificate *other = certificate_share(authority.user);
    cr_assert_str_eq(certificate_info(other)->upn, "ann@example.com");
    certificate_free(other);
    cr_assert_str_eq(certificate_info(authority.user)->upn, "ann@example.com");
    certificate_free(NULL);
}

Test(cert, a_file_that_is_missing_or_wrong_is_named)
{
    struct certificate *certificate = NULL;
    cr_assert_eq(certificate_load("/nonexistent/ca.pem", &certificate), STATUS_NOT_FOUND);
    cr_assert_eq(certificate_load(TEST_DATA "/key/hostile/ed25519.pem", &certificate),
                 STATUS_INVALID);
    cr_assert(detail_has("ed25519.pem"), "%s", status_detail());
}

struct file_case {
    const char *file;
    const char *words;
};

static const struct file_case hostile_files[] = {
    {"serial-21-octets.pem", "4.1.2.2"},      {"san-dns-with-space.pem", "4.2.1.6"},
    {"san-upn-ia5.pem", "wrong string type"}, {"san-address-5-octets.pem", "iPAddress"},
    {"basic-constraints-broken.pem", "4.2"},
};

Test(cert, hostile_files_are_refused)
{
    for (size_t i = 0; i < sizeof hostile_files / sizeof hostile_files[0]; i++) {
        char path[512];
        snprintf(path, sizeof path, TEST_DATA "/certificate/hostile/%s", hostile_files[i].file);
        struct certificate *certificate = NULL;
        cr_assert_eq(certificate_load(path, &certificate), STATUS_INVALID, "%s", path);
        cr_assert(detail_has(hostile_files[i].words), "%s", status_detail());
    }
}

Test(cert, foreign_forms_of_good_certificates_are_read)
{
    struct certificate *ms defer(certificate_free) = NULL;
    struct certificate *ed defer(certificate_free) = NULL;
    struct certificate *latin defer(certificate_free) = NULL;
    cr_assert_ok(certificate_load(TEST_DATA "/certificate/good/active-directory.pem", &ms));
    cr_assert_str_eq(certificate_info(ms)->upn, "zoë@example.com");
    cr_assert_str_eq(certificate_info(ms)->sid, "S-1-5-21-1-2-3-1104");
    cr_assert_ok(certificate_load(TEST_DATA "/certificate/good/ed25519.pem", &ed));
    cr_assert_str_eq(certificate_info(ed)->key_label, "ED25519");
    cr_assert_ok(certificate_load(TEST_DATA "/certificate/good/name-bmp.pem", &latin));
    cr_assert_str_eq(certificate_info(latin)->common_name, "Zoë");
}
