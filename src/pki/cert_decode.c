/*
 * Reads an X509 into values, strictly where identity hangs on it: a text with NUL or a control
 * character, an extension twice or a name of the wrong string type refuses the whole certificate,
 * since the other parser that it will meet may see something else in it.
 */
#include "pki/cert_decode.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <time.h>

enum { TEXT_MAX = 4 * 1024, EXTENSIONS_MAX = 64 };

static const char oid_sid_extension[] = "1.3.6.1.4.1.311.25.2";
static const char oid_sid_name[] = "1.3.6.1.4.1.311.25.2.1";

void cert_decoded_clear(struct cert_decoded *decoded)
{
    for (size_t i = 0; i < decoded->text_count; i++)
        free(decoded->texts[i]);
    OPENSSL_free(decoded->der);
    OPENSSL_free(decoded->spki);
    *decoded = (struct cert_decoded){0};
}

static enum status keep(struct cert_decoded *decoded, struct buf *text, const char **ret_text)
{
    if (decoded->text_count == CERT_DECODED_TEXTS)
        return status_fail(STATUS_INTERNAL, "a certificate has more texts than were planned");
    TRY(buf_take_text(text, &decoded->texts[decoded->text_count]));
    *ret_text = decoded->texts[decoded->text_count++];
    return STATUS_OK;
}

static enum status append_clean(struct buf *buf, struct span text, const char *clause)
{
    if (text_has_control(text))
        return status_fail(STATUS_INVALID, "%s: a name holds a control character", clause);
    buf_append(buf, text);
    return buf->failure;
}

static enum status decode_serial(const X509 *x509, struct cert_decoded *decoded)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
        return status_fail(STATUS_INVALID, "RFC 5280 4.1.2.2: the serial number is negative");
    if (ASN1_STRING_length(serial) > 20)
        return status_fail(STATUS_INVALID, "RFC 5280 4.1.2.2: the serial number is too long");
    text_append_hex(&text,
                    span_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)));
    return keep(decoded, &text, &decoded->info.serial);
}

static enum status print_name(const X509_NAME *name, unsigned long flags, struct buf *text)
{
    BIO *bio defer(BIO_free_all) = BIO_new(BIO_s_mem());
    if (bio == NULL || X509_NAME_print_ex(bio, name, 0, flags) < 0)
        return ossl_fail(STATUS_INVALID, "RFC 5280 4.1.2.4: a name cannot be read");
    char *bytes = NULL;
    long len = BIO_get_mem_data(bio, &bytes);
    buf_append(text, span_of(bytes, (size_t)len));
    return text->failure;
}

/* Readable UTF-8 first; a name with line or direction controls in it is written all in escapes. */
static enum status decode_name(const X509_NAME *name, struct cert_decoded *decoded,
                               const char **ret_text)
{
    unsigned long escaped = XN_FLAG_RFC2253;
    unsigned long readable = escaped & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    TRY(print_name(name, readable, &text));
    if (text.len > 0 && text_has_control(span_of(text.ptr, text.len))) {
        buf_reset(&text);
        TRY(print_name(name, escaped, &text));
    }
    return keep(decoded, &text, ret_text);
}

static enum status decode_attribute(const X509_NAME *name, int nid, struct cert_decoded *decoded,
                                    const char **ret_text)
{
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at >= 0) {
        uint8_t *utf8 = NULL;
        int len =
            ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
        if (len < 0)
            return ossl_fail(STATUS_INVALID, "RFC 5280 4.1.2.6: a name is of no string type");
        enum status status = append_clean(&text, span_of(utf8, (size_t)len), "RFC 5280 4.1.2.6");
        OPENSSL_free(utf8);
        TRY(status);
    }
    return keep(decoded, &text, ret_text);
}

static enum status decode_time(const ASN1_TIME *time, int64_t *ret_seconds)
{
    struct tm parts = {0};
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return ossl_fail(STATUS_INVALID, "RFC 5280 4.1.2.5: a time cannot be read");
    *ret_seconds = timegm(&parts);
    return STATUS_OK;
}

static enum status decode_names_and_times(X509 *x509, struct cert_decoded *decoded)
{
    struct certificate_info *info = &decoded->info;
    const X509_NAME *subject = X509_get_subject_name(x509);
    TRY(decode_serial(x509, decoded));
    TRY(decode_name(subject, decoded, &info->subject));
    TRY(decode_name(X509_get_issuer_name(x509), decoded, &info->issuer));
    TRY(decode_attribute(subject, NID_commonName, decoded, &info->common_name));
    TRY(decode_attribute(subject, NID_organizationName, decoded, &info->organisation));
    TRY(decode_time(X509_get0_notBefore(x509), &info->not_before));
    return decode_time(X509_get0_notAfter(x509), &info->not_after);
}

