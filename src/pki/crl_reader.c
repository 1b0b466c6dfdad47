/*
 * Only headers are read by hand, to find the entries. The parts around them, put together as a list
 * without entries, go to OpenSSL's decoder: number, times, names and extensions are read by the
 * same code as those of a short list.
 */
#include "pki/crl_reader.h"

#include "pki/ossl_cleanup.h"

enum {
    TAG_INTEGER = 0x02,
    TAG_UTC_TIME = 0x17,
    TAG_GENERALIZED_TIME = 0x18,
    TAG_SEQUENCE = 0x30,
    LENGTH_OCTETS_MAX = 5,
};

struct crl_reader {
    struct crl_outline outline;
    struct buf beginning;
    EVP_MD_CTX *hash;
    const EVP_MD *digest;
};

void crl_reader_free(struct crl_reader *reader)
{
    if (reader == NULL)
        return;
    buf_clear(&reader->beginning);
    EVP_MD_CTX_free(reader->hash);
    free(reader);
}

/* ---- headers --------------------------------------------------------------------------------- */

/* One element: where it starts, where its content starts and ends. */
struct element {
    uint8_t tag;
    uint64_t at;
    uint64_t content;
    uint64_t end;
};

static enum status fail_cut(void)
{
    return status_fail(STATUS_INVALID, "RFC 5280 5.1: not a CRL, or cut short");
}

/* X.690 10.1: definite, and in the fewest octets. */
static enum status read_length(struct span bytes, uint64_t *at, uint64_t *ret_len)
{
    if (*at >= bytes.len)
        return fail_cut();
    uint64_t len = bytes.ptr[(*at)++];
    if (len < 0x80) {
        *ret_len = len;
        return STATUS_OK;
    }
    uint64_t octets = len - 0x80;
    if (octets == 0 || octets > LENGTH_OCTETS_MAX || octets > bytes.len - *at)
        return fail_cut();
    len = 0;
    for (uint64_t i = 0; i < octets; i++)
        len = len << 8 | bytes.ptr[(*at)++];
    if (len < 0x80 || len >> (8 * (octets - 1)) == 0)
        return fail_cut();
    *ret_len = len;
    return STATUS_OK;
}

/* The content need not be there, but must end within `limit`. */
static enum status read_element(struct span bytes, uint64_t at, uint64_t limit,
                                struct element *ret_element)
{
    if (at >= bytes.len || at >= limit)
        return fail_cut();
    struct element element = {.tag = bytes.ptr[at], .at = at};
    uint64_t len = 0;
    at++;
    TRY(read_length(bytes, &at, &len));
    element.content = at;
    element.end = at + len;
    if (element.end > limit)
        return fail_cut();
    *ret_element = element;
    return STATUS_OK;
}

static enum status read_sequence(struct span bytes, uint64_t at, uint64_t limit,
                                 struct element *ret_element)
{
    TRY(read_element(bytes, at, limit, ret_element));
    return ret_element->tag == TAG_SEQUENCE ? STATUS_OK : fail_cut();
}

static bool is_time(const struct element *element)
{
    return element->tag == TAG_UTC_TIME || element->tag == TAG_GENERALIZED_TIME;
}

/* thisUpdate, nextUpdate when it is there; *ret_next becomes what follows them. */
static enum status pass_times(struct span bytes, uint64_t at, uint64_t limit, uint64_t *ret_next)
{
    struct element time;
    TRY(read_element(bytes, at, limit, &time));
    if (!is_time(&time))
        return fail_cut();
    *ret_next = time.end;
    if (time.end < limit) {
        TRY(read_element(bytes, time.end, limit, &time));
        if (is_time(&time))
            *ret_next = time.end;
    }
    return STATUS_OK;
}

/* RFC 5280 5.1: version, algorithm, issuer, times, then the entries, then [0] the extensions. */
enum status crl_outline_read(struct span bytes, struct crl_outline *ret_outline)
{
    struct element list;
    struct element tbs;
    struct element version;
    struct element algorithm;
    struct element issuer;
    TRY(read_sequence(bytes, 0, UINT64_MAX / 2, &list));
    TRY(read_sequence(bytes, list.content, list.end, &tbs));
    TRY(read_element(bytes, tbs.content, tbs.end, &version));
    uint64_t at = version.tag == TAG_INTEGER ? version.end : version.at;
    TRY(read_sequence(bytes, at, tbs.end, &algorithm));
    TRY(read_sequence(bytes, algorithm.end, tbs.end, &issuer));
    TRY(pass_times(bytes, issuer.end, tbs.end, &at));
    struct crl_outline outline = {
        .size = list.end,
        .tbs_at = tbs.at,
        .tbs_end = tbs.end,
        .entries_at = at,
        .entries_end = at,
        .fixed_at = tbs.content,
        .fixed_end = at,
        .algorithm_at = algorithm.at,
    };
    struct element entries = {0};
    if (at < tbs.end && at != bytes.len)
        TRY(read_element(bytes, at, tbs.end, &entries));
    if (entries.tag == TAG_SEQUENCE) {
        outline.entries_at = entries.content;
        outline.entries_end = entries.end;
    }
    if (outline.entries_at > bytes.len)
        return fail_cut();
    *ret_outline = outline;
    return STATUS_OK;
}

/* ---- the list without its entries ------------------------------------------------------------ */

static void append_sequence(struct buf *der, struct span first, struct span second)
{
    size_t len = first.len + second.len;
    buf_append_byte(der, TAG_SEQUENCE);
    if (len >= 0x80)
        buf_append_byte(der, 0x83);
    if (len >= 0x80)
        for (int shift = 16; shift > 0; shift -= 8)
            buf_append_byte(der, (uint8_t)(len >> shift));
    buf_append_byte(der, (uint8_t)len);
    buf_append(der, first);
    buf_append(der, second);
}

