#include "fixture.h"

#include "base/clock.h"
#include "base/text.h"

static struct authority authority;

static void set_up(void)
{
    authority = fixture_authority(KEY_EC_P256);
}

static void tear_down(void)
{
    authority_clear(&authority);
}

TestSuite(profile, .init = set_up, .fini = tear_down);

/* An object identifier in DER, by its dotted text, encoded here and not by OpenSSL. */
static size_t encode_oid(const unsigned *arcs, size_t count, uint8_t *out)
{
    size_t len = 2;
    out[len++] = (uint8_t)(arcs[0] * 40 + arcs[1]);
    for (size_t i = 2; i < count; i++) {
        unsigned arc = arcs[i];
        for (int shift = 28; shift > 0; shift -= 7)
            if (arc >> shift != 0)
                out[len++] = (uint8_t)(0x80 | (arc >> shift & 0x7f));
        out[len++] = (uint8_t)(arc & 0x7f);
    }
    out[0] = 0x06;
    out[1] = (uint8_t)(len - 2);
    return len;
}

static bool has_oid(const struct certificate *certificate, const unsigned *arcs, size_t count)
{
    uint8_t oid[32];
    size_t len = encode_oid(arcs, count, oid);
    return contains(certificate_info(certificate)->der, span_of(oid, len));
}

#define HAS_OID(certificate, ...)                                                                  \
    has_oid(certificate, (const unsigned[]){__VA_ARGS__},                                          \
            sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned))

static bool has_bytes(const struct certificate *certificate, struct span bytes)
{
    return contains(certificate_info(certificate)->der, bytes);
}

Test(profile, root_is_a_self_issued_ca_with_a_name_and_without_addresses)
{
    const struct certificate_info *root = certificate_info(authority.root);
    cr_assert(root->is_ca);
    cr_assert(root->is_self_issued);
    cr_assert_str_eq(root->common_name, "Example Root CA");
    cr_assert_str_eq(root->subject, "CN=Example Root CA,O=Example");
    cr_assert_str_eq(root->subject, root->issuer);
    cr_assert(!has_bytes(authority.root, SPAN_LITERAL("http")));
}

Test(profile, issuing_is_a_ca_that_allows_none_below_it)
{
    cr_assert(certificate_info(authority.issuing)->is_ca);
    cr_assert(!certificate_info(authority.issuing)->is_self_issued);
    /* critical basicConstraints: cA TRUE, pathLenConstraint 0 */
    static const uint8_t constraints[] = {0x06, 0x03, 0x55, 0x1d, 0x13, 0x01, 0x01, 0xff, 0x04,
                                          0x08, 0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0x00};
    cr_assert(has_bytes(authority.issuing, span_of(constraints, sizeof constraints)));
}

Test(profile, ca_certificates_may_sign_certificates_and_lists_only)
{
    static const uint8_t usage[] = {0x06, 0x03, 0x55, 0x1d, 0x0f, 0x01, 0x01,
                                    0xff, 0x04, 0x04, 0x03, 0x02, 0x01, 0x06};
    cr_assert(has_bytes(authority.root, span_of(usage, sizeof usage)));
    cr_assert(has_bytes(authority.issuing, span_of(usage, sizeof usage)));
}

Test(profile, user_authenticates_a_client_and_is_critically_no_ca)
{
    cr_assert(!certificate_info(authority.user)->is_ca);
    cr_assert(HAS_OID(authority.user, 1, 3, 6, 1, 5, 5, 7, 3, 2));
    cr_assert(!HAS_OID(authority.user, 1, 3, 6, 1, 5, 5, 7, 3, 1));
    static const uint8_t constraints[] = {0x06, 0x03, 0x55, 0x1d, 0x13, 0x01,
                                          0x01, 0xff, 0x04, 0x02, 0x30, 0x00};
    cr_assert(has_bytes(authority.user, span_of(constraints, sizeof constraints)));
}

Test(profile, key_encipherment_is_for_rsa_alone)
{
    static const uint8_t ec[] = {0x03, 0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff,
                                 0x04, 0x04, 0x03, 0x02, 0x07, 0x80};
    static const uint8_t rsa[] = {0x03, 0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff,
                                  0x04, 0x04, 0x03, 0x02, 0x05, 0xa0};
    cr_assert(has_bytes(authority.user, span_of(ec, sizeof ec)));
    struct private_key *key defer(private_key_free) = NULL;
    cr_assert_ok(private_key_generate(KEY_RSA_2048, &key));
    struct certificate *user defer(certificate_free) =
        fixture_issue(PROFILE_USER, key, authority.issuing, authority.issuing_key);
    cr_assert(has_bytes(user, span_of(rsa, sizeof rsa)));
}