static enum status check_extensions(X509 *x509)
{
    int count = X509_get_ext_count(x509);
    if (count > EXTENSIONS_MAX)
        return status_fail(STATUS_INVALID, "the certificate has %d extensions", count);
    for (int i = 0; i < count; i++) {
        const ASN1_OBJECT *object = X509_EXTENSION_get_object(X509_get_ext(x509, i));
        if (X509_get_ext_by_OBJ(x509, object, -1) != i)
            return status_fail(STATUS_INVALID, "RFC 5280 4.2: an extension stands there twice");
    }
    if ((X509_get_extension_flags(x509) & EXFLAG_INVALID) != 0)
        return ossl_fail(STATUS_INVALID, "RFC 5280 4.2: an extension cannot be read");
    return STATUS_OK;
}

static void copy_identifier(const ASN1_OCTET_STRING *string, uint8_t ret_bytes[KEY_IDENTIFIER_MAX],
                            size_t *ret_len)
{
    int len = string == NULL ? 0 : ASN1_STRING_length(string);
    if (len <= 0 || len > KEY_IDENTIFIER_MAX)
        return;
    memcpy(ret_bytes, ASN1_STRING_get0_data(string), (size_t)len);
    *ret_len = (size_t)len;
}

/* The text of an otherName whose value must be of `type`; anything else is passed over. */
static enum status append_other_name(const OTHERNAME *other, int type, const char *clause,
                                     struct buf *text)
{
    if (other->value == NULL || other->value->type != type)
        return status_fail(STATUS_INVALID, "%s: an otherName is of the wrong string type", clause);
    const ASN1_STRING *string = other->value->value.asn1_string;
    return append_clean(
        text, span_of(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string)), clause);
}

static enum status append_address(const ASN1_OCTET_STRING *bytes, struct buf *text)
{
    char written[INET6_ADDRSTRLEN];
    int len = ASN1_STRING_length(bytes);
    if (len != 4 && len != 16)
        return status_fail(STATUS_INVALID, "RFC 5280 4.2.1.6: an iPAddress of %d octets", len);
    inet_ntop(len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), written, sizeof written);
    buf_append_text(text, written);
    return text->failure;
}

static enum status append_ia5(const ASN1_STRING *string, struct buf *text)
{
    struct span name = span_of(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
    if (!text_is_ascii_printable(name) || memchr(name.ptr, ' ', name.len) != NULL)
        return status_fail(STATUS_INVALID, "RFC 5280 4.2.1.6: a name is not printable ASCII");
    buf_append(text, name);
    return text->failure;
}

struct alternative_names {
    struct buf upn;
    struct buf mail;
    struct buf hosts;
};

static void alternative_names_clear(struct alternative_names *names)
{
    buf_clear(&names->upn);
    buf_clear(&names->mail);
    buf_clear(&names->hosts);
}
CLEANUP_VALUE(struct alternative_names, alternative_names_clear)

static enum status read_alternative_name(const GENERAL_NAME *name, struct alternative_names *names)
{
    if (name->type == GEN_OTHERNAME && names->upn.len == 0 &&
        OBJ_obj2nid(name->d.otherName->type_id) == NID_ms_upn)
        return append_other_name(name->d.otherName, V_ASN1_UTF8STRING, "RFC 5280 4.2.1.6",
                                 &names->upn);
    if (name->type == GEN_EMAIL && names->mail.len == 0)
        return append_ia5(name->d.rfc822Name, &names->mail);
    if (name->type != GEN_DNS && name->type != GEN_IPADD)
        return STATUS_OK;
    if (names->hosts.len > 0)
        buf_append_byte(&names->hosts, ' ');
    return name->type == GEN_DNS ? append_ia5(name->d.dNSName, &names->hosts)
                                 : append_address(name->d.iPAddress, &names->hosts);
}

static enum status decode_alternative_names(X509 *x509, struct cert_decoded *decoded)
{
    struct alternative_names names defer(alternative_names_clear) = {
        BUF_INIT(TEXT_MAX), BUF_INIT(TEXT_MAX), BUF_INIT(LIMIT_CERTIFICATE)};
    GENERAL_NAMES *all defer(GENERAL_NAMES_free) =
        X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(all); i++)
        TRY(read_alternative_name(sk_GENERAL_NAME_value(all, i), &names));
    TRY(keep(decoded, &names.upn, &decoded->info.upn));
    TRY(keep(decoded, &names.mail, &decoded->info.mail));
    return keep(decoded, &names.hosts, &decoded->info.dns_names);
}

