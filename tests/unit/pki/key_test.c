#include "der.h"
#include "fixture.h"

#include "base/file.h"
#include "base/text.h"

#include <stdio.h>
#include <sys/stat.h>

static struct private_key *make(enum key_type type)
{
    struct private_key *key = NULL;
    cr_assert_ok(private_key_generate(type, &key));
    return key;
}

static bool same_key(const struct private_key *a, const struct private_key *b)
{
    struct buf one defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct buf two defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    cr_assert_ok(private_key_spki(a, &one));
    cr_assert_ok(private_key_spki(b, &two));
    return span_equal(finished(&one), finished(&two));
}

Test(key, every_type_has_a_name_that_reads_back)
{
    for (int i = 0; i < KEY_TYPE_COUNT; i++) {
        enum key_type type;
        cr_assert_ok(key_type_parse(key_type_name((enum key_type)i), &type));
        cr_assert_eq(type, (enum key_type)i);
    }
    static const char *const hostile[] = {"", "rsa", "RSA-2048", "rsa-1024", "rsa-8192", "ec-p521"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        enum key_type type;
        cr_assert_eq(key_type_parse(hostile[i], &type), STATUS_INVALID, "%s", hostile[i]);
    }
}

Test(key, pkcs8_reads_back)
{
    static const enum key_type types[] = {KEY_RSA_2048, KEY_EC_P256, KEY_EC_P384};
    for (size_t i = 0; i < 3; i++) {
        struct private_key *key defer(private_key_free) = make(types[i]);
        struct secret *der defer(secret_free) = NULL;
        struct private_key *again defer(private_key_free) = NULL;
        cr_assert_ok(private_key_to_pkcs8(key, &der));
        cr_assert_ok(private_key_from_pkcs8(secret_span(der), &again));
        cr_assert(same_key(key, again));
    }
}

Test(key, pkcs8_with_anything_more_or_less_is_refused)
{
    struct private_key *key defer(private_key_free) = make(KEY_EC_P256);
    struct secret *der defer(secret_free) = NULL;
    cr_assert_ok(private_key_to_pkcs8(key, &der));
    struct buf longer defer(buf_clear) = BUF_INIT(LIMIT_KEY_FILE);
    buf_append(&longer, secret_span(der));
    buf_append_byte(&longer, 0);
    for (size_t len = 0; len <= longer.len; len++) {
        struct private_key *again = NULL;
        if (len != longer.len - 1)
            cr_assert_eq(private_key_from_pkcs8(span_of(longer.ptr, len), &again), STATUS_INVALID,
                         "%zu octets", len);
    }
}

Test(key, plain_pem_reads_back)
{
    struct private_key *key defer(private_key_free) = make(KEY_EC_P256);
    struct secret *pem defer(secret_free) = NULL;
    struct private_key *again defer(private_key_free) = NULL;
    cr_assert_ok(private_key_to_pem(key, NULL, &pem));
    cr_assert(contains(secret_span(pem), SPAN_LITERAL("-----BEGIN PRIVATE KEY-----")));
    cr_assert_ok(private_key_from_pem(secret_span(pem), NULL, &again));
    cr_assert(same_key(key, again));
}

Test(key, encrypted_pem_opens_with_its_passphrase_only)
{
    struct private_key *key defer(private_key_free) = make(KEY_EC_P256);
    struct secret *phrase defer(secret_free) = NULL;
    struct secret *wrong defer(secret_free) = NULL;
    struct secret *pem defer(secret_free) = NULL;
    cr_assert_ok(secret_copy(SPAN_LITERAL("correct horse"), &phrase));
    cr_assert_ok(secret_copy(SPAN_LITERAL("correct horsf"), &wrong));
    cr_assert_ok(private_key_to_pem(key, phrase, &pem));
    cr_assert(contains(secret_span(pem), SPAN_LITERAL("-----BEGIN ENCRYPTED PRIVATE KEY-----")));
    struct private_key *again defer(private_key_free) = NULL;
    cr_assert_eq(private_key_from_pem(secret_span(pem), NULL, &again), STATUS_FORBIDDEN);
    cr_assert_eq(private_key_from_pem(secret_span(pem), wrong, &again), STATUS_FORBIDDEN);
    cr_assert_ok(private_key_from_pem(secret_span(pem), phrase, &again));
    cr_assert(same_key(key, again));
}

