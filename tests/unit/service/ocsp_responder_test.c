#include "service/ocsp_responder.h"

#include "base/clock.h"
#include "fixture.h"
#include "pki/ocsp_response.h"
#include "pki/ossl_cleanup.h"
#include "service/background.h"
#include "service/clock_guard.h"
#include "service/revoke.h"

#include <pthread.h>
#include <stdio.h>

static struct fixture fixture;
static struct service *service;

static void open_service(void)
{
    expect_ok(service_open(fixture.config, SERVICE_SIGNER | SERVICE_OCSP, &service));
}

static void set_up(void)
{
    fixture_open(&fixture);
    service_free(take(fixture.service)); /* for one that answers OCSP */
    open_service();
}

static void tear_down(void)
{
    service_free(service);
    fixture_close(&fixture);
}

TestSuite(ocsp_responder, .init = set_up, .fini = tear_down);

static void add_certificate(const char *serial, const char *profile, int64_t reserved_at)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "INSERT INTO certificate (serial, issuer, profile, user_name, person_name, mail, "
             "device, not_before, not_after, state, der, reserved_at, lease_until, issued_at, "
             "created_by) VALUES ('%s', 'issuing', '%s', 'ben', '', '', '', 1, 4000000000, "
             "'issued', x'30', %lld, 1, 1, '')",
             serial, profile, (long long)reserved_at);
    run_sql(&fixture, sql);
}

static void add_issued(const char *serial)
{
    add_certificate(serial, "user", 1);
}

static void revoke_it(const char *serial)
{
    struct revocation revocation;
    expect_ok(
        revoke_certificate(service, &anna, REVOKE_ANY, serial, CRL_REASON_SUPERSEDED, &revocation));
}

static void append_question(struct buf *der, const char *serial, bool nonce)
{
    X509 *issuer = certificate_x509(authority_issuing(service->authority));
    BIGNUM *number defer(BN_free) = NULL;
    BN_hex2bn(&number, serial);
    ASN1_INTEGER *integer defer(ASN1_INTEGER_free) = BN_to_ASN1_INTEGER(number, NULL);
    OCSP_REQUEST *request defer(OCSP_REQUEST_free) = OCSP_REQUEST_new();
    OCSP_request_add0_id(request, OCSP_cert_id_new(EVP_sha1(), X509_get_subject_name(issuer),
                                                   X509_get0_pubkey_bitstr(issuer), integer));
    if (nonce)
        OCSP_request_add1_nonce(request, NULL, -1);
    uint8_t *bytes = NULL;
    int len = i2d_OCSP_REQUEST(request, &bytes);
    buf_append(der, span_of(bytes, (size_t)len));
    OPENSSL_free(bytes);
}

struct told {
    struct ocsp_answer answer;
    int status; /* OCSPResponseStatus */
    int state;  /* of the certificate, -1 without an answer */
    struct buf der;
};

static void told_clear(struct told *told)
{
    buf_clear(&told->der);
}
CLEANUP_VALUE(struct told, told_clear)

static int read_state(OCSP_RESPONSE *response)
{
    OCSP_BASICRESP *basic defer(OCSP_BASICRESP_free) = OCSP_response_get1_basic(response);
    cr_assert_not_null(basic);
    cr_assert_eq(OCSP_resp_count(basic), 1);
    return OCSP_single_get0_status(OCSP_resp_get0(basic, 0), NULL, NULL, NULL, NULL);
}

static struct told ask_bytes(struct span question)
{
    struct told told = {.state = -1, .der = BUF_INIT(OCSP_RESPONSE_SIZE_MAX)};
    expect_ok(ocsp_responder_answer(service, question, &told.der, &told.answer));
    const uint8_t *at = told.der.ptr;
    OCSP_RESPONSE *response defer(OCSP_RESPONSE_free) =
        d2i_OCSP_RESPONSE(NULL, &at, (long)told.der.len);
    cr_assert_not_null(response);
    told.status = OCSP_response_status(response);
    if (told.status == OCSP_RESPONSE_STATUS_SUCCESSFUL)
        told.state = read_state(response);
    return told;
}

static struct told ask(const char *serial, bool nonce)
{
    struct buf question defer(buf_clear) = BUF_INIT(OCSP_REQUEST_SIZE_MAX);
    append_question(&question, serial, nonce);
    return ask_bytes(span_of(question.ptr, question.len));
}

