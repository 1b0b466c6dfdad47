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

enum status eas_policy_find(const char *element, enum eas_policy *ret_policy)
{
    for (int i = 0; i < EAS_POLICIES; i++)
        if (strcmp(eas_policy_row((enum eas_policy)i)->element, element) == 0) {
            *ret_policy = (enum eas_policy)i;
            return STATUS_OK;
        }
    return status_fail(STATUS_INVALID, "there is no policy '%.60s'", element);
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
    if (value[0] == '0' && value[1] != '\0')
        return false;
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
    case EAS_POLICY_NUMBER_OR_ZERO:
        return strcmp(value, "0") == 0 || is_number(value, row->least, row->most);
    case EAS_POLICY_NAMES:
    case EAS_POLICY_HASHES:
        return value[0] == '\0' || is_text(value, row);
    }
    return false;
}

/* ---- documents ------------------------------------------------------------------------------- */

/* Bytes: a name has at most 260. */
enum { WAP_MAX = 4096, DOCUMENT_MAX = 8192 };

static void require_allowed(struct buf *out, enum eas_policy policy, const char *value)
{
    if (!eas_policy_allows(policy, value))
        buf_fail(out, status_fail(STATUS_INTERNAL, "the policy %s may not be '%s'",
                                  rows[policy].element, value));
}

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
    case EAS_POLICY_NUMBER_OR_ZERO:
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
        require_allowed(writer->out, (enum eas_policy)i, value);
        write_value(writer, &rows[i], value);
    }
    wbxml_close(writer);
}

void eas_policy_write_data(struct wbxml_writer *writer, int version,
                           const struct eas_policy_document *document)
{
    if (version >= EAS_12_0) {
        wbxml_open(writer, TAG_PROVISION_DATA);
        eas_policy_write(writer, version, document);
        wbxml_close(writer);
        return;
    }
    struct buf text defer(buf_clear) = BUF_INIT(WAP_MAX);
    eas_policy_append_wap(&text, document);
    if (text.failure != STATUS_OK)
        buf_fail(writer->out, text.failure);
    else
        wbxml_write_text(writer, TAG_PROVISION_DATA, (const char *)text.ptr);
}

enum status eas_policy_hash(int version, const struct eas_policy_document *document,
                            uint8_t ret_hash[static EAS_POLICY_HASH_SIZE])
{
    struct buf bytes defer(buf_clear) = BUF_INIT(DOCUMENT_MAX);
    struct wbxml_writer writer;
    struct span written;
    wbxml_begin(&writer, &bytes);
    eas_policy_write_data(&writer, version, document);
    TRY(buf_finish(&bytes, &written));
    return digest_sha256(written, ret_hash);
}
