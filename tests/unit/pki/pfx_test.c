#include "der.h"
#include "fixture.h"

#include "base/text.h"
#include "pki/pfx.h"

static struct authority authority;
static struct secret *password;
static struct secret *wrong_password;
static struct pfx_contents contents;

static void set_up(void)
{
    authority = fixture_authority(KEY_EC_P256);
    cr_assert_ok(secret_copy(SPAN_LITERAL("abcd-efgh-2345-6789"), &password));
    cr_assert_ok(secret_copy(SPAN_LITERAL("abcd-efgh-2345-678a"), &wrong_password));
    contents = (struct pfx_contents){.key = authority.user_key,
                                     .leaf = authority.user,
                                     .issuing = authority.issuing,
                                     .root = authority.root,
                                     .friendly_name = "Zoë Größe (phone)"};
}

static void tear_down(void)
{
    authority_clear(&authority);
    secret_free(password);
    secret_free(wrong_password);
}

TestSuite(pfx, .init = set_up, .fini = tear_down);

static void make(enum packing packing, struct buf *bytes)
{
    cr_assert_ok(pfx_make(packing, password, &contents, bytes));
}

Test(pfx, what_is_made_opens_again_in_both_packings)
{
    for (int packing = 0; packing < PACKING_COUNT; packing++) {
        struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
        make((enum packing)packing, &bytes);
        cr_assert_ok(pfx_check(finished(&bytes), password, (enum packing)packing, &contents));
    }
}

Test(pfx, a_name_beyond_ucs2_is_written_with_question_marks)
{
    contents.friendly_name = "Ann \U0001F389 Zoë\U0001F600";
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &bytes);
    cr_assert_ok(pfx_check(finished(&bytes), password, PACKING_COMPAT, &contents));
    contents.friendly_name = "Ann ? Zoë?";
    cr_assert_ok(pfx_check(finished(&bytes), password, PACKING_COMPAT, &contents));
}

Test(pfx, the_longest_name_of_a_person_has_room)
{
    struct buf name defer(buf_clear) = BUF_INIT(4 * LIMIT_PERSON_NAME);
    for (int i = 0; i < LIMIT_PERSON_NAME; i++)
        buf_append_text(&name, "\U0001F600");
    contents.friendly_name = (const char *)finished(&name).ptr;
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &bytes);
    cr_assert_ok(pfx_check(finished(&bytes), password, PACKING_COMPAT, &contents));
}

Test(pfx, a_wrong_password_is_refused)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &bytes);
    cr_assert_eq(pfx_check(finished(&bytes), wrong_password, PACKING_COMPAT, &contents),
                 STATUS_FORBIDDEN);
}

Test(pfx, one_packing_is_not_taken_for_the_other)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &bytes);
    cr_assert_eq(pfx_check(finished(&bytes), password, PACKING_MODERN, &contents), STATUS_INVALID);
    buf_reset(&bytes);
    make(PACKING_MODERN, &bytes);
    cr_assert_eq(pfx_check(finished(&bytes), password, PACKING_COMPAT, &contents), STATUS_INVALID);
}

/* The MAC: digest, salt, iterations (RFC 7292 4). */
static void expect_mac(struct span pfx, const char *digest, long iterations)
{
    cr_assert_eq(der_integer(DER(pfx, 0, 0)), 3);
    cr_assert_str_eq(der_oid(DER(pfx, 0, 2, 0, 0, 0)), digest);
    cr_assert_eq(DER(pfx, 0, 2, 1).tag, 0x04);
    cr_assert_eq(DER(pfx, 0, 2, 1).body.len, 8);
    cr_assert_eq(der_integer(DER(pfx, 0, 2, 2)), iterations);
}

/* AlgorithmIdentifier of the certificates and of the key. */
static struct span certificates_algorithm(struct span pfx)
{
    return DER(pfx, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1).body;
}

static struct span key_algorithm(struct span pfx)
{
    return DER(pfx, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0).body;
}

