#include "base/clock.h"
#include "base/file.h"
#include "fixture.h"
#include "pki/cert.h"
#include "pki/chain.h"
#include "pki/crl.h"
#include "pki/key.h"
#include "store/operator_store.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void path_in(const struct fixture *fixture, const char *name, char ret_path[static 192])
{
    snprintf(ret_path, 192, "%s/%s", fixture->authority, name);
}

static struct certificate *load(const struct fixture *fixture, const char *name)
{
    char path[192];
    path_in(fixture, name, path);
    struct certificate *certificate = NULL;
    expect_ok(certificate_load(path, &certificate));
    return certificate;
}

Test(authority, the_chain_of_the_https_certificate_verifies)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    struct certificate *root defer(certificate_free) = load(&fixture, "ca/root.pem");
    struct certificate *issuing defer(certificate_free) = load(&fixture, "ca/issuing.pem");
    struct certificate *https defer(certificate_free) = load(&fixture, "tls/https.pem");
    struct certificate *eas defer(certificate_free) = load(&fixture, "tls/eas.pem");
    expect_ok(chain_check(https, issuing, NULL, root, clock_now()));
    expect_ok(chain_check(eas, issuing, NULL, root, clock_now()));
    const char *names = certificate_info(https)->dns_names;
    cr_assert_not_null(strstr(names, "ca.example.org"), "%s", names);
    cr_assert_not_null(strstr(names, "localhost"), "%s", names);
    cr_assert_not_null(strstr(names, "127.0.0.1"), "%s", names);
    cr_assert_str_eq(certificate_info(root)->common_name, "Example Root CA");
}

Test(authority, every_certificate_has_its_row)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE state = 'issued'"), 4);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate"), 4);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = "
                                   "'certificate.issue'"),
                 4);
}

static const char *const private_files[] = {"ca/root.key", "ca/issuing.key", "tls/https.key",
                                            "tls/eas.key", "master.key",     "certferry.conf",
                                            "certferry.db"};

Test(authority, keys_are_readable_by_their_owner_only)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    for (size_t i = 0; i < sizeof private_files / sizeof *private_files; i++) {
        char path[192];
        path_in(&fixture, private_files[i], path);
        expect_ok(file_check_private(path));
    }
    struct stat info;
    cr_assert_eq(stat(fixture.authority, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0700);
}

static const char *const guarded_files[] = {"ca/issuing.key", "master.key", "tls/https.key",
                                            "certferry.db"};

Test(authority, a_file_that_others_may_read_is_refused)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    fixture_restart(&fixture);
    service_free(take(fixture.service));
    for (size_t i = 0; i < sizeof guarded_files / sizeof *guarded_files; i++) {
        char path[192];
        path_in(&fixture, guarded_files[i], path);
        cr_assert_eq(chmod(path, 0644), 0);
        struct service *service = NULL;
        expect_detail(service_open(fixture.config, SERVICE_SIGNER, &service), STATUS_FORBIDDEN,
                      "chmod 600");
        cr_assert_eq(chmod(path, 0600), 0);
    }
    fixture_restart(&fixture);
}

Test(authority, both_cas_publish_an_empty_list)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    static const char *const lists[][2] = {{"ca/root.pem", "ca/root.crl"},
                                           {"ca/issuing.pem", "ca/issuing.crl"}};
    for (size_t i = 0; i < 2; i++) {
        struct certificate *issuer defer(certificate_free) = load(&fixture, lists[i][0]);
        char path[192];
        path_in(&fixture, lists[i][1], path);
        struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CHAIN_FILE);
        expect_ok(file_read(path, &der));
        struct crl *crl defer(crl_free) = NULL;
        expect_ok(crl_parse(span_of(der.ptr, der.len), &crl));
        expect_ok(crl_check(crl, issuer, clock_now()));
        cr_assert_eq(crl_info(crl).count, 0);
        cr_assert_eq(crl_info(crl).number, 1);
    }
}

static struct authority_request request_for(const struct fixture *fixture, const char *folder)
{
    (void)fixture;
    return (struct authority_request){
        .folder = folder,
        .organisation = "Example",
        .host = "ca.example.org",
        .key_type = "ec-p256",
    };
}

Test(authority, a_folder_in_use_is_refused_and_an_empty_one_taken)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    struct authority_created created defer(authority_created_clear) = {0};
    struct authority_request request = request_for(&fixture, fixture.authority);
    expect_detail(authority_create(&request, &created), STATUS_CONFLICT, "not empty");
    char empty[128];
    snprintf(empty, sizeof empty, "%s/empty/", fixture.folder);
    cr_assert_eq(mkdir(empty, 0755), 0);
    request.folder = empty;
    expect_ok(authority_create(&request, &created));
    cr_assert_str_eq(created.admin, "admin");
    cr_assert_eq(strlen(created.root_sha256), 64);
    cr_assert_eq(secret_span(created.password).len, 20);
    cr_assert_eq(access(created.config_path, R_OK), 0);
}

