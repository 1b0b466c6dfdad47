/* A box that is not ticked is not in the form, which holds the policy as a whole. */
#include "web/policy_view.h"

#include <stdio.h>

enum policy_kind {
    KIND_PASSWORD,
    KIND_STORAGE,
    KIND_DEVICE,
    KIND_MAIL,
    KIND_SMIME,
    KIND_APPLICATIONS,
};

static const enum text_key kind_labels[POLICY_KINDS] = {
    [KIND_PASSWORD] = TEXT_POLICIES_KIND_PASSWORD,
    [KIND_STORAGE] = TEXT_POLICIES_KIND_STORAGE,
    [KIND_DEVICE] = TEXT_POLICIES_KIND_DEVICE,
    [KIND_MAIL] = TEXT_POLICIES_KIND_MAIL,
    [KIND_SMIME] = TEXT_POLICIES_KIND_SMIME,
    [KIND_APPLICATIONS] = TEXT_POLICIES_KIND_APPLICATIONS,
};

static const enum policy_kind kinds[EAS_POLICIES] = {
    [EAS_POLICY_PASSWORD_ENABLED] = KIND_PASSWORD,
    [EAS_POLICY_ALPHANUMERIC_PASSWORD] = KIND_PASSWORD,
    [EAS_POLICY_PASSWORD_RECOVERY] = KIND_PASSWORD,
    [EAS_POLICY_STORAGE_CARD_ENCRYPTION] = KIND_STORAGE,
    [EAS_POLICY_ATTACHMENTS] = KIND_MAIL,
    [EAS_POLICY_PASSWORD_LENGTH] = KIND_PASSWORD,
    [EAS_POLICY_INACTIVITY_LOCK] = KIND_PASSWORD,
    [EAS_POLICY_FAILED_ATTEMPTS] = KIND_PASSWORD,
    [EAS_POLICY_ATTACHMENT_SIZE] = KIND_MAIL,
    [EAS_POLICY_SIMPLE_PASSWORD] = KIND_PASSWORD,
    [EAS_POLICY_PASSWORD_EXPIRATION] = KIND_PASSWORD,
    [EAS_POLICY_PASSWORD_HISTORY] = KIND_PASSWORD,
    [EAS_POLICY_STORAGE_CARD] = KIND_STORAGE,
    [EAS_POLICY_CAMERA] = KIND_DEVICE,
    [EAS_POLICY_DEVICE_ENCRYPTION] = KIND_STORAGE,
    [EAS_POLICY_UNSIGNED_APPLICATIONS] = KIND_APPLICATIONS,
    [EAS_POLICY_UNSIGNED_PACKAGES] = KIND_APPLICATIONS,
    [EAS_POLICY_COMPLEX_CHARACTERS] = KIND_PASSWORD,
    [EAS_POLICY_WIFI] = KIND_DEVICE,
    [EAS_POLICY_TEXT_MESSAGING] = KIND_DEVICE,
    [EAS_POLICY_POP_IMAP] = KIND_MAIL,
    [EAS_POLICY_BLUETOOTH] = KIND_DEVICE,
    [EAS_POLICY_IRDA] = KIND_DEVICE,
    [EAS_POLICY_MANUAL_ROAMING] = KIND_MAIL,
    [EAS_POLICY_DESKTOP_SYNC] = KIND_DEVICE,
    [EAS_POLICY_CALENDAR_AGE] = KIND_MAIL,
    [EAS_POLICY_HTML_MAIL] = KIND_MAIL,
    [EAS_POLICY_MAIL_AGE] = KIND_MAIL,
    [EAS_POLICY_MAIL_TRUNCATION] = KIND_MAIL,
    [EAS_POLICY_HTML_TRUNCATION] = KIND_MAIL,
    [EAS_POLICY_SIGNED_SMIME] = KIND_SMIME,
    [EAS_POLICY_ENCRYPTED_SMIME] = KIND_SMIME,
    [EAS_POLICY_SIGNING_ALGORITHM] = KIND_SMIME,
    [EAS_POLICY_ENCRYPTION_ALGORITHM] = KIND_SMIME,
    [EAS_POLICY_ALGORITHM_NEGOTIATION] = KIND_SMIME,
    [EAS_POLICY_SOFT_CERTIFICATES] = KIND_SMIME,
    [EAS_POLICY_BROWSER] = KIND_DEVICE,
    [EAS_POLICY_CONSUMER_MAIL] = KIND_MAIL,
    [EAS_POLICY_REMOTE_DESKTOP] = KIND_DEVICE,
    [EAS_POLICY_INTERNET_SHARING] = KIND_DEVICE,
    [EAS_POLICY_UNAPPROVED_APPLICATIONS] = KIND_APPLICATIONS,
    [EAS_POLICY_APPROVED_APPLICATIONS] = KIND_APPLICATIONS,
};