static void expect_3des(struct span algorithm)
{
    cr_assert_str_eq(der_oid(DER(algorithm, 0)), "1.2.840.113549.1.12.1.3");
    cr_assert_eq(DER(algorithm, 1, 0).body.len, 8);
    cr_assert_eq(der_integer(DER(algorithm, 1, 1)), 10000);
}

static void expect_aes(struct span algorithm)
{
    cr_assert_str_eq(der_oid(DER(algorithm, 0)), "1.2.840.113549.1.5.13");
    cr_assert_str_eq(der_oid(DER(algorithm, 1, 0, 0)), "1.2.840.113549.1.5.12");
    cr_assert_eq(DER(algorithm, 1, 0, 1, 0).body.len, 8);
    cr_assert_eq(der_integer(DER(algorithm, 1, 0, 1, 1)), 100000);
    cr_assert_str_eq(der_oid(DER(algorithm, 1, 0, 1, 2, 0)), "1.2.840.113549.2.9");
    cr_assert_str_eq(der_oid(DER(algorithm, 1, 1, 0)), "2.16.840.1.101.3.4.1.42");
}

Test(pfx, compat_is_3des_and_sha1_with_ten_thousand_iterations)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &bytes);
    expect_mac(finished(&bytes), "1.3.14.3.2.26", 10000);
    expect_3des(certificates_algorithm(finished(&bytes)));
    expect_3des(key_algorithm(finished(&bytes)));
}

Test(pfx, modern_is_aes256_and_sha256_with_a_hundred_thousand_iterations)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_MODERN, &bytes);
    expect_mac(finished(&bytes), "2.16.840.1.101.3.4.2.1", 100000);
    expect_aes(certificates_algorithm(finished(&bytes)));
    expect_aes(key_algorithm(finished(&bytes)));
}

Test(pfx, salts_differ_from_each_other_and_between_bundles)
{
    struct buf one defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    struct buf two defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &one);
    make(PACKING_COMPAT, &two);
    struct span salts[4] = {
        DER(finished(&one), 0, 2, 1).body, DER(certificates_algorithm(finished(&one)), 1, 0).body,
        DER(key_algorithm(finished(&one)), 1, 0).body, DER(finished(&two), 0, 2, 1).body};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++)
            cr_assert(!span_equal(salts[i], salts[j]), "salts %d and %d", i, j);
}

Test(pfx, leaf_is_named_like_its_key_and_the_name_stands_in_the_clear_of_the_key)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &bytes);
    struct der attributes = DER(finished(&bytes), 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 2);
    cr_assert_eq(attributes.tag, 0x31);
    cr_assert(contains(attributes.body, SPAN_LITERAL("\x1e\x22\0Z\0o\0\xeb\0 \0G")));
    static const uint8_t local_key_id[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x15\x31\x16\x04\x14";
    cr_assert(contains(attributes.body, span_of(local_key_id, sizeof local_key_id - 1)));
}

Test(pfx, the_root_may_be_left_out)
{
    struct buf with_root defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &with_root);
    struct pfx_contents full = contents;
    contents.root = NULL;
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &bytes);
    cr_assert_ok(pfx_check(finished(&bytes), password, PACKING_COMPAT, &contents));
    cr_assert_eq(pfx_check(finished(&bytes), password, PACKING_COMPAT, &full), STATUS_INVALID);
    cr_assert_eq(pfx_check(finished(&with_root), password, PACKING_COMPAT, &contents),
                 STATUS_INVALID);
}

/* issuing CA, one above it, the root: each at its place, and each missed when it is not there. */
Test(pfx, cas_between_stand_between_issuing_and_root)
{
    struct certificate *policy defer(certificate_free) =
        fixture_ca("Policy", authority.issuing_key, authority.root, authority.root_key, -1);
    const struct certificate_list between = {&policy, 1};
    struct pfx_contents without = contents;
    contents.between = &between;
    for (int packing = 0; packing < PACKING_COUNT; packing++) {
        struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
        make((enum packing)packing, &bytes);
        cr_assert_ok(pfx_check(finished(&bytes), password, (enum packing)packing, &contents));
        cr_assert_eq(pfx_check(finished(&bytes), password, (enum packing)packing, &without),
                     STATUS_INVALID);
    }
    struct buf two defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    cr_assert_ok(pfx_make(PACKING_COMPAT, password, &without, &two));
    cr_assert_eq(pfx_check(finished(&two), password, PACKING_COMPAT, &contents), STATUS_INVALID);
    cr_assert(detail_has("number of its certificates"), "%s", status_detail());
}