Test(profile, upn_is_a_utf8_other_name_and_mail_an_rfc822_name)
{
    static const uint8_t upn[] = "\xa0\x1f\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03\xa0\x11"
                                 "\x0c\x0f"
                                 "ann@example.com";
    cr_assert(has_bytes(authority.user, span_of(upn, sizeof upn - 1)));
    cr_assert(has_bytes(authority.user, SPAN_LITERAL("\x81\x17"
                                                     "ann.example@example.com")));
    cr_assert_str_eq(certificate_info(authority.user)->upn, "ann@example.com");
    cr_assert_str_eq(certificate_info(authority.user)->mail, "ann.example@example.com");
}

Test(profile, sid_extension_is_byte_for_byte_what_active_directory_writes)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_USER, authority.user_key, &spki);
    fields.sid = SPAN_LITERAL("S-1-5-21-1004336348-1177238915-682003330-512");
    struct certificate *user defer(certificate_free) = NULL;
    cr_assert_ok(
        profile_issue(PROFILE_USER, &fields, authority.issuing, authority.issuing_key, &user));
    static const uint8_t extension[] =
        "\x06\x09\x2b\x06\x01\x04\x01\x82\x37\x19\x02\x04\x40\x30\x3e\xa0\x3c\x06\x0a\x2b\x06\x01"
        "\x04\x01\x82\x37\x19\x02\x01\xa0\x2e\x04\x2c"
        "S-1-5-21-1004336348-1177238915-682003330-512";
    cr_assert(has_bytes(user, span_of(extension, sizeof extension - 1)));
    cr_assert_str_eq(certificate_info(user)->sid, "S-1-5-21-1004336348-1177238915-682003330-512");
}

Test(profile, addresses_of_crl_issuer_and_ocsp_stand_in_the_certificate)
{
    cr_assert(has_bytes(authority.user, SPAN_LITERAL("http://ca.example.com/ca/issuing.crl")));
    cr_assert(has_bytes(authority.user, SPAN_LITERAL("http://ca.example.com/ca/issuing.cer")));
    cr_assert(has_bytes(authority.user, SPAN_LITERAL("http://ca.example.com/ocsp")));
    cr_assert(HAS_OID(authority.user, 1, 3, 6, 1, 5, 5, 7, 48, 1));
    cr_assert(HAS_OID(authority.user, 1, 3, 6, 1, 5, 5, 7, 48, 2));
}

Test(profile, key_identifiers_join_the_chain)
{
    const struct certificate_info *root = certificate_info(authority.root);
    const struct certificate_info *issuing = certificate_info(authority.issuing);
    cr_assert_eq(root->subject_key_id_len, 20);
    cr_assert_eq(issuing->authority_key_id_len, 20);
    cr_assert_arr_eq(issuing->authority_key_id, root->subject_key_id, 20);
    cr_assert_arr_eq(root->authority_key_id, root->subject_key_id, 20);
    cr_assert_arr_eq(certificate_info(authority.user)->authority_key_id, issuing->subject_key_id,
                     20);
}

Test(profile, server_carries_names_and_addresses)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_SERVER, authority.user_key, &spki);
    fields.hosts[fields.host_count++] = SPAN_LITERAL("localhost");
    fields.hosts[fields.host_count++] = SPAN_LITERAL("192.0.2.7");
    fields.hosts[fields.host_count++] = SPAN_LITERAL("2001:db8::1");
    struct certificate *server defer(certificate_free) = NULL;
    cr_assert_ok(
        profile_issue(PROFILE_SERVER, &fields, authority.issuing, authority.issuing_key, &server));
    cr_assert_str_eq(certificate_info(server)->dns_names,
                     "ca.example.com localhost 192.0.2.7 2001:db8::1");
    cr_assert(HAS_OID(server, 1, 3, 6, 1, 5, 5, 7, 3, 1));
}

