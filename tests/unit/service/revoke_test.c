#include "service/revoke.h"

#include "fixture.h"
#include "service/issue.h"
#include "service/mint.h"

#include <stdio.h>

static void mint(const struct fixture *fixture, const char *user, char *serial, size_t size)
{
    const struct mint_request request = {.user = user};
    struct mint_result result defer(mint_result_clear) = {0};
    expect_ok(mint_bundle(fixture->service, &anna, &request, &result));
    snprintf(serial, size, "%s", result.serial);
}

static int64_t count(const struct fixture *fixture, const char *where)
{
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", where);
    return ask_sql(fixture, sql);
}

Test(revoke, one_certificate_with_its_reason_and_its_row_in_the_audit)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char serial[64];
    mint(&fixture, "ben@example.org", serial, sizeof serial);
    struct revocation revocation;
    expect_ok(revoke_certificate(fixture.service, &anna, REVOKE_ANY, serial,
                                 CRL_REASON_KEY_COMPROMISE, &revocation));
    cr_assert_str_eq(revocation.serial, serial);
    cr_assert_str_eq(revocation.user, "ben@example.org");
    cr_assert_eq(count(&fixture, "certificate WHERE state = 'revoked' AND reason = 1"), 1);
    cr_assert_eq(count(&fixture, "audit WHERE action = 'certificate.revoke' AND actor = "
                                 "'operator:anna' AND detail LIKE '%keyCompromise%'"),
                 1);
    cr_assert_eq(count(&fixture, "crl WHERE issuer = 'issuing' AND changes = covered + 1"), 1);
}

Test(revoke, what_is_revoked_stays_as_it_was)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char serial[64];
    mint(&fixture, "ben@example.org", serial, sizeof serial);
    struct revocation revocation;
    expect_ok(revoke_certificate(fixture.service, &anna, REVOKE_ANY, serial, CRL_REASON_SUPERSEDED,
                                 &revocation));
    expect_detail(revoke_certificate(fixture.service, &anna, REVOKE_ANY, serial,
                                     CRL_REASON_KEY_COMPROMISE, &revocation),
                  STATUS_CONFLICT, "is revoked");
    cr_assert_eq(count(&fixture, "certificate WHERE reason = 4"), 1);
    cr_assert_eq(count(&fixture, "audit WHERE action = 'certificate.revoke'"), 1);
}

Test(revoke, unknown_serials_and_those_of_a_ca_are_refused)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct revocation revocation;
    cr_assert_eq(revoke_certificate(fixture.service, &anna, REVOKE_ANY, "0a0b",
                                    CRL_REASON_UNSPECIFIED, &revocation),
                 STATUS_NOT_FOUND);
    const struct certificate *ca[] = {authority_root(fixture.service->authority),
                                      authority_issuing(fixture.service->authority)};
    for (size_t i = 0; i < 2; i++)
        expect_detail(revoke_certificate(fixture.service, &anna, REVOKE_ANY,
                                         certificate_info(ca[i])->serial, CRL_REASON_UNSPECIFIED,
                                         &revocation),
                      STATUS_INVALID, "of a CA");
    cr_assert_eq(count(&fixture, "certificate WHERE state = 'revoked'"), 0);
}

Test(revoke, reasons_are_those_that_a_phone_can_give)
{
    static const char *const good[] = {"unspecified", "keyCompromise",        "affiliationChanged",
                                       "superseded",  "cessationOfOperation", "privilegeWithdrawn"};
    static const char *const bad[] = {
        "certificateHold", "removeFromCRL", "cACompromise", "aACompromise", "", "keycompromise"};
    enum crl_reason reason;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        expect_ok(revoke_reason_parse(good[i], &reason));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_detail(revoke_reason_parse(bad[i], &reason), STATUS_INVALID, "privilegeWithdrawn");
}

Test(revoke, all_of_a_user_in_any_case_and_nothing_of_others)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char serial[64];
    mint(&fixture, "ben@example.org", serial, sizeof serial);
    mint(&fixture, "Ben@Example.org", serial, sizeof serial);
    mint(&fixture, "ben@example.org.uk", serial, sizeof serial);
    int64_t revoked = 0;
    expect_ok(revoke_user(fixture.service, &anna, REVOKE_ANY, "BEN@example.org",
                          CRL_REASON_AFFILIATION_CHANGED, &revoked));
    cr_assert_eq(revoked, 2);
    cr_assert_eq(count(&fixture, "certificate WHERE state = 'revoked' AND reason = 3"), 2);
    cr_assert_eq(count(&fixture, "audit WHERE action = 'certificate.revoke'"), 2);
    expect_detail(revoke_user(fixture.service, &anna, REVOKE_ANY, "ben@example.org",
                              CRL_REASON_UNSPECIFIED, &revoked),
                  STATUS_NOT_FOUND, "no certificate that could be revoked");
    cr_assert_eq(
        revoke_user(fixture.service, &anna, REVOKE_ANY, "", CRL_REASON_UNSPECIFIED, &revoked),
        STATUS_INVALID);
}

