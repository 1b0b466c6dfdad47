#include "config/config.h"
#include "config/portable.h"

#include <criterion/criterion.h>
#include <stdio.h>

static enum status load(const char *text, struct config **ret_config)
{
    char path[] = "/tmp/certferry-anchor-XXXXXX";
    int fd defer(close) = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    enum status status = config_load(path, ret_config);
    unlink(path);
    return status;
}

static const char two[] = "anchor \"partner\" {\n"
                          "    certificate = \"partner.pem\"\n"
                          "    crl = {\"http://pki.example.org/a.crl\", \"lists/b.crl\"}\n"
                          "    revocation = soft\n"
                          "    policies = {\"1.3.6.1.4.1.32473.1\"}\n"
                          "}\n"
                          "anchor \"ad-cs\" { certificate = \"/etc/ad.pem\" }\n";

static void expect_two(const struct config *config)
{
    cr_assert_eq(config->anchor_count, 2);
    const struct config_anchor *partner = &config->anchors[0];
    cr_expect_str_eq(partner->name, "partner");
    cr_assert_eq(partner->crl.count, 2);
    cr_expect_str_eq(partner->crl.items[0], "http://pki.example.org/a.crl");
    cr_expect_str_eq(partner->crl.items[1], "/tmp/lists/b.crl");
    cr_expect_str_eq(partner->revocation, "soft");
    cr_expect_str_eq(partner->policies.items[0], "1.3.6.1.4.1.32473.1");
    cr_expect_str_eq(config->anchors[1].name, "ad-cs");
    cr_expect_str_eq(config->anchors[1].revocation, "hard");
    cr_expect_eq(config->anchors[1].crl.count, 0);
}

Test(anchor, every_section_is_an_anchor_with_defaults)
{
    struct config *config defer(config_free) = NULL;
    cr_assert_eq(load(two, &config), STATUS_OK, "%s", status_detail());
    expect_two(config);
    cr_expect_str_eq(config->anchors[0].certificate, "/tmp/partner.pem");
    cr_expect_str_eq(config->anchors[1].certificate, "/etc/ad.pem");
}

Test(anchor, the_environment_overrides_a_section_that_there_is)
{
    struct config *config defer(config_free) = NULL;
    setenv("CERTFERRY_ANCHOR_AD_CS_REVOCATION", "soft", 1);
    setenv("CERTFERRY_ANCHOR_PARTNER_CRL", "https://other.example.org/", 1);
    cr_assert_eq(load(two, &config), STATUS_OK, "%s", status_detail());
    cr_expect_str_eq(config->anchors[1].revocation, "soft");
    cr_assert_eq(config->anchors[0].crl.count, 1);
    cr_expect_str_eq(config->anchors[0].crl.items[0], "https://other.example.org/");

    struct config *other defer(config_free) = NULL;
    setenv("CERTFERRY_ANCHOR_NOBODY_CRL", "x", 1);
    cr_assert_eq(load(two, &other), STATUS_CONFIG);
    cr_expect_not_null(strstr(status_detail(), "CERTFERRY_ANCHOR_NOBODY_CRL"));
}

Test(anchor, is_carried_over_in_a_backup_with_its_files_but_not_its_lists)
{
    struct config *config defer(config_free) = NULL;
    cr_assert_eq(load(two, &config), STATUS_OK, "%s", status_detail());
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    cr_assert_eq(config_append_portable(&text, config), STATUS_OK, "%s", status_detail());
    struct config *other defer(config_free) = NULL;
    cr_assert_eq(load((const char *)text.ptr, &other), STATUS_OK, "%s", status_detail());
    expect_two(other);
    cr_expect_str_eq(other->anchors[1].certificate, "/tmp/files/anchor.ad-cs.certificate");

    struct config_file files[CONFIG_FILES_MOST];
    size_t count = config_files(config, files);
    cr_expect_str_eq(files[count - 1].name, "files/anchor.ad-cs.certificate");
    cr_expect_str_eq(files[count - 1].path, "/etc/ad.pem");
    cr_expect(config_is_file_name("files/anchor.ad-cs.certificate"));
    cr_expect_not(config_is_file_name("files/anchor.ad-cs.crl"));
    cr_expect_not(config_is_file_name("files/anchor.../x.certificate"));
    cr_expect_not(config_is_file_name("files/anchor.ad-cs"));
}

struct hostile {
    const char *text;
    const char *sentence;
};

static const struct hostile hostile_texts[] = {
    {"anchor \"a\" { }\n", ":1: anchor.a.certificate is missing"},
    {"anchor \"A b\" { certificate = \"x\" }\n", ":1: the name of an anchor"},
    {"anchor \"\" { certificate = \"x\" }\n", "the name of an anchor"},
    {"anchor { certificate = \"x\" }\n", ":1: "},
    {"anchor \"a\" { certificate = \"x\" }\nanchor \"a\" { certificate = \"y\" }\n", ":2: "},
    {"anchor \"a\" {\n certificate = \"x\"\n certificate = \"y\" }\n",
     ":3: anchor.a.certificate stands here for the second time"},
    {"anchor \"a\" { certificate = \"x\"\n crl = {\"b\"}\n crl = {} }\n",
     "anchor.a.crl stands here for the second time"},
    {"anchor \"a\" { certificate = \"x\"\n crl = {\"ldap://a/\"} }\n",
     ":2: anchor.a.crl: 'ldap://a/' is neither an http address nor a file"},
    {"anchor \"a\" { certificate = \"x\"\n crl = {\"http://u:p@h/\"} }\n",
     "is not an http address"},
    {"anchor \"a\" { certificate = \"x\"\n crl = {\"1\",\"2\",\"3\",\"4\",\"5\"} }\n",
     "a list of more than 4"},
    {"anchor \"a\" { certificate = \"x\"\n revocation = never }\n", "none of hard|soft"},
    {"anchor \"a\" { certificate = \"x\"\n policies = {\"3.1\"} }\n", "object identifier"},
    {"anchor \"a\" { certificate = \"x\"\n policies = {\"1.\"} }\n", "object identifier"},
    {"anchor \"a\" { nothing = \"x\" }\n", ":1: "},
    {"eas { domains = {\"EXAMPLE\"} }\n", "EXAMPLE=example.org"},
    {"eas { domains = {\"=example.org\"} }\n", "EXAMPLE=example.org"},
    {"eas { identity = {\"dn\"} }\n", "none of upn|mail|cn"},
    {"eas { crl_proxy = \"socks5://h\" }\n", "is not an http address"},
};

Test(anchor, refuses_what_is_wrong_with_a_sentence)
{
    for (size_t i = 0; i < sizeof hostile_texts / sizeof hostile_texts[0]; i++) {
        struct config *config defer(config_free) = NULL;
        cr_expect_eq(load(hostile_texts[i].text, &config), STATUS_CONFIG, "%s",
                     hostile_texts[i].text);
        cr_expect_not_null(strstr(status_detail(), hostile_texts[i].sentence), "%s: %s",
                           hostile_texts[i].text, status_detail());
    }
}

Test(anchor, there_is_a_most)
{
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    for (int i = 0; i < CONFIG_ANCHORS_MAX + 1; i++)
        buf_printf(&text, "anchor \"a%d\" { certificate = \"x\" }\n", i);
    struct config *config defer(config_free) = NULL;
    cr_assert_eq(load((const char *)text.ptr, &config), STATUS_CONFIG);
    cr_assert_not_null(strstr(status_detail(), "more than 16 anchors"), "%s", status_detail());
}
