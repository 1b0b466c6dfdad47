/*
 * Two keys, the one in use and the one before it; whoever needs a key first after its time makes
 * the next. AES-256-CBC and HMAC-SHA256, as RFC 5077 4 recommends and OpenSSL's callback expects.
 *
 * OpenSSL calls back without an argument of ours, so a context carries its keys as application
 * data.
 */
#include "http/tls_ticket.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/ssl.h>
#include <pthread.h>

enum { NAME_SIZE = 16, AES_SIZE = 32, MAC_SIZE = 32, IV_SIZE = 16, SESSIONS_CACHED = 1024 };

struct ticket_key {
    uint8_t name[NAME_SIZE];
    struct secret *bytes; /* of the cipher, then of the MAC; NULL: no such key yet */
    int64_t made;         /* clock_monotonic_ms() */
};

struct ticket_keys {
    pthread_mutex_t lock;
    struct ticket_key current;
    struct ticket_key before;
};

enum status ticket_keys_new(struct ticket_keys **ret_keys)
{
    struct ticket_keys *keys = calloc(1, sizeof *keys);
    if (keys == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for session tickets");
    pthread_mutex_init(&keys->lock, NULL);
    *ret_keys = keys;
    return STATUS_OK;
}

void ticket_keys_free(struct ticket_keys *keys)
{
    if (keys == NULL)
        return;
    secret_free(keys->current.bytes);
    secret_free(keys->before.bytes);
    pthread_mutex_destroy(&keys->lock);
    free(keys);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool is_good(const struct ticket_key *key, int64_t lifetimes_ms)
{
    return key->bytes != NULL && clock_monotonic_ms() - key->made < lifetimes_ms;
}

static enum status make_key(struct ticket_key *ret_key)
{
    struct secret *bytes defer(secret_free) = NULL;
    struct ticket_key key = {.made = clock_monotonic_ms()};
    TRY(secret_new(AES_SIZE + MAC_SIZE, &bytes));
    TRY(random_bytes(secret_bytes(bytes), AES_SIZE + MAC_SIZE));
    TRY(random_bytes(key.name, NAME_SIZE));
    key.bytes = take(bytes);
    *ret_key = key;
    return STATUS_OK;
}

/* The key to encrypt with at this moment; NULL when none can be made. */
static const struct ticket_key *present_key(struct ticket_keys *keys, int64_t lifetime_ms)
{
    if (is_good(&keys->current, lifetime_ms))
        return &keys->current;
    struct ticket_key next;
    if (make_key(&next) != STATUS_OK)
        return NULL;
    secret_free(keys->before.bytes);
    keys->before = keys->current;
    keys->current = next;
    return &keys->current;
}

static const struct ticket_key *named_key(const struct ticket_keys *keys, const uint8_t *name,
                                          int64_t lifetime_ms)
{
    const struct ticket_key *both[] = {&keys->current, &keys->before};
    for (size_t i = 0; i < 2; i++)
        if (is_good(both[i], 2 * lifetime_ms) && memcmp(both[i]->name, name, NAME_SIZE) == 0)
            return both[i];
    return NULL;
}

/* ---- OpenSSL's callbacks --------------------------------------------------------------------- */

static bool start_mac(EVP_MAC_CTX *mac, const struct ticket_key *key)
{
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret_bytes(key->bytes) + AES_SIZE,
                                          MAC_SIZE),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

static bool start(const struct ticket_key *key, const uint8_t *iv, EVP_CIPHER_CTX *cipher,
                  EVP_MAC_CTX *mac, int encrypt)
{
    return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, secret_bytes(key->bytes), iv,
                             encrypt) == 1 &&
           start_mac(mac, key);
}

/* 1: encrypted under this key; 0: no ticket, which costs the client a full handshake. */
static int encrypt_ticket(struct ticket_keys *keys, int64_t lifetime_ms, uint8_t *name, uint8_t *iv,
                          EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
    const struct ticket_key *key = present_key(keys, lifetime_ms);
    if (key == NULL || random_bytes(iv, IV_SIZE) != STATUS_OK)
        return 0;
    memcpy(name, key->name, NAME_SIZE);
    return start(key, iv, cipher, mac, 1);
}

/* 0: none of our keys; 1: opened; 2: opened, and a new ticket is due. */
static int decrypt_ticket(const struct ticket_keys *keys, int64_t lifetime_ms, const uint8_t *name,
                          const uint8_t *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
    const struct ticket_key *key = named_key(keys, name, lifetime_ms);
    if (key == NULL || !start(key, iv, cipher, mac, 0))
        return 0;
    return key == &keys->current ? 1 : 2;
}

static int with_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                           EVP_MAC_CTX *mac, int encrypt)
{
    SSL_CTX *context = SSL_get_SSL_CTX(ssl);
    struct ticket_keys *keys = SSL_CTX_get_app_data(context);
    int64_t lifetime_ms = (int64_t)SSL_CTX_get_timeout(context) * 1000;
    pthread_mutex_lock(&keys->lock);
    int result = encrypt ? encrypt_ticket(keys, lifetime_ms, name, iv, cipher, mac)
                         : decrypt_ticket(keys, lifetime_ms, name, iv, cipher, mac);
    pthread_mutex_unlock(&keys->lock);
    return result;
}

