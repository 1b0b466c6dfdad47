/*
 * Fields become an X509, extension by extension, through OpenSSL's structures and never through its
 * configuration language, where a comma in a name would become a second name.
 */
#include "pki/profile_build.h"

#include <arpa/inet.h>

#define OID_SID_EXTENSION "1.3.6.1.4.1.311.25.2"
#define OID_SID_NAME      "1.3.6.1.4.1.311.25.2.1"

CLEANUP_POINTER(AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free)
CLEANUP_POINTER(CRL_DIST_POINTS, CRL_DIST_POINTS_free)
CLEANUP_POINTER(DIST_POINT, DIST_POINT_free)
CLEANUP_POINTER(ACCESS_DESCRIPTION, ACCESS_DESCRIPTION_free)
CLEANUP_POINTER(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)
CLEANUP_POINTER(ASN1_BIT_STRING, ASN1_BIT_STRING_free)
CLEANUP_POINTER(ASN1_STRING, ASN1_STRING_free)

static enum status unbuilt(const char *what)
{
    return ossl_fail(STATUS_CRYPTO, what);
}

static enum status add_extension(X509 *x509, int nid, void *value, bool critical)
{
    if (X509_add1_ext_i2d(x509, nid, value, critical, X509V3_ADD_DEFAULT) != 1)
        return unbuilt("an extension cannot be added");
    return STATUS_OK;
}

static enum status set_serial(X509 *x509, const uint8_t serial[static SERIAL_SIZE])
{
    BIGNUM *number defer(BN_free) = BN_bin2bn(serial, SERIAL_SIZE, NULL);
    if (number == NULL || BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) == NULL)
        return unbuilt("a serial cannot be set");
    return STATUS_OK;
}

static enum status add_name(X509_NAME *name, int nid, struct span text)
{
    if (text.len > 0 && X509_NAME_add_entry_by_NID(name, nid, V_ASN1_UTF8STRING, text.ptr,
                                                   (int)text.len, -1, 0) != 1)
        return unbuilt("a name cannot be set");
    return STATUS_OK;
}

static enum status set_names(X509 *x509, const struct certificate_fields *fields,
                             const struct certificate *issuer)
{
    X509_NAME *subject defer(X509_NAME_free) = X509_NAME_new();
    if (subject == NULL)
        return unbuilt("a name cannot be made");
    TRY(add_name(subject, NID_organizationName, fields->organisation));
    TRY(add_name(subject, NID_commonName, fields->common_name));
    const X509_NAME *issuer_name =
        issuer == NULL ? subject : X509_get_subject_name(certificate_x509(issuer));
    if (issuer != NULL && X509_NAME_cmp(subject, issuer_name) == 0)
        return status_fail(STATUS_INVALID, "RFC 5280 6.1: the subject has the name of its issuer");
    if (X509_set_subject_name(x509, subject) != 1 || X509_set_issuer_name(x509, issuer_name) != 1)
        return unbuilt("a name cannot be set");
    return STATUS_OK;
}

static enum status set_times(X509 *x509, const struct certificate_fields *fields)
{
    if (ASN1_TIME_set(X509_getm_notBefore(x509), fields->not_before) == NULL ||
        ASN1_TIME_set(X509_getm_notAfter(x509), fields->not_after) == NULL)
        return unbuilt("a time cannot be set");
    return STATUS_OK;
}

static enum status set_key(X509 *x509, struct span spki)
{
    const uint8_t *at = spki.ptr;
    EVP_PKEY *pkey defer(EVP_PKEY_free) = d2i_PUBKEY(NULL, &at, (long)spki.len);
    if (pkey == NULL || X509_set_pubkey(x509, pkey) != 1)
        return unbuilt("a public key cannot be set");
    return STATUS_OK;
}

static enum status add_basic_constraints(X509 *x509, const struct profile_row *row)
{
    BASIC_CONSTRAINTS *constraints defer(BASIC_CONSTRAINTS_free) = BASIC_CONSTRAINTS_new();
    if (constraints == NULL)
        return unbuilt("basic constraints cannot be made");
    constraints->ca = row->is_ca ? 0xff : 0;
    if (row->path_length >= 0) {
        constraints->pathlen = ASN1_INTEGER_new();
        if (constraints->pathlen == NULL ||
            ASN1_INTEGER_set(constraints->pathlen, row->path_length) != 1)
            return unbuilt("a path length cannot be set");
    }
    return add_extension(x509, NID_basic_constraints, constraints, true);
}

/* KU_ constants are octets of the BIT STRING as it lies in memory: bit 0 is 0x80 (RFC
 * 5280 4.2.1.3). */
