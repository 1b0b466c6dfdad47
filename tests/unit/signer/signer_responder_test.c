#include "signer/signer_responder.h"

#include "base/clock.h"
#include "fixture.h"
#include "signer/signer_msg.h"
#include "signer/signer_policy.h"

#include <criterion/criterion.h>

static struct fixture fixture;
static struct signer_authority *authority;

static void open_authority(void)
{
    fixture_make(&fixture, KEY_EC_P256, NULL);
    cr_assert_eq(signer_authority_load(&fixture.options, &authority), STATUS_OK);
}

static void close_authority(void)
{
    signer_authority_free(authority);
    fixture_clear(&fixture);
}

TestSuite(signer_responder, .init = open_authority, .fini = close_authority);

/* Asks the whole authority, as the web process would. */
static enum status answer(const struct buf *request, struct buf *payload)
{
    struct span message;
    cr_assert_eq(buf_finish(request, &message), STATUS_OK, "%s", status_detail());
    struct buf bytes defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
    signer_answer(authority, message, &bytes);
    struct signer_reply reply;
    cr_assert_eq(signer_decode_reply(span_of(bytes.ptr, bytes.len), &reply), STATUS_OK);
    buf_append(payload, reply.payload);
    return reply.status == STATUS_OK ? STATUS_OK : status_fail(reply.status, "%s", reply.detail);
}

static void make_key(struct buf *spki)
{
    struct buf request defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    signer_encode_responder_key(&request);
    cr_assert_eq(answer(&request, spki), STATUS_OK, "%s", status_detail());
}

static enum status issue(const struct certificate_fields *fields, struct certificate **ret_made)
{
    struct buf request defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    signer_encode_issue(&request, PROFILE_OCSP, fields);
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    TRY(answer(&request, &der));
    return certificate_parse_der(span_of(der.ptr, der.len), ret_made);
}

static struct certificate *make_responder(void)
{
    struct buf spki defer(buf_clear) = BUF_INIT(1024);
    make_key(&spki);
    struct certificate_fields fields = fixture_fields(PROFILE_OCSP);
    fields.spki = span_of(spki.ptr, spki.len);
    struct certificate *responder = NULL;
    cr_assert_eq(issue(&fields, &responder), STATUS_OK, "%s", status_detail());
    return responder;
}

static struct ocsp_fields good_fields(void)
{
    int64_t now = clock_now();
    return (struct ocsp_fields){
        .this_update = now,
        .next_update = now + CLOCK_DAY,
        .singles = {{.hash = OCSP_HASH_SHA1, .serial = "7f01", .state = OCSP_STATE_GOOD}},
        .count = 1,
    };
}

static enum status sign(const struct certificate *responder, const struct ocsp_fields *fields,
                        struct buf *der)
{
    uint8_t serial[SERIAL_SIZE];
    cr_assert_eq(serial_parse(certificate_info(responder)->serial, serial), STATUS_OK);
    struct buf request defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    signer_encode_ocsp(&request, serial, fields);
    return answer(&request, der);
}

Test(signer_responder, answers_with_the_certificate_on_its_own_key)
{
    struct certificate *responder defer(certificate_free) = make_responder();
    struct ocsp_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_eq(sign(responder, &fields, &der), STATUS_OK, "%s", status_detail());
    cr_assert_eq(
        ocsp_response_check(span_of(der.ptr, der.len), &fields, fixture.issuing, responder),
        STATUS_OK);
}

Test(signer_responder, has_no_certificate_on_a_key_from_elsewhere)
{
    struct buf spki defer(buf_clear) = BUF_INIT(1024);
    struct certificate_fields fields = fixture_fields(PROFILE_OCSP);
    struct certificate *responder defer(certificate_free) = NULL;
    cr_assert_eq(issue(&fields, &responder), STATUS_FORBIDDEN, "before any key was made");
    make_key(&spki);
    cr_assert_eq(issue(&fields, &responder), STATUS_FORBIDDEN);
    cr_assert_not_null(strstr(status_detail(), "not made here"));
}

Test(signer_responder, has_one_certificate_on_one_key)
{
    struct certificate *responder defer(certificate_free) = make_responder();
    struct certificate_fields fields = fixture_fields(PROFILE_OCSP);
    fields.spki = certificate_info(responder)->spki;
    struct certificate *second defer(certificate_free) = NULL;
    cr_assert_eq(issue(&fields, &second), STATUS_FORBIDDEN);
}

Test(signer_responder, is_not_good_for_longer_than_a_month)
{
    struct buf spki defer(buf_clear) = BUF_INIT(1024);
    make_key(&spki);
    struct certificate_fields fields = fixture_fields(PROFILE_OCSP);
    fields.spki = span_of(spki.ptr, spki.len);
    fields.not_after = fields.not_before + 32LL * CLOCK_DAY;
    struct certificate *responder defer(certificate_free) = NULL;
    cr_assert_eq(issue(&fields, &responder), STATUS_FORBIDDEN);
}

