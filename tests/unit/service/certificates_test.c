#include "service/certificates.h"

#include "base/clock.h"
#include "fixture.h"

#include <stdio.h>

static struct fixture fixture;
static char serial[ENROLMENT_SERIAL_SIZE]; /* of ben's certificate */

static void setup(void)
{
    fixture_open(&fixture);
    const struct enrol_request request = {
        .user = "ben@example.org",
        .name = "Ben Example",
        .mail = "b.example@example.org",
        .sid = "S-1-5-21-1-2-3-500",
        .device = "phone",
    };
    struct enrol_created link defer(enrol_created_clear) = {0};
    expect_ok(enrol_create(fixture.service, &anna, &request, &link));
    expect_claimable(&fixture, &link);
    struct enrolment now;
    expect_ok(enrol_show(fixture.service, link.link.id, &now));
    snprintf(serial, sizeof serial, "%s", now.serial);
}

static void teardown(void)
{
    fixture_close(&fixture);
}

TestSuite(certificates, .init = setup, .fini = teardown);

static const struct {
    struct certificates_filter filter;
    size_t count;
} filters[] = {
    {{.user = "BEN@example.org"}, 1},
    {{.user = "ben"}, 0},
    {{.search = "ben exam"}, 1},
    {{.search = "b.exa"}, 1},
    {{.search = "phone"}, 1},
    {{.state = "revoked"}, 0},
    {{.user = "ben@example.org", .state = "issued"}, 1},
    {{.expires_within = 366 * (int64_t)CLOCK_DAY}, 1},
    {{.expires_within = 300 * (int64_t)CLOCK_DAY}, 0},
};

Test(certificates, are_found_by_what_is_known_of_them)
{
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        struct certificate_page page defer(certificate_page_clear) = {0};
        expect_ok(certificates_list(fixture.service, &filters[i].filter, &(struct page_request){0},
                                    &page));
        cr_assert_eq(page.count, filters[i].count, "filter %zu", i);
    }
}

Test(certificates, a_state_that_is_none_is_refused)
{
    struct certificate_page page = {0};
    cr_assert_eq(certificates_list(fixture.service, &(struct certificates_filter){.state = "good"},
                                   &(struct page_request){0}, &page),
                 STATUS_INVALID);
}

Test(certificates, one_is_shown_with_what_it_holds)
{
    struct certificate_record record defer(certificate_record_clear) = {0};
    expect_ok(certificates_show(fixture.service, serial, &record));
    cr_assert_str_eq(record.row.user, "ben@example.org");
    cr_assert_str_eq(certificate_info(record.certificate)->common_name, "Ben Example");
}

Test(certificates, a_serial_is_read_as_programs_write_it)
{
    char typed[256] = "00";
    for (size_t i = 0; serial[i] != '\0'; i += 2) {
        char *end = strchr(typed, '\0');
        snprintf(end, 8, ":%c%c", serial[i] >= 'a' ? serial[i] - 32 : serial[i],
                 serial[i + 1] >= 'a' ? serial[i + 1] - 32 : serial[i + 1]);
    }
    struct certificate_record record defer(certificate_record_clear) = {0};
    expect_ok(certificates_show(fixture.service, typed, &record));
    cr_assert_str_eq(record.row.serial, serial);
}

Test(certificates, one_that_was_never_signed_is_only_a_row)
{
    run_sql(&fixture, "UPDATE certificate SET state = 'abandoned', der = NULL, issued_at = NULL");
    struct certificate_record record defer(certificate_record_clear) = {0};
    expect_ok(certificates_show(fixture.service, serial, &record));
    cr_assert_null(record.certificate);
}

Test(certificates, an_unknown_serial_is_not_found)
{
    char long_one[1000];
    memset(long_one, '1', sizeof long_one);
    long_one[sizeof long_one - 1] = '\0';
    struct certificate_record record defer(certificate_record_clear) = {0};
    cr_assert_eq(certificates_show(fixture.service, "0abc", &record), STATUS_NOT_FOUND);
    cr_assert_eq(certificates_show(fixture.service, "", &record), STATUS_NOT_FOUND);
    cr_assert_eq(certificates_show(fixture.service, long_one, &record), STATUS_NOT_FOUND);
}

Test(certificates, the_history_is_what_the_audit_says_of_one)
{
    struct audit_list list defer(audit_list_clear) = {0};
    expect_ok(certificates_history(fixture.service, serial, &(struct page_request){0}, &list));
    cr_assert_eq(list.count, 2);
    cr_assert_str_eq(list.rows[0].action, "certificate.issue");
    cr_assert_str_eq(list.rows[1].action, "certificate.reserve");
}