Test(profile, ocsp_responder_is_not_asked_about_itself)
{
    struct certificate *ocsp defer(certificate_free) =
        fixture_issue(PROFILE_OCSP, authority.user_key, authority.issuing, authority.issuing_key);
    cr_assert(HAS_OID(ocsp, 1, 3, 6, 1, 5, 5, 7, 48, 1, 5));
    cr_assert(HAS_OID(ocsp, 1, 3, 6, 1, 5, 5, 7, 3, 9));
}

Test(profile, times_and_serial_are_those_that_were_given)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_USER, authority.user_key, &spki);
    struct certificate *user defer(certificate_free) = NULL;
    cr_assert_ok(
        profile_issue(PROFILE_USER, &fields, authority.issuing, authority.issuing_key, &user));
    char serial[SERIAL_TEXT_SIZE];
    serial_format(fields.serial, serial);
    cr_assert_str_eq(certificate_info(user)->serial, serial);
    cr_assert_eq(certificate_info(user)->not_before, fields.not_before);
    cr_assert_eq(certificate_info(user)->not_after, fields.not_after);
}

Test(profile, lifetimes_beyond_2049_are_written_as_generalized_time)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_ROOT, authority.root_key, &spki);
    fields.not_after = fields.not_before + profile_longest(PROFILE_ROOT);
    struct certificate *root defer(certificate_free) = NULL;
    cr_assert_ok(profile_issue(PROFILE_ROOT, &fields, NULL, authority.root_key, &root));
    cr_assert(has_bytes(root, SPAN_LITERAL("\x18\x0f"
                                           "2052")));
    cr_assert_eq(certificate_info(root)->not_after, fields.not_after);
}

Test(profile, names_beyond_ascii_are_utf8_strings)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_USER, authority.user_key, &spki);
    fields.common_name = span_of_text("Zoë Größe, O=Evil");
    struct certificate *user defer(certificate_free) = NULL;
    cr_assert_ok(
        profile_issue(PROFILE_USER, &fields, authority.issuing, authority.issuing_key, &user));
    cr_assert_str_eq(certificate_info(user)->common_name, "Zoë Größe, O=Evil");
    cr_assert_str_eq(certificate_info(user)->subject, "CN=Zoë Größe\\, O=Evil,O=Example");
    cr_assert_str_eq(certificate_info(user)->organisation, "Example");
}

/* One hostile text in one field, and words of the refusal. */
enum field { COMMON_NAME, ORGANISATION, UPN, MAIL, SID, HOST, CRL, ISSUER, OCSP };

struct hostile {
    enum profile profile;
    enum field field;
    struct span text;
    const char *words;
};

