#include "service/health.h"

#include "base/clock.h"
#include "config/config.h"
#include "fixture.h"
#include "service/ocsp_responder.h"

#include <fcntl.h>
#include <stdio.h>

static struct fixture fixture;

static void setup(void)
{
    fixture_open(&fixture);
}

static void teardown(void)
{
    fixture_close(&fixture);
}

TestSuite(health, .init = setup, .fini = teardown);

static const struct health_finding *find(const struct health *health, enum health_subject subject)
{
    for (size_t i = 0; i < health->count; i++)
        if (health->findings[i].subject == subject)
            return &health->findings[i];
    return NULL;
}

static enum health_level level_at(enum health_subject subject, int64_t now)
{
    struct health health;
    health_read(fixture.service, now, &health);
    return find(&health, subject)->level;
}

Test(health, a_new_authority_is_well)
{
    struct health health;
    health_read(fixture.service, clock_now(), &health);
    cr_assert_eq(health.count, HEALTH_SUBJECTS - 2); /* no responder here, and no other CAs */
    for (size_t i = 0; i < health.count; i++)
        if (health.findings[i].subject != HEALTH_CLOCK && health.findings[i].subject != HEALTH_DISK)
            cr_assert_eq(health.findings[i].level, HEALTH_GOOD, "%d", health.findings[i].subject);
    cr_assert_gt(find(&health, HEALTH_DISK)->amount, 0);
    cr_assert_gt(find(&health, HEALTH_ISSUING_CRL)->amount, clock_now());
}

Test(health, a_revocation_list_is_warned_of_in_its_last_third_and_bad_behind_it)
{
    struct crl_info info = {0};
    expect_ok(health_crl(fixture.config->authority_issuing_crl, &info));
    int64_t third = (info.next_update - info.this_update) / 3;
    cr_assert_eq(level_at(HEALTH_ISSUING_CRL, info.next_update - third - CLOCK_HOUR), HEALTH_GOOD);
    cr_assert_eq(level_at(HEALTH_ISSUING_CRL, info.next_update - third + CLOCK_HOUR),
                 HEALTH_WARNING);
    cr_assert_eq(level_at(HEALTH_ISSUING_CRL, info.next_update + 1), HEALTH_ERROR);
}

Test(health, a_list_that_is_none_is_an_error_without_a_time)
{
    int fd = open(fixture.config->authority_issuing_crl, O_WRONLY | O_TRUNC);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, "none", 4), 4);
    close(fd);
    struct health health;
    health_read(fixture.service, clock_now(), &health);
    cr_assert_eq(find(&health, HEALTH_ISSUING_CRL)->level, HEALTH_ERROR);
    cr_assert_eq(find(&health, HEALTH_ISSUING_CRL)->amount, 0);
}

static const struct {
    int64_t bytes;
    enum health_level level;
} spaces[] = {
    {0, HEALTH_ERROR},          {(16 << 20) - 1, HEALTH_ERROR},
    {16 << 20, HEALTH_WARNING}, {(256 << 20) - 1, HEALTH_WARNING},
    {256 << 20, HEALTH_GOOD},
};

Test(health, little_space_is_a_warning_and_hardly_any_an_error)
{
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++)
        cr_assert_eq(health_of_space(spaces[i].bytes), spaces[i].level, "%zu", i);
}

Test(health, validity_is_bad_outside_and_warned_of_in_the_last_month)
{
    int64_t end = 1000 * (int64_t)CLOCK_DAY;
    cr_assert_eq(health_of_validity(100, end, 99), HEALTH_ERROR);
    cr_assert_eq(health_of_validity(100, end, 100), HEALTH_GOOD);
    cr_assert_eq(health_of_validity(100, end, end - 30 * (int64_t)CLOCK_DAY + 1), HEALTH_WARNING);
    cr_assert_eq(health_of_validity(100, end, end), HEALTH_WARNING);
    cr_assert_eq(health_of_validity(100, end, end + 1), HEALTH_ERROR);
}

Test(health, a_responder_is_warned_of_when_it_should_have_been_renewed)
{
    int64_t now = clock_now();
    cr_assert_eq(health_of_responder(now + RESPONDER_LIFETIME, now), HEALTH_GOOD);
    cr_assert_eq(health_of_responder(now + RESPONDER_RENEWAL - 2 * CLOCK_DAY, now), HEALTH_WARNING);
    cr_assert_eq(health_of_responder(now, now), HEALTH_ERROR);
    cr_assert_eq(health_responder(fixture.service, now).level, HEALTH_ERROR, "there is none yet");
}

Test(health, a_list_of_another_ca_is_bad_where_its_certificates_are_refused_without_it)
{
    struct trust_source source = {.freshness = TRUST_MISSING, .hard = true};
    cr_assert_eq(health_of_source(&source), HEALTH_ERROR);
    source.hard = false;
    cr_assert_eq(health_of_source(&source), HEALTH_WARNING);
    source = (struct trust_source){.freshness = TRUST_LATE, .hard = true};
    cr_assert_eq(health_of_source(&source), HEALTH_WARNING);
    source.freshness = TRUST_CURRENT;
    cr_assert_eq(health_of_source(&source), HEALTH_GOOD);
}
