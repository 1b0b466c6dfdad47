/*
 * A web process that has been taken over. It sends everything that bytes can say, well-formed and
 * not, and whatever comes out is judged here by OpenSSL's own reading, not by our table of
 * profiles: no CA, one purpose, a bounded life that begins about now, a sound key, our addresses.
 */
#include "signer/signer.h"

#include "base/clock.h"
#include "fixture.h"
#include "pki/ossl_cleanup.h"
#include "signer/signer_frame.h"
#include "signer/signer_msg.h"
#include "signer/signer_policy.h"

#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

static struct fixture fixture;

static void make_fixture(void)
{
    fixture_make(&fixture, KEY_EC_P256, NULL);
}

static void clear_fixture(void)
{
    fixture_clear(&fixture);
}

TestSuite(signer_attack, .init = make_fixture, .fini = clear_fixture);

/* xorshift: the same attack in every run. */
struct chance {
    uint64_t state;
};

static uint32_t draw(struct chance *chance, uint32_t bound)
{
    chance->state ^= chance->state << 13;
    chance->state ^= chance->state >> 7;
    chance->state ^= chance->state << 17;
    return (uint32_t)(chance->state >> 32) % bound;
}

/* No key that we ask with was made in the signer, so none may become a responder. */
static bool purpose_is_allowed(X509 *x509)
{
    static const uint32_t allowed[] = {XKU_SSL_CLIENT, XKU_SSL_SERVER};
    uint32_t purpose = X509_get_extended_key_usage(x509);
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        if (purpose == allowed[i])
            return true;
    return false;
}

static bool hosts_are_ours(X509 *x509)
{
    if (X509_get_extended_key_usage(x509) != XKU_SSL_SERVER)
        return true;
    return X509_check_host(x509, "ca.example.com", 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) ==
               1 ||
           X509_check_ip_asc(x509, "192.0.2.1", 0) == 1;
}

static bool key_is_sound(X509 *x509)
{
    EVP_PKEY *key = X509_get0_pubkey(x509);
    if (key == NULL || EVP_PKEY_eq(key, X509_get0_pubkey(certificate_x509(fixture.issuing))) == 1)
        return false;
    int bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_is_a(key, "RSA"))
        return bits >= 2048 && bits <= 4096;
    return EVP_PKEY_is_a(key, "EC") && (bits == 256 || bits == 384);
}

static bool life_is_bounded(X509 *x509)
{
    int days = 0;
    int seconds = 0;
    const ASN1_TIME *begin = X509_get0_notBefore(x509);
    const ASN1_TIME *end = X509_get0_notAfter(x509);
    ASN1_TIME *now defer(ASN1_TIME_free) = ASN1_TIME_set(NULL, clock_now());
    if (ASN1_TIME_diff(&days, &seconds, now, begin) != 1 || days < -1 || days > 1)
        return false;
    if (ASN1_TIME_compare(end, X509_get0_notAfter(certificate_x509(fixture.issuing))) > 0)
        return false;
    return ASN1_TIME_diff(&days, &seconds, begin, end) == 1 && days >= 0 && days <= 5 * 366;
}

static bool is_leaf(X509 *x509)
{
    uint32_t flags = X509_get_extension_flags(x509);
    uint32_t usage = X509_get_key_usage(x509);
    bool leaf = (flags & (EXFLAG_CA | EXFLAG_INVALID | EXFLAG_SS)) == 0 && X509_check_ca(x509) == 0;
    return leaf && usage != UINT32_MAX && (usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) == 0;
}

static bool serial_is_sound(X509 *x509)
{
    const ASN1_STRING *serial = (const ASN1_STRING *)X509_get0_serialNumber(x509);
    return ASN1_STRING_length(serial) == SERIAL_SIZE && ASN1_STRING_type(serial) == V_ASN1_INTEGER;
}

static bool is_within_policy(X509 *x509)
{
    X509 *issuer = certificate_x509(fixture.issuing);
    return is_leaf(x509) && serial_is_sound(x509) && purpose_is_allowed(x509) &&
           hosts_are_ours(x509) && key_is_sound(x509) && life_is_bounded(x509) &&
           X509_verify(x509, X509_get0_pubkey(issuer)) == 1;
}

static bool carries_our_address(struct span der)
{
    const char *url = fixture.options.crl_url;
    return memmem(der.ptr, der.len, url, strlen(url)) != NULL;
}