static int state_said(const char *serial)
{
    struct told told defer(told_clear) = ask(serial, false);
    cr_assert_eq(told.status, OCSP_RESPONSE_STATUS_SUCCESSFUL, "status %d: %s", told.status,
                 status_detail());
    return told.state;
}

static int64_t count_responders(void)
{
    return ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'ocsp'");
}

Test(ocsp_responder, makes_its_certificate_when_it_is_first_asked)
{
    cr_assert_eq(count_responders(), 0);
    add_issued("aa");
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
    cr_assert_eq(state_said("bb"), V_OCSP_CERTSTATUS_UNKNOWN);
    cr_assert_eq(count_responders(), 1);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'ocsp' AND "
                                   "state = 'issued' AND issuer = 'issuing'"),
                 1);
}

Test(ocsp_responder, keeps_an_answer_and_says_until_when)
{
    add_issued("aa");
    struct told first defer(told_clear) = ask("aa", false);
    struct told second defer(told_clear) = ask("aa", false);
    struct told third defer(told_clear) = ask("aa", false);
    cr_assert(first.answer.cacheable && second.answer.cacheable && third.answer.cacheable);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM ocsp_answer"), 1);
    cr_assert_eq(second.der.len, first.der.len);
    cr_assert_arr_eq(second.der.ptr, first.der.ptr, first.der.len);
    cr_assert_arr_eq(third.der.ptr, first.der.ptr, first.der.len);
    cr_assert_str_eq(third.answer.validity.etag, first.answer.validity.etag);
    cr_assert_eq(third.answer.max_age, fixture.config->ocsp_max_age);
    cr_assert_eq(third.answer.validity.renew_at,
                 third.answer.validity.this_update + fixture.config->ocsp_validity / 2);
}

Test(ocsp_responder, keeps_no_answer_to_a_nonce_and_none_that_says_unknown)
{
    add_issued("aa");
    struct told nonce defer(told_clear) = ask("aa", true);
    struct told unknown defer(told_clear) = ask("bb", false);
    cr_assert_eq(nonce.state, V_OCSP_CERTSTATUS_GOOD);
    cr_assert_not(nonce.answer.cacheable || unknown.answer.cacheable);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM ocsp_answer"), 0);
}

Test(ocsp_responder, a_revocation_is_in_the_next_answer_from_memory_and_database)
{
    add_issued("aa");
    for (int i = 0; i < 3; i++)
        cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
    revoke_it("aa");
    for (int i = 0; i < 3; i++)
        cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_REVOKED);
}

struct asker {
    const char *serial;
    atomic_bool stop;
};

static void *keep_asking(void *argument)
{
    struct asker *asker = argument;
    while (!atomic_load(&asker->stop))
        (void)state_said(asker->serial);
    return NULL;
}

/* The certificate is revoked by another connection at any point of reading, signing and keeping. */
Test(ocsp_responder, an_answer_that_a_revocation_overtook_does_not_come_back)
{
    enum { ROUNDS = 12, ASKERS = 3 };
    for (int round = 0; round < ROUNDS; round++) {
        char serial[16];
        snprintf(serial, sizeof serial, "aa%02x", round);
        add_issued(serial);
        struct asker asker = {.serial = serial};
        pthread_t threads[ASKERS];
        for (int i = 0; i < ASKERS; i++)
            pthread_create(&threads[i], NULL, keep_asking, &asker);
        revoke_it(serial);
        cr_assert_eq(state_said(serial), V_OCSP_CERTSTATUS_REVOKED);
        atomic_store(&asker.stop, true);
        for (int i = 0; i < ASKERS; i++)
            pthread_join(threads[i], NULL);
        cr_assert_eq(state_said(serial), V_OCSP_CERTSTATUS_REVOKED);
    }
}