Test(pfx, another_chain_order_is_not_what_was_asked_for)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    struct pfx_contents swapped = contents;
    swapped.issuing = authority.root;
    swapped.root = authority.issuing;
    cr_assert_ok(pfx_make(PACKING_COMPAT, password, &swapped, &bytes));
    cr_assert_eq(pfx_check(finished(&bytes), password, PACKING_COMPAT, &contents), STATUS_INVALID);
    cr_assert(detail_has("order"));
}

Test(pfx, another_name_is_not_what_was_asked_for)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &bytes);
    contents.friendly_name = "Ann";
    cr_assert_eq(pfx_check(finished(&bytes), password, PACKING_COMPAT, &contents), STATUS_INVALID);
}

Test(pfx, a_key_of_another_certificate_is_refused)
{
    contents.key = authority.root_key;
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    cr_assert_eq(pfx_make(PACKING_COMPAT, password, &contents, &bytes), STATUS_INVALID);
    cr_assert_eq(bytes.len, 0);
}

Test(pfx, passwords_are_printable_ascii_of_bounded_length)
{
    char long_password[LIMIT_PASSWORD_MAX + 1];
    memset(long_password, 'a', sizeof long_password);
    const struct span hostile[] = {
        {(const uint8_t *)"", 0},   SPAN_LITERAL("a\0b"),
        SPAN_LITERAL("zo\xc3\xab"), SPAN_LITERAL("tab\tinside"),
        SPAN_LITERAL("del\x7f"),    {(const uint8_t *)long_password, sizeof long_password}};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct secret *bad defer(secret_free) = NULL;
        cr_assert_ok(secret_copy(hostile[i], &bad));
        struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
        cr_assert_eq(pfx_make(PACKING_COMPAT, bad, &contents, &bytes), STATUS_INVALID, "case %zu",
                     i);
    }
}

Test(pfx, friendly_names_hold_no_control_characters)
{
    static const char *const hostile[] = {"", "a\nb", "\xff"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        contents.friendly_name = hostile[i];
        struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
        cr_assert_eq(pfx_make(PACKING_COMPAT, password, &contents, &bytes), STATUS_INVALID,
                     "case %zu", i);
    }
}

Test(pfx, no_bundle_with_one_bit_changed_passes)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &bytes);
    for (size_t i = 0; i < bytes.len; i += 37) {
        bytes.ptr[i] ^= 0x10;
        cr_assert_neq(pfx_check(finished(&bytes), password, PACKING_COMPAT, &contents), STATUS_OK,
                      "octet %zu", i);
        bytes.ptr[i] ^= 0x10;
    }
}

Test(pfx, no_part_of_a_bundle_passes)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &bytes);
    for (size_t len = 0; len < bytes.len; len += 13)
        cr_assert_neq(pfx_check(span_of(bytes.ptr, len), password, PACKING_COMPAT, &contents),
                      STATUS_OK);
    buf_append_byte(&bytes, 0);
    cr_assert_eq(pfx_check(finished(&bytes), password, PACKING_COMPAT, &contents), STATUS_INVALID);
}

Test(pfx, a_foreign_bundle_gives_its_key_and_certificates)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_MODERN, &bytes);
    struct private_key *key defer(private_key_free) = NULL;
    struct certificate_list list defer(certificate_list_clear) = {0};
    cr_assert_ok(pfx_open(finished(&bytes), password, &key, &list));
    cr_assert_eq(list.count, 3);
    cr_assert(certificate_equal(list.items[0], authority.user));
    cr_assert(private_key_matches(key, authority.user));
}