enum status crl_read_frame(const struct crl_outline *outline, struct span beginning,
                           struct span end, struct crl **ret_crl)
{
    if (beginning.len != outline->entries_at || end.len != outline->size - outline->entries_end ||
        beginning.len > CRL_BEGINNING_MAX || end.len > CRL_END_MAX)
        return fail_cut();
    size_t in_tbs = outline->tbs_end - outline->entries_end;
    struct buf tbs defer(buf_clear) = BUF_INIT((size_t)CRL_BEGINNING_MAX + CRL_END_MAX);
    struct buf list defer(buf_clear) = BUF_INIT((size_t)CRL_BEGINNING_MAX + CRL_END_MAX);
    append_sequence(
        &tbs, span_of(beginning.ptr + outline->fixed_at, outline->fixed_end - outline->fixed_at),
        span_of(end.ptr, in_tbs));
    struct span unsigned_list;
    TRY(buf_finish(&tbs, &unsigned_list));
    append_sequence(&list, unsigned_list, span_of(end.ptr + in_tbs, end.len - in_tbs));
    struct span bytes;
    TRY(buf_finish(&list, &bytes));
    return crl_parse(bytes, ret_crl);
}

/* ---- in one pass ----------------------------------------------------------------------------- */

static enum status hash(struct crl_reader *reader, struct span bytes)
{
    if (EVP_DigestUpdate(reader->hash, bytes.ptr, bytes.len) != 1)
        return ossl_fail(STATUS_CRYPTO, "a CRL cannot be hashed");
    return STATUS_OK;
}

static enum status find_digest(const struct crl_outline *outline, struct span beginning,
                               const EVP_MD **ret_digest)
{
    const uint8_t *at = beginning.ptr + outline->algorithm_at;
    X509_ALGOR *algorithm defer(X509_ALGOR_free) =
        d2i_X509_ALGOR(NULL, &at, (long)(beginning.len - outline->algorithm_at));
    const ASN1_OBJECT *name = NULL;
    int digest = NID_undef;
    if (algorithm != NULL)
        X509_ALGOR_get0(&name, NULL, NULL, algorithm);
    if (name != NULL && OBJ_find_sigid_algs(OBJ_obj2nid(name), &digest, NULL) == 1)
        *ret_digest = EVP_get_digestbynid(digest);
    if (*ret_digest == NULL)
        return ossl_fail(STATUS_INVALID, "RFC 5280 5.1.1.2: a signature algorithm that is unknown");
    return STATUS_OK;
}

enum status crl_reader_begin(const struct crl_outline *outline, struct span beginning,
                             struct crl_reader **ret_reader)
{
    if (beginning.len != outline->entries_at)
        return fail_cut();
    struct crl_reader *reader defer(crl_reader_free) = malloc(sizeof *reader);
    if (reader == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a CRL");
    *reader = (struct crl_reader){.outline = *outline, .beginning = BUF_INIT(CRL_BEGINNING_MAX)};
    buf_append(&reader->beginning, beginning);
    TRY(reader->beginning.failure);
    TRY(find_digest(outline, beginning, &reader->digest));
    reader->hash = EVP_MD_CTX_new();
    if (reader->hash == NULL || EVP_DigestInit_ex(reader->hash, reader->digest, NULL) != 1)
        return ossl_fail(STATUS_CRYPTO, "a CRL cannot be hashed");
    TRY(hash(reader, span_of(beginning.ptr + outline->tbs_at, beginning.len - outline->tbs_at)));
    *ret_reader = take(reader);
    return STATUS_OK;
}

enum status crl_reader_entries(struct crl_reader *reader, struct span piece)
{
    return hash(reader, piece);
}

static enum status verify(struct crl_reader *reader, const struct crl *crl,
                          const struct certificate *issuer)
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const ASN1_BIT_STRING *signature = NULL;
    X509_CRL_get0_signature(crl_x509(crl), &signature, NULL);
    EVP_PKEY *pkey = X509_get0_pubkey(certificate_x509(issuer));
    TRY(pkey_check_limits(pkey));
    EVP_PKEY_CTX *context defer(EVP_PKEY_CTX_free) = EVP_PKEY_CTX_new(pkey, NULL);
    if (EVP_DigestFinal_ex(reader->hash, sum, &len) != 1 || context == NULL ||
        EVP_PKEY_verify_init(context) != 1 ||
        EVP_PKEY_CTX_set_signature_md(context, reader->digest) != 1)
        return ossl_fail(STATUS_CRYPTO, "the signature of a CRL cannot be verified");
    if (EVP_PKEY_verify(context, ASN1_STRING_get0_data(signature),
                        (size_t)ASN1_STRING_length(signature), sum, len) != 1)
        return ossl_fail(STATUS_INVALID, "RFC 5280 5.1.1.3: the CRL's signature is not right");
    return STATUS_OK;
}

enum status crl_reader_end(struct crl_reader *reader, struct span end,
                           const struct certificate *issuer, struct crl_info *ret_info)
{
    const struct crl_outline *outline = &reader->outline;
    struct crl *crl defer(crl_free) = NULL;
    struct span beginning = span_of(reader->beginning.ptr, reader->beginning.len);
    TRY(crl_read_frame(outline, beginning, end, &crl));
    TRY(hash(reader, span_of(end.ptr, outline->tbs_end - outline->entries_end)));
    TRY(crl_check_issuer(crl, issuer));
    TRY(verify(reader, crl, issuer));
    *ret_info = crl_info(crl);
    return STATUS_OK;
}
