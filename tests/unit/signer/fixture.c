#include "fixture.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static const char *const own_hosts[] = {"ca.example.com", "192.0.2.1", NULL};

void fixture_write(const char *path, struct span bytes, unsigned mode)
{
    int fd defer(close) = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
    cr_assert_eq(fchmod(fd, mode), 0);
}

static void issue_authority(enum profile profile, const char *name, const struct private_key *key,
                            const struct certificate *issuer, const struct private_key *issuer_key,
                            struct certificate **ret_certificate)
{
    struct buf spki defer(buf_clear) = BUF_INIT(4096);
    cr_assert_eq(private_key_spki(key, &spki), STATUS_OK);
    int64_t now = clock_now();
    struct certificate_fields fields = {
        .not_before = now - CLOCK_HOUR,
        .not_after = now + (issuer == NULL ? 1100LL : 1000LL) * CLOCK_DAY,
        .spki = span_of(spki.ptr, spki.len),
        .common_name = span_of_text(name),
    };
    cr_assert_eq(serial_generate(fields.serial), STATUS_OK);
    cr_assert_eq(profile_issue(profile, &fields, issuer, issuer_key, ret_certificate), STATUS_OK,
                 "%s", status_detail());
}

static void save_issuing(const struct fixture *fixture, const struct private_key *key,
                         const char *passphrase)
{
    struct secret *phrase defer(secret_free) = NULL;
    if (passphrase != NULL) {
        cr_assert_eq(secret_copy(span_of_text(passphrase), &phrase), STATUS_OK);
        fixture_write(fixture->passphrase_path, span_of_text(passphrase), 0600);
    }
    cr_assert_eq(private_key_save(key, fixture->key_path, phrase), STATUS_OK);
    struct buf pem defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
    certificate_append_pem(&pem, fixture->issuing);
    fixture_write(fixture->certificate_path, span_of(pem.ptr, pem.len), 0644);
}

void fixture_make(struct fixture *fixture, enum key_type type, const char *passphrase)
{
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/certferry-signer-XXXXXX");
    cr_assert_not_null(mkdtemp(fixture->folder));
    snprintf(fixture->certificate_path, sizeof fixture->certificate_path, "%s/issuing.pem",
             fixture->folder);
    snprintf(fixture->key_path, sizeof fixture->key_path, "%s/issuing.key", fixture->folder);
    snprintf(fixture->passphrase_path, sizeof fixture->passphrase_path, "%s/passphrase",
             fixture->folder);
    struct private_key *root_key defer(private_key_free) = NULL;
    struct private_key *issuing_key defer(private_key_free) = NULL;
    cr_assert_eq(private_key_generate(type, &root_key), STATUS_OK);
    cr_assert_eq(private_key_generate(type, &issuing_key), STATUS_OK);
    issue_authority(PROFILE_ROOT, "Test Root", root_key, NULL, root_key, &fixture->root);
    issue_authority(PROFILE_ISSUING, "Test Issuing", issuing_key, fixture->root, root_key,
                    &fixture->issuing);
    save_issuing(fixture, issuing_key, passphrase);
    fixture->options = (struct signer_options){
        .certificate_path = fixture->certificate_path,
        .key_path = fixture->key_path,
        .passphrase_path = passphrase == NULL ? NULL : fixture->passphrase_path,
        .crl_url = "http://ca.example.com/ca/issuing.crl",
        .issuer_url = "http://ca.example.com/ca/issuing.cer",
        .ocsp_url = "",
        .server_hosts = own_hosts,
    };
}

void fixture_clear(struct fixture *fixture)
{
    unlink(fixture->certificate_path);
    unlink(fixture->key_path);
    unlink(fixture->passphrase_path);
    rmdir(fixture->folder);
    certificate_free(fixture->root);
    certificate_free(fixture->issuing);
}

struct span fixture_spki(enum key_type type)
{
    static uint8_t made[KEY_TYPE_COUNT][1024];
    static size_t lengths[KEY_TYPE_COUNT];
    if (lengths[type] == 0) {
        struct private_key *key defer(private_key_free) = NULL;
        struct buf spki defer(buf_clear) = BUF_INIT(sizeof made[type]);
        cr_assert_eq(private_key_generate(type, &key), STATUS_OK);
        cr_assert_eq(private_key_spki(key, &spki), STATUS_OK);
        memcpy(made[type], spki.ptr, spki.len);
        lengths[type] = spki.len;
    }
    return span_of(made[type], lengths[type]);
}

struct certificate_fields fixture_fields(enum profile profile)
{
    int64_t now = clock_now();
    struct certificate_fields fields = {
        .not_before = now,
        .not_after = now + 30LL * CLOCK_DAY,
        .spki = fixture_spki(KEY_EC_P256),
        .common_name = SPAN_LITERAL("Ann Example"),
        .organisation = SPAN_LITERAL("Example"),
    };
    cr_assert_eq(serial_generate(fields.serial), STATUS_OK);
    if (profile == PROFILE_USER || profile == PROFILE_OPERATOR)
        fields.upn = SPAN_LITERAL("ann@example.com");
    if (profile == PROFILE_USER) {
        fields.mail = SPAN_LITERAL("ann.example@example.com");
        fields.sid = SPAN_LITERAL("S-1-5-21-1-2-3-1001");
    }
    if (profile == PROFILE_SERVER) {
        fields.host_count = 1;
        fields.hosts[0] = SPAN_LITERAL("ca.example.com");
    }
    return fields;
}
