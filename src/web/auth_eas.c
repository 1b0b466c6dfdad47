/*
 * /auth/eas: a proxy asks whether the phone behind one of its requests may in.
 *
 * Everything here was written by the proxy, so everything hangs on who that is: only the peers of
 * internal.peers are answered, and only the header of internal.certificate_header is read. What
 * else a phone may have smuggled past its proxy must not help it:
 *   - a header that stands twice is not read at all: one of the two is not the proxy's;
 *   - the address of the request may come in one of three ways, and only in one: a proxy that sets
 *     X-Forwarded-Uri would otherwise let a phone's own X-Original-URI through, and with it another
 *     user name than the one that Exchange will see;
 *   - words such as X-SSL-Client-Verify are not looked at: the certificate is verified here.
 *
 * Envoy puts the whole original address behind ours, which is the third way, and asks by the
 * phone's method: a header with another one is not its own.
 */
#include "base/log.h"
#include "base/text.h"
#include "eas/query.h"
#include "http/head_check.h"
#include "http/target.h"
#include "service/verify_device.h"
#include "web/application.h"
#include "web/forwarded_certificate.h"
#include "web/json.h"
#include "web/sent_text.h"

#include <stdio.h>
#include <strings.h>

enum {
    WORD_SIZE = 33,   /* a method, a TLS version */
    NOTE_SIZE = 129,  /* a cipher, a connection */
    AGENT_SIZE = 257, /* a User-Agent */
};

/* What the proxy said, and where it is kept until the answer. */
struct seen {
    struct device_request device;
    struct forwarded_certificates certificates;
    char unreadable[STATUS_DETAIL_MAX + 64]; /* why, "" when it was not */
    struct eas_query query;
    char method[WORD_SIZE];
    char address[ADDRESS_TEXT_SIZE];
    char agent[AGENT_SIZE];
    char tls_version[WORD_SIZE];
    char cipher[NOTE_SIZE];
    char connection[NOTE_SIZE];
    struct sent_authorization authorization;
};

static void seen_clear(struct seen *seen)
{
    forwarded_certificates_clear(&seen->certificates);
}
CLEANUP_VALUE(struct seen, seen_clear)

/* ---- whom we believe ------------------------------------------------------------------------- */

static bool is_peer(const struct content *content, const struct address *address)
{
    for (size_t i = 0; i < content->peer_count; i++)
        if (network_contains(&content->peers[i], address))
            return true;
    return false;
}

static enum status check_peer(const struct web *web, const struct request *request)
{
    char text[ADDRESS_TEXT_SIZE];
    const struct address *peer = request_connection_peer(request);
    if (is_peer(web_content(web), peer))
        return STATUS_OK;
    address_format(peer, text);
    log_warning("auth", "%s asked for a verdict and is none of internal.peers", text);
    return status_fail(STATUS_FORBIDDEN, "%s is none of internal.peers, so nothing it says counts",
                       text);
}

static enum status choose_encoding(const struct web *web, enum forwarded_encoding *ret_encoding)
{
    *ret_encoding = forwarded_encoding_of(web_config(web)->internal_certificate_header);
    if (*ret_encoding != FORWARDED_ENCODINGS)
        return STATUS_OK;
    log_warning("auth", "a proxy asks, and internal.certificate_header is off");
    return status_fail(STATUS_FORBIDDEN, "internal.certificate_header is off: it must say how the "
                                         "proxy forwards certificates");
}

/* ---- texts ----------------------------------------------------------------------------------- */

static void note_header(const struct request *request, const char *name, char *room, size_t size)
{
    sent_text(request_header(request, name), room, size);
}

/* A decimal number of a header; `otherwise` when there is none. */
static int64_t number_of(const struct request *request, const char *name, int64_t most,
                         int64_t otherwise)
{
    char text[WORD_SIZE];
    int64_t number = otherwise;
    struct span value = request_header(request, name);
    if (value.len == 0)
        return otherwise;
    sent_text(value, text, sizeof text);
    return text_parse_int(text, 0, most, &number) == STATUS_OK ? number : otherwise;
}

