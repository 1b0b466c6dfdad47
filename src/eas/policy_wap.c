/*
 * The document of 2.5 (MS-WAP-Provisioning-XML): registry settings of Windows Mobile. It has five
 * of the policies. A password is demanded by a 0, and the lock counts in minutes, of which 0 means
 * at once; so seconds are rounded down, but never to nothing.
 */
#include "base/text.h"
#include "eas/policy.h"

enum { NO_LOCK_SECONDS = 9999, MINUTE = 60 };

static const bool is_in_wap[EAS_POLICIES] = {
    [EAS_POLICY_PASSWORD_ENABLED] = true, [EAS_POLICY_ALPHANUMERIC_PASSWORD] = true,
    [EAS_POLICY_PASSWORD_LENGTH] = true,  [EAS_POLICY_INACTIVITY_LOCK] = true,
    [EAS_POLICY_FAILED_ATTEMPTS] = true,
};

bool eas_policy_is_in(enum eas_policy policy, int version)
{
    return version < EAS_12_0 ? is_in_wap[policy] : version >= eas_policy_row(policy)->since;
}

/* The number that a policy has; -1: none. */
static int64_t number_of(const struct eas_policy_document *document, enum eas_policy policy)
{
    int64_t number;
    const char *value = document->values[policy];
    if (value == NULL || text_parse_int(value, 0, UINT32_MAX, &number) != STATUS_OK)
        return -1;
    return number;
}

static void append_group(struct buf *out, const char *below, const char *name, int64_t value)
{
    buf_printf(out,
               "<characteristic type=\"HKLM\\Comm\\Security\\Policy\\LASSD%s\">"
               "<parm name=\"%s\" value=\"%lld\"/></characteristic>",
               below, name, (long long)value);
}

static void append_lock(struct buf *out, int64_t seconds)
{
    bool lock = seconds >= 0 && seconds < NO_LOCK_SECONDS;
    int64_t minutes = seconds > 0 && seconds < MINUTE ? 1 : seconds / MINUTE;
    buf_printf(out,
               "<characteristic type=\"HKLM\\Comm\\Security\\Policy\\LASSD\\AE\\"
               "{50C13377-C66D-400C-889E-C316FC4AB374}\">"
               "<parm name=\"AEFrequencyType\" value=\"%d\"/>"
               "<parm name=\"AEFrequencyValue\" value=\"%lld\"/></characteristic>",
               lock ? 1 : 0, lock ? (long long)minutes : 0);
}

static void append_password(struct buf *out, const struct eas_policy_document *document)
{
    int64_t attempts = number_of(document, EAS_POLICY_FAILED_ATTEMPTS);
    int64_t length = number_of(document, EAS_POLICY_PASSWORD_LENGTH);
    bool letters = number_of(document, EAS_POLICY_ALPHANUMERIC_PASSWORD) == 1;
    if (attempts > 0)
        append_group(out, "", "DeviceWipeThreshold", attempts);
    if (length > 0)
        append_group(out, "\\LAP\\lap_pw", "MinimumPasswordLength", length);
    append_group(out, "\\LAP\\lap_pw", "PasswordComplexity", letters ? 0 : 1);
}

void eas_policy_append_wap(struct buf *out, const struct eas_policy_document *document)
{
    bool password = number_of(document, EAS_POLICY_PASSWORD_ENABLED) == 1;
    for (int i = 0; i < EAS_POLICIES; i++) {
        const char *value = document->values[i];
        if (is_in_wap[i] && value != NULL && !eas_policy_allows((enum eas_policy)i, value))
            buf_fail(out, status_fail(STATUS_INTERNAL, "the policy %s may not be '%s'",
                                      eas_policy_row((enum eas_policy)i)->element, value));
    }
    buf_printf(out,
               "<wap-provisioningdoc><characteristic type=\"SecurityPolicy\">"
               "<parm name=\"4131\" value=\"%d\"/></characteristic>"
               "<characteristic type=\"Registry\">",
               password ? 0 : 1);
    append_lock(out, number_of(document, EAS_POLICY_INACTIVITY_LOCK));
    if (password)
        append_password(out, document);
    buf_append_text(out, "</characteristic></wap-provisioningdoc>");
}
