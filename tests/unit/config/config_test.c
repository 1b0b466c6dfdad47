#include "config/config.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const char data[] = TEST_DATA "/config/";

static enum status load(const char *name, struct config **ret_config)
{
    char path[4096];
    snprintf(path, sizeof path, "%s%s", data, name);
    return config_load(path, ret_config);
}

Test(config, reads_every_type_and_resolves_paths_against_the_folder_of_the_file)
{
    struct config *config defer(config_free) = NULL;
    cr_assert_eq(load("good.conf", &config), STATUS_OK, "%s", status_detail());
    cr_assert_str_eq(config->organisation_name, "Zoë \"& Sons\" ${HOME}");
    cr_assert_str_eq(config->organisation_logo, TEST_DATA "/config/logo.svg");
    cr_assert_str_eq(config->public_host, "ca.example.org");
    cr_assert_eq(config->public_names.count, 2);
    cr_assert_str_eq(config->public_names.items[1], "2001:db8::1");
    cr_assert_eq(config->http_port, 0);
    cr_assert_eq(config->link_lifetime, 36 * 3600);
    cr_assert_eq(config->server_trusted_proxies.count, 0);
    cr_assert_not(config->bundle_include_root);
    cr_assert_str_eq(config->bundle_packing, "modern");
    cr_assert_str_eq(config->authority_key, "/keys/issuing.key");
}

Test(config, what_a_file_leaves_out_has_its_default)
{
    struct config *config defer(config_free) = NULL;
    cr_assert_eq(load("empty.conf", &config), STATUS_OK, "%s", status_detail());
    cr_assert_eq(config->https_port, 8443);
    cr_assert_eq(config->link_window, 15 * 60);
    cr_assert_eq(config->link_pin_digits, 6);
    cr_assert(config->bundle_include_root);
    cr_assert_str_eq(config->authority_chain, "");
    cr_assert_str_eq(config->authority_root, TEST_DATA "/config/ca/root.pem");
    cr_assert_eq(config->public_names.count, 0);
}

/* name, line, a part of the sentence */
struct hostile {
    const char *name;
    int line;
    const char *sentence;
};

static const struct hostile hostile_files[] = {
    {"unknown_option.conf", 3, "prot"},
    {"unknown_section.conf", 4, "smtp"},
    {"option_outside_section.conf", 1, "port"},
    {"repeated_option.conf", 3, "http.port stands here for the second time"},
    {"repeated_option_in_second_section.conf", 3, "http.port stands here for the second time"},
    {"repeated_list.conf", 3, "public.names stands here for the second time"},
    {"port_too_large.conf", 2, "http.port: '65536' is not a whole number from 0 to 65535"},
    {"port_negative.conf", 2, "http.port: '-1' is not a whole number"},
    {"port_octal.conf", 2, "http.port: '0x50' is not a whole number"},
    {"duration_bare.conf", 2, "link.lifetime: '3' is not a duration: write 90s, 15m, 36h or 7d"},
    {"duration_too_long.conf", 2, "link.lifetime: 91d is not in the range 5m to 90d"},
    {"size_zero.conf", 2, "server.body_rate: 0 is not in the range 1 to 1048576 bytes"},
    {"boolean_yes.conf", 2, "bundle.include_root: 'yes' is neither true nor false"},
    {"choice_unknown.conf", 2, "bundle.packing: 'rc2' is none of compat|modern"},
    {"choice_prefix.conf", 2, "bundle.packing: 'compat|modern' is none of"},
    {"color_short.conf", 2, "organisation.color: '#fff' is not a colour"},
    {"host_with_port.conf", 2, "public.host: 'ca.example.org:80' is not a host name"},
    {"host_empty.conf", 2, "public.host: '' is not a host name"},
    {"host_in_list_empty.conf", 2, "public.names: '' is not a host name"},
    {"mail_with_name.conf", 2, "mail.from: the mail address 'Ann <ann@example.org>' is not"},
    {"mail_in_list_empty.conf", 2, "mail.admins: the mail address is missing"},
    {"network_wide.conf", 2, "server.trusted_proxies: '10.0.0.0/33' is not an address"},
    {"text_empty.conf", 2, "organisation.name: the text must have 1 to 64 characters"},
    {"text_with_line_end.conf", 2, "organisation.name: the text must be UTF-8 without control"},
    {"long_line.conf", 2, "organisation.name: the text must have 1 to 64 characters"},
    {"missing_value.conf", 3, "unexpected"},
    {"missing_equal_sign.conf", 2, "port"},
    {"missing_brace.conf", 2, "the file ends where"},
    {"surplus_brace.conf", 3, "unexpected"},
    {"open_string.conf", 3, "the file ends where"},
    {"open_comment.conf", 3, "the file ends inside a comment"},
    {"own_end.conf", 1, "no such option"},
    {"deep_braces_closed.conf", 2, "http"},
    {"open_list.conf", 2, "the file ends where"},
    {"list_for_scalar.conf", 2, "unexpected token '{'"},
    {"section_as_value.conf", 1, "http"},
    {"value_as_section.conf", 2, "port"},
    {"include.conf", 1, "include"},
    {"environment.conf", 2, "\"${\" is not replaced by anything"},
    {"environment_bare.conf", 2, "\"${\" is not replaced by anything"},
    {"nul.conf", 2, "a control character stands here"},
    {"control.conf", 2, "a control character stands here"},
    {"latin1.conf", 1, "the file is not UTF-8 text"},
    {"deep_braces.conf", 2, "http"},
};

