/*
 * What a verdict costs beside OpenSSL's bare check of the same certificates, and while others are
 * revoked.
 *
 * Usage: verdict_rate CONFIG ROUNDS. CONFIG is of an authority that `init` made; its key signs
 * here, without the signer, so that thousands of certificates are there soon. Prints for each round
 * one line of numbers, nanoseconds that are medians: of a verdict and of a bare check on
 * certificates that are all different, turn by turn; of a verdict on different ones and on one that
 * is asked for again and again, and both while certificates are revoked, slice by slice; last, how
 * many were, a second.
 */
#include "base/clock.h"
#include "config/config.h"
#include "pki/key.h"
#include "pki/ossl_cleanup.h"
#include "pki/profile.h"
#include "service/authority.h"
#include "service/service.h"
#include "service/trust.h"
#include "service/trust_verdict.h"
#include "store/certificate_store.h"

#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum {
    CERTIFICATES = 1000,
    VICTIMS = 60000,
    A_SECOND = 1100, /* each slice begins a little late: so that a thousand are made */
    SLICES = 20,
    OF_DIFFERENT = CERTIFICATES / SLICES, /* verdicts in a slice */
    OF_SAME = 4000,
    TIMES_MOST = SLICES * OF_SAME,
    SETTLE_NS = 5000000,
};

struct bench {
    struct config *config;
    struct service *service;
    struct certificate *made[CERTIFICATES];
    int64_t times[TIMES_MOST];
    int64_t other_times[TIMES_MOST];
    atomic_bool revoking;
    atomic_bool stop;
    atomic_int revoked; /* of the victims */
};

static void must(enum status status)
{
    if (status == STATUS_OK)
        return;
    fprintf(stderr, "verdict_rate: %s: %s\n", status_name(status), status_detail());
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- certificates ---------------------------------------------------------------------------- */

static void add_row(struct db_tx *tx, const char *serial, const struct certificate *certificate)
{
    const struct certificate_row row = {.serial = serial,
                                        .issuer = "issuing",
                                        .profile = "user",
                                        .user = "ann@example.org",
                                        .not_before = 1,
                                        .not_after = INT32_MAX,
                                        .reserved_at = 1,
                                        .lease_until = 2};
    const struct span der =
        certificate == NULL ? span_of_text("x") : certificate_info(certificate)->der;
    must(certificate_store_reserve(tx, &row));
    must(certificate_store_complete(tx, serial, der, 2));
}

static void name_victim(int number, char ret_serial[static 32])
{
    snprintf(ret_serial, 32, "%016llx%08x", (unsigned long long)number * 0x9e3779b97f4a7c15U | 1,
             (unsigned)number);
}

static void make_certificates(struct bench *bench)
{
    struct private_key *issuer defer(private_key_free) = NULL;
    struct private_key *user defer(private_key_free) = NULL;
    struct buf spki defer(buf_clear) = BUF_INIT(4096);
    enum key_type type;
    must(private_key_load(bench->config->authority_key, NULL, &issuer));
    must(key_type_parse("rsa-2048", &type));
    must(private_key_generate(type, &user));
    must(private_key_spki(user, &spki));
    for (int i = 0; i < CERTIFICATES; i++) {
        struct certificate_fields fields = {.not_before = clock_now() - 60,
                                            .not_after = clock_now() + CLOCK_DAY,
                                            .spki = span_of(spki.ptr, spki.len),
                                            .common_name = span_of_text("Ann"),
                                            .upn = span_of_text("ann@example.org"),
                                            .crl_url = span_of_text("http://ca.example/i.crl")};
        must(serial_generate(fields.serial));
        must(profile_issue(PROFILE_USER, &fields, authority_issuing(bench->service->authority),
                           issuer, &bench->made[i]));
    }
}

static void add_rows(struct bench *bench)
{
    struct db_tx *tx defer(db_end) = NULL;
    must(db_begin(bench->service->db, DB_WRITE, &tx));
    for (int i = 0; i < CERTIFICATES; i++)
        add_row(tx, certificate_info(bench->made[i])->serial, bench->made[i]);
    for (int i = 0; i < VICTIMS; i++) {
        char serial[32];
        name_victim(i, serial);
        add_row(tx, serial, NULL);
    }
    must(db_commit(tx));
}

/* ---- what is measured ------------------------------------------------------------------------ */

static void judge(const struct bench *bench, int number)
{
    const struct span der = certificate_info(bench->made[number])->der;
    const struct trust_question question = {
        .certificates = &der, .count = 1, .at = clock_now(), .user = span_of_text("ann")};
    struct trust_answer answer;
    must(trust_verdict(bench->service, &question, &answer));
    if (answer.verdict.reason != VERDICT_ALLOWED)
        must(status_fail(STATUS_INTERNAL, "%s", answer.verdict.detail));
}

static void check_bare(X509_STORE *store, const struct certificate *certificate)
{
    const struct span der = certificate_info(certificate)->der;
    const uint8_t *at = der.ptr;
    X509 *x509 defer(X509_free) = d2i_X509(NULL, &at, (long)der.len);
    X509_STORE_CTX *context defer(X509_STORE_CTX_free) = X509_STORE_CTX_new();
    if (X509_STORE_CTX_init(context, store, x509, NULL) != 1 || X509_verify_cert(context) != 1)
        must(status_fail(STATUS_CRYPTO, "OpenSSL refuses it"));
}

static int compare(const void *a, const void *b)
{
    int64_t difference = *(const int64_t *)a - *(const int64_t *)b;
    return (difference > 0) - (difference < 0);
}

static int64_t middle(int64_t *times, int count)
{
    qsort(times, (size_t)count, sizeof times[0], compare);
    return times[count / 2];
}

/* Turn by turn, so that whatever else runs slows both. Another set knows none of the paths. */
static int64_t beside_bare(struct bench *bench, int64_t *ret_bare)
{
    X509_STORE *store defer(X509_STORE_free) = X509_STORE_new();
    X509_STORE_add_cert(store, certificate_x509(authority_issuing(bench->service->authority)));
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_set_purpose(store, X509_PURPOSE_SSL_CLIENT);
    must(trust_reload(bench->service));
    for (int i = 0; i < CERTIFICATES; i++) {
        int64_t begun = now_ns();
        judge(bench, i);
        int64_t judged = now_ns();
        check_bare(store, bench->made[i]);
        bench->times[i] = judged - begun;
        bench->other_times[i] = now_ns() - judged;
    }
    *ret_bare = middle(bench->other_times, CERTIFICATES);
    return middle(bench->times, CERTIFICATES);
}

static void revoke_next(struct bench *bench)
{
    char serial[32];
    struct db_tx *tx defer(db_end) = NULL;
    name_victim(atomic_load(&bench->revoked), serial);
    must(db_begin(bench->service->db, DB_WRITE, &tx));
    must(certificate_store_revoke(tx, serial, REASON_SUPERSEDED, clock_now()));
    must(db_commit(tx));
    atomic_fetch_add(&bench->revoked, 1);
}

static void sleep_ns(int64_t ns)
{
    if (ns > 0)
        nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);
}