Test(pfx, a_foreign_bundle_does_not_open_with_a_wrong_password)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &bytes);
    struct private_key *key = NULL;
    struct certificate_list list = {0};
    cr_assert_eq(pfx_open(finished(&bytes), wrong_password, &key, &list), STATUS_FORBIDDEN);
    cr_assert_null(key);
    cr_assert_eq(list.count, 0);
}

/* The n-th INTEGER 100000 in the bytes. */
static uint8_t *find_iterations(struct buf *bytes, int n)
{
    static const uint8_t hundred_thousand[] = {0x02, 0x03, 0x01, 0x86, 0xa0};
    uint8_t *at = bytes->ptr;
    for (int i = 0; at != NULL && i <= n; i++) {
        size_t left = bytes->len - (size_t)(at + 1 - bytes->ptr);
        at = memmem(at + 1, left, hundred_thousand, sizeof hundred_thousand);
    }
    return at;
}

Test(pfx, a_foreign_bundle_may_not_ask_for_endless_work)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_MODERN, &bytes);
    for (int i = 0; i < 3; i++) {
        uint8_t *at = find_iterations(&bytes, i);
        cr_assert_not_null(at, "case %d", i);
        uint8_t before = at[2];
        at[2] = 0x7f; /* 8,357,536 */
        struct private_key *key = NULL;
        struct certificate_list list = {0};
        cr_assert_neq(pfx_check(finished(&bytes), password, PACKING_MODERN, &contents), STATUS_OK);
        at[2] = 0x4d; /* 5,080,736 */
        cr_assert_eq(pfx_open(finished(&bytes), password, &key, &list), STATUS_INVALID, "case %d",
                     i);
        at[2] = 0xff; /* negative */
        cr_assert_eq(pfx_open(finished(&bytes), password, &key, &list), STATUS_INVALID, "case %d",
                     i);
        at[2] = before;
    }
}

/* pbeWithSHAAnd3-KeyTripleDES-CBC with another last arc (RFC 7292 appendix C). */
static const struct {
    uint8_t arc;
    const char *name;
} weak[] = {{1, "RC4"}, {2, "RC4"}, {5, "RC2"}, {6, "RC2"}};

Test(pfx, a_foreign_bundle_in_an_old_cipher_is_refused_by_its_name)
{
    static const uint8_t scheme[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01, 0x03};
    struct buf bytes defer(buf_clear) = BUF_INIT(LIMIT_BUNDLE);
    make(PACKING_COMPAT, &bytes);
    uint8_t *at = memmem(bytes.ptr, bytes.len, scheme, sizeof scheme);
    cr_assert_not_null(at);
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
        at[sizeof scheme - 1] = weak[i].arc;
        struct private_key *key = NULL;
        struct certificate_list list = {0};
        cr_assert_eq(pfx_open(finished(&bytes), password, &key, &list), STATUS_INVALID);
        cr_assert(detail_has(weak[i].name), "%s", status_detail());
        cr_assert(detail_has("export it again"), "%s", status_detail());
    }
}

Test(pfx, garbage_is_no_foreign_bundle)
{
    static const struct span hostile[] = {{(const uint8_t *)"", 0},
                                          SPAN_LITERAL("0"),
                                          SPAN_LITERAL("\x30\x80"),
                                          SPAN_LITERAL("\x30\x84\xff\xff\xff\xff"),
                                          SPAN_LITERAL("-----BEGIN PKCS12-----")};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct private_key *key = NULL;
        struct certificate_list list = {0};
        cr_assert_eq(pfx_open(hostile[i], password, &key, &list), STATUS_INVALID, "case %zu", i);
    }
}

Test(pfx, packings_read_back_by_name)
{
    enum packing packing;
    cr_assert_ok(packing_parse("compat", &packing));
    cr_assert_eq(packing, PACKING_COMPAT);
    cr_assert_ok(packing_parse("modern", &packing));
    cr_assert_eq(packing, PACKING_MODERN);
    cr_assert_eq(packing_parse("Modern", &packing), STATUS_INVALID);
    cr_assert_str_eq(packing_name(PACKING_COMPAT), "compat");
}
