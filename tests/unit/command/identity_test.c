#include "command/identity.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/certferry-identity-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static int remove_entry(const char *path, [[maybe_unused]] const struct stat *info,
                        [[maybe_unused]] int type, [[maybe_unused]] struct FTW *walk)
{
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(identity, .init = make_folder, .fini = remove_folder);

static void put(const char *name, const char *text, mode_t mode)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    mkdir(path, 0700);
    *slash = '/';
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    cr_assert_eq(chmod(path, mode), 0);
}

static void put_all(void)
{
    put("tls/https.pem", "LEAF", 0644);
    put("tls/https.key", "KEY", 0600);
    put("tls/eas.pem", "EAS LEAF", 0644);
    put("tls/eas.key", "EAS KEY", 0600);
    put("ca/issuing.pem", "ISSUING", 0644);
}

static struct config *configuration(void)
{
    struct config *config = NULL;
    cr_assert_eq(config_defaults(folder, &config), STATUS_OK);
    return config;
}

static void set(char **member, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    free(*member);
    *member = strdup(path);
}

Test(identity, without_a_chain_of_its_own_the_issuing_ca_is_sent)
{
    put_all();
    struct config *config defer(config_free) = configuration();
    struct identity identity defer(identity_clear) = {0};
    cr_assert_eq(identity_load(config, SPAN_EMPTY, &identity), STATUS_OK, "%s", status_detail());
    const struct tls_identity *tls = &identity.https.identity;
    cr_assert(span_equal_text(tls->certificate, "LEAF"));
    cr_assert(span_equal_text(tls->chain, "ISSUING"));
    cr_assert(span_equal_text(secret_span(tls->key), "KEY"));
    cr_assert_str_eq(tls->certificate_name, config->https_certificate);
    cr_assert_str_eq(tls->key_name, config->https_key);
}

Test(identity, cas_above_the_issuing_one_follow_it)
{
    put_all();
    put("ca/chain.pem", "ABOVE", 0644);
    struct config *config defer(config_free) = configuration();
    set(&config->authority_chain, "ca/chain.pem");
    struct identity identity defer(identity_clear) = {0};
    cr_assert_eq(identity_load(config, SPAN_EMPTY, &identity), STATUS_OK, "%s", status_detail());
    cr_assert(span_equal_text(identity.https.identity.chain, "ISSUING\nABOVE"));
}

Test(identity, a_chain_of_its_own_stands_alone)
{
    put_all();
    put("tls/chain.pem", "OTHER", 0644);
    struct config *config defer(config_free) = configuration();
    set(&config->https_chain, "tls/chain.pem");
    struct identity identity defer(identity_clear) = {0};
    cr_assert_eq(identity_load(config, SPAN_EMPTY, &identity), STATUS_OK, "%s", status_detail());
    cr_assert(span_equal_text(identity.https.identity.chain, "OTHER"));
}

Test(identity, the_eas_listener_asks_for_certificates_of_our_ca_and_of_those_we_trust)
{
    put_all();
    struct config *config defer(config_free) = configuration();
    struct identity identity defer(identity_clear) = {0};
    cr_assert_eq(identity_load(config, span_of_text("OTHERS"), &identity), STATUS_OK);
    cr_assert(identity.eas.ask_certificate);
    cr_assert(span_equal_text(identity.eas.client_issuers, "ISSUING\nOTHERS"));
    cr_assert(span_equal_text(identity.operators.client_issuers, "ISSUING"));
    cr_assert(span_equal_text(identity.eas.identity.certificate, "EAS LEAF"));
    cr_assert(span_equal_text(identity.eas.identity.chain, "ISSUING"));
    cr_assert(span_equal_text(secret_span(identity.eas.identity.key), "EAS KEY"));
    cr_assert_eq(identity.eas.session_lifetime, config->eas_session_lifetime);
    cr_assert_not(identity.eas.legacy);
}

Test(identity, what_the_eas_listener_would_need_may_lack_where_there_is_none)
{
    put_all();
    put("tls/eas.key", "EAS KEY", 0644);
    struct config *config defer(config_free) = configuration();
    config->eas_enabled = false;
    struct identity identity defer(identity_clear) = {0};
    cr_assert_eq(identity_load(config, SPAN_EMPTY, &identity), STATUS_OK, "%s", status_detail());
    cr_assert_null(identity.eas.identity.key);
}

Test(identity, a_key_that_others_may_read_is_refused)
{
    static const mode_t modes[] = {0640, 0604, 0620, 0666, 0601};
    put_all();
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        put("tls/https.key", "KEY", modes[i]);
        struct config *config defer(config_free) = configuration();
        struct identity identity defer(identity_clear) = {0};
        cr_expect_eq(identity_load(config, SPAN_EMPTY, &identity), STATUS_FORBIDDEN, "%03o",
                     modes[i]);
        cr_expect_neq(strstr(status_detail(), "chmod 600"), NULL, "%s", status_detail());
    }
}

Test(identity, a_missing_file_is_named)
{
    static const char *const names[] = {"tls/https.pem", "tls/https.key", "ca/issuing.pem",
                                        "tls/eas.pem", "tls/eas.key"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        put_all();
        char path[256];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        cr_assert_eq(unlink(path), 0);
        struct config *config defer(config_free) = configuration();
        struct identity identity defer(identity_clear) = {0};
        cr_expect_eq(identity_load(config, SPAN_EMPTY, &identity), STATUS_NOT_FOUND, "%s",
                     names[i]);
        cr_expect_neq(strstr(status_detail(), names[i]), NULL, "%s", status_detail());
    }
}

Test(identity, a_file_without_end_is_refused)
{
    put_all();
    struct config *config defer(config_free) = configuration();
    free(config->https_certificate);
    config->https_certificate = strdup("/dev/zero");
    struct identity identity defer(identity_clear) = {0};
    cr_assert_eq(identity_load(config, SPAN_EMPTY, &identity), STATUS_TOO_LARGE);
}