Test(config, refuses_what_is_wrong_with_file_line_and_a_sentence)
{
    for (size_t i = 0; i < sizeof hostile_files / sizeof hostile_files[0]; i++) {
        const struct hostile *file = &hostile_files[i];
        struct config *config defer(config_free) = NULL;
        cr_expect_eq(load(file->name, &config), STATUS_CONFIG, "%s", file->name);
        char place[4096];
        snprintf(place, sizeof place, "%s%s:%d: ", data, file->name, file->line);
        const char *detail = status_detail();
        cr_expect_eq(strncmp(detail, place, strlen(place)), 0, "%s: %s", file->name, detail);
        cr_expect_neq(strstr(detail, file->sentence), NULL, "%s: %s", file->name, detail);
    }
}

Test(config, refuses_a_list_that_is_emptied_again)
{
    struct config *config defer(config_free) = NULL;
    cr_assert_eq(load("emptied_list.conf", &config), STATUS_CONFIG);
    cr_assert_neq(strstr(status_detail(), "public.names stands here for the second time"), NULL);
}

Test(config, a_good_file_is_read_after_a_broken_one)
{
    for (size_t i = 0; i < sizeof hostile_files / sizeof hostile_files[0]; i++) {
        struct config *config defer(config_free) = NULL;
        cr_assert_neq(load(hostile_files[i].name, &config), STATUS_OK);
        cr_expect_eq(load("good.conf", &config), STATUS_OK, "after %s: %s", hostile_files[i].name,
                     status_detail());
    }
}

Test(config, refuses_files_that_are_missing_too_large_or_no_files)
{
    static const char *const names[] = {"missing.conf", "too_large.conf", "."};
    for (size_t i = 0; i < 3; i++) {
        struct config *config defer(config_free) = NULL;
        cr_expect_eq(load(names[i], &config), STATUS_CONFIG, "%s", names[i]);
        cr_expect_neq(strstr(status_detail(), names[i]), NULL, "%s", status_detail());
    }
}

Test(config, the_environment_overrides_the_file)
{
    setenv("CERTFERRY_HTTP_PORT", "81", 1);
    setenv("CERTFERRY_PUBLIC_NAMES", "b.example.org, c.example.org", 1);
    setenv("CERTFERRY_DATABASE_PATH", "other.db", 1);
    struct config *config defer(config_free) = NULL;
    cr_assert_eq(load("good.conf", &config), STATUS_OK, "%s", status_detail());
    cr_assert_eq(config->http_port, 81);
    cr_assert_eq(config->public_names.count, 2);
    cr_assert_str_eq(config->public_names.items[1], "c.example.org");
    cr_assert_str_eq(config->database_path, TEST_DATA "/config/other.db");
}

Test(config, an_empty_list_in_the_environment_empties_the_list)
{
    setenv("CERTFERRY_PUBLIC_NAMES", "", 1);
    struct config *config defer(config_free) = NULL;
    cr_assert_eq(load("good.conf", &config), STATUS_OK, "%s", status_detail());
    cr_assert_eq(config->public_names.count, 0);
}