/* Judges what came out of one request; true when something was signed. */
static bool judge(struct span payload)
{
    if (public_key_check(payload) == STATUS_OK) /* a responder's new key */
        return false;
    const uint8_t *at = payload.ptr;
    X509 *x509 defer(X509_free) = d2i_X509(NULL, &at, (long)payload.len);
    if (x509 != NULL) {
        bool own = span_equal(payload, certificate_info(fixture.issuing)->der);
        cr_assert(own || (is_within_policy(x509) && carries_our_address(payload)));
        return !own;
    }
    /* A piece of a list, which begins with its issuer and is signed over all of its pieces. */
    cr_assert(payload.len == 0 || payload.ptr[0] == 0x30 || payload.ptr[0] == 0xa0);
    return false;
}

static bool attack(struct signer_authority *authority, struct span request)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
    signer_answer(authority, request, &bytes);
    struct signer_reply reply;
    cr_assert_eq(signer_decode_reply(span_of(bytes.ptr, bytes.len), &reply), STATUS_OK);
    if (reply.status == STATUS_OK)
        return judge(reply.payload);
    cr_assert_eq(reply.payload.len, 0);
    cr_assert_eq(status_kind(reply.status), STATUS_KIND_REFUSAL, "%s: %s",
                 status_name(reply.status), reply.detail);
    cr_assert_gt(strlen(reply.detail), 0);
    return false;
}

enum { REQUEST_KINDS = 9 };

/* A list of one entry, in three requests. */
static void append_list_request(struct buf *message, unsigned step)
{
    int64_t now = clock_now();
    const struct crl_entry entry = {.serial = "0a0b", .revoked_at = now};
    size_t octets = 0;
    cr_assert_eq(crl_entry_size(&entry, &octets), STATUS_OK);
    const struct crl_plan plan = {now, now, now + CLOCK_DAY, 1, (uint32_t)octets};
    if (step == 0)
        signer_encode_crl_begin(message, &plan);
    else if (step == 1)
        signer_encode_crl_entries(message, &entry, 1);
    else
        signer_encode_crl_end(message);
}

static void append_answer_request(struct buf *message)
{
    static const uint8_t nobody[SERIAL_SIZE] = {1};
    int64_t now = clock_now();
    const struct ocsp_fields fields = {.this_update = now,
                                       .next_update = now + 1,
                                       .singles = {{.hash = OCSP_HASH_SHA1, .serial = "01"}},
                                       .count = 1};
    signer_encode_ocsp(message, nobody, &fields);
}

static void append_good_request(struct buf *message, unsigned kind)
{
    static const enum profile profiles[] = {PROFILE_USER, PROFILE_SERVER, PROFILE_OPERATOR,
                                            PROFILE_OCSP};
    if (kind == 7) {
        signer_encode_responder_key(message);
        return;
    }
    if (kind == 8) {
        append_answer_request(message);
        return;
    }
    if (kind >= 4) {
        append_list_request(message, kind - 4);
        return;
    }
    struct certificate_fields fields = fixture_fields(profiles[kind]);
    signer_encode_issue(message, profiles[kind], &fields);
}

static void mutate(struct buf *message, struct chance *chance)
{
    uint32_t length = (uint32_t)message->len;
    switch (draw(chance, 5)) {
    case 0: /* one bit */
        message->ptr[draw(chance, length)] ^= (uint8_t)(1U << draw(chance, 8));
        break;
    case 1: /* one byte, often an edge */
        message->ptr[draw(chance, length)] = (uint8_t)(0 - draw(chance, 3));
        break;
    case 2: /* cut short */
        message->len = draw(chance, length + 1);
        break;
    case 3: /* something behind it */
        buf_append_repeated(message, (uint8_t)draw(chance, 256), 1 + draw(chance, 64));
        break;
    default: /* a stretch of noise */
        for (uint32_t i = draw(chance, length), end = i + draw(chance, 9); i < end && i < length;
             i++)
            message->ptr[i] = (uint8_t)draw(chance, 256);
    }
}

Test(signer_attack, twenty_thousand_mutated_requests_give_nothing_outside_the_policy)
{
    enum { REQUESTS = 20000 };
    struct signer_authority *authority defer(signer_authority_free) = NULL;
    cr_assert_eq(signer_authority_load(&fixture.options, &authority), STATUS_OK);
    struct chance chance = {0x9e3779b97f4a7c15};
    int signed_count = 0;
    for (unsigned i = 0; i < REQUESTS; i++) {
        struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
        append_good_request(&message, i % REQUEST_KINDS);
        for (uint32_t times = 1 + draw(&chance, 3); times > 0 && message.len > 0; times--)
            mutate(&message, &chance);
        signed_count += attack(authority, span_of(message.ptr, message.len));
    }
    cr_assert_gt(signed_count, 0, "some mutations are still good requests");
    cr_assert_lt(signed_count, REQUESTS);
}

