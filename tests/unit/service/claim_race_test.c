/* Many claims at once, and a claim that a crash cuts in two. */
#include "fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

enum { RACE_THREADS = 50 };

struct racer {
    const struct fixture *fixture;
    const struct enrol_created *link;
    char address[32];
    enum status status;
    struct claim claim;
};

static void *race(void *argument)
{
    struct racer *racer = argument;
    const struct claimer claimer = {.address = racer->address, .agent = "Android"};
    racer->status = post_pin(racer->fixture, racer->link, NULL, &claimer, &racer->claim);
    return NULL;
}

static void run_race(struct racer racers[], const struct fixture *fixture,
                     const struct enrol_created *link, bool same_address)
{
    pthread_t threads[RACE_THREADS];
    for (int i = 0; i < RACE_THREADS; i++) {
        racers[i] = (struct racer){.fixture = fixture, .link = link};
        snprintf(racers[i].address, sizeof racers[i].address, "192.0.2.%d",
                 same_address ? 7 : i + 1);
        cr_assert_eq(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < RACE_THREADS; i++) {
        pthread_join(threads[i], NULL);
        cr_assert_eq(racers[i].status, STATUS_OK);
    }
}

static int count_outcome(const struct racer racers[], enum claim_outcome outcome)
{
    int count = 0;
    for (int i = 0; i < RACE_THREADS; i++)
        count += racers[i].claim.outcome == outcome;
    return count;
}

static void expect_one_certificate(const struct fixture *fixture)
{
    cr_assert_eq(ask_sql(fixture, "SELECT count(*) FROM certificate WHERE profile = 'user'"), 1);
    cr_assert_eq(ask_sql(fixture, "SELECT count(*) FROM bundle"), 1);
}

Test(claim_race, of_fifty_addresses_one_wins_and_the_others_are_told)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct racer racers[RACE_THREADS];
    run_race(racers, &fixture, &link, false);
    cr_assert_eq(count_outcome(racers, CLAIM_DONE), 1);
    cr_assert_eq(count_outcome(racers, CLAIM_ELSEWHERE), RACE_THREADS - 1);
    expect_one_certificate(&fixture);
    for (int i = 0; i < RACE_THREADS; i++)
        claim_clear(&racers[i].claim);
}

Test(claim_race, fifty_times_from_one_address_is_one_and_the_same_answer)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct racer racers[RACE_THREADS];
    run_race(racers, &fixture, &link, true);
    cr_assert_eq(count_outcome(racers, CLAIM_DONE), RACE_THREADS);
    expect_one_certificate(&fixture);
    for (int i = 0; i < RACE_THREADS; i++) {
        cr_assert_str_eq(secret_text(racers[i].claim.password),
                         secret_text(racers[0].claim.password));
        cr_assert_str_eq(secret_text(racers[i].claim.ticket), secret_text(racers[0].claim.ticket));
    }
    for (int i = 0; i < RACE_THREADS; i++)
        claim_clear(&racers[i].claim);
}

static void *race_wrong(void *argument)
{
    struct racer *racer = argument;
    char pin[16];
    wrong_pin(racer->link, pin);
    racer->status = post_pin(racer->fixture, racer->link, pin, &phone, &racer->claim);
    return NULL;
}

Test(claim_race, no_more_wrong_pins_are_tried_at_once_than_the_limit)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct racer racers[RACE_THREADS];
    pthread_t threads[RACE_THREADS];
    for (int i = 0; i < RACE_THREADS; i++) {
        racers[i] = (struct racer){.fixture = &fixture, .link = &link};
        cr_assert_eq(pthread_create(&threads[i], NULL, race_wrong, &racers[i]), 0);
    }
    for (int i = 0; i < RACE_THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(count_outcome(racers, CLAIM_WRONG_PIN), 4);
    cr_assert_eq(count_outcome(racers, CLAIM_LOCKED), RACE_THREADS - 4);
}

struct repacker {
    const struct fixture *fixture;
    const struct claim *claim;
    enum status status;
    struct collected file;
};