static enum status refuse_doubles(const struct request *request)
{
    static const char *const once[] = {
        "X-Original-URI",  "X-Forwarded-Uri", "X-Original-Method",    "X-Forwarded-Method",
        "X-Forwarded-For", "Authorization",   "MS-ASProtocolVersion", "X-MS-PolicyKey"};
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
        if (head_count(request_head(request), once[i]) > 1)
            return status_fail(STATUS_INVALID, "the header %s stands twice", once[i]);
    return STATUS_OK;
}

/* Of two headers that say the same, at most one may be there. */
static enum status either_header(const struct request *request, const char *one, const char *other,
                                 struct span *ret_value)
{
    struct span first = request_header(request, one);
    struct span second = request_header(request, other);
    if (first.len > 0 && second.len > 0)
        return status_fail(STATUS_INVALID,
                           "both %s and %s: the proxy must remove the one that it "
                           "does not set",
                           one, other);
    *ret_value = first.len > 0 ? first : second;
    return STATUS_OK;
}

/* ---- the original request -------------------------------------------------------------------- */

static const char eas_path[] = "/Microsoft-Server-ActiveSync";

static enum status read_target(struct span target, struct seen *seen)
{
    struct span path;
    struct span query;
    struct buf decoded defer(buf_clear) = BUF_INIT(LIMIT_REQUEST_HEAD);
    target_split(target, &path, &query);
    TRY(target_decode_path(path, &decoded));
    if (decoded.len != sizeof eas_path - 1 ||
        strncasecmp((const char *)decoded.ptr, eas_path, decoded.len) != 0)
        return status_fail(STATUS_INVALID, "the phone asked for another address than %s", eas_path);
    if (query.len == 0)
        return STATUS_OK;
    TRY(eas_query_parse(query, &seen->query));
    seen->device.query = &seen->query;
    return STATUS_OK;
}

/* What stands behind /auth/eas, as it was sent. */
static struct span target_behind(const struct request *request)
{
    struct span target = request_target(request);
    const size_t ours = sizeof AUTH_EAS - 1;
    bool more = target.len > ours && target.ptr[ours] == '/';
    return more ? span_of(target.ptr + ours, target.len - ours) : SPAN_EMPTY;
}

static enum status read_original_target(const struct request *request, struct seen *seen)
{
    struct span behind = target_behind(request);
    struct span said;
    TRY(either_header(request, "X-Original-URI", "X-Forwarded-Uri", &said));
    if (behind.len > 0 && said.len > 0)
        return status_fail(STATUS_INVALID, "the original address stands in a header and behind "
                                           "ours: the proxy must remove X-Original-URI and "
                                           "X-Forwarded-Uri");
    if (behind.len == 0 && said.len == 0)
        return status_fail(STATUS_INVALID, "the proxy does not say what the phone asked for: it "
                                           "must set X-Original-URI or X-Forwarded-Uri");
    return read_target(said.len > 0 ? said : behind, seen);
}

/* A proxy that asks behind our address asks by the phone's method, so that no header is its own. */
static enum status read_method(const struct request *request, struct seen *seen)
{
    struct span said;
    TRY(either_header(request, "X-Original-Method", "X-Forwarded-Method", &said));
    if (said.len > 0 && target_behind(request).len > 0)
        return status_fail(STATUS_INVALID, "the original address stands behind ours and its method "
                                           "in a header: the proxy must remove X-Original-Method "
                                           "and X-Forwarded-Method");
    sent_text(said.len > 0 ? said : span_of_text(method_name(request_method(request))),
              seen->method, sizeof seen->method);
    return STATUS_OK;
}

/* The phone's: the last of X-Forwarded-For, which the proxy itself appended. */
static void read_address(const struct request *request, struct seen *seen)
{
    struct span list = request_header(request, "X-Forwarded-For");
    struct address address = *request_connection_peer(request);
    const uint8_t *comma = list.len == 0 ? NULL : memrchr(list.ptr, ',', list.len);
    size_t start = comma == NULL ? 0 : (size_t)(comma - list.ptr) + 1;
    while (start < list.len && list.ptr[start] == ' ')
        start++;
    struct address last;
    if (list.len > 0 &&
        address_parse(span_of(list.ptr + start, list.len - start), &last) == STATUS_OK)
        address = last;
    address_format(&address, seen->address);
}

