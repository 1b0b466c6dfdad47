#include "config/portable.h"

#include "config/option.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct config *load(struct span text)
{
    char path[] = "/tmp/certferry-portable-XXXXXX";
    int fd defer(close) = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text.ptr, text.len), (ssize_t)text.len);
    struct config *config = NULL;
    enum status status = config_load(path, &config);
    unlink(path);
    cr_assert_eq(status, STATUS_OK, "%s", status_detail());
    return config;
}

static const char changed[] =
    "organisation { name = \"Zoë \\\"and\\\" \\\\ Söhne \\$1\"\n color = \"#112233\" }\n"
    "public { host = \"ca.example.org\"\n names = {\"a.example.org\", \"b.example.org\"} }\n"
    "http { port = 81 }\n"
    "https { certificate = \"/etc/ssl/a.pem\"\n chain = \"/etc/ssl/chain.pem\" }\n"
    "authority { root_crl = \"\"\n key = \"elsewhere/issuing.key\" }\n"
    "database { path = \"/var/lib/other.sqlite\" }\n"
    "bundle { include_root = false\n lifetime = 36h }\n"
    "server { body_rate = 2K\n trusted_proxies = {\"10.0.0.0/8\", \"::1\"} }\n"
    "log { level = \"debug\" }\n";

/* What is read back from the portable form. */
static struct config *carried(const struct config *config)
{
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    cr_assert_eq(config_append_portable(&text, config), STATUS_OK, "%s", status_detail());
    return load(span_of(text.ptr, text.len));
}

Test(portable, every_value_is_carried_over)
{
    struct config *config defer(config_free) = load(span_of_text(changed));
    struct config *other defer(config_free) = carried(config);
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].type != OPTION_PATH)
            cr_expect(option_is_equal(config, other, &option_table[i]), "%s.%s",
                      option_table[i].section, option_table[i].key);
    cr_assert_str_eq(other->organisation_name, "Zoë \"and\" \\ Söhne $1");
    cr_assert_not(other->bundle_include_root);
    cr_assert_eq(other->public_names.count, 2);
}

Test(portable, files_get_names_in_the_folder)
{
    struct config *config defer(config_free) = load(span_of_text(changed));
    struct config *other defer(config_free) = carried(config);
    cr_assert_str_eq(other->https_certificate, "/tmp/tls/https.pem");
    cr_assert_str_eq(other->https_chain, "/tmp/files/https.chain");
    cr_assert_str_eq(other->authority_key, "/tmp/ca/issuing.key");
    cr_assert_str_eq(other->database_path, "/tmp/certferry.db");
    cr_assert_str_eq(other->authority_root_crl, "");
    cr_assert_str_eq(other->organisation_logo, "");
}

Test(portable, the_files_are_those_that_are_set)
{
    struct config *config defer(config_free) = load(span_of_text(changed));
    struct config_file files[CONFIG_FILES_MOST];
    size_t count = config_files(config, files);
    bool chain = false;
    for (size_t i = 0; i < count; i++) {
        cr_assert(config_is_file_name(files[i].name), "%s", files[i].name);
        cr_assert_str_neq(files[i].path, "");
        cr_assert_str_neq(files[i].name, "ca/root.crl");
        for (size_t j = 0; j < i; j++)
            cr_assert_str_neq(files[i].name, files[j].name);
        chain = chain || (strcmp(files[i].name, "files/https.chain") == 0 &&
                          strcmp(files[i].path, "/etc/ssl/chain.pem") == 0);
    }
    cr_assert(chain);
}

Test(portable, other_names_are_not_known)
{
    static const char *const names[] = {"",        "certferry.conf",  "certferry.db-wal",
                                        "ca/../x", "files/http.port", "files/"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_assert_not(config_is_file_name(names[i]), "%s", names[i]);
}
