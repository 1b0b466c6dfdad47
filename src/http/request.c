/*
 * A request is a view of the connection's head; decoded path, body and forms are its own and wiped
 * with it.
 */
#include "http/request.h"

#include "base/field.h"
#include "base/limits.h"
#include "http/cookie.h"
#include "http/head_check.h"
#include "http/seam.h"
#include "http/target.h"

#include <stdio.h>
#include <strings.h>

struct parameter {
    struct span name;
    struct span value;
};

struct request {
    struct request_source source;
    struct address client;
    char client_text[ADDRESS_TEXT_SIZE];
    bool secure;
    bool has_tls;
    struct tls_session tls;
    struct request_connection connection;

    struct buf path;
    struct span query_text;
    const char *pattern;
    size_t body_limit;
    size_t parameter_count;
    struct parameter parameters[REQUEST_PARAMETERS_MAX];

    bool body_read;
    struct buf body;
    struct form *query;
    struct form *form;
    struct caller caller;
};

enum status request_new(const struct request_source *source, struct request **ret_request)
{
    struct request *request = calloc(1, sizeof *request);
    if (request == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a request");
    request->source = *source;
    request->pattern = "";
    request->path = (struct buf)BUF_INIT(LIMIT_REQUEST_TARGET);
    struct ssl_st *ssl = source->connection == NULL ? NULL : seam_ssl(source->connection);
    request->has_tls = ssl != NULL;
    request->connection.number = 1;
    if (source->connection != NULL)
        seam_describe(source->connection, &request->connection);
    if (ssl != NULL)
        tls_session_of(ssl, &request->tls);
    request_set_client(request, &source->peer, request->has_tls);
    *ret_request = request;
    return STATUS_OK;
}

void request_free(struct request *request)
{
    if (request == NULL)
        return;
    buf_clear(&request->path);
    buf_clear(&request->body);
    form_free(request->query);
    form_free(request->form);
    free(request);
}

enum status request_decode_target(struct request *request)
{
    struct span path;
    target_split(request->source.head->target, &path, &request->query_text);
    return target_decode_path(path, &request->path);
}

struct span request_raw_path(const struct request *request)
{
    struct span path;
    struct span query;
    target_split(request->source.head->target, &path, &query);
    return path;
}

enum status request_decode_rest(struct request *request, size_t plain)
{
    struct span path;
    target_split(request->source.head->target, &path, &request->query_text);
    return target_decode_rest(path, plain, &request->path);
}

void request_set_client(struct request *request, const struct address *client, bool secure)
{
    request->client = *client;
    request->secure = secure;
    address_format(client, request->client_text);
}

void request_set_route(struct request *request, const char *pattern, size_t body_limit)
{
    request->pattern = pattern;
    request->body_limit = body_limit;
}

void request_add_parameter(struct request *request, struct span name, struct span value)
{
    if (request->parameter_count < REQUEST_PARAMETERS_MAX)
        request->parameters[request->parameter_count++] = (struct parameter){name, value};
}

void request_clear_parameters(struct request *request)
{
    request->parameter_count = 0;
}

const struct head *request_head(const struct request *request)
{
    return request->source.head;
}

enum method request_method(const struct request *request)
{
    return request->source.head->method;
}

struct span request_path(const struct request *request)
{
    return span_of(request->path.ptr, request->path.len);
}

struct span request_target(const struct request *request)
{
    return request->source.head->target;
}

const char *request_pattern(const struct request *request)
{
    return request->pattern;
}

struct span request_parameter(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->parameter_count; i++)
        if (span_equal_text(request->parameters[i].name, name))
            return request->parameters[i].value;
    return SPAN_EMPTY;
}

struct span request_raw_query(const struct request *request)
{
    return request->query_text;
}

enum status request_query(struct request *request, const struct form **ret_query)
{
    if (request->query == NULL)
        TRY(form_parse(request->query_text, &request->query));
    *ret_query = request->query;
    return STATUS_OK;
}

struct span request_header(const struct request *request, const char *name)
{
    struct span value = SPAN_EMPTY;
    return head_find(request->source.head, name, &value) ? value : SPAN_EMPTY;
}