Test(ocsp_responder, junk_is_malformed_and_others_are_unauthorized)
{
    struct told junk defer(told_clear) = ask_bytes(SPAN_LITERAL("GET / HTTP/1.1"));
    struct told nothing defer(told_clear) = ask_bytes(SPAN_EMPTY);
    cr_assert_eq(junk.status, OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    cr_assert_eq(nothing.status, OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);

    struct buf question defer(buf_clear) = BUF_INIT(OCSP_REQUEST_SIZE_MAX);
    append_question(&question, "aa", false);
    question.ptr[question.len - 5] ^= 1; /* the key's hash, before the serial */
    struct told foreign defer(told_clear) = ask_bytes(span_of(question.ptr, question.len));
    cr_assert_eq(foreign.status, OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    cr_assert_eq(count_responders(), 0, "nothing had to be signed");
}

static enum status run_task(int64_t now)
{
    int64_t wait = 0;
    TRY(background_ocsp(service, now, &wait));
    cr_assert_gt(wait, 0);
    return STATUS_OK;
}

Test(ocsp_responder, is_made_ahead_and_renewed_well_before_its_end)
{
    int64_t now = clock_now();
    expect_ok(run_task(now));
    expect_ok(run_task(now));
    expect_ok(run_task(now + RESPONDER_LIFETIME - RESPONDER_RENEWAL - CLOCK_HOUR));
    cr_assert_eq(count_responders(), 1);
    expect_ok(run_task(now + RESPONDER_LIFETIME - RESPONDER_RENEWAL + CLOCK_HOUR));
    cr_assert_eq(count_responders(), 2);
    add_issued("aa");
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
}

/* The signer has gone on to the new key, the database has not taken its certificate. */
Test(ocsp_responder, goes_on_after_a_renewal_that_failed_half_way)
{
    int64_t now = clock_now();
    expect_ok(run_task(now));
    run_sql(&fixture, "CREATE TRIGGER broken BEFORE UPDATE OF der ON certificate BEGIN "
                      "SELECT RAISE(ABORT, 'no'); END");
    cr_assert_neq(run_task(now + RESPONDER_LIFETIME - CLOCK_DAY), STATUS_OK);
    run_sql(&fixture, "DROP TRIGGER broken");
    add_issued("aa");
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
    cr_assert_eq(count_responders(), 3);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM certificate WHERE profile = 'ocsp' AND "
                                   "state = 'revoked'"),
                 1, "what may have been signed is revoked");
}

static void forbid_new_responders(void)
{
    char serial[16];
    for (int i = 0; i < RESPONDERS_A_DAY; i++) {
        snprintf(serial, sizeof serial, "cc%04x", (unsigned)i);
        add_certificate(serial, "ocsp", clock_now() - CLOCK_HOUR);
    }
}

static void restart(void)
{
    service_free(take(service));
    open_service();
}

Test(ocsp_responder, a_start_without_end_makes_no_responder_without_end)
{
    add_issued("aa");
    add_issued("bb");
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
    forbid_new_responders();
    restart();
    struct told kept defer(told_clear) = ask("aa", false);
    cr_assert_eq(kept.state, V_OCSP_CERTSTATUS_GOOD, "what is kept needs no signer");
    struct told new defer(told_clear) = ask("bb", false);
    cr_assert_eq(new.status, OCSP_RESPONSE_STATUS_TRYLATER);
    cr_assert_eq(count_responders(), RESPONDERS_A_DAY + 1);
}

Test(ocsp_responder, a_kept_answer_that_should_be_renewed_serves_to_its_end)
{
    add_issued("aa");
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
    forbid_new_responders();
    restart();
    run_sql(&fixture, "UPDATE ocsp_answer SET this_update = this_update - 80000, "
                      "next_update = next_update - 80000");
    struct told stale defer(told_clear) = ask("aa", false);
    cr_assert_eq(stale.state, V_OCSP_CERTSTATUS_GOOD);
    cr_assert_eq(stale.answer.max_age, 0);
    run_sql(&fixture, "UPDATE ocsp_answer SET this_update = this_update - 8000, "
                      "next_update = next_update - 8000");
    struct told ended defer(told_clear) = ask("aa", false);
    cr_assert_eq(ended.status, OCSP_RESPONSE_STATUS_TRYLATER);
}

Test(ocsp_responder, a_clock_that_is_put_right_by_a_minute_leaves_kept_answers)
{
    add_issued("aa");
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
    forbid_new_responders();
    restart();
    run_sql(&fixture, "UPDATE ocsp_answer SET this_update = this_update + 60");
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
    run_sql(&fixture, "UPDATE ocsp_answer SET this_update = this_update + 6000");
    struct told told defer(told_clear) = ask("aa", false);
    cr_assert_eq(told.status, OCSP_RESPONSE_STATUS_TRYLATER);
}

/* Something was dated so many seconds from now. */
static void set_last_date(int64_t ahead)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "INSERT OR REPLACE INTO setting (key, value, changed_at) "
             "VALUES ('clock.last_dated', '%lld', 0)",
             (long long)(clock_now() + ahead));
    run_sql(&fixture, sql);
}

static int64_t last_date(void)
{
    return ask_sql(&fixture, "SELECT value FROM setting WHERE key = 'clock.last_dated'");
}

