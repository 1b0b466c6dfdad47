/* The table decides; what a version lacks is left out here and nowhere else. */
#include "eas/policy.h"

#include "base/text.h"

static const struct eas_policy_row rows[EAS_POLICIES] = {
#define POLICY_ROW(name, element, token, type, least, most, since, neutral, probe, pin, risk)      \
    [EAS_POLICY_##name] =                                                                          \
        {                                                                                          \
            element, WBXML_TAG(14, token), EAS_POLICY_##type, least,                               \
            most,    EAS_##since,          neutral,           probe,                               \
            pin,     EAS_RISK_##risk,                                                              \
    },
    EAS_POLICY_TABLE(POLICY_ROW)
#undef POLICY_ROW
};

const struct eas_policy_row *eas_policy_row(enum eas_policy policy)
{
    return &rows[policy];
}

struct eas_policy_document eas_policy_neutral(void)
{
    struct eas_policy_document document;
    for (int i = 0; i < EAS_POLICIES; i++)
        document.values[i] = rows[i].neutral;
    return document;
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool is_number(const char *value, int64_t least, int64_t most)
{
    int64_t number;
    if (strcmp(value, "-1") == 0)
        return least <= -1;
    return text_parse_int(value, least < 0 ? 0 : least, most, &number) == STATUS_OK;
}

static bool is_text(const char *value, const struct eas_policy_row *row)
{
    int64_t length = (int64_t)strlen(value);
    return length >= row->least && length <= row->most &&
           text_is_ascii_printable(span_of_text(value));
}

bool eas_policy_allows(enum eas_policy policy, const char *value)
{
    const struct eas_policy_row *row = &rows[policy];
    switch (row->type) {
    case EAS_POLICY_BOOL:
    case EAS_POLICY_NUMBER:
        return is_number(value, row->least, row->most);
    case EAS_POLICY_NUMBER_OR_EMPTY:
        return value[0] == '\0' || is_number(value, row->least, row->most);
    case EAS_POLICY_NAMES:
    case EAS_POLICY_HASHES:
        return value[0] == '\0' || is_text(value, row);
    }
    return false;
}

/* ---- documents ------------------------------------------------------------------------------- */

static void write_value(struct wbxml_writer *writer, const struct eas_policy_row *row,
                        const char *value)
{
    if (value[0] == '\0') {
        wbxml_write_empty(writer, row->tag);
        return;
    }
    switch (row->type) {
    case EAS_POLICY_BOOL:
    case EAS_POLICY_NUMBER:
    case EAS_POLICY_NUMBER_OR_EMPTY:
        wbxml_write_text(writer, row->tag, value);
        return;
    case EAS_POLICY_NAMES:
    case EAS_POLICY_HASHES:
        wbxml_open(writer, row->tag);
        wbxml_write_text(writer,
                         row->type == EAS_POLICY_NAMES ? TAG_PROVISION_APPLICATION_NAME
                                                       : TAG_PROVISION_HASH,
                         value);
        wbxml_close(writer);
        return;
    }
}

void eas_policy_write(struct wbxml_writer *writer, int version,
                      const struct eas_policy_document *document)
{
    wbxml_open(writer, TAG_PROVISION_EAS_PROVISION_DOC);
    for (int i = 0; i < EAS_POLICIES; i++) {
        const char *value = document->values[i];
        if (value == NULL || version < rows[i].since)
            continue;
        if (!eas_policy_allows((enum eas_policy)i, value))
            buf_fail(writer->out, status_fail(STATUS_INTERNAL, "the policy %s may not be '%s'",
                                              rows[i].element, value));
        write_value(writer, &rows[i], value);
    }
    wbxml_close(writer);
}

const char *eas_policy_neutral_wap(void)
{
    return "<wap-provisioningdoc>"
           "<characteristic type=\"SecurityPolicy\"><parm name=\"4131\" value=\"1\"/>"
           "</characteristic>"
           "<characteristic type=\"Registry\">"
           "<characteristic type=\"HKLM\\Comm\\Security\\Policy\\LASSD\\AE\\"
           "{50C13377-C66D-400C-889E-C316FC4AB374}\">"
           "<parm name=\"AEFrequencyType\" value=\"0\"/>"
           "<parm name=\"AEFrequencyValue\" value=\"0\"/>"
           "</characteristic></characteristic></wap-provisioningdoc>";
}