struct span request_host(const struct request *request)
{
    return request->source.head->host;
}

struct span request_cookie(const struct request *request, const char *name)
{
    struct span value = SPAN_EMPTY;
    return cookie_find(request_header(request, "Cookie"), name, &value) ? value : SPAN_EMPTY;
}

/* ---- Accept ---------------------------------------------------------------------------------- */

static bool is_same(struct span text, const char *other)
{
    return text.len == strlen(other) && strncasecmp((const char *)text.ptr, other, text.len) == 0;
}

/* Of "level=1;q=0.4"; what is no weight is not wanted. */
static int weight_of(struct span parameters)
{
    int weight = FIELD_WEIGHT_ONE;
    while (parameters.len > 0) {
        struct span one = field_cut(&parameters, ';');
        if (field_is_weight(one))
            return field_weight(one, &weight) ? weight : 0;
    }
    return weight;
}

static int weight_in(struct span accept, const char *media_type)
{
    while (accept.len > 0) {
        struct span parameters = field_cut(&accept, ',');
        if (is_same(field_cut(&parameters, ';'), media_type))
            return weight_of(parameters);
    }
    return 0;
}

bool request_prefers(const struct request *request, const char *media_type)
{
    struct span accept = request_header(request, "Accept");
    int weight = weight_in(accept, media_type);
    return weight > 0 && weight >= weight_in(accept, "text/html");
}

/* ---- the body -------------------------------------------------------------------------------- */

static enum status read_body(struct request *request)
{
    const struct head *head = request->source.head;
    if (!head->has_length)
        return STATUS_OK; /* none was announced, RFC 9112 6.3 */
    request->body = (struct buf)BUF_INIT(request->body_limit);
    if (request->source.connection != NULL)
        return seam_read_body(request->source.connection, request->body_limit, &request->body);
    buf_append(&request->body, request->source.body);
    return request->body.failure;
}

enum status request_body(struct request *request, struct span *ret_body)
{
    if (!request->body_read) {
        request->body_read = true;
        buf_fail(&request->body, read_body(request));
    }
    return buf_finish(&request->body, ret_body);
}

enum status request_check_type(const struct request *request, const char *media_type)
{
    struct span parameters = request_header(request, "Content-Type");
    bool same = is_same(field_cut(&parameters, ';'), media_type);
    bool plain = parameters.len == 0 || is_same(field_trim(parameters), "charset=utf-8");
    if (!same || !plain)
        return status_fail(STATUS_UNSUPPORTED_TYPE, "the body must be %s", media_type);
    return STATUS_OK;
}

enum status request_form(struct request *request, const struct form **ret_form)
{
    if (request->form == NULL) {
        struct span body;
        TRY(request_check_type(request, "application/x-www-form-urlencoded"));
        TRY(request_body(request, &body));
        TRY(form_parse(body, &request->form));
    }
    *ret_form = request->form;
    return STATUS_OK;
}

/* ---- who ------------------------------------------------------------------------------------- */

enum listener_kind request_listener(const struct request *request)
{
    return request->source.listener;
}

bool request_is_secure(const struct request *request)
{
    return request->secure;
}

const struct address *request_peer(const struct request *request)
{
    return &request->client;
}

const char *request_peer_text(const struct request *request)
{
    return request->client_text;
}

const struct address *request_connection_peer(const struct request *request)
{
    return &request->source.peer;
}

const struct caller *request_caller(const struct request *request)
{
    return &request->caller;
}

void request_set_caller(struct request *request, const struct caller *caller)
{
    request->caller = *caller;
}

const struct request_connection *request_connection(const struct request *request)
{
    return &request->connection;
}

const struct tls_session *request_tls(const struct request *request)
{
    return request->has_tls ? &request->tls : NULL;
}

enum status request_client_certificate(const struct request *request, size_t index, struct buf *der)
{
    if (!request->has_tls)
        return status_fail(STATUS_NOT_FOUND, "the connection is not TLS");
    return tls_client_certificate(seam_ssl(request->source.connection), index, der);
}