/* A commit each, evenly over the second; late ones are made up for. */
static void *revoke_victims(void *argument)
{
    struct bench *bench = argument;
    const int64_t pause = 1000000000 / A_SECOND;
    int64_t due = now_ns();
    while (!atomic_load(&bench->stop) && atomic_load(&bench->revoked) < VICTIMS) {
        if (atomic_load(&bench->revoking))
            revoke_next(bench);
        else
            due = now_ns();
        due += pause;
        sleep_ns(due - now_ns());
    }
    return NULL;
}

/* ---- while others are revoked ---------------------------------------------------------------- */

struct effect {
    int64_t alone;
    int64_t meanwhile;
    int64_t ns; /* in which so many were revoked: */
    int revoked;
};

/* Certificates that are all different, or the first one only. */
static void judge_slice(struct bench *bench, bool different, int slice, int64_t *times)
{
    int count = different ? OF_DIFFERENT : OF_SAME;
    must(trust_reload(bench->service));
    for (int i = 0; i < count; i++) {
        int number = slice * count + i;
        int64_t begun = now_ns();
        judge(bench, different ? number : 0);
        times[number] = now_ns() - begun;
    }
}

/* In short slices, since a machine that others use is not the same a second later. */
static struct effect measure_effect(struct bench *bench, bool different)
{
    struct effect effect = {0};
    for (int slice = 0; slice < SLICES; slice++) {
        judge_slice(bench, different, slice, bench->times);
        int before = atomic_load(&bench->revoked);
        int64_t begun = now_ns();
        atomic_store(&bench->revoking, true);
        sleep_ns(SETTLE_NS);
        judge_slice(bench, different, slice, bench->other_times);
        effect.ns += now_ns() - begun;
        effect.revoked += atomic_load(&bench->revoked) - before;
        atomic_store(&bench->revoking, false);
        sleep_ns(SETTLE_NS);
    }
    int count = SLICES * (different ? OF_DIFFERENT : OF_SAME);
    effect.alone = middle(bench->times, count);
    effect.meanwhile = middle(bench->other_times, count);
    return effect;
}

static void run_round(struct bench *bench)
{
    int64_t bare;
    int64_t ours = beside_bare(bench, &bare);
    struct effect different = measure_effect(bench, true);
    struct effect same = measure_effect(bench, false);
    int64_t revoked = different.revoked + same.revoked;
    printf("%lld %lld %lld %lld %lld %lld %lld\n", (long long)ours, (long long)bare,
           (long long)different.alone, (long long)same.alone, (long long)different.meanwhile,
           (long long)same.meanwhile, (long long)(revoked * 1000000000 / (different.ns + same.ns)));
}

int main(int count, char **arguments)
{
    static struct bench bench;
    pthread_t thread;
    if (count != 3)
        return 2;
    must(config_load(arguments[1], &bench.config));
    must(service_open(bench.config, SERVICE_TRUST, &bench.service));
    make_certificates(&bench);
    add_rows(&bench);
    if (pthread_create(&thread, NULL, revoke_victims, &bench) != 0)
        must(status_fail(STATUS_INTERNAL, "no thread"));
    for (long rounds = strtol(arguments[2], NULL, 10); rounds > 0; rounds--)
        run_round(&bench);
    atomic_store(&bench.stop, true);
    pthread_join(thread, NULL);
    for (int i = 0; i < CERTIFICATES; i++)
        certificate_free(bench.made[i]);
    service_free(bench.service);
    config_free(bench.config);
    return 0;
}
