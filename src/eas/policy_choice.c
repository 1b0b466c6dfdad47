/* Values are rewritten as a whole when one of them changes: there are few, and they change seldom.
 */
#include "eas/policy_choice.h"

#include <assert.h>
#include <inttypes.h>

/* ---- one value ------------------------------------------------------------------------------- */

static enum status refuse_value(const struct eas_policy_row *row)
{
    switch (row->type) {
    case EAS_POLICY_BOOL:
        return status_fail(STATUS_INVALID, "%s: is 0 or 1", row->element);
    case EAS_POLICY_NUMBER:
    case EAS_POLICY_NUMBER_OR_EMPTY:
        return status_fail(STATUS_INVALID, "%s: is a number from %" PRId64 " to %" PRId64,
                           row->element, row->least, row->most);
    case EAS_POLICY_NUMBER_OR_ZERO:
        return status_fail(STATUS_INVALID, "%s: is 0 or a number from %" PRId64 " to %" PRId64,
                           row->element, row->least, row->most);
    case EAS_POLICY_NAMES:
    case EAS_POLICY_HASHES:
        return status_fail(STATUS_INVALID,
                           "%s: is one of 1 to %" PRId64 " printable characters of ASCII",
                           row->element, row->most);
    }
    return STATUS_INTERNAL;
}

static bool is_neutral(const struct eas_policy_row *row, const char *value)
{
    return value[0] == '\0' || (row->neutral != NULL && strcmp(value, row->neutral) == 0);
}

static const char *without_zeros(const struct eas_policy_row *row, const char *value)
{
    if (row->type == EAS_POLICY_NAMES || row->type == EAS_POLICY_HASHES)
        return value;
    while (value[0] == '0' && value[1] >= '0' && value[1] <= '9')
        value++;
    return value;
}

const char *eas_choice_value(const struct eas_policy_choice *choice, enum eas_policy policy)
{
    return choice->at[policy] == 0 ? NULL : choice->values + choice->at[policy];
}

enum status eas_choice_put(struct eas_policy_choice *choice, enum eas_policy policy,
                           const char *value)
{
    const struct eas_policy_row *row = eas_policy_row(policy);
    struct eas_policy_choice next = {{0}, ""};
    size_t used = 1;
    value = without_zeros(row, value);
    if (value[0] != '\0' && !eas_policy_allows(policy, value))
        return refuse_value(row);
    for (int i = 0; i < EAS_POLICIES; i++) {
        const char *kept = eas_choice_value(choice, (enum eas_policy)i);
        if (i == (int)policy)
            kept = is_neutral(row, value) ? NULL : value;
        if (kept == NULL)
            continue;
        size_t size = strlen(kept) + 1;
        assert(used + size <= sizeof next.values);
        memcpy(next.values + used, kept, size);
        next.at[i] = (uint16_t)used;
        used += size;
    }
    *choice = next;
    return STATUS_OK;
}

/* ---- all of them ----------------------------------------------------------------------------- */

eas_policy_set eas_choice_policies(const struct eas_policy_choice *choice)
{
    eas_policy_set chosen = 0;
    for (int i = 0; i < EAS_POLICIES; i++)
        if (choice->at[i] != 0)
            chosen |= EAS_POLICY_BIT(i);
    return chosen;
}

static bool is_same(const char *value, const char *before)
{
    return before != NULL && strcmp(value, before) == 0;
}

eas_policy_set eas_choice_destructive(const struct eas_policy_choice *choice,
                                      const struct eas_policy_choice *before)
{
    eas_policy_set destructive = 0;
    for (int i = 0; i < EAS_POLICIES; i++) {
        enum eas_policy policy = (enum eas_policy)i;
        const char *value = eas_choice_value(choice, policy);
        if (value != NULL && eas_policy_row(policy)->risk == EAS_RISK_DESTRUCTIVE &&
            !is_same(value, eas_choice_value(before, policy)))
            destructive |= EAS_POLICY_BIT(i);
    }
    return destructive;
}

