/*
 * The comparison reads the finished DER, not the structures that it was made of: a mistake between
 * the two is what it is here to find.
 */
#include "signer/signer_match.h"

#include "pki/ossl_cleanup.h"

static enum status differs(const char *what)
{
    return status_fail(STATUS_CRYPTO, "what was signed differs from what was asked for: %s", what);
}

/* Absent in the request may be present in the certificate only where the profile puts it there
 * itself; none of these is such a field. */
static bool text_differs(struct span asked, const char *signed_text)
{
    return !span_equal_text(asked, signed_text);
}

static enum status match_names(const struct certificate_info *info,
                               const struct certificate_fields *fields)
{
    if (text_differs(fields->common_name, info->common_name))
        return differs("common name");
    if (text_differs(fields->organisation, info->organisation))
        return differs("organisation");
    if (text_differs(fields->upn, info->upn))
        return differs("user principal name");
    if (text_differs(fields->mail, info->mail))
        return differs("mail address");
    if (text_differs(fields->sid, info->sid))
        return differs("SID");
    return STATUS_OK;
}

enum status signer_match_certificate(const struct certificate *certificate,
                                     const struct certificate_fields *fields,
                                     const struct certificate *issuer)
{
    const struct certificate_info *info = certificate_info(certificate);
    char serial[SERIAL_TEXT_SIZE];
    serial_format(fields->serial, serial);
    if (strcmp(serial, info->serial) != 0)
        return differs("serial");
    if (fields->not_before != info->not_before || fields->not_after != info->not_after)
        return differs("validity");
    if (!span_equal(fields->spki, info->spki))
        return differs("public key");
    if (info->is_ca || strcmp(info->issuer, certificate_info(issuer)->subject) != 0)
        return differs("issuer");
    TRY(match_names(info, fields));
    EVP_PKEY *issuer_key = X509_get0_pubkey(certificate_x509(issuer));
    if (X509_verify(certificate_x509(certificate), issuer_key) != 1)
        return ossl_fail(STATUS_CRYPTO, "the signature on the new certificate does not verify");
    return STATUS_OK;
}