/* What we put into a ticket: the time of the full handshake, and then each certificate behind the
 * client's own with its length before it. Nobody but we can write it. */
static struct span noted_in(SSL_SESSION *session)
{
    void *noted = NULL;
    size_t len = 0;
    bool any = SSL_SESSION_get0_ticket_appdata(session, &noted, &len) == 1;
    return any && len >= sizeof(int64_t) ? span_of(noted, len) : SPAN_EMPTY;
}

/* When the session's full handshake was: as its ticket says, else as OpenSSL does. */
static int64_t origin_of(SSL_SESSION *session)
{
    struct span noted = noted_in(session);
    int64_t origin = SSL_SESSION_get_time(session);
    if (noted.len > 0)
        memcpy(&origin, noted.ptr, sizeof origin);
    return origin;
}

static void append_certificate(struct buf *note, const X509 *certificate)
{
    int len = i2d_X509(certificate, NULL);
    uint8_t *room = len <= 0 ? NULL : buf_reserve(note, sizeof(uint16_t) + (size_t)len);
    if (room == NULL)
        return;
    const uint16_t size = (uint16_t)len;
    memcpy(room, &size, sizeof size);
    room += sizeof size;
    i2d_X509(certificate, &room);
    buf_extend(note, sizeof size + (size_t)len);
}

/* Before a ticket is made. One of a chain that is too long is of no time, so it is never taken. */
static int make_note(SSL *ssl, void *argument)
{
    (void)argument;
    SSL_SESSION *session = SSL_get_session(ssl);
    if (noted_in(session).len > 0)
        return 1; /* a ticket for a ticket */
    const STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    struct buf note defer(buf_clear) = BUF_INIT(sizeof(int64_t) + TICKET_CHAIN_MAX);
    int64_t origin = SSL_SESSION_get_time(session);
    buf_append(&note, span_of(&origin, sizeof origin));
    for (int i = 0; chain != NULL && i < sk_X509_num(chain); i++)
        append_certificate(&note, sk_X509_value(chain, i));
    origin = note.failure == STATUS_OK ? origin : 0;
    struct span whole =
        note.failure == STATUS_OK ? span_of(note.ptr, note.len) : span_of(&origin, sizeof origin);
    return SSL_SESSION_set1_ticket_appdata(session, whole.ptr, whole.len);
}

/* After one was opened, or could not be. */
static SSL_TICKET_RETURN judge_age(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
                                   size_t name_len, SSL_TICKET_STATUS status, void *argument)
{
    (void)name;
    (void)name_len;
    (void)argument;
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW)
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    int64_t age = clock_now() - origin_of(session);
    if (age < 0 || age >= SSL_CTX_get_timeout(SSL_get_SSL_CTX(ssl)))
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

/* ---- for tls.c ------------------------------------------------------------------------------- */

static enum status never_resume(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_set_num_tickets(context, 0) != 1)
        return status_fail(STATUS_CRYPTO, "TLS sessions cannot be turned off");
    return STATUS_OK;
}

enum status ticket_keys_use(struct ticket_keys *keys, SSL_CTX *context, int64_t lifetime)
{
    if (lifetime == 0)
        return never_resume(context);
    SSL_CTX_set_timeout(context, (long)lifetime);
    SSL_CTX_sess_set_cache_size(context, SESSIONS_CACHED);
    if (SSL_CTX_set_app_data(context, keys) != 1 ||
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context, with_ticket_key) != 1 ||
        SSL_CTX_set_session_ticket_cb(context, make_note, judge_age, NULL) != 1)
        return status_fail(STATUS_CRYPTO, "TLS session tickets cannot be set up");
    return STATUS_OK;
}

int64_t ticket_session_age(const SSL *ssl)
{
    SSL_SESSION *session = SSL_get_session(ssl);
    if (session == NULL || SSL_session_reused(ssl) != 1)
        return 0;
    int64_t age = clock_now() - origin_of(session);
    return age < 0 ? 0 : age;
}

struct span ticket_certificate(const SSL *ssl, size_t index)
{
    SSL_SESSION *session = SSL_get_session(ssl);
    struct span noted = session == NULL ? SPAN_EMPTY : noted_in(session);
    size_t at = sizeof(int64_t);
    for (uint16_t len; at + sizeof len < noted.len; at += len, index--) {
        memcpy(&len, noted.ptr + at, sizeof len);
        at += sizeof len;
        if (index == 0 && len <= noted.len - at)
            return span_of(noted.ptr + at, len);
    }
    return SPAN_EMPTY;
}