/* scrypt 1.3.6.1.4.1.11591.4.11 and aes256-CBC, byte by byte. */
Test(key, encryption_at_rest_is_scrypt_and_aes256)
{
    struct private_key *key defer(private_key_free) = make(KEY_EC_P256);
    struct secret *phrase defer(secret_free) = NULL;
    struct secret *pem defer(secret_free) = NULL;
    cr_assert_ok(secret_copy(SPAN_LITERAL("correct horse"), &phrase));
    cr_assert_ok(private_key_to_pem(key, phrase, &pem));
    struct buf base64 defer(buf_clear) = BUF_INIT(LIMIT_KEY_FILE);
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_KEY_FILE);
    const char *at = strchr(secret_text(pem), '\n');
    for (; *at != '-'; at++)
        if (*at != '\n')
            buf_append_byte(&base64, (uint8_t)*at);
    cr_assert_ok(text_decode_base64(finished(&base64), &der));
    struct span bytes = finished(&der);
    cr_assert_str_eq(der_oid(DER(bytes, 0, 0, 0)), "1.2.840.113549.1.5.13");
    cr_assert_str_eq(der_oid(DER(bytes, 0, 0, 1, 0, 0)), "1.3.6.1.4.1.11591.4.11");
    cr_assert_eq(DER(bytes, 0, 0, 1, 0, 1, 0).body.len, 16);
    cr_assert_eq(der_integer(DER(bytes, 0, 0, 1, 0, 1, 1)), 16384);
    cr_assert_eq(der_integer(DER(bytes, 0, 0, 1, 0, 1, 2)), 8);
    cr_assert_eq(der_integer(DER(bytes, 0, 0, 1, 0, 1, 3)), 5);
    cr_assert_str_eq(der_oid(DER(bytes, 0, 0, 1, 1, 0)), "2.16.840.1.101.3.4.1.42");
}

Test(key, an_empty_passphrase_is_refused)
{
    struct private_key *key defer(private_key_free) = make(KEY_EC_P256);
    struct secret *phrase defer(secret_free) = NULL;
    struct secret *pem = NULL;
    cr_assert_ok(secret_new(0, &phrase));
    cr_assert_eq(private_key_to_pem(key, phrase, &pem), STATUS_INVALID);
}

Test(key, garbage_is_no_pem)
{
    static const char *const hostile[] = {
        "", "key", "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN CERTIFICATE-----\nAAAA\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct private_key *key = NULL;
        cr_assert_eq(private_key_from_pem(span_of_text(hostile[i]), NULL, &key), STATUS_INVALID,
                     "case %zu", i);
    }
}

static void temporary_path(char *path, size_t size)
{
    const char *parent = getenv("TMPDIR");
    snprintf(path, size, "%s/key-XXXXXX", parent == NULL ? "/tmp" : parent);
    cr_assert_not_null(mkdtemp(path));
    size_t len = strlen(path);
    snprintf(path + len, size - len, "/key.pem");
}

static void remove_with_folder(char *path)
{
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
}

Test(key, a_saved_key_is_private_and_loads_again)
{
    struct private_key *key defer(private_key_free) = make(KEY_EC_P256);
    struct private_key *again defer(private_key_free) = NULL;
    char path[LIMIT_PATH];
    temporary_path(path, sizeof path);
    cr_assert_ok(private_key_save(key, path, NULL));
    struct stat info;
    cr_assert_eq(stat(path, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0600);
    cr_assert_ok(private_key_load(path, NULL, &again));
    cr_assert(same_key(key, again));
    remove_with_folder(path);
}

Test(key, a_key_file_that_others_may_read_is_refused)
{
    struct private_key *key defer(private_key_free) = make(KEY_EC_P256);
    char path[LIMIT_PATH];
    temporary_path(path, sizeof path);
    cr_assert_ok(private_key_save(key, path, NULL));
    static const mode_t wide[] = {0640, 0604, 0620, 0601, 0644};
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        struct private_key *again = NULL;
        cr_assert_eq(chmod(path, wide[i]), 0);
        cr_assert_eq(private_key_load(path, NULL, &again), STATUS_FORBIDDEN, "%o", wide[i]);
    }
    remove_with_folder(path);
}

