/* Every text from outside becomes one line of bounded length here. */
#include "web/eas_seen.h"

#include "base/text.h"

#include <stdio.h>

void eas_seen_clear(struct eas_seen *seen)
{
    for (size_t i = 0; i < sizeof seen->der / sizeof seen->der[0]; i++)
        buf_clear(&seen->der[i]);
}

/* ---- headers --------------------------------------------------------------------------------- */

static void read_policy_key(const struct request *request, struct eas_seen *seen)
{
    struct device_request *device = &seen->device;
    char digits[EAS_SEEN_WORD];
    int64_t key;
    sent_text(request_header(request, "X-MS-PolicyKey"), digits, sizeof digits);
    device->has_policy_key = seen->query.has_policy_key;
    device->policy_key = seen->query.policy_key;
    if (!device->has_policy_key && text_parse_int(digits, 0, UINT32_MAX, &key) == STATUS_OK) {
        device->has_policy_key = true;
        device->policy_key = (uint32_t)key;
    }
}

/* ---- the connection -------------------------------------------------------------------------- */

/* What is too large or too many is not read further: the verdict is "unreadable". */
static void read_certificates(const struct request *request, size_t count, struct eas_seen *seen)
{
    struct device_request *device = &seen->device;
    const size_t most = sizeof seen->der / sizeof seen->der[0];
    device->unreadable = count > most;
    for (size_t i = 0; i < count && !device->unreadable; i++) {
        seen->der[i] = (struct buf)BUF_INIT(LIMIT_CERTIFICATE);
        device->unreadable = request_client_certificate(request, i, &seen->der[i]) != STATUS_OK;
        seen->certificates[i] = span_of(seen->der[i].ptr, seen->der[i].len);
    }
    device->certificates = seen->certificates;
    device->certificate_count = device->unreadable ? 0 : count;
}

static void read_connection(const struct request *request, struct eas_seen *seen)
{
    struct device_request *device = &seen->device;
    const struct tls_session *tls = request_tls(request);
    const struct request_connection *connection = request_connection(request);
    device->connection = connection->id;
    device->request_number = connection->number;
    device->handshake_age = connection->handshake_age;
    device->address = request_peer_text(request);
    if (tls == NULL)
        return;
    device->tls_version = tls->version;
    device->cipher = tls->cipher;
    device->session_age = tls->session_age;
    if (tls->certificate_count > 0)
        device->source =
            tls->resumed ? SIGHTING_CERTIFICATE_RESUMED : SIGHTING_CERTIFICATE_HANDSHAKE;
    read_certificates(request, tls->certificate_count, seen);
}

static enum status read_query(const struct request *request, struct eas_seen *seen)
{
    struct device_request *device = &seen->device;
    struct span query = request_raw_query(request);
    enum status status = eas_query_parse(query, &seen->query);
    if (status == STATUS_OK && query.len > 0)
        device->query = &seen->query;
    device->version = seen->query.version;
    if (device->version == EAS_VERSION_NONE)
        device->version = eas_version_of_text(request_header(request, "MS-ASProtocolVersion"));
    return status;
}

/* Before anything else fails on this thread. */
static enum status keep_detail(struct eas_seen *seen, enum status status)
{
    if (status != STATUS_OK)
        snprintf(seen->why, sizeof seen->why, "%s", status_detail());
    return status;
}

/* What was announced counts, also where it did not come. */
static enum status read_body(struct request *request, struct eas_seen *seen)
{
    char digits[EAS_SEEN_WORD];
    if (request_method(request) != METHOD_POST)
        return STATUS_OK;
    sent_text(request_header(request, "Content-Length"), digits, sizeof digits);
    if (text_parse_int(digits, 0, INT32_MAX, &seen->device.body) != STATUS_OK)
        seen->device.body = 0;
    enum status status = request_body(request, &seen->body);
    seen->device.cut_off = status == STATUS_INVALID;
    return status;
}

enum status eas_seen_read(struct request *request, struct eas_seen *seen)
{
    enum status body = keep_detail(seen, read_body(request, seen));
    enum status status = keep_detail(seen, read_query(request, seen));
    read_connection(request, seen);
    sent_authorization_read(request, &seen->authorization);
    read_policy_key(request, seen);
    sent_text(request_header(request, "User-Agent"), seen->agent, sizeof seen->agent);
    seen->device.front = SIGHTING_EAS;
    seen->device.method = method_name(request_method(request));
    seen->device.agent = seen->agent;
    seen->device.authorization_scheme = seen->authorization.scheme;
    seen->device.authorization_user = seen->authorization.user;
    return status == STATUS_OK ? body : status;
}
