#include "fixture.h"

#include "base/clock.h"
#include "pki/ocsp_response.h"
#include "pki/ossl_cleanup.h"

static struct authority authority;
static struct certificate *responder;

static void set_up(void)
{
    authority = fixture_authority(KEY_EC_P256);
    responder =
        fixture_issue(PROFILE_OCSP, authority.user_key, authority.issuing, authority.issuing_key);
}

static void tear_down(void)
{
    certificate_free(responder);
    authority_clear(&authority);
}

TestSuite(ocsp_response, .init = set_up, .fini = tear_down);

static struct ocsp_fields full_fields(void)
{
    return (struct ocsp_fields){
        .this_update = FIXTURE_NOW,
        .next_update = FIXTURE_NOW + CLOCK_DAY,
        .singles = {{.hash = OCSP_HASH_SHA1, .serial = "7f01", .state = OCSP_STATE_GOOD},
                    {.hash = OCSP_HASH_SHA256,
                     .serial = "ff00",
                     .state = OCSP_STATE_REVOKED,
                     .revoked_at = FIXTURE_NOW - CLOCK_HOUR,
                     .reason = CRL_REASON_KEY_COMPROMISE},
                    {.hash = OCSP_HASH_SHA1, .serial = "00", .state = OCSP_STATE_UNKNOWN},
                    {.hash = OCSP_HASH_SHA1,
                     .serial = "0102",
                     .state = OCSP_STATE_REVOKED,
                     .revoked_at = FIXTURE_NOW}},
        .count = 4,
        .nonce = "0123456789abcdef",
        .nonce_len = 16,
    };
}

static enum status issue(const struct ocsp_fields *fields, struct buf *der)
{
    return ocsp_response_issue(fields, authority.issuing, responder, authority.user_key, der);
}

static enum status check(const struct buf *der, const struct ocsp_fields *fields)
{
    return ocsp_response_check(finished(der), fields, authority.issuing, responder);
}

Test(ocsp_response, says_what_it_was_asked_to_say)
{
    struct ocsp_fields fields = full_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_ok(issue(&fields, &der));
    cr_assert_ok(check(&der, &fields));
}

static OCSP_BASICRESP *parse(const struct buf *der)
{
    const uint8_t *at = der->ptr;
    OCSP_RESPONSE *response defer(OCSP_RESPONSE_free) =
        d2i_OCSP_RESPONSE(NULL, &at, (long)der->len);
    cr_assert_not_null(response);
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
    cr_assert_not_null(basic);
    return basic;
}

/* As a client does it: the delegation is proved from the root. */
Test(ocsp_response, a_client_that_trusts_the_root_believes_it)
{
    struct ocsp_fields fields = full_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_ok(issue(&fields, &der));
    OCSP_BASICRESP *basic defer(OCSP_BASICRESP_free) = parse(&der);
    X509_STORE *store defer(X509_STORE_free) = X509_STORE_new();
    X509_STORE_add_cert(store, certificate_x509(authority.root));
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), FIXTURE_NOW);
    STACK_OF(X509) *chain = sk_X509_new_null();
    sk_X509_push(chain, certificate_x509(authority.issuing));
    cr_assert_eq(OCSP_basic_verify(basic, chain, store, 0), 1);
    sk_X509_free(chain);
}

Test(ocsp_response, names_the_responder_by_key_and_carries_its_certificate)
{
    struct ocsp_fields fields = full_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_ok(issue(&fields, &der));
    OCSP_BASICRESP *basic defer(OCSP_BASICRESP_free) = parse(&der);
    const ASN1_OCTET_STRING *id = NULL;
    const X509_NAME *name = NULL;
    cr_assert_eq(OCSP_resp_get0_id(basic, &id, &name), 1);
    cr_assert_not_null(id);
    cr_assert_null(name);
    cr_assert(contains(finished(&der), certificate_info(responder)->der));
}

Test(ocsp_response, an_unspecified_reason_is_left_out)
{
    struct ocsp_fields fields = full_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_ok(issue(&fields, &der));
    OCSP_BASICRESP *basic defer(OCSP_BASICRESP_free) = parse(&der);
    int reason = 99;
    ASN1_GENERALIZEDTIME *revoked = NULL;
    OCSP_single_get0_status(OCSP_resp_get0(basic, 3), &reason, &revoked, NULL, NULL);
    cr_assert_eq(reason, OCSP_REVOKED_STATUS_NOSTATUS);
    OCSP_single_get0_status(OCSP_resp_get0(basic, 1), &reason, &revoked, NULL, NULL);
    cr_assert_eq(reason, OCSP_REVOKED_STATUS_KEYCOMPROMISE);
}

static void other_state(struct ocsp_fields *fields)
{
    fields->singles[1].state = OCSP_STATE_GOOD;
}

static void other_serial(struct ocsp_fields *fields)
{
    fields->singles[0].serial[3] = '2';
}

static void other_hash(struct ocsp_fields *fields)
{
    fields->singles[0].hash = OCSP_HASH_SHA256;
}

static void other_time_of_revocation(struct ocsp_fields *fields)
{
    fields->singles[1].revoked_at++;
}

static void other_reason(struct ocsp_fields *fields)
{
    fields->singles[1].reason = CRL_REASON_SUPERSEDED;
}

static void other_this_update(struct ocsp_fields *fields)
{
    fields->this_update++;
}

static void other_next_update(struct ocsp_fields *fields)
{
    fields->next_update++;
}