static void read_policy_key(const struct request *request, struct seen *seen)
{
    int64_t key = number_of(request, "X-MS-PolicyKey", UINT32_MAX, -1);
    seen->device.has_policy_key = key >= 0;
    seen->device.policy_key = key >= 0 ? (uint32_t)key : 0;
    if (seen->query.has_policy_key) {
        seen->device.has_policy_key = true;
        seen->device.policy_key = seen->query.policy_key;
    }
}

/* ---- the certificate ------------------------------------------------------------------------- */

static void cannot_read(struct seen *seen, const char *header, const char *why)
{
    snprintf(seen->unreadable, sizeof seen->unreadable, "%s: %s", header, why);
    seen->device.unreadable = true;
}

/* False: it stands more than once, so nobody knows which of them the proxy wrote. */
static bool read_header(const struct request *request, const char *name, struct seen *seen,
                        struct span *ret_value)
{
    *ret_value = name == NULL ? SPAN_EMPTY : request_header(request, name);
    if (name == NULL || head_count(request_head(request), name) < 2)
        return true;
    cannot_read(seen, name, "the header stands twice");
    return false;
}

/* What cannot be read is a finding about the phone (or about the proxy), not a failure of ours. */
static enum status read_certificates(const struct request *request,
                                     enum forwarded_encoding encoding, struct seen *seen)
{
    struct span certificate;
    struct span chain;
    const char *header = forwarded_header(encoding);
    if (!read_header(request, header, seen, &certificate) ||
        !read_header(request, forwarded_chain_header(encoding), seen, &chain))
        return STATUS_OK;
    enum status status =
        forwarded_certificate_decode(encoding, certificate, chain, &seen->certificates);
    if (status == STATUS_INVALID || status == STATUS_TOO_LARGE) {
        char why[STATUS_DETAIL_MAX];
        snprintf(why, sizeof why, "%s", status_detail());
        cannot_read(seen, header, why);
        return STATUS_OK;
    }
    TRY(status);
    seen->device.certificates = seen->certificates.items;
    seen->device.certificate_count = seen->certificates.count;
    return STATUS_OK;
}

