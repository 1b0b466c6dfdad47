/* Certificates from outside: every field of one that is taken is whole, free of controls, and its
 * DER is taken again as the same certificate. */
#include "pki/cert.h"

#include "base/text.h"

#include <assert.h>

static void look_at_text(const char *text)
{
    assert(text_is_utf8(span_of_text(text)));
    assert(!text_has_control(span_of_text(text)));
}

static void look_at(const struct certificate *certificate)
{
    const struct certificate_info *info = certificate_info(certificate);
    const char *texts[] = {info->subject, info->issuer, info->common_name, info->organisation,
                           info->upn,     info->mail,   info->sid,         info->dns_names};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        look_at_text(texts[i]);
    assert(info->subject_key_id_len <= KEY_IDENTIFIER_MAX);
    assert(info->authority_key_id_len <= KEY_IDENTIFIER_MAX);

    struct certificate *again defer(certificate_free) = NULL;
    assert(certificate_parse_der(info->der, &again) == STATUS_OK);
    assert(certificate_equal(certificate, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct certificate *certificate defer(certificate_free) = NULL;
    if (certificate_parse(span_of(bytes, len), &certificate) == STATUS_OK)
        look_at(certificate);

    struct certificate_list list defer(certificate_list_clear) = {0};
    if (certificate_list_parse(span_of(bytes, len), &list) == STATUS_OK)
        assert(list.count > 0 && list.count <= CERTIFICATE_LIST_MAX);
    return 0;
}
