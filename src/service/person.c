/* The rules of the form fields, and their way into a certificate. */
#include "service/person.h"

#include "base/clock.h"
#include "base/text.h"
#include "config/config.h"
#include "pki/cert.h"
#include "service/authority.h"

struct field_rule {
    const char *label;
    const char *text;
    size_t characters;
    bool required;
};

static enum status check_text(const struct field_rule *rule)
{
    struct span text = span_of_text(rule->text);
    if (text.len == 0 && rule->required)
        return status_fail(STATUS_INVALID, "the %s is missing", rule->label);
    if (!text_is_utf8(text) || text_has_control(text))
        return status_fail(STATUS_INVALID, "the %s holds a character that no name has",
                           rule->label);
    if (text_characters(text) > rule->characters)
        return status_fail(STATUS_INVALID, "the %s has more than %zu characters", rule->label,
                           rule->characters);
    if (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' '))
        return status_fail(STATUS_INVALID, "the %s begins or ends with a space", rule->label);
    return STATUS_OK;
}

static enum status check_mail(const char *mail)
{
    struct span text = span_of_text(mail);
    const char *at = strchr(mail, '@');
    bool whole = at != NULL && at != mail && at[1] != '\0' && strchr(at + 1, '@') == NULL;
    if (text.len > 0 && (!whole || !text_is_ascii_printable(text) || strchr(mail, ' ') != NULL))
        return status_fail(STATUS_INVALID, "the mail address is not written name@example.org");
    return STATUS_OK;
}

static enum status check_sid(const char *sid)
{
    size_t len = strlen(sid);
    bool whole = strncmp(sid, "S-1-", 4) == 0 && strspn(sid + 4, "0123456789-") == len - 4 &&
                 len > 4 && sid[len - 1] != '-' && strstr(sid, "--") == NULL;
    if (len > 0 && !whole)
        return status_fail(STATUS_INVALID, "the SID is not written S-1-5-21-...");
    return STATUS_OK;
}

/* The signer's own rules; there is no key yet. */
static enum status check_profile(const struct service *service, const struct person *person)
{
    const struct certificate *issuing = authority_issuing(service->authority);
    const struct certificate_info *info = certificate_info(issuing);
    struct certificate_fields fields = {
        .serial = {1},
        .not_before = info->not_before,
        .not_after = info->not_before + CLOCK_HOUR,
    };
    person_set_fields(service, person, &fields);
    return profile_check_names(PROFILE_USER, &fields, issuing);
}

enum status person_check(const struct service *service, const struct person *person)
{
    const struct field_rule rules[] = {
        {"user", person->user, LIMIT_USER, true},
        {"name", person->name, LIMIT_PERSON_NAME, false},
        {"mail address", person->mail, LIMIT_USER, false},
        {"SID", person->sid, LIMIT_SID, false},
        {"device label", person->device, LIMIT_DEVICE_LABEL, false},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        TRY(check_text(&rules[i]));
    if (strlen(person->user) > LIMIT_USER)
        return status_fail(STATUS_INVALID, "the user has more than %d bytes", LIMIT_USER);
    TRY(check_mail(person->mail));
    TRY(check_sid(person->sid));
    return check_profile(service, person);
}

const char *person_shown_name(const struct person *person)
{
    return person->name[0] != '\0' ? person->name : person->user;
}

const char *person_mail(const struct person *person)
{
    bool given = person->mail[0] != '\0';
    return given || !profile_is_mail(span_of_text(person->user)) ? person->mail : person->user;
}

void person_set_fields(const struct service *service, const struct person *person,
                       struct certificate_fields *fields)
{
    fields->common_name = span_of_text(person_shown_name(person));
    if (text_characters(fields->common_name) > LIMIT_PERSON_NAME)
        fields->common_name.len = strcspn(person->user, "@");
    fields->organisation = span_of_text(service->config->organisation_name);
    fields->upn = span_of_text(person->user);
    fields->mail = span_of_text(person_mail(person));
    fields->sid = span_of_text(person->sid);
}