Test(authority, what_a_crash_left_behind_says_what_it_is)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    char partial[128];
    char target[128];
    snprintf(partial, sizeof partial, "%s/new.partial", fixture.folder);
    snprintf(target, sizeof target, "%s/new", fixture.folder);
    cr_assert_eq(mkdir(partial, 0700), 0);
    struct authority_created created defer(authority_created_clear) = {0};
    const struct authority_request request = request_for(&fixture, target);
    expect_detail(authority_create(&request, &created), STATUS_CONFLICT, "cut off");
    cr_assert_neq(access(target, F_OK), 0);
}

static const struct {
    const char *organisation;
    const char *host;
    const char *key_type;
    const char *admin;
} bad_requests[] = {
    {"", "ca.example.org", "ec-p256", "admin"},
    {"Example\n", "ca.example.org", "ec-p256", "admin"},
    {"Example", "", "ec-p256", "admin"},
    {"Example", "bad host", "ec-p256", "admin"},
    {"Example", "ca.example.org", "dsa-1024", "admin"},
    {"Example", "ca.example.org", "ec-p256", ""},
};

Test(authority, a_bad_request_makes_no_authority)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    for (size_t i = 0; i < sizeof bad_requests / sizeof *bad_requests; i++) {
        char target[128];
        snprintf(target, sizeof target, "%s/bad%zu", fixture.folder, i);
        const struct authority_request request = {
            .folder = target,
            .organisation = bad_requests[i].organisation,
            .host = bad_requests[i].host,
            .key_type = bad_requests[i].key_type,
            .admin = bad_requests[i].admin,
        };
        struct authority_created created = {0};
        enum status status = authority_create(&request, &created);
        cr_assert_neq(status, STATUS_OK, "row %zu", i);
        cr_assert_neq(status_kind(status), STATUS_KIND_FAULT, "row %zu: %s", i, status_detail());
        cr_assert_neq(access(target, F_OK), 0);
    }
}

Test(authority, with_a_passphrase_the_keys_are_encrypted_and_serve_reads_it)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    char secret_file[128];
    char target[128];
    snprintf(secret_file, sizeof secret_file, "%s/passphrase", fixture.folder);
    snprintf(target, sizeof target, "%s/safe", fixture.folder);
    expect_ok(file_replace(secret_file, SPAN_LITERAL("correct horse battery\n"), 0600));
    struct authority_request request = request_for(&fixture, target);
    request.passphrase_file = secret_file;
    struct authority_created created defer(authority_created_clear) = {0};
    expect_ok(authority_create(&request, &created));
    snprintf(fixture.authority, sizeof fixture.authority, "%s", target);
    fixture_restart(&fixture);

    char path[192];
    path_in(&fixture, "ca/root.key", path);
    struct private_key *key defer(private_key_free) = NULL;
    cr_assert_eq(private_key_load(path, NULL, &key), STATUS_FORBIDDEN);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    expect_claimable(&fixture, &link);
}

Test(authority, the_first_admin_must_change_the_password)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture.service->db, DB_READ, &tx));
    struct operator_row row defer(operator_row_clear) = {0};
    expect_ok(operator_store_get(tx, "admin", &row));
    cr_assert_eq(row.role, OPERATOR_ADMIN);
    cr_assert(row.must_change);
    cr_assert_eq(strncmp(row.password_hash, "$argon2id$", 10), 0);
}

Test(authority, a_root_of_another_authority_is_refused)
{
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, NULL, 0);
    char target[128];
    snprintf(target, sizeof target, "%s/other", fixture.folder);
    const struct authority_request request = request_for(&fixture, target);
    struct authority_created created defer(authority_created_clear) = {0};
    expect_ok(authority_create(&request, &created));
    char from[160];
    char to[192];
    snprintf(from, sizeof from, "%s/ca/root.pem", target);
    path_in(&fixture, "ca/root.pem", to);
    cr_assert_eq(rename(from, to), 0);
    struct config *config defer(config_free) = NULL;
    char path[192];
    path_in(&fixture, "certferry.conf", path);
    expect_ok(config_load(path, &config));
    struct authority *authority = NULL;
    cr_assert_eq(authority_load(config, &authority), STATUS_CONFIG);
}