Test(key, a_failed_load_names_the_path)
{
    char path[LIMIT_PATH];
    temporary_path(path, sizeof path);
    struct private_key *key = NULL;
    cr_assert_eq(private_key_load(path, NULL, &key), STATUS_NOT_FOUND);
    cr_assert(detail_has("key.pem"));
    cr_assert_ok(file_replace(path, SPAN_LITERAL("no key"), 0600));
    cr_assert_eq(private_key_load(path, NULL, &key), STATUS_INVALID);
    cr_assert(detail_has("key.pem"));
    remove_with_folder(path);
}

Test(key, matches_its_own_certificate_only)
{
    struct authority authority defer(authority_clear) = fixture_authority(KEY_EC_P256);
    cr_assert(private_key_matches(authority.user_key, authority.user));
    cr_assert(!private_key_matches(authority.user_key, authority.root));
    cr_assert(!private_key_matches(authority.root_key, authority.user));
}

struct foreign {
    const char *file;
    enum status expected;
    const char *words;
};

static const struct foreign foreign_keys[] = {
    {"rsa-1024.pem", STATUS_INVALID, "1024 bits"},
    {"rsa-8192.pem", STATUS_INVALID, "8192 bits"},
    {"ec-p521.pem", STATUS_INVALID, "secp521r1"},
    {"ec-secp256k1.pem", STATUS_INVALID, "secp256k1"},
    {"ed25519.pem", STATUS_INVALID, "neither RSA nor EC"},
    {"dsa.pem", STATUS_INVALID, "neither RSA nor EC"},
    {"rsa-pss.pem", STATUS_INVALID, "neither RSA nor EC"},
};

static void read_data(const char *name, struct buf *contents)
{
    char path[512];
    snprintf(path, sizeof path, TEST_DATA "/%s", name);
    cr_assert_ok(file_read(path, contents));
}

Test(key, foreign_keys_outside_the_limits_are_refused)
{
    for (size_t i = 0; i < sizeof foreign_keys / sizeof foreign_keys[0]; i++) {
        const struct foreign *foreign = &foreign_keys[i];
        char name[64];
        snprintf(name, sizeof name, "key/hostile/%s", foreign->file);
        struct buf pem defer(buf_clear) = BUF_INIT(LIMIT_KEY_FILE);
        read_data(name, &pem);
        struct private_key *key = NULL;
        cr_assert_eq(private_key_from_pem(finished(&pem), NULL, &key), foreign->expected, "%s",
                     foreign->file);
        cr_assert(detail_has(foreign->words), "%s: %s", foreign->file, status_detail());
    }
}

Test(key, foreign_forms_of_good_keys_are_read)
{
    static const char *const files[] = {"rsa-traditional.pem", "ec-traditional.pem",
                                        "ec-with-parameters.pem"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "key/good/%s", files[i]);
        struct buf pem defer(buf_clear) = BUF_INIT(LIMIT_KEY_FILE);
        read_data(name, &pem);
        struct private_key *key defer(private_key_free) = NULL;
        cr_assert_ok(private_key_from_pem(finished(&pem), NULL, &key));
    }
}

Test(key, a_foreign_pbkdf2_file_opens)
{
    struct buf pem defer(buf_clear) = BUF_INIT(LIMIT_KEY_FILE);
    read_data("key/good/rsa-pbkdf2.pem", &pem);
    struct secret *phrase defer(secret_free) = NULL;
    struct private_key *key defer(private_key_free) = NULL;
    cr_assert_ok(secret_copy(SPAN_LITERAL("passphrase"), &phrase));
    cr_assert_ok(private_key_from_pem(finished(&pem), phrase, &key));
}

Test(key, public_keys_are_held_to_the_limits)
{
    struct private_key *key defer(private_key_free) = make(KEY_EC_P384);
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    cr_assert_ok(private_key_spki(key, &spki));
    cr_assert_ok(public_key_check(finished(&spki)));
    for (size_t len = 0; len < spki.len; len++)
        cr_assert_eq(public_key_check(span_of(spki.ptr, len)), STATUS_INVALID, "%zu octets", len);
    spki.ptr[spki.len - 1] ^= 1;
    cr_assert_eq(public_key_check(finished(&spki)), STATUS_INVALID, "a point off the curve");
}
