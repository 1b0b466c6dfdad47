#include "line.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>

enum { HEAD_MAX = 16 * 1024 };

struct line {
    char *address; /* host:port */
    char *host;
    SSL_CTX *with;    /* its certificate */
    SSL_CTX *without; /* it */
    struct timeval timeout;
    bool dropped;
    BIO *open; /* the connection of the last request; NULL: the server has closed it */
};

CLEANUP_POINTER(BIO, BIO_free_all)

static bool complain(const char *what)
{
    fprintf(stderr, "certferry-phone: %s: %s\n", what,
            ERR_reason_error_string(ERR_peek_last_error()) == NULL
                ? "no further reason"
                : ERR_reason_error_string(ERR_peek_last_error()));
    ERR_clear_error();
    return false;
}

void line_prepare(void)
{
    if (OSSL_PROVIDER_load(NULL, "default") == NULL || OSSL_PROVIDER_load(NULL, "legacy") == NULL)
        ERR_clear_error();
}

/* ---- the bundle ------------------------------------------------------------------------------ */

struct identity {
    EVP_PKEY *key;
    X509 *certificate;
    STACK_OF(X509) * authorities;
};

static void identity_clear(struct identity *identity)
{
    EVP_PKEY_free(identity->key);
    X509_free(identity->certificate);
    sk_X509_pop_free(identity->authorities, X509_free);
}
CLEANUP_VALUE(struct identity, identity_clear)

static bool read_bundle(const char *path, const char *password, struct identity *identity)
{
    FILE *file = fopen(path, "rb");
    PKCS12 *bundle = file == NULL ? NULL : d2i_PKCS12_fp(file, NULL);
    if (file != NULL)
        fclose(file);
    int opened = bundle == NULL ? 0
                                : PKCS12_parse(bundle, password, &identity->key,
                                               &identity->certificate, &identity->authorities);
    PKCS12_free(bundle);
    return opened == 1 && identity->certificate != NULL;
}

static SSL_CTX *context_of(const struct identity *identity, bool with)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    X509_STORE *store = context == NULL ? NULL : SSL_CTX_get_cert_store(context);
    if (context == NULL)
        return NULL;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    for (int i = 0; i < sk_X509_num(identity->authorities); i++)
        X509_STORE_add_cert(store, sk_X509_value(identity->authorities, i));
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    if (with && SSL_CTX_use_cert_and_key(context, identity->certificate, identity->key,
                                         identity->authorities, 1) != 1)
        complain("the certificate cannot be used");
    return context;
}

bool line_open(const char *host, const char *port, const char *bundle, const char *password,
               long timeout, struct line **ret_line)
{
    struct identity identity defer(identity_clear) = {0};
    struct line *line defer(line_close) = calloc(1, sizeof *line);
    struct buf address defer(buf_clear) = BUF_INIT(512);
    if (line == NULL || !read_bundle(bundle, password, &identity))
        return complain("the bundle cannot be opened");
    buf_printf(&address, strchr(host, ':') == NULL ? "%s:%s" : "[%s]:%s", host, port);
    line->host = strdup(host);
    line->timeout.tv_sec = timeout;
    line->with = context_of(&identity, true);
    line->without = context_of(&identity, false);
    if (buf_take_text(&address, &line->address) != STATUS_OK || line->host == NULL ||
        line->with == NULL || line->without == NULL)
        return complain("no memory");
    *ret_line = take(line);
    return true;
}

void line_close(struct line *line)
{
    if (line == NULL)
        return;
    BIO_free_all(line->open);
    SSL_CTX_free(line->with);
    SSL_CTX_free(line->without);
    free(line->address);
    free(line->host);
    free(line);
}

void line_answer_clear(struct line_answer *answer)
{
    buf_clear(&answer->body);
}

static void hang_up(struct line *line)
{
    BIO_free_all(line->open);
    line->open = NULL;
}

void line_drop_certificate(struct line *line)
{
    line->dropped = true;
    hang_up(line);
}

/* ---- a request ------------------------------------------------------------------------------- */

/* A socket whose reads and writes give up after the time. */
static BIO *connect_plain(const struct line *line)
{
    BIO *plain defer(BIO_free_all) = BIO_new_connect(line->address);
    if (plain == NULL || BIO_do_connect(plain) != 1)
        return NULL;
    int fd = (int)BIO_get_fd(plain, NULL);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &line->timeout, sizeof line->timeout) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &line->timeout, sizeof line->timeout) != 0)
        return NULL;
    return take(plain);
}