static const enum text_key meanings[EAS_POLICIES] = {
#define MEANING(name, element, token, type, least, most, since, neutral, probe, pin, risk)         \
    [EAS_POLICY_##name] = TEXT_POLICY_##name,
    EAS_POLICY_TABLE(MEANING)
#undef MEANING
};

/* ---- what it asks for ------------------------------------------------------------------------ */

size_t policy_view_facts(const struct eas_policy_choice *choice,
                         struct view_policy_fact ret_facts[static EAS_POLICIES])
{
    size_t count = 0;
    for (int i = 0; i < EAS_POLICIES; i++) {
        const struct eas_policy_row *row = eas_policy_row((enum eas_policy)i);
        const char *value = eas_choice_value(choice, (enum eas_policy)i);
        if (value != NULL)
            ret_facts[count++] = (struct view_policy_fact){
                .element = row->element,
                .meaning = meanings[i],
                .is_flag = row->type == EAS_POLICY_BOOL,
                .on = strcmp(value, "1") == 0,
                .value = value,
            };
    }
    return count;
}

/* ---- the form -------------------------------------------------------------------------------- */

bool policy_view_ticked(const struct form *form, const char *name)
{
    struct span value;
    return form_find(form, name, &value);
}

static const char *read_value(const struct form *form, const struct eas_policy_row *row)
{
    if (row->type == EAS_POLICY_BOOL)
        return policy_view_ticked(form, row->element) ? "1" : "0";
    return form_text(form, row->element);
}

static void write_accept(const struct eas_policy_row *row, char ret_name[static POLICY_ACCEPT_SIZE])
{
    snprintf(ret_name, POLICY_ACCEPT_SIZE, "accept.%s", row->element);
}

void policy_view_read(const struct form *form, struct policy_typed *ret_typed)
{
    ret_typed->accepted_count = 0;
    for (int i = 0; i < EAS_POLICIES; i++) {
        const struct eas_policy_row *row = eas_policy_row((enum eas_policy)i);
        char accept[POLICY_ACCEPT_SIZE];
        write_accept(row, accept);
        ret_typed->values[i] = (struct policy_value){row->element, read_value(form, row)};
        if (row->risk == EAS_RISK_DESTRUCTIVE && policy_view_ticked(form, accept))
            ret_typed->accepted[ret_typed->accepted_count++] = row->element;
    }
}

/* The sentence, where the refusal is about this element. */
static const char *wrong_of(const char *wrong, const char *element)
{
    size_t len = strlen(element);
    bool is_it = wrong != NULL && strncmp(wrong, element, len) == 0 && wrong[len] == ':';
    return is_it ? wrong + len + 1 : NULL;
}

static const char *shown_value(const struct eas_policy_choice *choice, enum eas_policy policy,
                               const struct form *typed)
{
    const struct eas_policy_row *row = eas_policy_row(policy);
    const char *value = eas_choice_value(choice, policy);
    if (typed != NULL)
        return read_value(typed, row);
    if (value != NULL)
        return value;
    return row->neutral == NULL ? "" : row->neutral;
}

static struct view_policy_value value_view(enum eas_policy policy, const char *value)
{
    const struct eas_policy_row *row = eas_policy_row(policy);
    bool or_zero = row->type == EAS_POLICY_NUMBER_OR_ZERO;
    bool number =
        or_zero || row->type == EAS_POLICY_NUMBER || row->type == EAS_POLICY_NUMBER_OR_EMPTY;
    return (struct view_policy_value){
        .element = row->element,
        .meaning = meanings[policy],
        .is_flag = row->type == EAS_POLICY_BOOL,
        .is_number = number,
        .is_text = row->type == EAS_POLICY_NAMES || row->type == EAS_POLICY_HASHES,
        .on = strcmp(value, "1") == 0,
        .value = value,
        .least = or_zero ? 0 : row->least,
        .most = row->most,
        .dangerous = row->risk == EAS_RISK_DESTRUCTIVE,
    };
}

const char *policy_view_form(const struct eas_policy_choice *choice, const struct form *typed,
                             const char *wrong, struct policy_form *ret_form)
{
    const char *about = NULL;
    size_t count = 0;
    for (int kind = 0; kind < POLICY_KINDS; kind++) {
        size_t first = count;
        for (int i = 0; i < EAS_POLICIES; i++) {
            if ((int)kinds[i] != kind)
                continue;
            enum eas_policy policy = (enum eas_policy)i;
            struct view_policy_value *value = &ret_form->values[count];
            char *accept = ret_form->accepts[count++];
            *value = value_view(policy, shown_value(choice, policy, typed));
            write_accept(eas_policy_row(policy), accept);
            value->accept = accept;
            value->accepted = typed != NULL && policy_view_ticked(typed, accept);
            value->wrong = wrong_of(wrong, value->element);
            about = value->wrong == NULL ? about : value->element;
        }
        ret_form->kinds[kind] = (struct view_policy_kind){
            .label = kind_labels[kind],
            .values = &ret_form->values[first],
            .values_count = count - first,
        };
    }
    return about;
}
