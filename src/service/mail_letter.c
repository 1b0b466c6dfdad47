/* The templates, each in its two forms, with the organisation as their sender. */
#include "service/mail_letter.h"

#include "base/limits.h"
#include "config/config.h"
#include "mail/header.h"

void letter_clear(struct letter *letter)
{
    buf_clear(&letter->subject);
    buf_clear(&letter->text);
    buf_clear(&letter->html);
}

static enum status find_texts(const char *language, const struct text_catalogue **ret_texts)
{
    struct buf names defer(buf_clear) = BUF_INIT(256);
    for (size_t i = 0; i < text_catalogue_count; i++) {
        if (strcmp(text_catalogues[i].language, language) == 0) {
            *ret_texts = &text_catalogues[i];
            return STATUS_OK;
        }
        buf_printf(&names, "%s%s", i == 0 ? "" : ", ", text_catalogues[i].language);
    }
    struct span text;
    TRY(buf_finish(&names, &text));
    return status_fail(STATUS_INVALID, "'%.20s' is no language of mails: write one of %s", language,
                       (const char *)text.ptr);
}

enum status letter_begin(const struct service *service, const char *language,
                         struct letter *ret_letter)
{
    const struct config *config = service->config;
    bool given = language != NULL && language[0] != '\0';
    const struct text_catalogue *texts = NULL;
    TRY(find_texts(given ? language : config->mail_language, &texts));
    *ret_letter = (struct letter){
        .texts = texts,
        .subject = BUF_INIT(HEADER_TEXT_MAX),
        .text = BUF_INIT(LIMIT_PAGE),
        .html = BUF_INIT(LIMIT_PAGE),
    };
    return STATUS_OK;
}

static struct view_letter sender(const struct service *service)
{
    const struct config *config = service->config;
    return (struct view_letter){.organisation = config->organisation_name,
                                .contact = config->organisation_contact};
}

static void write_subject(struct letter *letter, enum text_key key,
                          struct catalogue_argument argument)
{
    catalogue_append(&letter->subject, letter->texts, key, CATALOGUE_PLAIN, &argument, 1);
}

static enum status finish(const struct letter *letter)
{
    TRY(letter->subject.failure);
    TRY(letter->text.failure);
    return letter->html.failure;
}

enum status letter_link(const struct service *service, const struct view_link_letter *link,
                        struct letter *letter)
{
    const struct view_letter from = sender(service);
    write_subject(letter, TEXT_MAIL_LINK_SUBJECT,
                  catalogue_text("organisation", from.organisation));
    view_mail_link(&letter->html, letter->texts, &(struct view_mail_link){&from, link});
    view_mail_link_txt(&letter->text, letter->texts, &(struct view_mail_link_txt){&from, link});
    return finish(letter);
}

enum status letter_ca(const struct service *service, const struct view_ca_letter *ca,
                      struct letter *letter)
{
    const struct view_letter from = sender(service);
    write_subject(letter, TEXT_MAIL_CA_SUBJECT, catalogue_text("organisation", from.organisation));
    view_mail_ca(&letter->html, letter->texts, &(struct view_mail_ca){&from, ca});
    view_mail_ca_txt(&letter->text, letter->texts, &(struct view_mail_ca_txt){&from, ca});
    return finish(letter);
}

enum status letter_expiry(const struct service *service, const struct view_expiry_letter *expiry,
                          struct letter *letter)
{
    const struct view_letter from = sender(service);
    write_subject(letter, TEXT_MAIL_EXPIRY_SUBJECT, catalogue_date("when", expiry->not_after));
    view_mail_expiry(&letter->html, letter->texts, &(struct view_mail_expiry){&from, expiry});
    view_mail_expiry_txt(&letter->text, letter->texts,
                         &(struct view_mail_expiry_txt){&from, expiry});
    return finish(letter);
}

enum status letter_digest(const struct service *service, const struct view_digest_letter *digest,
                          struct letter *letter)
{
    const struct view_letter from = sender(service);
    write_subject(letter, TEXT_MAIL_DIGEST_SUBJECT,
                  catalogue_text("organisation", from.organisation));
    view_mail_digest(&letter->html, letter->texts, &(struct view_mail_digest){&from, digest});
    view_mail_digest_txt(&letter->text, letter->texts,
                         &(struct view_mail_digest_txt){&from, digest});
    return finish(letter);
}

enum status letter_test(const struct service *service, struct letter *letter)
{
    const struct view_letter from = sender(service);
    write_subject(letter, TEXT_MAIL_TEST_SUBJECT,
                  catalogue_text("organisation", from.organisation));
    view_mail_test(&letter->html, letter->texts, &(struct view_mail_test){&from});
    view_mail_test_txt(&letter->text, letter->texts, &(struct view_mail_test_txt){&from});
    return finish(letter);
}