#define TEXT65 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct hostile hostile_fields[] = {
    {PROFILE_ROOT, COMMON_NAME, {NULL, 0}, "no common name"},
    {PROFILE_USER, COMMON_NAME, {NULL, 0}, "no common name"},
    {PROFILE_USER, COMMON_NAME, SPAN_LITERAL("a\0b"), "4.1.2.6"},
    {PROFILE_USER, COMMON_NAME, SPAN_LITERAL("a\nb"), "4.1.2.6"},
    {PROFILE_USER, COMMON_NAME, SPAN_LITERAL("a\x7f"), "4.1.2.6"},
    {PROFILE_USER, COMMON_NAME,
     SPAN_LITERAL("\xe2\x80\xae"
                  "abc"),
     "4.1.2.6"},
    {PROFILE_USER, COMMON_NAME, SPAN_LITERAL("\xff\xfe"), "4.1.2.6"},
    {PROFILE_USER, COMMON_NAME, SPAN_LITERAL(" Ann"), "4.1.2.6"},
    {PROFILE_USER, COMMON_NAME, SPAN_LITERAL("Ann "), "4.1.2.6"},
    {PROFILE_USER, COMMON_NAME, SPAN_LITERAL(TEXT65), "A.1"},
    {PROFILE_USER, ORGANISATION, SPAN_LITERAL(TEXT65), "A.1"},
    {PROFILE_USER, ORGANISATION, SPAN_LITERAL("a\0b"), "4.1.2.6"},
    {PROFILE_USER, UPN, {NULL, 0}, "no UPN"},
    {PROFILE_USER, UPN, SPAN_LITERAL("a@b\0c"), "UPN"},
    {PROFILE_USER, UPN, SPAN_LITERAL("a@@b"), "UPN"},
    {PROFILE_USER, UPN, SPAN_LITERAL("@b"), "UPN"},
    {PROFILE_USER, UPN, SPAN_LITERAL("a@"), "UPN"},
    {PROFILE_USER, UPN, SPAN_LITERAL("a b@c"), "UPN"},
    {PROFILE_USER, UPN, SPAN_LITERAL("a\r\n@c"), "UPN"},
    {PROFILE_SERVER, UPN, SPAN_LITERAL("a@b"), "not for it"},
    {PROFILE_ISSUING, UPN, SPAN_LITERAL("a@b"), "not for it"},
    {PROFILE_USER, MAIL, SPAN_LITERAL("ann"), "mail"},
    {PROFILE_USER, MAIL, SPAN_LITERAL("ann@exa mple.com"), "mail"},
    {PROFILE_USER, MAIL, SPAN_LITERAL("zo\xc3\xab@example.com"), "mail"},
    {PROFILE_USER, MAIL, SPAN_LITERAL("ann@example..com"), "mail"},
    {PROFILE_USER, MAIL, SPAN_LITERAL("ann@-example.com"), "mail"},
    {PROFILE_USER, MAIL, SPAN_LITERAL(TEXT65 "@example.com"), "mail"},
    {PROFILE_USER, MAIL, SPAN_LITERAL("ann@example.com\0.org"), "mail"},
    {PROFILE_SERVER, MAIL, SPAN_LITERAL("a@b.c"), "not for it"},
    {PROFILE_USER, SID, SPAN_LITERAL("S-1"), "MS-DTYP"},
    {PROFILE_USER, SID, SPAN_LITERAL("S-1-5"), "MS-DTYP"},
    {PROFILE_USER, SID, SPAN_LITERAL("S-1-5-"), "MS-DTYP"},
    {PROFILE_USER, SID, SPAN_LITERAL("S-1-5--21"), "MS-DTYP"},
    {PROFILE_USER, SID, SPAN_LITERAL("S-1-5-021"), "MS-DTYP"},
    {PROFILE_USER, SID, SPAN_LITERAL("S-1-5-4294967296"), "MS-DTYP"},
    {PROFILE_USER, SID, SPAN_LITERAL("s-1-5-21"), "MS-DTYP"},
    {PROFILE_USER, SID, SPAN_LITERAL("S-1-5-21\0"), "MS-DTYP"},
    {PROFILE_USER, SID, SPAN_LITERAL("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16"), "MS-DTYP"},
    {PROFILE_OPERATOR, SID, SPAN_LITERAL("S-1-5-21-1"), "SID"},
    {PROFILE_SERVER, HOST, {NULL, 0}, "DNS name"},
    {PROFILE_SERVER, HOST, SPAN_LITERAL("a..b"), "DNS name"},
    {PROFILE_SERVER, HOST, SPAN_LITERAL("a."), "DNS name"},
    {PROFILE_SERVER, HOST, SPAN_LITERAL("*.example.com"), "DNS name"},
    {PROFILE_SERVER, HOST, SPAN_LITERAL("a_b.example.com"), "DNS name"},
    {PROFILE_SERVER, HOST, SPAN_LITERAL("1.2.3"), "DNS name"},
    {PROFILE_SERVER, HOST, SPAN_LITERAL("1.2.3.4\0"), "DNS name"},
    {PROFILE_SERVER, HOST, SPAN_LITERAL("a.com\0.b"), "DNS name"},
    {PROFILE_SERVER, HOST, SPAN_LITERAL("2001:db8::g"), "DNS name"},
    {PROFILE_SERVER, HOST, SPAN_LITERAL(TEXT65 ".com"), "DNS name"},
    {PROFILE_USER, HOST, SPAN_LITERAL("a.com"), "not for it"},
    {PROFILE_USER, CRL, SPAN_LITERAL("https://a/b"), "4.2.1.13"},
    {PROFILE_USER, CRL, SPAN_LITERAL("http://"), "4.2.1.13"},
    {PROFILE_USER, CRL, SPAN_LITERAL("http:///x"), "4.2.1.13"},
    {PROFILE_USER, CRL, SPAN_LITERAL("http://a/ b"), "4.2.1.13"},
    {PROFILE_USER, CRL, SPAN_LITERAL("file:///etc/passwd"), "4.2.1.13"},
    {PROFILE_USER, ISSUER, SPAN_LITERAL("ldap://a"), "4.2.2.1"},
    {PROFILE_USER, OCSP, SPAN_LITERAL("http://a\r\nb"), "4.2.2.1"},
    {PROFILE_ROOT, CRL, SPAN_LITERAL("http://a/b"), "anchor"},
};