Test(config, a_bad_value_in_the_environment_names_its_variable)
{
    setenv("CERTFERRY_LINK_LIFETIME", "soon", 1);
    struct config *config defer(config_free) = NULL;
    cr_assert_eq(load("good.conf", &config), STATUS_CONFIG);
    cr_assert_str_eq(status_detail(), "CERTFERRY_LINK_LIFETIME in the environment: link.lifetime: "
                                      "'soon' is not a duration: write 90s, 15m, 36h or 7d");
}

Test(config, a_misspelt_variable_is_refused_and_a_foreign_one_is_not)
{
    setenv("CERTFERRY_OTHER_THING", "1", 1);
    struct config *config defer(config_free) = NULL;
    cr_assert_eq(load("good.conf", &config), STATUS_OK, "%s", status_detail());
    setenv("CERTFERRY_HTTP_PROT", "81", 1);
    struct config *other defer(config_free) = NULL;
    cr_assert_eq(load("good.conf", &other), STATUS_CONFIG);
    cr_assert_neq(strstr(status_detail(), "CERTFERRY_HTTP_PROT"), NULL);
}

Test(config, a_list_in_the_environment_has_a_bound)
{
    char names[1000] = "a";
    for (int i = 0; i < 100; i++)
        memcpy(names + 1 + 2 * i, ",a", 3);
    setenv("CERTFERRY_PUBLIC_NAMES", names, 1);
    struct config *config defer(config_free) = NULL;
    cr_assert_eq(load("good.conf", &config), STATUS_CONFIG);
    cr_assert_neq(strstr(status_detail(), "public.names: the list is too long"), NULL);
}

Test(config, finds_the_named_file_before_that_of_the_environment)
{
    setenv("CERTFERRY_CONFIG", "/srv/a.conf", 1);
    char *path defer(free) = NULL;
    cr_assert_eq(config_find(NULL, &path), STATUS_OK);
    cr_assert_str_eq(path, "/srv/a.conf");
    char *named defer(free) = NULL;
    cr_assert_eq(config_find("b.conf", &named), STATUS_OK);
    cr_assert_str_eq(named, "b.conf");
}

Test(config, says_what_to_do_when_there_is_no_file)
{
    unsetenv("CERTFERRY_CONFIG");
    cr_assert_eq(chdir("/proc/self/task"), 0);
    char *path defer(free) = NULL;
    if (access("/etc/certferry/certferry.conf", F_OK) == 0)
        cr_skip_test("this machine has a certferry of its own");
    cr_assert_eq(config_find(NULL, &path), STATUS_CONFIG);
    cr_assert_neq(strstr(status_detail(), "certferry init"), NULL);
}

Test(config, keeps_what_only_a_restart_changes_and_names_it)
{
    struct config *running defer(config_free) = NULL;
    cr_assert_eq(load("empty.conf", &running), STATUS_OK);
    setenv("CERTFERRY_HTTP_PORT", "81", 1);
    setenv("CERTFERRY_SERVER_TRUSTED_PROXIES", "10.0.0.0/8", 1);
    setenv("CERTFERRY_DATABASE_PATH", "/srv/other.db", 1);
    setenv("CERTFERRY_LINK_LIFETIME", "1d", 1);
    setenv("CERTFERRY_ORGANISATION_NAME", "Other", 1);
    struct config *fresh defer(config_free) = NULL;
    cr_assert_eq(load("empty.conf", &fresh), STATUS_OK);
    struct buf changed defer(buf_clear) = BUF_INIT(1024);
    cr_assert_eq(config_keep_running(fresh, running, &changed), STATUS_OK);
    cr_assert_str_eq((const char *)changed.ptr, "http.port, database.path, server.trusted_proxies");
    cr_assert_eq(fresh->http_port, 8080);
    cr_assert_eq(fresh->server_trusted_proxies.count, 0);
    cr_assert_str_eq(fresh->database_path, TEST_DATA "/config/certferry.db");
    cr_assert_eq(fresh->link_lifetime, 86400);
    cr_assert_str_eq(fresh->organisation_name, "Other");
}

Test(config, an_equal_configuration_has_no_changes_that_wait_for_a_restart)
{
    struct config *running defer(config_free) = NULL;
    cr_assert_eq(load("good.conf", &running), STATUS_OK);
    struct config *fresh defer(config_free) = NULL;
    cr_assert_eq(load("good.conf", &fresh), STATUS_OK);
    struct buf changed defer(buf_clear) = BUF_INIT(1024);
    cr_assert_eq(config_keep_running(fresh, running, &changed), STATUS_OK);
    cr_assert_eq(changed.len, 0);
}
