#include "http/tls_ticket.h"

#include "tls_pair.h"

#include <criterion/criterion.h>
#include <unistd.h>

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
enum { VERSIONS = sizeof versions / sizeof versions[0], HOUR = 3600 };

struct scene {
    struct tls_party server_party, client_party;
    struct tls_server *server;
    SSL_CTX *client;
    SSL_SESSION *session;
};

static void scene_clear(struct scene *scene)
{
    SSL_SESSION_free(scene->session);
    SSL_CTX_free(scene->client);
    tls_server_free(scene->server);
    tls_party_clear(&scene->server_party);
    tls_party_clear(&scene->client_party);
}
CLEANUP_VALUE(struct scene, scene_clear)

/* After one full handshake with a certificate. */
static void scene_open(struct scene *scene, int version, int64_t lifetime)
{
    tls_party_make(&scene->server_party);
    tls_party_make(&scene->client_party);
    const struct tls_options options = tls_pair_options(&scene->server_party, lifetime);
    scene->server = tls_pair_server(&options);
    scene->client = tls_pair_client(version);
    tls_pair_show(scene->client, &scene->client_party, 0);
    struct tls_session first = tls_pair_once(scene->server, scene->client, &scene->session);
    cr_assert_not(first.resumed);
    cr_assert(first.certificate_asked);
    cr_assert_eq(first.certificate_count, 1);
    cr_assert_eq(first.session_age, 0);
}

Test(tls_ticket, a_resumed_session_has_the_leaf_and_its_age)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i], HOUR);
        sleep(2);
        for (int turn = 0; turn < 2; turn++) { /* TLS 1.3 resumes the second from a new ticket */
            struct tls_session again = tls_pair_once(scene.server, scene.client, &scene.session);
            cr_expect(again.resumed);
            cr_expect_not(again.certificate_asked);
            cr_expect_eq(again.certificate_count, 1);
            cr_expect_geq(again.session_age, 1, "turn %d: %lld", turn,
                          (long long)again.session_age);
        }
    }
}

Test(tls_ticket, keys_survive_a_new_identity)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i], HOUR);
        const struct tls_options options = tls_pair_options(&scene.client_party, HOUR);
        cr_assert_eq(tls_server_reload(scene.server, &options), STATUS_OK);
        cr_expect(tls_pair_once(scene.server, scene.client, &scene.session).resumed);
    }
}

Test(tls_ticket, another_servers_tickets_are_not_opened)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i], HOUR);
        const struct tls_options options = tls_pair_options(&scene.server_party, HOUR);
        struct tls_server *other defer(tls_server_free) = tls_pair_server(&options);
        struct tls_session seen = tls_pair_once(other, scene.client, &scene.session);
        cr_expect_not(seen.resumed);
        cr_expect(seen.certificate_asked);
    }
}

Test(tls_ticket, without_a_lifetime_nothing_is_resumed)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i], 0);
        cr_expect_not(tls_pair_once(scene.server, scene.client, &scene.session).resumed);
    }
}

Test(tls_ticket, a_lifetime_of_none_counts_for_tickets_of_before)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i], HOUR);
        const struct tls_options options = tls_pair_options(&scene.server_party, 0);
        cr_assert_eq(tls_server_reload(scene.server, &options), STATUS_OK);
        cr_expect_not(tls_pair_once(scene.server, scene.client, &scene.session).resumed);
    }
}

Test(tls_ticket, a_shorter_lifetime_counts_for_tickets_of_before)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i], HOUR);
        const struct tls_options options = tls_pair_options(&scene.server_party, 1);
        cr_assert_eq(tls_server_reload(scene.server, &options), STATUS_OK);
        sleep(2);
        struct tls_session seen = tls_pair_once(scene.server, scene.client, &scene.session);
        cr_expect_not(seen.resumed);
        cr_expect_eq(seen.session_age, 0);
    }
}

/* Each turn is younger than the lifetime; the session as a whole is not. */
Test(tls_ticket, resuming_again_and_again_makes_no_session_older_than_its_lifetime)
{
    enum { LIFETIME = 3 };
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i], LIFETIME);
        int resumed = 0;
        while (tls_pair_once(scene.server, scene.client, &scene.session).resumed) {
            resumed++;
            usleep(500 * 1000);
            cr_assert_leq(resumed, 2 * LIFETIME + 1);
        }
        cr_expect_geq(resumed, 1);
    }
}

/* A ticket of the first key's last second is resumed in the second key's first. */
Test(tls_ticket, the_key_before_opens_its_tickets)
{
    enum { LIFETIME = 3 };
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene defer(scene_clear) = {0};
        scene_open(&scene, versions[i], LIFETIME);
        sleep(LIFETIME - 1);
        SSL_SESSION *late = NULL;
        SSL_SESSION *next = NULL;
        cr_assert_not(tls_pair_once(scene.server, scene.client, &late).resumed);
        usleep(1200 * 1000);
        cr_assert_not(tls_pair_once(scene.server, scene.client, &next).resumed);
        cr_expect(tls_pair_once(scene.server, scene.client, &late).resumed);
        SSL_SESSION_free(late);
        SSL_SESSION_free(next);
    }
}