static enum status add_key_usage(X509 *x509, const struct profile_row *row)
{
    unsigned usage = row->usage;
    if (row->rsa_enciphers && EVP_PKEY_get_base_id(X509_get0_pubkey(x509)) == EVP_PKEY_RSA)
        usage |= KU_KEY_ENCIPHERMENT;
    ASN1_BIT_STRING *bits defer(ASN1_BIT_STRING_free) = ASN1_BIT_STRING_new();
    if (bits == NULL)
        return unbuilt("a key usage cannot be made");
    for (int bit = 0; bit < 8; bit++)
        if ((usage & (0x80U >> bit)) != 0 && ASN1_BIT_STRING_set_bit(bits, bit, 1) != 1)
            return unbuilt("a key usage cannot be set");
    return add_extension(x509, NID_key_usage, bits, true);
}

static enum status add_extended_usage(X509 *x509, const struct profile_row *row)
{
    if (row->extended_usage == NID_undef)
        return STATUS_OK;
    EXTENDED_KEY_USAGE *usage defer(EXTENDED_KEY_USAGE_free) = EXTENDED_KEY_USAGE_new();
    ASN1_OBJECT *object defer(ASN1_OBJECT_free) = OBJ_nid2obj(row->extended_usage);
    if (usage == NULL || object == NULL || sk_ASN1_OBJECT_push(usage, object) <= 0)
        return unbuilt("an extended key usage cannot be made");
    (void)take(object);
    return add_extension(x509, NID_ext_key_usage, usage, false);
}

/* RFC 7093 2 (1): the first 160 bits of SHA-256 over the key's bits. */
static enum status make_key_id(const X509 *x509, ASN1_OCTET_STRING **ret_id)
{
    enum { KEY_ID_SIZE = 20 };
    uint8_t digest[EVP_MAX_MD_SIZE];
    ASN1_OCTET_STRING *id defer(ASN1_OCTET_STRING_free) = ASN1_OCTET_STRING_new();
    if (id == NULL || X509_pubkey_digest(x509, EVP_sha256(), digest, NULL) != 1 ||
        ASN1_OCTET_STRING_set(id, digest, KEY_ID_SIZE) != 1)
        return unbuilt("a key identifier cannot be made");
    *ret_id = take(id);
    return STATUS_OK;
}

enum status issuer_key_id(const struct certificate *issuer, ASN1_OCTET_STRING **ret_id)
{
    X509 *x509 = certificate_x509(issuer);
    const ASN1_OCTET_STRING *own = X509_get0_subject_key_id(x509);
    if (own == NULL)
        return make_key_id(x509, ret_id);
    *ret_id = ASN1_OCTET_STRING_dup(own);
    return *ret_id != NULL ? STATUS_OK : unbuilt("a key identifier cannot be copied");
}

static enum status add_key_ids(X509 *x509, const struct certificate *issuer)
{
    ASN1_OCTET_STRING *subject_id defer(ASN1_OCTET_STRING_free) = NULL;
    TRY(make_key_id(x509, &subject_id));
    TRY(add_extension(x509, NID_subject_key_identifier, subject_id, false));
    AUTHORITY_KEYID *authority defer(AUTHORITY_KEYID_free) = AUTHORITY_KEYID_new();
    if (authority == NULL)
        return unbuilt("an authority key identifier cannot be made");
    if (issuer == NULL)
        authority->keyid = take(subject_id);
    else
        TRY(issuer_key_id(issuer, &authority->keyid));
    return add_extension(x509, NID_authority_key_identifier, authority, false);
}

/* An ASN1_STRING of `type` that holds `text`. */
static enum status make_string(int type, struct span text, ASN1_STRING **ret_string)
{
    ASN1_STRING *string defer(ASN1_STRING_free) = ASN1_STRING_type_new(type);
    if (string == NULL || ASN1_STRING_set(string, text.ptr, (int)text.len) != 1)
        return unbuilt("a string cannot be made");
    *ret_string = take(string);
    return STATUS_OK;
}

/* A general name of a simple type: GEN_DNS, GEN_EMAIL, GEN_URI, GEN_IPADD. */
static enum status make_simple_name(int kind, struct span value, GENERAL_NAME **ret_name)
{
    GENERAL_NAME *name defer(GENERAL_NAME_free) = GENERAL_NAME_new();
    ASN1_STRING *string defer(ASN1_STRING_free) = NULL;
    if (name == NULL)
        return unbuilt("a general name cannot be made");
    TRY(make_string(kind == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING, value, &string));
    GENERAL_NAME_set0_value(name, kind, take(string));
    *ret_name = take(name);
    return STATUS_OK;
}

