#include "base/file.h"
#include "config/config.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct span written(struct buf *text, const struct config_setting *settings, size_t count)
{
    struct span bytes = SPAN_EMPTY;
    cr_assert_eq(config_append_file(text, settings, count), STATUS_OK, "%s", status_detail());
    cr_assert_eq(buf_finish(text, &bytes), STATUS_OK);
    return bytes;
}

static struct config *read_back(struct span text)
{
    char path[] = "/tmp/certferry-write-XXXXXX";
    int fd defer(close) = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text.ptr, text.len), (ssize_t)text.len);
    struct config *config = NULL;
    enum status status = config_load(path, &config);
    unlink(path);
    cr_assert_eq(status, STATUS_OK, "%s", status_detail());
    return config;
}

Test(write, the_sample_in_the_tree_is_what_the_program_prints)
{
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    struct span now = written(&text, NULL, 0);
    struct buf sample defer(buf_clear) = BUF_INIT(65536);
    cr_assert_eq(file_read(TEST_DATA "/../../deploy/certferry.conf", &sample), STATUS_OK, "%s",
                 status_detail());
    struct span then;
    cr_assert_eq(buf_finish(&sample, &then), STATUS_OK);
    cr_assert(span_equal(now, then),
              "run 'certferry --help-config >deploy/certferry.conf' and look at the difference");
}

Test(write, the_sample_sets_nothing)
{
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    struct config *config defer(config_free) = read_back(written(&text, NULL, 0));
    struct config *defaults defer(config_free) = NULL;
    cr_assert_eq(config_defaults("/tmp", &defaults), STATUS_OK);
#define same_TEXT(member)                                          cr_assert_str_eq(config->member, defaults->member)
#define same_COLOR                                                 same_TEXT
#define same_PATH                                                  same_TEXT
#define same_HOST                                                  same_TEXT
#define same_MAIL                                                  same_TEXT
#define same_URL                                                   same_TEXT
#define same_LOCATION_LIST                                         same_HOST_LIST
#define same_OID_LIST                                              same_HOST_LIST
#define same_DOMAIN_LIST                                           same_HOST_LIST
#define same_ADDRESS                                               same_TEXT
#define same_INTEGER(member)                                       cr_assert_eq(config->member, defaults->member)
#define same_DURATION                                              same_INTEGER
#define same_SIZE                                                  same_INTEGER
#define same_BOOLEAN                                               same_INTEGER
#define same_HOST_LIST(member)                                     cr_assert_eq(config->member.count, defaults->member.count)
#define same_NETWORK_LIST                                          same_HOST_LIST
#define same_MAIL_LIST                                             same_HOST_LIST
#define OPTION(section, key, type, when, value, least, most, help) same_##type(section##_##key);
#define CHOICE(section, key, value, words, help)                   same_TEXT(section##_##key);
#define CHOICE_LIST(section, key, value, words, most, help)        same_HOST_LIST(section##_##key);
#include "config/options.def"
}

Test(write, every_default_written_out_is_read_back)
{
    static const struct config_setting settings[] = {
#define LISTED_OPTION(section, key, value) {#section, #key, value},
#define OPTION(section, key, type, when, value, least, most, help)                                 \
    LISTED_OPTION(section, key, value)
#define CHOICE(section, key, value, words, help)            LISTED_OPTION(section, key, value)
#define CHOICE_LIST(section, key, value, words, most, help) LISTED_OPTION(section, key, value)
#include "config/options.def"
    };
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    size_t count = sizeof settings / sizeof settings[0];
    struct config *config defer(config_free) = read_back(written(&text, settings, count));
    cr_assert_str_eq(config->organisation_color, "#1d4ed8");
    cr_assert_eq(config->link_lifetime, 3 * 86400);
}

Test(write, hostile_values_are_read_back_as_they_were)
{
    static const char *const names[] = {"\"} http { port = 1 }", "\\",  "\\\"",   "${HOME}", "$",
                                        "# no // comment /*",    "a'b", "{a, b}", "Größe"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct config_setting setting = {"organisation", "name", names[i]};
        struct buf text defer(buf_clear) = BUF_INIT(65536);
        struct config *config defer(config_free) = read_back(written(&text, &setting, 1));
        cr_expect_str_eq(config->organisation_name, names[i]);
        cr_expect_eq(config->http_port, 8080);
    }
}

Test(write, lists_are_read_back)
{
    const struct config_setting setting = {"public", "names", "a.example.org, b.example.org"};
    struct buf text defer(buf_clear) = BUF_INIT(65536);
    struct config *config defer(config_free) = read_back(written(&text, &setting, 1));
    cr_assert_eq(config->public_names.count, 2);
    cr_assert_str_eq(config->public_names.items[0], "a.example.org");
    cr_assert_str_eq(config->public_names.items[1], "b.example.org");
}

Test(write, refuses_settings_that_would_not_be_read_back)
{
    static const struct config_setting bad[] = {
        {"http", "prot", "80"},
        {"htpp", "port", "80"},
        {"http", "port", "eighty"},
        {"organisation", "name", "two\nlines"},
        {"organisation", "name", "not \xff utf-8"},
        {"public", "names", "a.example.org,,b.example.org"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf text defer(buf_clear) = BUF_INIT(65536);
        cr_expect_eq(config_append_file(&text, &bad[i], 1), STATUS_INVALID, "%zu", i);
        cr_expect_eq(text.len, 0);
    }
}
