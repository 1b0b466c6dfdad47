/*
 * OpenSSL decrypts a bundle without telling how it was encrypted, and a device may refuse just
 * that. So the parameters are decoded here, from the structures of RFC 7292 appendix C and RFC 8018
 * appendix A.
 */
#include "pki/pfx_protection.h"

CLEANUP_POINTER(PBEPARAM, PBEPARAM_free)
CLEANUP_POINTER(PBE2PARAM, PBE2PARAM_free)
CLEANUP_POINTER(PBKDF2PARAM, PBKDF2PARAM_free)

static enum status unreadable(void)
{
    return ossl_fail(STATUS_INVALID, "RFC 7292 5: the encryption of the bundle cannot be read");
}

/* The parameter of an algorithm as a decoded SEQUENCE, NULL when it is none. */
static void *sequence_of(const X509_ALGOR *algorithm, const ASN1_ITEM *item)
{
    const ASN1_OBJECT *object;
    int type;
    const void *value;
    X509_ALGOR_get0(&object, &type, &value, algorithm);
    if (type != V_ASN1_SEQUENCE)
        return NULL;
    const ASN1_STRING *der = value;
    const uint8_t *at = ASN1_STRING_get0_data(der);
    return ASN1_item_d2i(NULL, &at, ASN1_STRING_length(der), item);
}

static int nid_of(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    return OBJ_obj2nid(object);
}

static enum status read_iterations(const ASN1_INTEGER *number, int64_t *ret_iterations)
{
    if (number == NULL || ASN1_INTEGER_get_int64(ret_iterations, number) != 1 ||
        *ret_iterations < 1)
        return unreadable();
    return STATUS_OK;
}

static enum status read_pbes1(const X509_ALGOR *algorithm, struct pfx_protection *protection)
{
    PBEPARAM *parameters defer(PBEPARAM_free) = sequence_of(algorithm, ASN1_ITEM_rptr(PBEPARAM));
    if (parameters == NULL)
        return unreadable();
    protection->salt_len = ASN1_STRING_length(parameters->salt);
    return read_iterations(parameters->iter, &protection->iterations);
}

static enum status read_pbkdf2(const X509_ALGOR *algorithm, struct pfx_protection *protection)
{
    PBKDF2PARAM *parameters defer(PBKDF2PARAM_free) =
        sequence_of(algorithm, ASN1_ITEM_rptr(PBKDF2PARAM));
    if (nid_of(algorithm) != NID_id_pbkdf2 || parameters == NULL ||
        parameters->salt->type != V_ASN1_OCTET_STRING)
        return unreadable();
    protection->salt_len = ASN1_STRING_length(parameters->salt->value.octet_string);
    protection->prf = parameters->prf == NULL ? NID_hmacWithSHA1 : nid_of(parameters->prf);
    return read_iterations(parameters->iter, &protection->iterations);
}

static enum status read_pbes2(const X509_ALGOR *algorithm, struct pfx_protection *protection)
{
    PBE2PARAM *parameters defer(PBE2PARAM_free) = sequence_of(algorithm, ASN1_ITEM_rptr(PBE2PARAM));
    if (parameters == NULL)
        return unreadable();
    protection->cipher = nid_of(parameters->encryption);
    return read_pbkdf2(parameters->keyfunc, protection);
}

enum status pfx_protection_read(const X509_ALGOR *algorithm, struct pfx_protection *ret_protection)
{
    struct pfx_protection protection = {.scheme = nid_of(algorithm)};
    TRY(protection.scheme == NID_pbes2 ? read_pbes2(algorithm, &protection)
                                       : read_pbes1(algorithm, &protection));
    *ret_protection = protection;
    return STATUS_OK;
}
