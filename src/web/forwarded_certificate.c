/* Every encoding is undone piece by piece, to base64 and from there to DER of which only the length
 * is looked at: enough to tell one certificate from the next. */
#include "web/forwarded_certificate.h"

#include "base/field.h"
#include "base/text.h"

#include <strings.h>

struct encoding_names {
    const char *word;
    const char *header;
    const char *chain_header;
};

#define CHAIN_OF_true(header)  header "-Chain"
#define CHAIN_OF_false(header) NULL
static const struct encoding_names names[] = {
#define FORWARDED_NAMES(name, word, header, chain) {word, header, CHAIN_OF_##chain(header)},
    FORWARDED_ENCODING_TABLE(FORWARDED_NAMES)
#undef FORWARDED_NAMES
};

enum forwarded_encoding forwarded_encoding_of(const char *word)
{
    unsigned encoding = 0;
    while (encoding < FORWARDED_ENCODINGS && strcmp(names[encoding].word, word) != 0)
        encoding++;
    return (enum forwarded_encoding)encoding;
}

const char *forwarded_word(enum forwarded_encoding encoding)
{
    return names[encoding].word;
}

const char *forwarded_header(enum forwarded_encoding encoding)
{
    return names[encoding].header;
}

const char *forwarded_chain_header(enum forwarded_encoding encoding)
{
    return names[encoding].chain_header;
}

void forwarded_certificates_clear(struct forwarded_certificates *list)
{
    buf_clear(&list->der);
}

/* ---- DER ------------------------------------------------------------------------------------- */

/* The bytes of the SEQUENCE that `der` starts with, X.690 8.1.3 and 10.1; 0 when it starts with
 * none, or with one that is cut off. No certificate is as long as three octets of length say. */
static size_t sequence_length(struct span der)
{
    enum { SEQUENCE = 0x30, LONG = 0x80, LENGTH_OCTETS_MAX = 2 };
    if (der.len < 2 || der.ptr[0] != SEQUENCE)
        return 0;
    size_t octets = der.ptr[1] < LONG ? 0 : der.ptr[1] - (size_t)LONG;
    size_t content = der.ptr[1];
    if (der.ptr[1] >= LONG) {
        if (octets == 0 || octets > LENGTH_OCTETS_MAX || der.len < 2 + octets)
            return 0;
        content = der.ptr[2];
        if (octets == 2)
            content = content << 8 | der.ptr[3];
    }
    size_t whole = 2 + octets + content;
    return whole <= der.len ? whole : 0;
}

/* Counts the certificates that stand in list->der from `start`, of which there may be `most`. */
static enum status take_certificates(struct forwarded_certificates *list, size_t start, size_t most)
{
    for (size_t taken = 0; start < list->der.len; taken++) {
        struct span rest = span_of(list->der.ptr + start, list->der.len - start);
        size_t len = sequence_length(rest);
        if (len == 0)
            return status_fail(STATUS_INVALID, "not DER of a certificate (RFC 5280 4.1)");
        if (taken == most)
            return status_fail(STATUS_INVALID, "bytes follow the certificate");
        if (len > LIMIT_CERTIFICATE || list->count == FORWARDED_MOST)
            return status_fail(STATUS_TOO_LARGE, "more than %d certificates, or a larger one",
                               FORWARDED_MOST);
        list->items[list->count++] = span_of(rest.ptr, len);
        start += len;
    }
    return STATUS_OK;
}

static enum status add_base64(struct span text, size_t most, struct forwarded_certificates *list)
{
    size_t start = list->der.len;
    if (text.len == 0)
        return status_fail(STATUS_INVALID, "there is nothing where a certificate must be");
    TRY(text_decode_base64(text, &list->der));
    return take_certificates(list, start, most);
}

/* ---- the encodings --------------------------------------------------------------------------- */

/* RFC 8941 3.3.5, a byte sequence without parameters, of which RFC 9440 defines none. */
static enum status add_byte_sequence(struct span item, struct forwarded_certificates *list)
{
    if (item.len < 2 || item.ptr[0] != ':' || item.ptr[item.len - 1] != ':')
        return status_fail(STATUS_INVALID, "no byte sequence between colons (RFC 9440 2.1)");
    return add_base64(span_of(item.ptr + 1, item.len - 2), 1, list);
}

static enum status decode_rfc9440(struct span certificate, struct span chain,
                                  struct forwarded_certificates *list)
{
    TRY(add_byte_sequence(certificate, list));
    if (chain.len > 0 && chain.ptr[chain.len - 1] == ',')
        return status_fail(STATUS_INVALID, "the chain ends in a comma (RFC 8941 4.2.1)");
    while (chain.len > 0)
        TRY(add_byte_sequence(field_cut(&chain, ','), list));
    return STATUS_OK;
}

