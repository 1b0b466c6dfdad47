#include "http/tls_client.h"

#include "base/limits.h"
#include "tls_pair.h"

#include <criterion/criterion.h>

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
enum { VERSIONS = sizeof versions / sizeof versions[0] };

struct scene {
    struct tls_party server_party, client_party;
    struct tls_server *server;
    SSL_CTX *client;
    struct tls_pair pair;
};

static void scene_clear(struct scene *scene)
{
    tls_pair_clear(&scene->pair);
    SSL_CTX_free(scene->client);
    tls_server_free(scene->server);
    tls_party_clear(&scene->server_party);
    tls_party_clear(&scene->client_party);
}
CLEANUP_VALUE(struct scene, scene_clear)

static void scene_open(struct scene *scene, int version)
{
    tls_party_make(&scene->server_party);
    tls_party_make(&scene->client_party);
    const struct tls_options options = tls_pair_options(&scene->server_party, 0);
    scene->server = tls_pair_server(&options);
    scene->client = tls_pair_client(version);
}

static void scene_shake(struct scene *scene)
{
    tls_pair_open(&scene->pair, scene->server, scene->client, NULL);
    tls_pair_shake(&scene->pair);
}

Test(tls_client, none_is_needed)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i]);
        scene_shake(&scene);
        cr_assert(scene.pair.done, "%s", scene.pair.handshake.reason);
        cr_expect(scene.pair.handshake.hello_seen);
        cr_expect(scene.pair.handshake.certificate_asked);
        cr_expect_not(scene.pair.handshake.certificate_seen);
        cr_expect_eq(scene.pair.session.certificate_count, 0);
    }
}

Test(tls_client, as_many_as_allowed_are_taken_in_their_order)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i]);
        tls_pair_show(scene.client, &scene.client_party, LIMIT_CLIENT_CERTIFICATES - 1);
        scene_shake(&scene);
        cr_assert(scene.pair.done, "%s", scene.pair.handshake.reason);
        cr_expect(scene.pair.handshake.certificate_seen);
        cr_expect_eq(scene.pair.session.certificate_count, LIMIT_CLIENT_CERTIFICATES);
        for (size_t at = 0; at <= LIMIT_CLIENT_CERTIFICATES; at++) {
            struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
            enum status status = tls_client_certificate(scene.pair.server, at, &der);
            bool is_there = at < LIMIT_CLIENT_CERTIFICATES;
            cr_expect_eq(status, is_there ? STATUS_OK : STATUS_NOT_FOUND, "%zu", at);
            cr_expect_eq(der.len > 100, is_there);
        }
    }
}

Test(tls_client, one_more_is_refused)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i]);
        tls_pair_show(scene.client, &scene.client_party, LIMIT_CLIENT_CERTIFICATES);
        scene_shake(&scene);
        cr_expect_not(scene.pair.done);
        cr_expect(scene.pair.handshake.certificate_seen);
        cr_expect_str_eq(scene.pair.handshake.reason, "too many certificates");
    }
}

Test(tls_client, more_bytes_than_allowed_are_refused)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i]);
        tls_pair_show(scene.client, &scene.client_party, 150);
        scene_shake(&scene);
        cr_expect_not(scene.pair.done);
        cr_expect(scene.pair.handshake.certificate_asked);
        cr_expect(scene.pair.handshake.certificate_seen);
        cr_expect_str_eq(scene.pair.handshake.reason, "excessive message size");
    }
}

Test(tls_client, one_that_goes_away_after_it_was_asked_is_noted)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i]);
        tls_pair_open(&scene.pair, scene.server, scene.client, NULL);
        SSL_connect(scene.pair.client);
        cr_assert_eq(tls_pair_step(&scene.pair), TLS_WANTS_READ);
        tls_pair_hang_up(&scene.pair);
        cr_assert_eq(tls_pair_step(&scene.pair), TLS_CLOSED);
        const struct tls_handshake *seen = &scene.pair.handshake;
        cr_expect(seen->hello_seen && seen->certificate_asked && !seen->certificate_seen);
        cr_expect_not(seen->distrusted);
        cr_expect_str_eq(seen->reason, "the client closed the connection");
        cr_expect_str_eq(seen->version, versions[i] == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
    }
}

Test(tls_client, one_that_does_not_trust_the_server_is_told_from_one_that_has_nothing_to_show)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i]);
        SSL_CTX_set_verify(scene.client, SSL_VERIFY_PEER, NULL);
        scene_shake(&scene);
        cr_expect_not(scene.pair.done);
        cr_expect(scene.pair.handshake.certificate_asked);
        cr_expect(scene.pair.handshake.distrusted);
        cr_expect_not(scene.pair.handshake.certificate_seen);
    }
}

Test(tls_client, one_that_never_spoke_was_not_asked)
{
    struct scene scene defer(scene_clear) = {0};
    scene_open(&scene, TLS1_3_VERSION);
    tls_pair_open(&scene.pair, scene.server, scene.client, NULL);
    cr_assert_eq(tls_pair_step(&scene.pair), TLS_WANTS_READ);
    tls_pair_hang_up(&scene.pair);
    cr_assert_eq(tls_pair_step(&scene.pair), TLS_CLOSED);
    cr_expect_not(scene.pair.handshake.hello_seen);
    cr_expect_not(scene.pair.handshake.certificate_asked);
}

Test(tls_client, the_clients_alert_is_the_reason)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i]);
        SSL_CTX_set_verify(scene.client, SSL_VERIFY_PEER, NULL); /* and it trusts nobody */
        scene_shake(&scene);
        cr_expect_not(scene.pair.done);
        cr_expect(scene.pair.handshake.certificate_asked);
        cr_expect_str_eq(scene.pair.handshake.reason, "alert of the client: unknown CA");
    }
}

Test(tls_client, an_old_version_is_noted_as_refused)
{
    struct scene scene defer(scene_clear) = {0};
    scene_open(&scene, TLS1_VERSION);
    scene_shake(&scene);
    cr_expect_not(scene.pair.done);
    cr_expect(scene.pair.handshake.hello_seen);
    cr_expect_not(scene.pair.handshake.certificate_asked);
    cr_expect_str_eq(scene.pair.handshake.reason, "unsupported protocol");
}

Test(tls_client, an_old_version_is_spoken_when_it_is_wanted)
{
    struct scene scene defer(scene_clear) = {0};
    scene_open(&scene, TLS1_VERSION);
    struct tls_options options = tls_pair_options(&scene.server_party, 0);
    options.legacy = true;
    cr_assert_eq(tls_server_reload(scene.server, &options), STATUS_OK);
    tls_pair_show(scene.client, &scene.client_party, 0);
    scene_shake(&scene);
    cr_assert(scene.pair.done, "%s", scene.pair.handshake.reason);
    cr_expect_str_eq(scene.pair.session.version, "TLSv1");
    cr_expect_eq(scene.pair.session.certificate_count, 1);
}

Test(tls_client, who_does_not_go_on_is_noted)
{
    struct scene scene defer(scene_clear) = {0};
    scene_open(&scene, TLS1_3_VERSION);
    tls_pair_open(&scene.pair, scene.server, scene.client, NULL);
    SSL_connect(scene.pair.client);
    cr_assert_eq(tls_pair_step(&scene.pair), TLS_WANTS_READ);
    tls_handshake_timed_out(scene.pair.server);
    cr_expect_str_eq(scene.pair.handshake.reason, "the client did not go on in time");
    cr_expect_str_eq(scene.pair.handshake.version, "TLSv1.3");
}
