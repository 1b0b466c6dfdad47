#include "service/trust_records.h"

#include "fixture.h"

#include <stdio.h>

static struct fixture at;
static struct trust_records *records;

static void add(int number)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "INSERT INTO certificate (serial, issuer, profile, user_name, person_name, mail, "
             "device, not_before, not_after, state, der, reserved_at, lease_until, issued_at, "
             "created_by) VALUES ('%08x', 'issuing', 'user', 'ben', '', '', '', 1, 4000000000, "
             "'issued', x'30', 1, 1, 1, '')",
             number);
    run_sql(&at, sql);
}

static void set_revoked(const char *which)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "UPDATE certificate SET state = 'revoked', revoked_at = 1, reason = 1 WHERE %s",
             which);
    run_sql(&at, sql);
}

static void set_up(void)
{
    fixture_open(&at);
    expect_ok(trust_records_new(&records));
    add(1);
    add(2);
}

static void tear_down(void)
{
    trust_records_free(records);
    fixture_close(&at);
}

TestSuite(trust_records, .init = set_up, .fini = tear_down);

static struct trust_record of(const char *serial, struct trust_record record)
{
    expect_ok(trust_records_update(records, at.service->db, serial, &record));
    return record;
}

Test(trust_records, what_was_read_stays_while_others_are_revoked)
{
    struct trust_record one = of("00000001", (struct trust_record){0});
    cr_expect_eq(one.record, VERDICT_RECORD_VALID);
    cr_expect(one.known);
    set_revoked("serial = '00000002'");
    one = of("00000001", one);
    cr_expect_eq(one.record, VERDICT_RECORD_VALID);
    set_revoked("serial = '00000001'");
    cr_expect_eq(of("00000001", one).record, VERDICT_RECORD_REVOKED);
}

Test(trust_records, a_certificate_that_nobody_issued_is_asked_for_again)
{
    struct trust_record none = of("00000009", (struct trust_record){0});
    cr_expect_eq(none.record, VERDICT_RECORD_NONE);
    cr_expect_not(none.known);
    add(9);
    cr_expect_eq(of("00000009", none).record, VERDICT_RECORD_VALID);
}

Test(trust_records, more_revocations_than_are_kept_at_once)
{
    struct trust_record one = of("00000001", (struct trust_record){0});
    run_sql(&at, "WITH RECURSIVE n(i) AS (VALUES (16) UNION ALL SELECT i + 1 FROM n WHERE i < "
                 "12015) INSERT INTO certificate (serial, issuer, profile, user_name, "
                 "person_name, mail, device, not_before, not_after, state, der, reserved_at, "
                 "lease_until, issued_at, created_by) SELECT printf('%08x', i), 'issuing', "
                 "'user', 'ben', '', '', '', 1, 4000000000, 'issued', x'30', 1, 1, 1, '' FROM n");
    set_revoked("serial = '00000001'");
    set_revoked("serial >= '00000010'");
    cr_expect_eq(ask_sql(&at, "SELECT count(*) FROM revocation"), 10000);
    cr_expect_eq(of("00000001", one).record, VERDICT_RECORD_REVOKED);
    struct trust_record two = of("00000002", (struct trust_record){0});
    cr_expect_eq(of("00000002", two).record, VERDICT_RECORD_VALID);
}
