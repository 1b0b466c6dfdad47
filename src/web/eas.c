/*
 * GET on the address of Exchange ActiveSync: what the TLS layer saw of whoever asks, so that an
 * admin with curl or a browser knows whether a certificate arrives here at all.
 */
#include "web/application.h"
#include "web/json.h"

enum status eas_get(struct request *request, struct response *response,
                    [[maybe_unused]] void *application)
{
    const struct tls_session *tls = request_tls(request);
    const struct request_connection *connection = request_connection(request);
    struct buf *out = response_body(response);
    response_set_class(response, RESPONSE_SECRET);
    response_set_type(response, "application/json");
    json_begin(out);
    json_add_text(out, "tls_version", tls->version);
    json_add_text(out, "cipher", tls->cipher);
    json_add_value(out, "resumed", tls->resumed ? "true" : "false");
    json_add_number(out, "session_age", tls->session_age);
    json_add_value(out, "certificate_asked", tls->certificate_asked ? "true" : "false");
    json_add_number(out, "certificates", (int64_t)tls->certificate_count);
    json_add_text(out, "connection", connection->id);
    json_add_number(out, "request_number", connection->number);
    json_add_number(out, "handshake_age", connection->handshake_age);
    json_end(out);
    return STATUS_OK;
}
