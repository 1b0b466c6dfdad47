#include "service/mail_settings.h"

#include "view/catalogue.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct config *configure(const char *server, const char *from, const char *user,
                                const char *tls)
{
    struct config *config = NULL;
    cr_assert_eq(config_defaults("/tmp", &config), STATUS_OK);
    char **const members[] = {&config->mail_server, &config->mail_from, &config->mail_user,
                              &config->mail_tls};
    const char *const values[] = {server, from, user, tls};
    for (size_t i = 0; i < 4; i++) {
        free(*members[i]);
        *members[i] = strdup(values[i]);
    }
    return config;
}

static void expect_refusal(struct config *config, enum status status, const char *detail)
{
    cr_expect_eq(mail_settings_check(config), status);
    cr_expect_not_null(strstr(status_detail(), detail), "%s", status_detail());
    config_free(config);
}

Test(mail_settings, what_does_not_fit_together_is_named)
{
    expect_refusal(configure("", "a@b", "", "starttls"), STATUS_CONFLICT, "no mail server");
    expect_refusal(configure("h", "", "", "starttls"), STATUS_CONFIG, "mail.from is missing");
    expect_refusal(configure("h", "a@b", "u", "starttls"), STATUS_CONFIG, "password_file");
    struct config *config = configure("h", "a@b", "u", "none");
    free(config->mail_password_file);
    config->mail_password_file = strdup("/tmp/x");
    expect_refusal(config, STATUS_CONFIG, "in the clear");
}

Test(mail_settings, tls_is_required_and_decides_the_port)
{
    static const struct {
        const char *word;
        enum smtp_tls tls;
        int64_t port;
    } cases[] = {{"starttls", SMTP_STARTTLS, 587},
                 {"implicit", SMTP_IMPLICIT, 465},
                 {"none", SMTP_NO_TLS, 25}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct config *config defer(config_free) = configure("h", "a@b", "", cases[i].word);
        struct mail_server server defer(mail_server_clear) = {0};
        cr_assert_eq(mail_server_load(config, &server), STATUS_OK);
        cr_assert_eq(server.row.tls, cases[i].tls);
        cr_assert_eq(server.row.port, cases[i].port);
    }
    struct config *defaults defer(config_free) = NULL;
    cr_assert_eq(config_defaults("/tmp", &defaults), STATUS_OK);
    cr_assert_str_eq(defaults->mail_tls, "starttls");
}

Test(mail_settings, every_language_can_be_configured)
{
    struct buf words defer(buf_clear) = BUF_INIT(256);
    for (size_t i = 0; i < text_catalogue_count; i++)
        buf_printf(&words, "%s%s", i == 0 ? "" : "|", text_catalogues[i].language);
    static const char *const choices[] = {
#define CHOICE(section, key, value, words, help) #section "." #key, words,
#include "config/options.def"
    };
    for (size_t i = 0; i + 1 < sizeof choices / sizeof choices[0]; i += 2)
        if (strcmp(choices[i], "mail.language") == 0)
            cr_assert_str_eq(choices[i + 1], (const char *)words.ptr);
}