static enum status make_other_name(const char *oid, int type, struct span value,
                                   GENERAL_NAME **ret_name)
{
    GENERAL_NAME *name defer(GENERAL_NAME_free) = GENERAL_NAME_new();
    ASN1_OBJECT *object defer(ASN1_OBJECT_free) = OBJ_txt2obj(oid, 1);
    ASN1_TYPE *wrapped defer(ASN1_TYPE_free) = ASN1_TYPE_new();
    ASN1_STRING *string defer(ASN1_STRING_free) = NULL;
    if (name == NULL || object == NULL || wrapped == NULL)
        return unbuilt("an otherName cannot be made");
    TRY(make_string(type, value, &string));
    ASN1_TYPE_set(wrapped, type, take(string));
    if (GENERAL_NAME_set0_othername(name, object, wrapped) != 1)
        return unbuilt("an otherName cannot be made");
    (void)take(object);
    (void)take(wrapped);
    *ret_name = take(name);
    return STATUS_OK;
}

/* Takes over `name`, also when it fails. */
static enum status push_name(GENERAL_NAMES *names, GENERAL_NAME *take_name)
{
    GENERAL_NAME *name defer(GENERAL_NAME_free) = take_name;
    if (sk_GENERAL_NAME_push(names, name) <= 0)
        return unbuilt("no memory for a general name");
    (void)take(name);
    return STATUS_OK;
}

static enum status push_host(GENERAL_NAMES *names, struct span host)
{
    char text[INET6_ADDRSTRLEN] = "";
    uint8_t bytes[16];
    if (host.len < sizeof text)
        memcpy(text, host.ptr, host.len);
    GENERAL_NAME *name = NULL;
    if (inet_pton(AF_INET, text, bytes) == 1)
        TRY(make_simple_name(GEN_IPADD, span_of(bytes, 4), &name));
    else if (inet_pton(AF_INET6, text, bytes) == 1)
        TRY(make_simple_name(GEN_IPADD, span_of(bytes, 16), &name));
    else
        TRY(make_simple_name(GEN_DNS, host, &name));
    return push_name(names, name);
}

static enum status add_alternative_names(X509 *x509, const struct certificate_fields *fields)
{
    GENERAL_NAMES *names defer(GENERAL_NAMES_free) = GENERAL_NAMES_new();
    GENERAL_NAME *name = NULL;
    if (names == NULL)
        return unbuilt("no memory for general names");
    if (fields->upn.len > 0) {
        TRY(make_other_name("1.3.6.1.4.1.311.20.2.3", V_ASN1_UTF8STRING, fields->upn, &name));
        TRY(push_name(names, name));
    }
    if (fields->mail.len > 0) {
        TRY(make_simple_name(GEN_EMAIL, fields->mail, &name));
        TRY(push_name(names, name));
    }
    for (size_t i = 0; i < fields->host_count; i++)
        TRY(push_host(names, fields->hosts[i]));
    if (sk_GENERAL_NAME_num(names) == 0)
        return STATUS_OK;
    return add_extension(x509, NID_subject_alt_name, names, false);
}

/* [MS-WCCE] 2.2.2.7.7.4: SEQUENCE OF GeneralName, one otherName with the SID in an OCTET STRING. */
static enum status add_sid(X509 *x509, struct span sid)
{
    if (sid.len == 0)
        return STATUS_OK;
    GENERAL_NAMES *names defer(GENERAL_NAMES_free) = GENERAL_NAMES_new();
    ASN1_OBJECT *object defer(ASN1_OBJECT_free) = OBJ_txt2obj(OID_SID_EXTENSION, 1);
    GENERAL_NAME *name = NULL;
    if (names == NULL || object == NULL)
        return unbuilt("no memory for the SID");
    TRY(make_other_name(OID_SID_NAME, V_ASN1_OCTET_STRING, sid, &name));
    TRY(push_name(names, name));
    ASN1_STRING *value defer(ASN1_STRING_free) = NULL;
    TRY(make_string(V_ASN1_OCTET_STRING, SPAN_EMPTY, &value));
    uint8_t *der = NULL;
    int len = i2d_GENERAL_NAMES(names, &der);
    if (len <= 0)
        return unbuilt("the SID extension cannot be written");
    ASN1_STRING_set0(value, der, len);
    X509_EXTENSION *extension defer(X509_EXTENSION_free) =
        X509_EXTENSION_create_by_OBJ(NULL, object, 0, value);
    if (extension == NULL || X509_add_ext(x509, extension, -1) != 1)
        return unbuilt("the SID extension cannot be added");
    return STATUS_OK;
}