static void put(struct certificate_fields *fields, const struct hostile *hostile)
{
    switch (hostile->field) {
    case COMMON_NAME:
        fields->common_name = hostile->text;
        return;
    case ORGANISATION:
        fields->organisation = hostile->text;
        return;
    case UPN:
        fields->upn = hostile->text;
        return;
    case MAIL:
        fields->mail = hostile->text;
        return;
    case SID:
        fields->sid = hostile->text;
        return;
    case HOST:
        fields->hosts[fields->host_count++] = hostile->text;
        return;
    case CRL:
        fields->crl_url = hostile->text;
        return;
    case ISSUER:
        fields->issuer_url = hostile->text;
        return;
    case OCSP:
        fields->ocsp_url = hostile->text;
        return;
    }
}

static const struct certificate *issuer_for(enum profile profile)
{
    if (profile == PROFILE_ROOT)
        return NULL;
    return profile == PROFILE_ISSUING ? authority.root : authority.issuing;
}

Test(profile, hostile_fields_are_refused_with_their_clause)
{
    for (size_t i = 0; i < sizeof hostile_fields / sizeof hostile_fields[0]; i++) {
        const struct hostile *hostile = &hostile_fields[i];
        struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
        struct certificate_fields fields =
            fixture_fields(hostile->profile, authority.user_key, &spki);
        put(&fields, hostile);
        cr_assert_refused(profile_check(hostile->profile, &fields, issuer_for(hostile->profile)),
                          STATUS_INVALID, "case %zu", i);
        cr_assert(detail_has(hostile->words), "case %zu: %s", i, status_detail());
    }
}

Test(profile, an_account_name_without_a_realm_is_a_upn)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_USER, authority.user_key, &spki);
    fields.upn = SPAN_LITERAL("ann");
    cr_assert_ok(profile_check(PROFILE_USER, &fields, authority.issuing));
}

static void refuse_times(int64_t begin, int64_t end, const char *words)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_USER, authority.user_key, &spki);
    fields.not_before = begin;
    fields.not_after = end;
    cr_assert_refused(profile_check(PROFILE_USER, &fields, authority.issuing), STATUS_INVALID, "%s",
                      words);
    cr_assert(detail_has(words), "%s", status_detail());
}

Test(profile, lifetimes_are_bounded)
{
    int64_t issuer_end = certificate_info(authority.issuing)->not_after;
    refuse_times(FIXTURE_NOW, FIXTURE_NOW, "before it begins");
    refuse_times(FIXTURE_NOW, FIXTURE_NOW - 1, "before it begins");
    refuse_times(FIXTURE_NOW, FIXTURE_NOW + 10LL * 366 * CLOCK_DAY, "too long");
    refuse_times(issuer_end - CLOCK_DAY, issuer_end + 1, "after its issuer");
    refuse_times(INT64_MIN, INT64_MAX, "calendar");
    refuse_times(FIXTURE_NOW, INT64_MAX, "calendar");
}

Test(profile, a_user_certificate_signs_nothing)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_USER, authority.user_key, &spki);
    cr_assert_eq(profile_check(PROFILE_USER, &fields, authority.user), STATUS_INVALID);
    cr_assert(detail_has("may not sign"));
}

Test(profile, an_issuing_ca_makes_no_ca)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_ISSUING, authority.user_key, &spki);
    fields.not_after = FIXTURE_NOW + CLOCK_DAY;
    cr_assert_eq(profile_check(PROFILE_ISSUING, &fields, authority.issuing), STATUS_INVALID);
    cr_assert(detail_has("4.2.1.9"));
}

Test(profile, only_a_root_has_no_issuer)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_ISSUING, authority.user_key, &spki);
    cr_assert_eq(profile_check(PROFILE_ISSUING, &fields, NULL), STATUS_INVALID);
    fields = fixture_fields(PROFILE_ROOT, authority.root_key, &spki);
    cr_assert_eq(profile_check(PROFILE_ROOT, &fields, authority.root), STATUS_INVALID);
}