static bool is_space(uint8_t letter)
{
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

static struct span skip_spaces(struct span text)
{
    while (text.len > 0 && is_space(text.ptr[0]))
        text = span_of(text.ptr + 1, text.len - 1);
    return text;
}

/* One block of PEM (RFC 7468 3), whatever white space its lines are made of; *rest is what is
 * behind it. */
static enum status add_pem_block(struct span *rest, struct forwarded_certificates *list)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    static const char end[] = "-----END CERTIFICATE-----";
    const size_t begin_len = sizeof begin - 1;
    const size_t end_len = sizeof end - 1;
    if (rest->len < begin_len || memcmp(rest->ptr, begin, begin_len) != 0)
        return status_fail(STATUS_INVALID, "no PEM: it does not start with %s", begin);
    struct span body = span_of(rest->ptr + begin_len, rest->len - begin_len);
    const uint8_t *stop = body.len == 0 ? NULL : memmem(body.ptr, body.len, end, end_len);
    if (stop == NULL)
        return status_fail(STATUS_INVALID, "no whole PEM: %s is missing", end);
    *rest = span_of(stop + end_len, body.len - (size_t)(stop - body.ptr) - end_len);
    body.len = (size_t)(stop - body.ptr);
    struct buf base64 defer(buf_clear) = BUF_INIT(LIMIT_REQUEST_HEAD);
    for (size_t i = 0; i < body.len; i++)
        if (!is_space(body.ptr[i]))
            buf_append_byte(&base64, body.ptr[i]);
    struct span text;
    TRY(buf_finish(&base64, &text));
    return add_base64(text, 1, list);
}

static enum status add_pem(struct span value, struct forwarded_certificates *list)
{
    struct buf plain defer(buf_clear) = BUF_INIT(LIMIT_REQUEST_HEAD);
    TRY(text_decode_percent(value, '+', &plain));
    struct span rest = skip_spaces(span_of(plain.ptr, plain.len));
    do {
        TRY(add_pem_block(&rest, list));
        rest = skip_spaces(rest);
    } while (rest.len > 0);
    return STATUS_OK;
}

static enum status decode_pem(struct span certificate, struct span chain,
                              struct forwarded_certificates *list)
{
    TRY(add_pem(certificate, list));
    return chain.len == 0 ? STATUS_OK : add_pem(chain, list);
}

static enum status decode_der(struct span certificate, struct span chain,
                              struct forwarded_certificates *list)
{
    TRY(add_base64(certificate, 1, list));
    return chain.len == 0 ? STATUS_OK : add_base64(chain, FORWARDED_MOST, list);
}

static enum status decode_traefik(struct span certificate, struct forwarded_certificates *list)
{
    struct buf plain defer(buf_clear) = BUF_INIT(LIMIT_REQUEST_HEAD);
    TRY(text_decode_percent(certificate, '+', &plain));
    struct span rest = span_of(plain.ptr, plain.len);
    if (rest.len > 0 && rest.ptr[rest.len - 1] == ',')
        return status_fail(STATUS_INVALID, "the list of certificates ends in a comma");
    while (rest.len > 0)
        TRY(add_base64(field_cut(&rest, ','), 1, list));
    return STATUS_OK;
}

/* ---- Envoy ----------------------------------------------------------------------------------- */

/* What stands before the first `separator` outside of quotes; *rest becomes what follows it, and
 * *ret_found says whether there was one. INVALID when a quote is not closed. */
static enum status cut_unquoted(struct span *rest, uint8_t separator, struct span *ret_part,
                                bool *ret_found)
{
    bool quoted = false;
    size_t at = 0;
    for (; at < rest->len && (quoted || rest->ptr[at] != separator); at++) {
        if (rest->ptr[at] == '"')
            quoted = !quoted;
        else if (quoted && rest->ptr[at] == '\\')
            at++;
    }
    if (quoted || at > rest->len)
        return status_fail(STATUS_INVALID, "a quote is not closed");
    *ret_found = at < rest->len;
    *ret_part = field_trim(span_of(rest->ptr, at));
    size_t used = at + (*ret_found ? 1 : 0);
    *rest = span_of(rest->ptr + used, rest->len - used);
    return STATUS_OK;
}

static enum status last_element(struct span value, struct span *ret_element)
{
    bool more = true;
    while (more)
        TRY(cut_unquoted(&value, ',', ret_element, &more));
    return STATUS_OK;
}

/* A value of percent-encoded PEM may be quoted, and has nothing in it that would be escaped. */
static struct span unquote(struct span value)
{
    bool quoted = value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"';
    return quoted ? span_of(value.ptr + 1, value.len - 2) : value;
}

struct envoy_element {
    struct span certificate;
    struct span chain;
};

static enum status keep_once(struct span value, const char *key, struct span *kept)
{
    if (kept->len > 0)
        return status_fail(STATUS_INVALID, "%s stands twice in the last element", key);
    *kept = unquote(value);
    return STATUS_OK;
}