Test(ocsp_responder, a_clock_that_was_set_back_makes_no_responder)
{
    set_last_date(CLOCK_HOUR);
    struct told told defer(told_clear) = ask("aa", false);
    cr_assert_eq(told.status, OCSP_RESPONSE_STATUS_TRYLATER);
    int64_t wait;
    expect_detail(background_ocsp(service, clock_now(), &wait), STATUS_CLOCK, "set back");
    cr_assert_eq(count_responders(), 0);
}

Test(ocsp_responder, a_clock_that_was_set_back_signs_nothing_and_gives_out_what_is_kept)
{
    add_issued("aa");
    add_issued("bb");
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
    set_last_date(CLOCK_HOUR);
    struct told nonce defer(told_clear) = ask("aa", true);
    struct told other defer(told_clear) = ask("bb", false);
    cr_assert_eq(nonce.status, OCSP_RESPONSE_STATUS_TRYLATER);
    cr_assert_eq(other.status, OCSP_RESPONSE_STATUS_TRYLATER);
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
}

Test(ocsp_responder, an_answer_is_dated_no_earlier_than_anything_before)
{
    enum { AHEAD = 100 };
    add_issued("aa");
    set_last_date(AHEAD);
    int64_t least = last_date();
    struct told told defer(told_clear) = ask("aa", false);
    cr_assert_eq(told.state, V_OCSP_CERTSTATUS_GOOD);
    cr_assert_geq(told.answer.validity.this_update, least);
}

Test(ocsp_responder, its_dates_are_kept_once_a_minute)
{
    add_issued("aa");
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
    set_last_date(-CLOCK_GUARD_STEP / 2);
    int64_t before = last_date();
    for (int i = 0; i < 3; i++) {
        struct told told defer(told_clear) = ask("aa", true);
        cr_assert_eq(told.state, V_OCSP_CERTSTATUS_GOOD);
    }
    cr_assert_eq(last_date(), before);
    set_last_date(-CLOCK_GUARD_STEP);
    before = last_date();
    struct told told defer(told_clear) = ask("aa", true);
    cr_assert_eq(told.state, V_OCSP_CERTSTATUS_GOOD);
    cr_assert_geq(last_date(), before + CLOCK_GUARD_STEP);
}

Test(ocsp_responder, a_revocation_by_a_clock_that_was_ahead_is_still_told)
{
    char sql[160];
    add_issued("aa");
    snprintf(sql, sizeof sql,
             "UPDATE certificate SET state = 'revoked', revoked_at = %lld, reason = 4",
             (long long)(clock_now() + CLOCK_DAY));
    run_sql(&fixture, sql);
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_REVOKED);
}

static void revoke_responder(void)
{
    int64_t count;
    expect_ok(revoke_user(service, &anna, REVOKE_ANY, "OCSP responder", CRL_REASON_KEY_COMPROMISE,
                          &count));
    cr_assert_eq(count, 1);
}

static const char issued_responders[] =
    "SELECT count(*) FROM certificate WHERE profile = 'ocsp' AND state = 'issued'";

Test(ocsp_responder, a_revoked_responder_signs_no_further_answer)
{
    add_issued("aa");
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
    revoke_responder();
    cr_assert_eq(ask_sql(&fixture, issued_responders), 0);
    struct told told defer(told_clear) = ask("aa", true);
    cr_assert_eq(told.state, V_OCSP_CERTSTATUS_GOOD);
    cr_assert_eq(ask_sql(&fixture, issued_responders), 1);
    cr_assert_eq(count_responders(), 2);
}

Test(ocsp_responder, the_task_replaces_a_revoked_responder)
{
    expect_ok(run_task(clock_now()));
    revoke_responder();
    expect_ok(run_task(clock_now()));
    expect_ok(run_task(clock_now()));
    cr_assert_eq(ask_sql(&fixture, issued_responders), 1);
    cr_assert_eq(count_responders(), 2);
}

Test(ocsp_responder, ended_answers_are_cleared_away)
{
    add_issued("aa");
    cr_assert_eq(state_said("aa"), V_OCSP_CERTSTATUS_GOOD);
    expect_ok(run_task(clock_now()));
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM ocsp_answer"), 1);
    run_sql(&fixture, "UPDATE ocsp_answer SET this_update = 1, next_update = 2");
    expect_ok(run_task(clock_now()));
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM ocsp_answer"), 0);
}