static BIO *connect_to(const struct line *line)
{
    SSL *ssl = NULL;
    BIO *plain defer(BIO_free_all) = connect_plain(line);
    BIO *secured defer(BIO_free_all) = BIO_new_ssl(line->dropped ? line->without : line->with, 1);
    if (plain == NULL || secured == NULL)
        return NULL;
    BIO_get_ssl(secured, &ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), line->host) != 1) {
        SSL_set_tlsext_host_name(ssl, line->host);
        SSL_set1_host(ssl, line->host);
    }
    BIO_push(secured, take(plain));
    if (BIO_do_handshake(secured) != 1)
        return NULL;
    return take(secured);
}

static bool send_all(BIO *bio, struct span bytes)
{
    while (bytes.len > 0) {
        int sent = BIO_write(bio, bytes.ptr, (int)bytes.len);
        if (sent <= 0)
            return false;
        bytes = span_of(bytes.ptr + sent, bytes.len - (size_t)sent);
    }
    return true;
}

static long header_number(const char *head, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, len) == 0)
            return strtol(line + 2 + len, NULL, 10);
    return 0;
}

static bool read_more(BIO *bio, struct buf *out)
{
    uint8_t bytes[4096];
    int count = BIO_read(bio, bytes, sizeof bytes);
    if (count <= 0)
        return false;
    buf_append(out, span_of(bytes, (size_t)count));
    return out->failure == STATUS_OK;
}

/* Some of it was read. The place of the body; 0: the connection ended before. */
static size_t read_head(BIO *bio, struct buf *whole)
{
    const char *end;
    while ((end = strstr((char *)whole->ptr, "\r\n\r\n")) == NULL)
        if (!read_more(bio, whole))
            return 0;
    return (size_t)(end - (char *)whole->ptr) + 4;
}

static bool read_answer(struct line *line, struct buf *whole, struct line_answer *answer)
{
    size_t start = read_head(line->open, whole);
    if (start == 0 || strncmp((char *)whole->ptr, "HTTP/1.1 ", 9) != 0)
        return complain("this is no HTTP");
    whole->ptr[start - 2] = '\0';
    const char *head = (const char *)whole->ptr;
    long length = header_number(head, "Content-Length: ");
    bool closes = strcasestr(head, "\r\nConnection: close") != NULL;
    answer->http = (int)strtol(head + 9, NULL, 10);
    answer->retry_after = (int)header_number(head, "Retry-After: ");
    while ((long)(whole->len - start) < length)
        if (!read_more(line->open, whole))
            return complain("the answer was cut off");
    if ((long)(whole->len - start) > length)
        return complain("the answer is too long");
    buf_append(&answer->body, span_of(whole->ptr + start, whole->len - start));
    if (closes)
        hang_up(line);
    return answer->body.failure == STATUS_OK;
}

/* What the server closed while nobody asked it anything is opened anew, once. A server that is
 * silent has the request. */
static bool send_request(struct line *line, struct span bytes, struct buf *whole)
{
    bool fresh = line->open == NULL;
    if (fresh)
        line->open = connect_to(line);
    if (line->open == NULL)
        return complain("no connection");
    if (send_all(line->open, bytes) && read_more(line->open, whole))
        return true;
    bool silent = BIO_should_retry(line->open);
    hang_up(line);
    return fresh || silent ? complain("no answer") : send_request(line, bytes, whole);
}

bool line_ask(struct line *line, const char *method, const char *target, const char *head,
              struct span body, struct line_answer *answer)
{
    struct buf request defer(buf_clear) = BUF_INIT(HEAD_MAX + LINE_BODY_MAX);
    struct buf whole defer(buf_clear) = BUF_INIT(HEAD_MAX + LINE_BODY_MAX);
    struct span bytes;
    answer->http = 0;
    answer->retry_after = 0;
    buf_reset(&answer->body);
    buf_printf(&request, "%s %s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %zu\r\n\r\n", method,
               target, line->address, head, body.len);
    buf_append(&request, body);
    if (buf_finish(&request, &bytes) != STATUS_OK)
        return complain("the request is too long");
    if (!send_request(line, bytes, &whole))
        return false;
    bool answered = read_answer(line, &whole, answer);
    if (!answered)
        hang_up(line);
    return answered;
}