static enum status make_distribution_point(struct span url, DIST_POINT **ret_point)
{
    DIST_POINT *point defer(DIST_POINT_free) = DIST_POINT_new();
    GENERAL_NAME *name = NULL;
    TRY(make_simple_name(GEN_URI, url, &name));
    GENERAL_NAMES *names defer(GENERAL_NAMES_free) = GENERAL_NAMES_new();
    if (point == NULL || names == NULL) {
        GENERAL_NAME_free(name);
        return unbuilt("a distribution point cannot be made");
    }
    TRY(push_name(names, name));
    point->distpoint = DIST_POINT_NAME_new();
    if (point->distpoint == NULL)
        return unbuilt("a distribution point cannot be made");
    point->distpoint->type = 0; /* fullName, the first of the CHOICE */
    point->distpoint->name.fullname = take(names);
    *ret_point = take(point);
    return STATUS_OK;
}

static enum status add_crl_url(X509 *x509, struct span url)
{
    if (url.len == 0)
        return STATUS_OK;
    CRL_DIST_POINTS *points defer(CRL_DIST_POINTS_free) = CRL_DIST_POINTS_new();
    DIST_POINT *point defer(DIST_POINT_free) = NULL;
    TRY(make_distribution_point(url, &point));
    if (points == NULL || sk_DIST_POINT_push(points, point) <= 0)
        return unbuilt("a distribution point cannot be added");
    (void)take(point);
    return add_extension(x509, NID_crl_distribution_points, points, false);
}

static enum status push_access(AUTHORITY_INFO_ACCESS *all, int method, struct span url)
{
    if (url.len == 0)
        return STATUS_OK;
    ACCESS_DESCRIPTION *one defer(ACCESS_DESCRIPTION_free) = ACCESS_DESCRIPTION_new();
    GENERAL_NAME *name defer(GENERAL_NAME_free) = NULL;
    TRY(make_simple_name(GEN_URI, url, &name));
    if (one == NULL)
        return unbuilt("an access description cannot be made");
    ASN1_OBJECT_free(one->method);
    one->method = OBJ_nid2obj(method);
    GENERAL_NAME_free(one->location);
    one->location = take(name);
    if (sk_ACCESS_DESCRIPTION_push(all, one) <= 0)
        return unbuilt("an access description cannot be added");
    (void)take(one);
    return STATUS_OK;
}

static enum status add_authority_access(X509 *x509, const struct certificate_fields *fields)
{
    if (fields->issuer_url.len + fields->ocsp_url.len == 0)
        return STATUS_OK;
    AUTHORITY_INFO_ACCESS *all defer(AUTHORITY_INFO_ACCESS_free) = AUTHORITY_INFO_ACCESS_new();
    if (all == NULL)
        return unbuilt("no memory for authority information");
    TRY(push_access(all, NID_ad_OCSP, fields->ocsp_url));
    TRY(push_access(all, NID_ad_ca_issuers, fields->issuer_url));
    return add_extension(x509, NID_info_access, all, false);
}

static enum status add_ocsp_no_check(X509 *x509)
{
    ASN1_NULL *nothing = ASN1_NULL_new();
    enum status status = add_extension(x509, NID_id_pkix_OCSP_noCheck, nothing, false);
    ASN1_NULL_free(nothing);
    return status;
}

static enum status add_extensions(X509 *x509, const struct profile_row *row,
                                  const struct certificate_fields *fields,
                                  const struct certificate *issuer)
{
    TRY(add_basic_constraints(x509, row));
    TRY(add_key_usage(x509, row));
    TRY(add_extended_usage(x509, row));
    TRY(add_key_ids(x509, issuer));
    TRY(add_alternative_names(x509, fields));
    TRY(add_crl_url(x509, fields->crl_url));
    TRY(add_authority_access(x509, fields));
    TRY(add_sid(x509, fields->sid));
    return row->ocsp_no_check ? add_ocsp_no_check(x509) : STATUS_OK;
}

enum status profile_build(const struct profile_row *row, const struct certificate_fields *fields,
                          const struct certificate *issuer, X509 **ret_unsigned)
{
    X509 *x509 defer(X509_free) = X509_new();
    if (x509 == NULL || X509_set_version(x509, X509_VERSION_3) != 1)
        return unbuilt("a certificate cannot be made");
    TRY(set_serial(x509, fields->serial));
    TRY(set_names(x509, fields, issuer));
    TRY(set_times(x509, fields));
    TRY(set_key(x509, fields->spki));
    TRY(add_extensions(x509, row, fields, issuer));
    *ret_unsigned = take(x509);
    return STATUS_OK;
}