Test(signer_responder, answers_nothing_before_it_has_a_certificate)
{
    static const uint8_t nobody[SERIAL_SIZE] = {1};
    struct ocsp_fields fields = good_fields();
    struct buf request defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    signer_encode_ocsp(&request, nobody, &fields);
    cr_assert_eq(answer(&request, &der), STATUS_CONFLICT);
    cr_assert_eq(der.len, 0);
}

Test(signer_responder, the_new_one_answers_instead_of_the_old_one)
{
    struct certificate *old defer(certificate_free) = make_responder();
    struct certificate *new defer(certificate_free) = make_responder();
    struct ocsp_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_eq(sign(old, &fields, &der), STATUS_CONFLICT);
    cr_assert_eq(sign(new, &fields, &der), STATUS_OK);
}

Test(signer_responder, a_key_that_still_waits_leaves_the_old_one_answering)
{
    struct certificate *responder defer(certificate_free) = make_responder();
    struct buf spki defer(buf_clear) = BUF_INIT(1024);
    make_key(&spki);
    struct ocsp_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_eq(sign(responder, &fields, &der), STATUS_OK, "%s", status_detail());
}

Test(signer_responder, this_update_never_goes_back)
{
    struct certificate *responder defer(certificate_free) = make_responder();
    struct ocsp_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    fields.this_update += 10;
    fields.next_update += 10;
    cr_assert_eq(sign(responder, &fields, &der), STATUS_OK, "%s", status_detail());
    cr_assert_eq(sign(responder, &fields, &der), STATUS_OK, "the same second is fine");
    fields.this_update--;
    cr_assert_eq(sign(responder, &fields, &der), STATUS_INVALID);
    cr_assert_not_null(strstr(status_detail(), "set back"), "%s", status_detail());
}

static void be_of_last_week(struct ocsp_fields *fields)
{
    fields->this_update -= 7 * CLOCK_DAY;
}

static void be_of_next_week(struct ocsp_fields *fields)
{
    fields->this_update += 7 * CLOCK_DAY;
    fields->next_update += 8 * CLOCK_DAY;
}

static void be_good_for_a_fortnight(struct ocsp_fields *fields)
{
    fields->next_update = fields->this_update + 14 * CLOCK_DAY;
}

static void be_older_than_the_responder(struct ocsp_fields *fields)
{
    fields->this_update -= CLOCK_HOUR;
}

static void end_before_begin(struct ocsp_fields *fields)
{
    fields->next_update = fields->this_update - 1;
}

static void be_revoked_tomorrow(struct ocsp_fields *fields)
{
    fields->singles[0].state = OCSP_STATE_REVOKED;
    fields->singles[0].revoked_at = fields->this_update + CLOCK_DAY;
}

static void (*const changes[])(struct ocsp_fields *) = {
    be_of_last_week,  be_of_next_week,    be_good_for_a_fortnight, be_older_than_the_responder,
    end_before_begin, be_revoked_tomorrow};

Test(signer_responder, signs_no_answer_outside_its_time)
{
    struct certificate *responder defer(certificate_free) = make_responder();
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct ocsp_fields fields = good_fields();
        struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
        changes[i](&fields);
        cr_expect_eq(sign(responder, &fields, &der), STATUS_INVALID, "case %zu", i);
        cr_expect_eq(der.len, 0, "case %zu", i);
    }
}

Test(signer_responder, no_answer_outlives_the_responder)
{
    struct buf spki defer(buf_clear) = BUF_INIT(1024);
    make_key(&spki);
    struct certificate_fields short_lived = fixture_fields(PROFILE_OCSP);
    short_lived.spki = span_of(spki.ptr, spki.len);
    short_lived.not_after = short_lived.not_before + CLOCK_HOUR;
    struct certificate *responder defer(certificate_free) = NULL;
    cr_assert_eq(issue(&short_lived, &responder), STATUS_OK, "%s", status_detail());
    struct ocsp_fields fields = good_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_eq(sign(responder, &fields, &der), STATUS_INVALID);
    fields.next_update = short_lived.not_after;
    cr_assert_eq(sign(responder, &fields, &der), STATUS_OK, "%s", status_detail());
}

Test(signer_responder, under_an_rsa_authority_the_key_is_rsa)
{
    struct signer_responder *responder defer(signer_responder_free) = NULL;
    cr_assert_eq(signer_responder_new(&responder), STATUS_OK);
    struct fixture rsa = {0};
    fixture_make(&rsa, KEY_RSA_3072, NULL);
    struct buf spki defer(buf_clear) = BUF_INIT(1024);
    cr_assert_eq(signer_responder_make_key(responder, rsa.issuing, &spki), STATUS_OK);
    cr_assert_gt(spki.len, 290, "RSA-2048 has 294 octets, P-256 91");
    fixture_clear(&rsa);
}