static void other_nonce(struct ocsp_fields *fields)
{
    fields->nonce[15]++;
}

static void no_nonce(struct ocsp_fields *fields)
{
    fields->nonce_len = 0;
}

static void fewer(struct ocsp_fields *fields)
{
    fields->count = 3;
}

static void (*const changes[])(struct ocsp_fields *) = {
    other_state,       other_serial,
    other_hash,        other_time_of_revocation,
    other_reason,      other_this_update,
    other_next_update, other_nonce,
    no_nonce,          fewer,
};

Test(ocsp_response, whatever_differs_from_the_fields_is_found)
{
    struct ocsp_fields fields = full_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_ok(issue(&fields, &der));
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct ocsp_fields other = full_fields();
        changes[i](&other);
        cr_expect_eq(check(&der, &other), STATUS_INVALID, "change %zu", i);
    }
}

Test(ocsp_response, every_octet_of_it_counts)
{
    struct ocsp_fields fields = full_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_ok(issue(&fields, &der));
    const struct certificate_info *info = certificate_info(responder);
    const uint8_t *inside = memmem(der.ptr, der.len, info->der.ptr, info->der.len);
    size_t before_certificate = (size_t)(inside - der.ptr);
    for (size_t i = 0; i < before_certificate; i++) {
        der.ptr[i] ^= 0x01;
        cr_expect_eq(check(&der, &fields), STATUS_INVALID, "octet %zu", i);
        der.ptr[i] ^= 0x01;
    }
}

Test(ocsp_response, another_responder_is_not_believed)
{
    struct ocsp_fields fields = full_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    struct private_key *key defer(private_key_free) = NULL;
    cr_assert_ok(private_key_generate(KEY_EC_P256, &key));
    struct certificate *other defer(certificate_free) =
        fixture_issue(PROFILE_OCSP, key, authority.issuing, authority.issuing_key);
    cr_assert_ok(ocsp_response_issue(&fields, authority.issuing, other, key, &der));
    cr_assert_eq(check(&der, &fields), STATUS_INVALID);
}

Test(ocsp_response, a_key_that_is_not_the_responders_signs_nothing)
{
    struct ocsp_fields fields = full_fields();
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    cr_assert_eq(
        ocsp_response_issue(&fields, authority.issuing, responder, authority.issuing_key, &der),
        STATUS_INVALID);
    cr_assert_eq(der.len, 0);
}

static void say_nothing(struct ocsp_fields *fields)
{
    fields->count = 0;
}

static void end_before_begin(struct ocsp_fields *fields)
{
    fields->next_update = fields->this_update;
}

static void be_revoked_later(struct ocsp_fields *fields)
{
    fields->singles[1].revoked_at = fields->this_update + 1;
}

static void have_no_serial(struct ocsp_fields *fields)
{
    fields->singles[0].serial[0] = '\0';
}

static void have_no_hexadecimal_serial(struct ocsp_fields *fields)
{
    fields->singles[0].serial[0] = 'x';
}

static void (*const nonsense[])(struct ocsp_fields *) = {
    say_nothing, end_before_begin, be_revoked_later, have_no_serial, have_no_hexadecimal_serial};

Test(ocsp_response, nonsense_is_not_signed)
{
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        struct ocsp_fields fields = full_fields();
        struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
        nonsense[i](&fields);
        cr_expect_eq(issue(&fields, &der), STATUS_INVALID, "case %zu", i);
    }
}

Test(ocsp_response, a_request_about_our_certificate_is_recognised)
{
    static const enum ocsp_hash hashes[] = {OCSP_HASH_SHA1, OCSP_HASH_SHA256};
    for (size_t i = 0; i < 2; i++) {
        OCSP_REQUEST *request defer(OCSP_REQUEST_free) = OCSP_REQUEST_new();
        OCSP_CERTID *id =
            OCSP_cert_to_id(i == 0 ? EVP_sha1() : EVP_sha256(), certificate_x509(authority.user),
                            certificate_x509(authority.issuing));
        OCSP_request_add0_id(request, id);
        uint8_t *bytes = NULL;
        int len = i2d_OCSP_REQUEST(request, &bytes);
        struct ocsp_request parsed;
        cr_assert_ok(ocsp_request_parse(span_of(bytes, (size_t)len), &parsed));
        OPENSSL_free(bytes);
        cr_assert_eq(parsed.ids[0].hash, hashes[i]);
        cr_assert_str_eq(parsed.ids[0].serial, certificate_info(authority.user)->serial);
        cr_assert(ocsp_id_is_of(&parsed.ids[0], authority.issuing));
        cr_assert_not(ocsp_id_is_of(&parsed.ids[0], authority.root));
        parsed.ids[0].key_hash[0] ^= 1;
        cr_assert_not(ocsp_id_is_of(&parsed.ids[0], authority.issuing));
    }
}

Test(ocsp_response, a_refusal_is_five_octets)
{
    struct buf der defer(buf_clear) = BUF_INIT(16);
    ocsp_append_refusal(&der, OCSP_REFUSAL_TRY_LATER);
    const uint8_t *at = der.ptr;
    OCSP_RESPONSE *response defer(OCSP_RESPONSE_free) = d2i_OCSP_RESPONSE(NULL, &at, (long)der.len);
    cr_assert_not_null(response);
    cr_assert_eq(der.len, 5);
    cr_assert_eq(OCSP_response_status(response), OCSP_RESPONSE_STATUS_TRYLATER);
}