Test(revoke, a_user_with_more_certificates_than_a_page_loses_all_of_them)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    run_sql(
        &fixture,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1201) "
        "INSERT INTO certificate (serial, issuer, profile, user_name, person_name, mail, device, "
        "not_before, not_after, state, der, reserved_at, lease_until, issued_at, created_by) "
        "SELECT printf('0a%08x', i), 'issuing', 'user', 'carl', '', '', '', 0, 4000000000, "
        "'issued', x'00', i, 0, 1, 'test' FROM n");
    int64_t revoked = 0;
    expect_ok(
        revoke_user(fixture.service, &anna, REVOKE_ANY, "carl", CRL_REASON_UNSPECIFIED, &revoked));
    cr_assert_eq(revoked, 1201);
    cr_assert_eq(count(&fixture, "audit WHERE action = 'certificate.revoke'"), 1201);
}

Test(revoke, what_has_expired_is_left_alone)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char serial[64];
    mint(&fixture, "ben@example.org", serial, sizeof serial);
    run_sql(&fixture,
            "UPDATE certificate SET not_before = 1, not_after = 2 WHERE profile = 'user'");
    int64_t revoked = 0;
    cr_assert_eq(revoke_user(fixture.service, &anna, REVOKE_ANY, "ben@example.org",
                             CRL_REASON_UNSPECIFIED, &revoked),
                 STATUS_NOT_FOUND);
}

/* A reserved serial whose certificate is being signed: whoever waits for it must not get it. */
Test(revoke, the_help_desk_reaches_certificates_of_users_only)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    char serial[64];
    struct revocation revocation;
    int64_t revoked;
    mint(&fixture, "mail.example.org", serial, sizeof serial);
    run_sql(&fixture, "UPDATE certificate SET profile = 'server' WHERE user_name LIKE 'mail%'");
    cr_assert_eq(revoke_certificate(fixture.service, &anna, REVOKE_USERS, serial,
                                    CRL_REASON_SUPERSEDED, &revocation),
                 STATUS_FORBIDDEN);
    cr_assert_eq(revoke_user(fixture.service, &anna, REVOKE_USERS, "mail.example.org",
                             CRL_REASON_SUPERSEDED, &revoked),
                 STATUS_NOT_FOUND);
    expect_ok(revoke_certificate(fixture.service, &anna, REVOKE_ANY, serial, CRL_REASON_SUPERSEDED,
                                 &revocation));
}

Test(revoke, a_certificate_that_is_being_issued_reaches_nobody)
{
    struct fixture fixture defer(fixture_close);
    fixture_open(&fixture);
    struct private_key *key defer(private_key_free) = NULL;
    struct buf spki defer(buf_clear) = BUF_INIT(1000);
    expect_ok(private_key_generate(KEY_EC_P256, &key));
    expect_ok(private_key_spki(key, &spki));
    static const struct person ben = {"ben@example.org", "Ben Example", "", "", ""};
    struct issuance issuance = {.profile = PROFILE_USER,
                                .person = &ben,
                                .lifetime = 86400,
                                .lease = 30,
                                .fields.spki = span_of(spki.ptr, spki.len)};
    person_set_fields(fixture.service, &ben, &issuance.fields);
    struct db_tx *reserving = NULL;
    expect_ok(db_begin(fixture.service->db, DB_WRITE, &reserving));
    expect_ok(issue_reserve(fixture.service, reserving, &anna, &issuance));
    expect_ok(db_commit(reserving));
    db_end(reserving);

    int64_t revoked = 0;
    expect_ok(revoke_user(fixture.service, &anna, REVOKE_ANY, "ben@example.org",
                          CRL_REASON_UNSPECIFIED, &revoked));
    cr_assert_eq(revoked, 1);
    struct certificate *certificate defer(certificate_free) = NULL;
    expect_ok(issue_sign(fixture.service, &issuance, &certificate));
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture.service->db, DB_WRITE, &tx));
    cr_assert_eq(issue_complete(tx, &anna, &issuance, certificate), STATUS_CONFLICT);
    cr_assert_eq(count(&fixture, "certificate WHERE state = 'revoked' AND der IS NULL"), 1);
}