/* What means nothing beside what forbids it. */
static const struct {
    enum eas_policy forbids; /* at its one value that is not neutral */
    enum eas_policy idle;
} contradictions[] = {
    {EAS_POLICY_ATTACHMENTS, EAS_POLICY_ATTACHMENT_SIZE},
    {EAS_POLICY_HTML_MAIL, EAS_POLICY_HTML_TRUNCATION},
    {EAS_POLICY_STORAGE_CARD, EAS_POLICY_STORAGE_CARD_ENCRYPTION},
};

static enum status check_contradictions(const struct eas_policy_choice *choice)
{
    for (size_t i = 0; i < sizeof contradictions / sizeof contradictions[0]; i++)
        if (choice->at[contradictions[i].forbids] != 0 && choice->at[contradictions[i].idle] != 0)
            return status_fail(STATUS_INVALID, "%s: means nothing while %s is %s",
                               eas_policy_row(contradictions[i].idle)->element,
                               eas_policy_row(contradictions[i].forbids)->element,
                               eas_choice_value(choice, contradictions[i].forbids));
    return STATUS_OK;
}

enum status eas_choice_check(const struct eas_policy_choice *choice)
{
    eas_policy_set chosen = eas_choice_policies(choice);
    for (int i = 0; i < EAS_POLICIES; i++) {
        if ((chosen & EAS_POLICY_BIT(i)) == 0)
            continue;
        eas_policy_set missing = eas_probe_ground(EAS_POLICY_BIT(i)) & ~chosen;
        for (int j = 0; j < EAS_POLICIES; j++)
            if ((missing & EAS_POLICY_BIT(j)) != 0)
                return status_fail(STATUS_INVALID, "%s: devices ignore it unless %s is 1",
                                   eas_policy_row((enum eas_policy)i)->element,
                                   eas_policy_row((enum eas_policy)j)->element);
    }
    return check_contradictions(choice);
}

struct eas_policy_document eas_choice_document(const struct eas_policy_choice *choice)
{
    struct eas_policy_document document = eas_policy_neutral();
    for (int i = 0; i < EAS_POLICIES; i++)
        if (choice->at[i] != 0)
            document.values[i] = choice->values + choice->at[i];
    return document;
}

/* ---- the text -------------------------------------------------------------------------------- */

void eas_choice_append(struct buf *out, const struct eas_policy_choice *choice)
{
    buf_append_text(out, "");
    for (int i = 0; i < EAS_POLICIES; i++)
        if (choice->at[i] != 0)
            buf_printf(out, "%s=%s\n", eas_policy_row((enum eas_policy)i)->element,
                       choice->values + choice->at[i]);
}

/* Cuts the text before the next `end` off into `text`. */
static bool take_until(struct span *rest, char end, char *text, size_t size)
{
    const uint8_t *found = rest->len == 0 ? NULL : memchr(rest->ptr, end, rest->len);
    size_t len = found == NULL ? 0 : (size_t)(found - rest->ptr);
    if (found == NULL || len >= size)
        return false;
    memcpy(text, rest->ptr, len);
    text[len] = '\0';
    *rest = span_of(found + 1, rest->len - len - 1);
    return true;
}

static bool read_lines(struct span rest, struct eas_policy_choice *choice)
{
    char element[64];
    char value[512];
    enum eas_policy policy;
    while (rest.len > 0)
        if (!take_until(&rest, '=', element, sizeof element) ||
            !take_until(&rest, '\n', value, sizeof value) ||
            eas_policy_find(element, &policy) != STATUS_OK ||
            eas_choice_put(choice, policy, value) != STATUS_OK)
            return false;
    return true;
}

enum status eas_choice_parse(struct span text, struct eas_policy_choice *ret_choice)
{
    struct buf again defer(buf_clear) = BUF_INIT(EAS_CHOICE_TEXT_MAX);
    struct eas_policy_choice choice = {{0}, ""};
    bool read = read_lines(text, &choice);
    eas_choice_append(&again, &choice);
    TRY(again.failure);
    if (!read || !span_equal(span_of(again.ptr, again.len), text))
        return status_fail(STATUS_INVALID, "these are not the values of a policy as they are kept");
    TRY(eas_choice_check(&choice));
    *ret_choice = choice;
    return STATUS_OK;
}