static void *repack_and_fetch(void *argument)
{
    struct repacker *own = argument;
    const struct service *service = own->fixture->service;
    struct span ticket = secret_span(own->claim->ticket);
    struct claim again defer(claim_clear) = {0};
    own->status = collect_repack(service, ticket, SPAN_LITERAL("modern"), &phone, &again);
    if (own->status == STATUS_OK)
        own->status = collect_file(service, ticket, SPAN_LITERAL("ben"), COLLECT_P12, true, &phone,
                                   &own->file, NULL);
    return NULL;
}

Test(claim_race, a_button_for_repacking_pressed_many_times_repacks_once)
{
    enum { TAPS = 4 };
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    struct repacker taps[TAPS];
    pthread_t threads[TAPS];
    for (int i = 0; i < TAPS; i++) {
        taps[i] = (struct repacker){.fixture = &fixture, .claim = &claim};
        cr_assert_eq(pthread_create(&threads[i], NULL, repack_and_fetch, &taps[i]), 0);
    }
    for (int i = 0; i < TAPS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < TAPS; i++) {
        expect_ok(taps[i].status);
        cr_assert_str_eq(taps[i].file.etag, taps[0].file.etag);
    }
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'link.repack'"), 1);
    for (int i = 0; i < TAPS; i++)
        collected_clear(&taps[i].file);
}

/* The signer is this process's only child. */
static pid_t signer_of(pid_t parent)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", parent, parent);
    FILE *children = fopen(path, "r");
    char text[32];
    cr_assert_not_null(children);
    cr_assert_not_null(fgets(text, sizeof text, children));
    fclose(children);
    return (pid_t)strtol(text, NULL, 10);
}

/* In a child process: a claim whose signer never answers, so that it stands between its steps. */
static void claim_and_hang(struct fixture *fixture, const struct enrol_created *link)
{
    fixture_restart(fixture);
    kill(signer_of(getpid()), SIGSTOP);
    struct claim claim = {0};
    if (post_pin(fixture, link, NULL, &phone, &claim) != STATUS_OK)
        _exit(1);
    _exit(2);
}

static void cut_a_claim_in_two(struct fixture *fixture, const struct enrol_created *link)
{
    service_free(take(fixture->service));
    pid_t child = fork();
    if (child == 0)
        claim_and_hang(fixture, link);
    while (ask_sql(fixture, "SELECT count(*) FROM certificate WHERE state = 'reserved'") == 0)
        usleep(1000);
    pid_t signer = signer_of(child);
    kill(child, SIGKILL);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    kill(signer, SIGKILL);
    fixture_restart(fixture);
}

Test(claim_race, after_a_crash_between_the_steps_the_lease_makes_the_link_claimable_again)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    cut_a_claim_in_two(&fixture, &link);
    cr_assert_eq(state_of(&fixture, &link), LINK_CLAIMING);

    const struct claimer stranger = {.address = "198.51.100.9", .agent = "Windows"};
    struct claim refused defer(claim_clear) = {0};
    expect_ok(post_pin(&fixture, &link, NULL, &stranger, &refused));
    cr_assert_eq(refused.outcome, CLAIM_ELSEWHERE);

    run_sql(&fixture, "UPDATE link SET claim_lease_until = 20");
    expect_claimable(&fixture, &link);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user' AND "
                                   "state = 'revoked' AND der IS NULL"),
                 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user' AND "
                                   "state = 'issued'"),
                 1);
}

Test(claim_race, the_same_phone_waits_out_a_claim_that_was_cut_off)
{
    static const struct config_setting settings[] = {{"link", "lease", "5s"}};
    struct fixture fixture defer(fixture_close);
    fixture_make(&fixture, settings, 1);
    fixture_restart(&fixture);
    struct enrol_created link defer(enrol_created_clear) = make_link(&fixture);
    cut_a_claim_in_two(&fixture, &link);
    struct claim claim defer(claim_clear) = claim_it(&fixture, &link);
    cr_assert_eq(claim.link.state, LINK_CLAIMED);
}