static enum status take_pair(struct span pair, struct envoy_element *element)
{
    const uint8_t *equals = pair.len == 0 ? NULL : memchr(pair.ptr, '=', pair.len);
    if (equals == NULL)
        return status_fail(STATUS_INVALID, "a pair of the last element has no '='");
    size_t key = (size_t)(equals - pair.ptr);
    struct span value = span_of(equals + 1, pair.len - key - 1);
    if (key == 4 && strncasecmp((const char *)pair.ptr, "Cert", key) == 0)
        return keep_once(value, "Cert", &element->certificate);
    if (key == 5 && strncasecmp((const char *)pair.ptr, "Chain", key) == 0)
        return keep_once(value, "Chain", &element->chain);
    return STATUS_OK;
}

static enum status decode_envoy(struct span value, struct forwarded_certificates *list)
{
    struct span rest;
    struct envoy_element element = {SPAN_EMPTY, SPAN_EMPTY};
    TRY(last_element(value, &rest));
    for (bool more = true; more;) {
        struct span pair;
        TRY(cut_unquoted(&rest, ';', &pair, &more));
        TRY(take_pair(pair, &element));
    }
    if (element.certificate.len == 0 && element.chain.len == 0)
        return status_fail(STATUS_INVALID, "the last element has neither Cert nor Chain: "
                                           "set_current_client_cert_details must say cert: true");
    if (element.certificate.len > 0)
        TRY(add_pem(element.certificate, list));
    return element.chain.len == 0 ? STATUS_OK : add_pem(element.chain, list);
}

/* ---- all ------------------------------------------------------------------------------------- */

static enum status decode(enum forwarded_encoding encoding, struct span certificate,
                          struct span chain, struct forwarded_certificates *list)
{
    switch (encoding) {
    case FORWARDED_RFC9440:
        return decode_rfc9440(certificate, chain, list);
    case FORWARDED_PEM:
        return decode_pem(certificate, chain, list);
    case FORWARDED_DER:
        return decode_der(certificate, chain, list);
    case FORWARDED_TRAEFIK:
        return decode_traefik(certificate, list);
    case FORWARDED_ENVOY:
        return decode_envoy(certificate, list);
    case FORWARDED_ENCODINGS:
        break;
    }
    return status_fail(STATUS_INTERNAL, "no encoding %u", (unsigned)encoding);
}

enum status forwarded_certificate_decode(enum forwarded_encoding encoding, struct span certificate,
                                         struct span chain, struct forwarded_certificates *list)
{
    certificate = field_trim(certificate);
    chain = field_trim(chain);
    list->der = (struct buf)BUF_INIT(LIMIT_REQUEST_HEAD);
    if (certificate.len > LIMIT_REQUEST_HEAD || chain.len > LIMIT_REQUEST_HEAD - certificate.len)
        return status_fail(STATUS_TOO_LARGE, "more than %d bytes of certificates",
                           LIMIT_REQUEST_HEAD);
    if (certificate.len == 0 && chain.len > 0)
        return status_fail(STATUS_INVALID, "a chain without a certificate (RFC 9440 2.3)");
    if (certificate.len == 0)
        return STATUS_OK;
    /* At once, so that it never moves: the spans stay good. */
    if (buf_reserve(&list->der, LIMIT_REQUEST_HEAD) == NULL)
        return list->der.failure;
    return decode(encoding, certificate, chain, list);
}

/* ---- the other way --------------------------------------------------------------------------- */

static void append_pem(struct span der, struct buf *value)
{
    struct buf base64 defer(buf_clear) = BUF_INIT((size_t)2 * LIMIT_CERTIFICATE);
    text_append_base64(&base64, der);
    buf_append_text(value, "-----BEGIN%20CERTIFICATE-----%0A");
    for (size_t i = 0; i < base64.len; i++) {
        bool plain = strchr("+/=", base64.ptr[i]) == NULL;
        buf_printf(value, plain ? "%c" : "%%%02X", base64.ptr[i]);
    }
    buf_append_text(value, "%0A-----END%20CERTIFICATE-----%0A");
    buf_fail(value, base64.failure);
}

void forwarded_certificate_append(enum forwarded_encoding encoding, struct span der,
                                  struct buf *value)
{
    bool colons = encoding == FORWARDED_RFC9440;
    if (encoding == FORWARDED_PEM) {
        append_pem(der, value);
    } else if (encoding == FORWARDED_ENVOY) {
        buf_append_text(value, "Cert=\"");
        append_pem(der, value);
        buf_append_byte(value, '"');
    } else {
        buf_append_text(value, colons ? ":" : "");
        text_append_base64(value, der);
        buf_append_text(value, colons ? ":" : "");
    }
}