/* "r" and "." of nginx, "1" and "0" of HAProxy, "Resumed" and "Initial" of Apache. */
static enum sighting_certificate source_of(const struct request *request, const struct seen *seen)
{
    if (seen->device.certificate_count == 0 && !seen->device.unreadable)
        return SIGHTING_CERTIFICATE_NONE;
    struct span reused = request_header(request, "X-SSL-Session-Reused");
    if (span_equal_text(reused, "r") || span_equal_text(reused, "1") ||
        span_equal_text(reused, "Resumed"))
        return SIGHTING_CERTIFICATE_RESUMED;
    return reused.len > 0 ? SIGHTING_CERTIFICATE_HANDSHAKE : SIGHTING_CERTIFICATE_FORWARDED;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void read_notes(const struct request *request, struct seen *seen)
{
    read_address(request, seen);
    sent_authorization_read(request, &seen->authorization);
    read_policy_key(request, seen);
    note_header(request, "User-Agent", seen->agent, sizeof seen->agent);
    note_header(request, "X-SSL-Protocol", seen->tls_version, sizeof seen->tls_version);
    note_header(request, "X-SSL-Cipher", seen->cipher, sizeof seen->cipher);
    note_header(request, "X-SSL-Connection", seen->connection, sizeof seen->connection);
}

/* MS-ASHTTP 2.2.1.1.1: only OPTIONS may do without a query, and every query names both. One that
 * does not would be judged without its device, and a pin or a block of it pass unseen. */
static enum status check_query(const struct seen *seen)
{
    bool whole = seen->query.command != EAS_COMMAND_NONE && seen->query.device_id[0] != '\0';
    if (strcmp(seen->method, "OPTIONS") == 0 || whole)
        return STATUS_OK;
    if (seen->device.query == NULL && strcmp(seen->method, "POST") != 0)
        return STATUS_OK;
    return status_fail(
        STATUS_INVALID,
        "MS-ASHTTP 2.2.1.1.1: the query of the phone names no command or no DeviceId");
}

static enum status see(const struct request *request, enum forwarded_encoding encoding,
                       struct seen *seen)
{
    struct device_request *device = &seen->device;
    TRY(refuse_doubles(request));
    TRY(read_original_target(request, seen));
    TRY(read_method(request, seen));
    TRY(check_query(seen));
    TRY(read_certificates(request, encoding, seen));
    read_notes(request, seen);
    device->front = SIGHTING_AUTH;
    device->source = source_of(request, seen);
    device->version = seen->query.version;
    if (device->version == 0)
        device->version = eas_version_of_text(request_header(request, "MS-ASProtocolVersion"));
    device->request_number = number_of(request, "X-SSL-Connection-Requests", UINT32_MAX, 0);
    device->method = seen->method;
    device->address = seen->address;
    device->agent = seen->agent;
    device->tls_version = seen->tls_version;
    device->cipher = seen->cipher;
    device->connection = seen->connection;
    device->authorization_scheme = seen->authorization.scheme;
    device->authorization_user = seen->authorization.user;
    return STATUS_OK;
}

/* A name may have letters that no header has: those are percent-encoded, as is the percent sign. */
static void add_user(struct response *response, const char *user)
{
    struct buf text defer(buf_clear) = BUF_INIT((size_t)3 * LIMIT_USER + 1);
    for (const char *letter = user; *letter != '\0'; letter++) {
        if (*letter > ' ' && *letter <= '~' && *letter != '%')
            buf_append_byte(&text, (uint8_t)*letter);
        else
            buf_printf(&text, "%%%02X", (unsigned)(uint8_t)*letter);
    }
    if (text.len > 0)
        response_add_header(response, "X-Certferry-User", (const char *)text.ptr);
}

/* Without credentials the server behind the proxy will ask for them; with those of somebody whom
 * only that server can read, it would let in another user than the certificate's. */
static void judge_login(const struct web *web, struct seen *seen)
{
    const struct sent_authorization *sent = &seen->authorization;
    bool compare = web_config(web)->eas_require_password;
    seen->device.compare_login = compare;
    seen->device.login_unknown = compare && sent->credentials && sent->user[0] == '\0';
}

static void write_answer(struct response *response, const struct device_verdict *answer,
                         const char *unreadable)
{
    enum verdict_reason reason = answer->verdict.reason;
    const char *word = reason == VERDICT_ALLOWED ? "allow" : "refuse";
    bool decoding = reason == VERDICT_UNREADABLE && unreadable[0] != '\0';
    response_set_status(response, verdict_http(reason));
    response_add_header(response, "X-Certferry-Verdict", word);
    response_add_header(response, "X-Certferry-Reason", verdict_reason_text(reason));
    if (answer->serial[0] != '\0')
        response_add_header(response, "X-Certferry-Serial", answer->serial);
    add_user(response, answer->identity);
    response_set_type(response, "application/json");
    struct buf *out = response_body(response);
    json_begin(out);
    json_add_text(out, "verdict", word);
    json_add_text(out, "reason", verdict_reason_text(reason));
    json_add_text(out, "sentence", verdict_sentence(reason));
    json_add_known_text(out, "detail", decoding ? unreadable : answer->verdict.detail);
    json_add_known_text(out, "iis_substatus", verdict_iis_substatus(reason));
    json_add_known_text(out, "user", answer->identity);
    json_add_known_text(out, "serial", answer->serial);
    json_end(out);
}

enum status auth_eas(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    struct seen seen defer(seen_clear) = {.device = {.certificate_count = 0}};
    struct device_verdict answer defer(device_verdict_clear) = {.identity = ""};
    enum forwarded_encoding encoding;
    TRY(check_peer(web, request));
    TRY(choose_encoding(web, &encoding));
    TRY(see(request, encoding, &seen));
    judge_login(web, &seen);
    TRY(verify_device(web->service, &seen.device, &answer));
    write_answer(response, &answer, seen.unreadable);
    verify_device_answered(web->service, &answer, response_status(response), 0);
    return STATUS_OK;
}
