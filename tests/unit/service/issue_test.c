#include "service/issue.h"

#include "base/clock.h"
#include "config/config.h"
#include "fixture.h"
#include "pki/key.h"

static const struct person ben = {"ben@example.org", "Ben Example", "", "", ""};

struct made {
    struct private_key *key;
    struct buf spki;
    struct issuance issuance;
};

static void made_clear(struct made *made)
{
    private_key_free(made->key);
    buf_clear(&made->spki);
}
CLEANUP_VALUE(struct made, made_clear)

static void make(const struct fixture *fixture, struct made *made)
{
    *made = (struct made){.spki = BUF_INIT(1000)};
    expect_ok(private_key_generate(KEY_EC_P256, &made->key));
    expect_ok(private_key_spki(made->key, &made->spki));
    made->issuance = (struct issuance){
        .profile = PROFILE_USER,
        .person = &ben,
        .lifetime = 30 * CLOCK_DAY,
        .lease = 30,
        .fields.spki = span_of(made->spki.ptr, made->spki.len),
    };
    person_set_fields(fixture->service, &ben, &made->issuance.fields);
}

static void reserve(const struct fixture *fixture, struct made *made)
{
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture->service->db, DB_WRITE, &tx));
    expect_ok(issue_reserve(fixture->service, tx, &anna, &made->issuance));
    expect_ok(db_commit(tx));
}

Test(issue, the_serial_is_durable_before_the_signer_is_asked)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct made made defer(made_clear);
    make(&fixture, &made);
    reserve(&fixture, &made);
    cr_assert_eq(strlen(made.issuance.serial), 32);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE state = 'reserved' AND "
                                   "der IS NULL AND length(serial) = 32"),
                 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = "
                                   "'certificate.reserve' AND actor = 'operator:anna'"),
                 1);
}

Test(issue, a_certificate_says_who_it_is_for_and_where_its_lists_are)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct made made defer(made_clear);
    make(&fixture, &made);
    struct certificate *certificate defer(certificate_free) = NULL;
    expect_ok(issue_certificate(fixture.service, &anna, &made.issuance, &certificate));
    const struct certificate_info *info = certificate_info(certificate);
    cr_assert_str_eq(info->common_name, "Ben Example");
    cr_assert_str_eq(info->organisation, "Example");
    cr_assert_str_eq(info->upn, "ben@example.org");
    cr_assert_str_eq(info->serial, made.issuance.serial);
    cr_assert_leq(info->not_before, clock_now());
    cr_assert(private_key_matches(made.key, certificate));
    static const char crl[] = "http://ca.example.org:8080/ca/issuing.crl";
    cr_assert_not_null(memmem(info->der.ptr, info->der.len, crl, strlen(crl)));
}

Test(issue, what_the_profile_refuses_is_abandoned_and_never_revoked)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct made made defer(made_clear);
    make(&fixture, &made);
    made.issuance.fields.upn = SPAN_LITERAL("no upn");
    struct certificate *certificate = NULL;
    expect_detail(issue_certificate(fixture.service, &anna, &made.issuance, &certificate),
                  STATUS_INVALID, "4.2.1.6");
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'user' AND "
                                   "state = 'abandoned'"),
                 1);
}

Test(issue, a_reservation_that_was_given_up_is_not_completed)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct made made defer(made_clear);
    make(&fixture, &made);
    reserve(&fixture, &made);
    struct certificate *certificate defer(certificate_free) = NULL;
    expect_ok(issue_sign(fixture.service, &made.issuance, &certificate));
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture.service->db, DB_WRITE, &tx));
    expect_ok(issue_abandon(tx, &anna, made.issuance.serial, true));
    cr_assert_eq(issue_complete(tx, &anna, &made.issuance, certificate), STATUS_CONFLICT);
    expect_ok(db_commit(tx));
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE state = 'revoked'"), 1);
}

Test(issue, what_reached_nobody_is_withdrawn)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct made made defer(made_clear);
    make(&fixture, &made);
    struct certificate *certificate defer(certificate_free) = NULL;
    expect_ok(issue_certificate(fixture.service, &anna, &made.issuance, &certificate));
    expect_ok(issue_withdraw(fixture.service, &anna, made.issuance.serial));
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE state = 'revoked'"), 1);
}

Test(issue, only_a_refusal_is_certainly_unsigned)
{
    cr_assert(issue_may_be_signed(STATUS_OK));
    cr_assert(issue_may_be_signed(STATUS_SIGNER));
    cr_assert_not(issue_may_be_signed(STATUS_INVALID));
    cr_assert_not(issue_may_be_signed(STATUS_FORBIDDEN));
}