static struct span any_text(struct chance *chance)
{
    static const struct span texts[] = {
        {NULL, 0},
        SPAN_LITERAL("ann@example.com"),
        SPAN_LITERAL("Administrator"),
        SPAN_LITERAL("Test Issuing"),
        SPAN_LITERAL("*.example.com"),
        SPAN_LITERAL("ca.example.com"),
        SPAN_LITERAL("a\0b@example.com"),
        SPAN_LITERAL("S-1-5-21-1-2-3-500"),
        SPAN_LITERAL("\xff\xfe"),
        SPAN_LITERAL("\r\nX-Header: 1"),
        SPAN_LITERAL("CN=x,O=y+OU=z"),
        SPAN_LITERAL("\xe2\x80\xae"
                     "moc.elpmaxe"),
        SPAN_LITERAL("192.0.2.1"),
        SPAN_LITERAL("0123456789012345678901234567890123456789012345678901234567890123456789"),
    };
    return texts[draw(chance, sizeof texts / sizeof texts[0])];
}

static void append_key(struct buf *spki, const EVP_PKEY *key)
{
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    cr_assert_gt(len, 0);
    buf_append(spki, span_of(der, (size_t)len));
    OPENSSL_free(der);
}

/* An RSA public key of `octets` octets with the given exponent, as nobody sane would make it. */
static void append_rsa(struct buf *spki, size_t octets, struct span exponent)
{
    struct buf number defer(buf_clear) = BUF_INIT(4096);
    buf_append_byte(&number, 0xc1);
    buf_append_repeated(&number, 0x55, octets - 2);
    buf_append_byte(&number, 0x0b);
    BIGNUM *n defer(BN_free) = BN_bin2bn(number.ptr, (int)number.len, NULL);
    BIGNUM *e defer(BN_free) = BN_bin2bn(exponent.ptr, (int)exponent.len, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context defer(EVP_PKEY_CTX_free) = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    cr_assert_eq(EVP_PKEY_fromdata_init(context), 1);
    cr_assert_eq(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
    append_key(spki, key);
    EVP_PKEY_free(key);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
}

static void append_named(struct buf *spki, const char *type, const char *group)
{
    EVP_PKEY *key defer(EVP_PKEY_free) = group != NULL ? EVP_PKEY_Q_keygen(NULL, NULL, type, group)
                                                       : EVP_PKEY_Q_keygen(NULL, NULL, type);
    append_key(spki, key);
}

enum { HOSTILE_KEYS = 10 };

static void append_hostile_key(struct buf *spki, unsigned kind)
{
    static const struct {
        size_t octets;
        struct span exponent;
    } rsa[] = {
        {128, SPAN_LITERAL("\x01\x00\x01")}, /* 1024 bits */
        {960, SPAN_LITERAL("\x01\x00\x01")}, /* 7680 bits */
        {256, SPAN_LITERAL("\x01")},         /* signs nothing */
        {256, SPAN_LITERAL("\x02")},         /* even */
        {256, SPAN_LITERAL("\x7f\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x55\x01")},
    };
    static const char *const groups[] = {"P-521", "secp256k1", "P-224"};
    if (kind < 5)
        append_rsa(spki, rsa[kind].octets, rsa[kind].exponent);
    else if (kind < 8)
        append_named(spki, "EC", groups[kind - 5]);
    else if (kind == 8)
        append_named(spki, "ED25519", NULL);
    else
        buf_append(spki, certificate_info(fixture.issuing)->spki);
}

Test(signer_attack, no_hostile_key_is_certified_under_any_profile)
{
    struct signer_authority *authority defer(signer_authority_free) = NULL;
    cr_assert_eq(signer_authority_load(&fixture.options, &authority), STATUS_OK);
    for (unsigned kind = 0; kind < HOSTILE_KEYS; kind++) {
        struct buf spki defer(buf_clear) = BUF_INIT(4096);
        append_hostile_key(&spki, kind);
        for (int profile = 0; profile < PROFILE_COUNT; profile++) {
            struct certificate_fields fields = fixture_fields((enum profile)profile);
            fields.spki = span_of(spki.ptr, spki.len);
            struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
            signer_encode_issue(&message, (enum profile)profile, &fields);
            cr_expect_not(attack(authority, span_of(message.ptr, message.len)), "key %u as %s",
                          kind, profile_name((enum profile)profile));
        }
    }
}

static int64_t any_time(struct chance *chance)
{
    static const int64_t shifts[] = {0,
                                     1,
                                     -CLOCK_HOUR,
                                     CLOCK_DAY - 60,
                                     -2 * CLOCK_DAY,
                                     30LL * CLOCK_DAY,
                                     89LL * CLOCK_DAY,
                                     824LL * CLOCK_DAY,
                                     1001LL * CLOCK_DAY,
                                     20000LL * CLOCK_DAY};
    if (draw(chance, 10) == 0)
        return (int64_t)((uint64_t)draw(chance, UINT32_MAX) << 31);
    return clock_now() + shifts[draw(chance, sizeof shifts / sizeof shifts[0])];
}

static void change_fields(struct certificate_fields *fields, struct chance *chance)
{
    struct span *const texts[] = {&fields->common_name, &fields->organisation, &fields->upn,
                                  &fields->mail,        &fields->sid,          &fields->hosts[0]};
    *texts[draw(chance, sizeof texts / sizeof texts[0])] = any_text(chance);
    if (draw(chance, 3) == 0)
        fields->not_before = any_time(chance);
    if (draw(chance, 2) == 0)
        fields->not_after = any_time(chance);
    if (draw(chance, 4) == 0)
        fields->serial[0] = (uint8_t)draw(chance, 3);
    if (draw(chance, 4) == 0)
        fields->host_count = draw(chance, 2);
}

Test(signer_attack, four_thousand_well_formed_requests_give_nothing_outside_the_policy)
{
    struct signer_authority *authority defer(signer_authority_free) = NULL;
    cr_assert_eq(signer_authority_load(&fixture.options, &authority), STATUS_OK);
    struct chance chance = {0x2545f4914f6cdd1d};
    int signed_count = 0;
    for (int i = 0; i < 4000; i++) {
        enum profile basis = (enum profile)draw(&chance, PROFILE_COUNT);
        struct certificate_fields fields = fixture_fields(basis);
        change_fields(&fields, &chance);
        enum profile asked =
            draw(&chance, 4) == 0 ? (enum profile)draw(&chance, PROFILE_COUNT) : basis;
        struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
        signer_encode_issue(&message, asked, &fields);
        signed_count += attack(authority, span_of(message.ptr, message.len));
    }
    cr_assert_gt(signed_count, 100, "the attack reaches the key");
}

/* A signer without our client on the other side: its pid and our end of the socket. */
static pid_t run_bare_signer(int *ret_socket)
{
    int sockets[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0)
        signer_run(&fixture.options, sockets[1]);
    close(sockets[1]);
    struct buf ready defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
    cr_assert_eq(frame_receive(sockets[0], &ready), STATUS_OK);
    *ret_socket = sockets[0];
    return child;
}

/* Raw bytes on the socket: the signer answers with a refusal or ends by itself, never by a signal
 * and never with anything signed. */
Test(signer_attack, bytes_that_are_no_messages_end_the_signer_or_are_refused)
{
    static const struct span floods[] = {
        SPAN_LITERAL("\xff\xff\xff\xff"),
        SPAN_LITERAL("\0\x20\0\1aaaa"),
        SPAN_LITERAL("\0\0\0\0"),
        SPAN_LITERAL("\0\0\0\1\xff"),
        SPAN_LITERAL("\0\0\0\5\2"),
        SPAN_LITERAL("\0\0"),
        SPAN_LITERAL("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    };
    for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++) {
        int socket = -1;
        pid_t pid = run_bare_signer(&socket);
        cr_assert_eq(send(socket, floods[i].ptr, floods[i].len, MSG_NOSIGNAL),
                     (ssize_t)floods[i].len);
        shutdown(socket, SHUT_WR);
        struct buf bytes defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
        if (frame_receive(socket, &bytes) == STATUS_OK) {
            struct signer_reply reply;
            cr_assert_eq(signer_decode_reply(span_of(bytes.ptr, bytes.len), &reply), STATUS_OK);
            cr_expect_eq(reply.status, STATUS_INVALID, "flood %zu", i);
        }
        close(socket);
        int status = -1;
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_expect(WIFEXITED(status), "flood %zu: wait status %#x", i, (unsigned)status);
    }
}

Test(signer_attack, a_thousand_mutated_messages_leave_the_process_alive)
{
    int socket = -1;
    pid_t pid = run_bare_signer(&socket);
    struct chance chance = {0x6a09e667f3bcc909};
    for (unsigned i = 0; i < 1000; i++) {
        struct buf message defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
        append_good_request(&message, i % REQUEST_KINDS);
        mutate(&message, &chance);
        cr_assert_eq(frame_send(socket, span_of(message.ptr, message.len)), STATUS_OK);
        struct buf bytes defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
        cr_assert_eq(frame_receive(socket, &bytes), STATUS_OK, "request %u", i);
    }
    close(socket);
    int status = -1;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert_eq(status, 0, "it ends in peace when the other side closes");
}