Test(profile, an_unknown_profile_is_refused)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_USER, authority.user_key, &spki);
    enum profile profile;
    cr_assert_eq(profile_parse("admin", &profile), STATUS_INVALID);
    cr_assert_eq(profile_check((enum profile)PROFILE_COUNT, &fields, authority.issuing),
                 STATUS_INVALID);
}

Test(profile, the_key_must_be_the_issuers)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_USER, authority.user_key, &spki);
    struct certificate *user = NULL;
    cr_assert_eq(profile_issue(PROFILE_USER, &fields, authority.issuing, authority.root_key, &user),
                 STATUS_INVALID);
    cr_assert_null(user);
}

Test(profile, a_subject_named_like_its_issuer_is_refused)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_USER, authority.user_key, &spki);
    fields.common_name = SPAN_LITERAL("Example Issuing CA");
    struct certificate *user = NULL;
    cr_assert_eq(
        profile_issue(PROFILE_USER, &fields, authority.issuing, authority.issuing_key, &user),
        STATUS_INVALID);
    cr_assert(detail_has("6.1"));
}

Test(profile, every_profile_has_a_name_that_reads_back)
{
    for (int i = 0; i < PROFILE_COUNT; i++) {
        enum profile profile;
        cr_assert_ok(profile_parse(profile_name((enum profile)i), &profile));
        cr_assert_eq(profile, (enum profile)i);
    }
}

static int compare_serials(const void *a, const void *b)
{
    return memcmp(a, b, SERIAL_SIZE);
}

Test(profile, serials_are_sixteen_octets_and_positive_and_differ)
{
    enum { MANY = 20000 };
    static uint8_t serials[MANY][SERIAL_SIZE];
    unsigned high_bits = 0;
    for (size_t i = 0; i < MANY; i++) {
        cr_assert_ok(serial_generate(serials[i]));
        cr_assert_neq(serials[i][0], 0);
        high_bits += serials[i][0] >> 7;
    }
    qsort(serials, MANY, SERIAL_SIZE, compare_serials);
    for (size_t i = 1; i < MANY; i++)
        cr_assert_neq(memcmp(serials[i - 1], serials[i], SERIAL_SIZE), 0);
    cr_assert_gt(high_bits, MANY * 45 / 100);
    cr_assert_lt(high_bits, MANY * 56 / 100);
}

Test(profile, serial_text_reads_back_and_nothing_else_does)
{
    uint8_t serial[SERIAL_SIZE], again[SERIAL_SIZE];
    char text[SERIAL_TEXT_SIZE];
    cr_assert_ok(serial_generate(serial));
    serial_format(serial, text);
    cr_assert_ok(serial_parse(text, again));
    cr_assert_arr_eq(serial, again, SERIAL_SIZE);
    static const char *const hostile[] = {"",
                                          "00112233445566778899aabbccddeeff",
                                          "A0112233445566778899aabbccddeeff",
                                          "10112233445566778899aabbccddeef",
                                          "10112233445566778899aabbccddeeff0",
                                          "10112233445566778899aabbccddeefg"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        cr_assert_eq(serial_parse(hostile[i], again), STATUS_INVALID, "%s", hostile[i]);
}

Test(profile, p384_signs_with_sha384)
{
    struct private_key *key defer(private_key_free) = NULL;
    cr_assert_ok(private_key_generate(KEY_EC_P384, &key));
    struct certificate *root defer(certificate_free) = fixture_issue(PROFILE_ROOT, key, NULL, key);
    cr_assert(HAS_OID(root, 1, 2, 840, 10045, 4, 3, 3));
    cr_assert_str_eq(certificate_info(root)->key_label, "EC P-384");
    cr_assert(HAS_OID(authority.root, 1, 2, 840, 10045, 4, 3, 2));
}

Test(profile, keys_outside_the_limits_get_no_certificate)
{
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct certificate_fields fields = fixture_fields(PROFILE_USER, authority.user_key, &spki);
    fields.spki = SPAN_LITERAL("\x30\x03\x02\x01\x01");
    cr_assert_eq(profile_check(PROFILE_USER, &fields, authority.issuing), STATUS_INVALID);
    cr_assert(detail_has("4.1.2.7"));
    fields.spki = SPAN_EMPTY;
    cr_assert_eq(profile_check(PROFILE_USER, &fields, authority.issuing), STATUS_INVALID);
}