static bool is_oid(const ASN1_OBJECT *object, const char *oid)
{
    char text[64];
    int len = OBJ_obj2txt(text, sizeof text, object, 1);
    return len > 0 && (size_t)len < sizeof text && strcmp(text, oid) == 0;
}

/* [MS-WCCE] 2.2.2.7.7.4: GeneralNames of one otherName that holds the SID's text. */
static enum status append_sid(X509_EXTENSION *extension, struct buf *text)
{
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    const uint8_t *at = ASN1_STRING_get0_data(value);
    GENERAL_NAMES *names defer(GENERAL_NAMES_free) =
        d2i_GENERAL_NAMES(NULL, &at, ASN1_STRING_length(value));
    const GENERAL_NAME *name =
        sk_GENERAL_NAME_num(names) == 1 ? sk_GENERAL_NAME_value(names, 0) : NULL;
    if (name == NULL || name->type != GEN_OTHERNAME ||
        !is_oid(name->d.otherName->type_id, oid_sid_name))
        return ossl_fail(STATUS_INVALID, "MS-WCCE 2.2.2.7.7.4: the SID extension cannot be read");
    return append_other_name(name->d.otherName, V_ASN1_OCTET_STRING, "MS-WCCE 2.2.2.7.7.4", text);
}

static enum status decode_sid(X509 *x509, struct cert_decoded *decoded)
{
    struct buf text defer(buf_clear) = BUF_INIT(TEXT_MAX);
    for (int i = 0; i < X509_get_ext_count(x509); i++) {
        X509_EXTENSION *extension = X509_get_ext(x509, i);
        if (is_oid(X509_EXTENSION_get_object(extension), oid_sid_extension))
            TRY(append_sid(extension, &text));
    }
    return keep(decoded, &text, &decoded->info.sid);
}

static enum status decode_extensions(X509 *x509, struct cert_decoded *decoded)
{
    struct certificate_info *info = &decoded->info;
    TRY(check_extensions(x509));
    uint32_t flags = X509_get_extension_flags(x509);
    info->is_ca = (flags & EXFLAG_CA) != 0;
    info->is_self_issued = (flags & EXFLAG_SI) != 0;
    copy_identifier(X509_get0_subject_key_id(x509), info->subject_key_id,
                    &info->subject_key_id_len);
    copy_identifier(X509_get0_authority_key_id(x509), info->authority_key_id,
                    &info->authority_key_id_len);
    TRY(decode_alternative_names(x509, decoded));
    return decode_sid(x509, decoded);
}

static void label_key(const X509 *x509, char ret_label[static KEY_LABEL_SIZE])
{
    const EVP_PKEY *pkey = X509_get0_pubkey(x509);
    int nid = NID_undef;
    const X509_PUBKEY *spki = X509_get_X509_PUBKEY(x509);
    ASN1_OBJECT *algorithm = NULL;
    if (X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, spki) == 1)
        nid = OBJ_obj2nid(algorithm);
    int bits = pkey == NULL ? 0 : EVP_PKEY_get_bits(pkey);
    if (pkey != NULL && nid == NID_rsaEncryption)
        snprintf(ret_label, KEY_LABEL_SIZE, "RSA-%d", bits);
    else if (pkey != NULL && nid == NID_X9_62_id_ecPublicKey)
        snprintf(ret_label, KEY_LABEL_SIZE, "EC P-%d", bits);
    else
        snprintf(ret_label, KEY_LABEL_SIZE, "%s", OBJ_nid2sn(nid));
    ERR_clear_error();
}

static enum status encode(int len, uint8_t *bytes, struct span *ret_span)
{
    if (len <= 0 || bytes == NULL)
        return ossl_fail(STATUS_CRYPTO, "a certificate cannot be written");
    *ret_span = span_of(bytes, (size_t)len);
    return STATUS_OK;
}

static enum status decode_bytes(X509 *x509, struct cert_decoded *decoded)
{
    struct certificate_info *info = &decoded->info;
    int len = i2d_X509(x509, &decoded->der);
    TRY(encode(len, decoded->der, &info->der));
    len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &decoded->spki);
    TRY(encode(len, decoded->spki, &info->spki));
    TRY(digest_sha256(info->der, info->sha256));
    TRY(digest_sha256(info->spki, info->spki_sha256));
    label_key(x509, info->key_label);
    return STATUS_OK;
}

enum status cert_decode(X509 *x509, struct cert_decoded *decoded)
{
    TRY(decode_bytes(x509, decoded));
    TRY(decode_names_and_times(x509, decoded));
    return decode_extensions(x509, decoded);
}
