#include "signer/signer_policy.h"

#include "base/clock.h"
#include "base/text.h"
#include "fixture.h"
#include "signer/signer_msg.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

static struct fixture fixture;
static struct signer_authority *authority;

static void open_authority(void)
{
    fixture_make(&fixture, KEY_EC_P256, NULL);
    cr_assert_eq(signer_authority_load(&fixture.options, &authority), STATUS_OK, "%s",
                 status_detail());
}

static void close_authority(void)
{
    signer_authority_free(authority);
    fixture_clear(&fixture);
}

TestSuite(signer_policy, .init = open_authority, .fini = close_authority);

static enum status answer(const struct buf *request, struct buf *payload)
{
    struct span message;
    cr_assert_eq(buf_finish(request, &message), STATUS_OK, "%s", status_detail());
    struct buf bytes defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
    signer_answer(authority, message, &bytes);
    struct signer_reply reply;
    cr_assert_eq(signer_decode_reply(span_of(bytes.ptr, bytes.len), &reply), STATUS_OK);
    buf_append(payload, reply.payload);
    if (reply.status != STATUS_OK)
        return status_fail(reply.status, "%s", reply.detail);
    return STATUS_OK;
}

static enum status ask_issue(enum profile profile, const struct certificate_fields *fields,
                             struct certificate **ret_certificate)
{
    struct buf request defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    signer_encode_issue(&request, profile, fields);
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    enum status status = answer(&request, &der);
    if (status != STATUS_OK) {
        cr_assert_eq(der.len, 0, "a refusal carries nothing");
        return status;
    }
    return certificate_parse_der(span_of(der.ptr, der.len), ret_certificate);
}

static enum status ask_begin(const struct crl_plan *plan, struct buf *der)
{
    struct buf request defer(buf_clear) = BUF_INIT(SIGNER_REQUEST_MAX);
    signer_encode_crl_begin(&request, plan);
    return answer(&request, der);
}

static enum status ask_entries(const struct crl_entry *entries, size_t count, struct buf *der)
{
    struct buf request defer(buf_clear) = BUF_INIT(SIGNER_REQUEST_MAX);
    signer_encode_crl_entries(&request, entries, count);
    return answer(&request, der);
}

static enum status ask_end(struct buf *der)
{
    struct buf request defer(buf_clear) = BUF_INIT(SIGNER_REQUEST_MAX);
    signer_encode_crl_end(&request);
    return answer(&request, der);
}

static struct crl_plan plan_of(const struct crl_fields *fields)
{
    struct crl_plan plan = {.number = fields->number,
                            .this_update = fields->this_update,
                            .next_update = fields->next_update,
                            .count = (uint32_t)fields->count};
    for (size_t i = 0; i < fields->count; i++) {
        size_t octets = 0;
        cr_assert_eq(crl_entry_size(&fields->entries[i], &octets), STATUS_OK);
        plan.octets += (uint32_t)octets;
    }
    return plan;
}

static enum status ask_crl(const struct crl_fields *fields, struct buf *der)
{
    struct crl_plan plan = plan_of(fields);
    TRY(ask_begin(&plan, der));
    TRY(ask_entries(fields->entries, fields->count, der));
    return ask_end(der);
}

Test(signer_policy, signs_the_three_profiles)
{
    static const enum profile allowed[] = {PROFILE_USER, PROFILE_SERVER, PROFILE_OPERATOR};
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        struct certificate_fields fields = fixture_fields(allowed[i]);
        struct certificate *certificate defer(certificate_free) = NULL;
        cr_assert_eq(ask_issue(allowed[i], &fields, &certificate), STATUS_OK, "%s: %s",
                     profile_name(allowed[i]), status_detail());
        cr_assert_not(certificate_info(certificate)->is_ca);
    }
}

Test(signer_policy, signs_no_ca_certificate)
{
    static const enum profile refused[] = {PROFILE_ROOT, PROFILE_ISSUING};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct certificate_fields fields = fixture_fields(refused[i]);
        struct certificate *certificate defer(certificate_free) = NULL;
        cr_assert_eq(ask_issue(refused[i], &fields, &certificate), STATUS_FORBIDDEN);
        cr_assert_not_null(strstr(status_detail(), "CA certificate"));
    }
}

Test(signer_policy, puts_its_own_addresses_in)
{
    struct certificate_fields fields = fixture_fields(PROFILE_USER);
    struct certificate *certificate defer(certificate_free) = NULL;
    cr_assert_eq(ask_issue(PROFILE_USER, &fields, &certificate), STATUS_OK);
    struct span der = certificate_info(certificate)->der;
    const char *url = fixture.options.crl_url;
    cr_assert_not_null(memmem(der.ptr, der.len, url, strlen(url)));
}

static void give_ca_key(struct certificate_fields *fields)
{
    fields->spki = certificate_info(fixture.issuing)->spki;
}

static void give_no_key(struct certificate_fields *fields)
{
    fields->spki = SPAN_EMPTY;
}

static void give_broken_key(struct certificate_fields *fields)
{
    fields->spki = SPAN_LITERAL("\x30\x03\x02\x01\x01");
}

static void give_longer_key(struct certificate_fields *fields)
{
    static uint8_t longer[1024];
    memcpy(longer, fields->spki.ptr, fields->spki.len);
    fields->spki = span_of(longer, fields->spki.len + 1);
}

static void begin_serial_with_zero(struct certificate_fields *fields)
{
    fields->serial[0] = 0;
}

static void backdate(struct certificate_fields *fields)
{
    fields->not_before -= 2 * CLOCK_DAY;
}

static void postdate(struct certificate_fields *fields)
{
    fields->not_before += 2 * CLOCK_DAY;
}

static void outlive_issuer(struct certificate_fields *fields)
{
    fields->not_after = certificate_info(fixture.issuing)->not_after + 1;
}

static void end_before_begin(struct certificate_fields *fields)
{
    fields->not_after = fields->not_before - 1;
}

static void live_ten_years(struct certificate_fields *fields)
{
    fields->not_after = fields->not_before + 3650LL * CLOCK_DAY;
}

static void have_no_name(struct certificate_fields *fields)
{
    fields->common_name = SPAN_EMPTY;
}

static void have_a_nul_in_the_name(struct certificate_fields *fields)
{
    fields->common_name = SPAN_LITERAL("admin\0.example.com");
}

static void have_a_host(struct certificate_fields *fields)
{
    fields->host_count = 1;
    fields->hosts[0] = SPAN_LITERAL("ca.example.com");
}

static void have_a_nul_in_the_upn(struct certificate_fields *fields)
{
    fields->upn = SPAN_LITERAL("boss@example.com\0.evil.example");
}

static void have_a_wrong_sid(struct certificate_fields *fields)
{
    fields->sid = SPAN_LITERAL("S-1-5-21-1-2-3-500; DROP TABLE");
}

static const struct {
    const char *name;
    void (*change)(struct certificate_fields *fields);
} bad_users[] = {
    {"the authority's own key", give_ca_key},
    {"no key", give_no_key},
    {"a broken key", give_broken_key},
    {"a key with a byte behind it", give_longer_key},
    {"a serial that begins with zero", begin_serial_with_zero},
    {"a date in the past", backdate},
    {"a date in the future", postdate},
    {"longer than its issuer", outlive_issuer},
    {"an end before its beginning", end_before_begin},
    {"ten years", live_ten_years},
    {"no name", have_no_name},
    {"a NUL in its name", have_a_nul_in_the_name},
    {"a host", have_a_host},
    {"a NUL in its UPN", have_a_nul_in_the_upn},
    {"a wrong SID", have_a_wrong_sid},
};

Test(signer_policy, refuses_users_outside_the_policy_and_says_why)
{
    for (size_t i = 0; i < sizeof bad_users / sizeof bad_users[0]; i++) {
        struct certificate_fields fields = fixture_fields(PROFILE_USER);
        bad_users[i].change(&fields);
        struct certificate *certificate defer(certificate_free) = NULL;
        enum status status = ask_issue(PROFILE_USER, &fields, &certificate);
        cr_expect(status == STATUS_INVALID || status == STATUS_FORBIDDEN, "%s: %s",
                  bad_users[i].name, status_name(status));
        cr_expect_gt(strlen(status_detail()), 10, "%s", bad_users[i].name);
    }
}

Test(signer_policy, a_server_certificate_is_for_this_installation_only)
{
    const char *const foreign[] = {"www.example.org", "ca.example.com.evil.example",
                                   "*.example.com",   "CA.example.com",
                                   "192.0.2.2",       ""};
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        struct certificate_fields fields = fixture_fields(PROFILE_SERVER);
        fields.host_count = 2;
        fields.hosts[1] = span_of_text(foreign[i]);
        struct certificate *certificate defer(certificate_free) = NULL;
        cr_expect_eq(ask_issue(PROFILE_SERVER, &fields, &certificate), STATUS_FORBIDDEN, "%s",
                     foreign[i]);
    }
}

Test(signer_policy, without_hosts_no_server_certificate_is_signed)
{
    fixture.options.server_hosts = NULL;
    struct certificate_fields fields = fixture_fields(PROFILE_SERVER);
    struct certificate *certificate defer(certificate_free) = NULL;
    cr_assert_eq(ask_issue(PROFILE_SERVER, &fields, &certificate), STATUS_FORBIDDEN);
}

static struct crl_fields good_list(int64_t number)
{
    static const struct crl_entry entries[] = {
        {.serial = "0a0b", .revoked_at = 1767225600, .reason = CRL_REASON_KEY_COMPROMISE}};
    int64_t now = clock_now();
    return (struct crl_fields){.number = number,
                               .this_update = now,
                               .next_update = now + 7 * CLOCK_DAY,
                               .entries = entries,
                               .count = 1};
}

Test(signer_policy, signs_a_crl_of_its_own)
{
    struct crl_fields fields = good_list(5);
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    cr_assert_eq(ask_crl(&fields, &der), STATUS_OK, "%s", status_detail());
    struct crl *crl defer(crl_free) = NULL;
    cr_assert_eq(crl_parse(span_of(der.ptr, der.len), &crl), STATUS_OK);
    cr_assert_eq(crl_check(crl, fixture.issuing, clock_now()), STATUS_OK);
    struct crl_entry found;
    cr_assert(crl_find(crl, "0a0b", &found));
    cr_assert_eq(found.reason, CRL_REASON_KEY_COMPROMISE);
    cr_assert_eq(crl_info(crl).number, 5);
}

Test(signer_policy, crl_numbers_only_rise)
{
    static const struct {
        int64_t number;
        enum status expected;
    } steps[] = {
        {0, STATUS_INVALID}, {5, STATUS_OK},         {5, STATUS_INVALID}, {4, STATUS_INVALID},
        {6, STATUS_OK},      {INT64_MAX, STATUS_OK}, {7, STATUS_INVALID}, {1, STATUS_INVALID},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct crl_fields fields = good_list(steps[i].number);
        struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
        cr_expect_eq(ask_crl(&fields, &der), steps[i].expected, "step %zu: %s", i, status_detail());
    }
}

Test(signer_policy, refuses_lists_that_are_not_of_now)
{
    static const struct {
        int64_t this_update;
        int64_t next_update;
    } shifts[] = {
        {-2 * CLOCK_DAY, CLOCK_DAY}, {2 * CLOCK_DAY, 3 * CLOCK_DAY}, {0, 0}, {0, -1},
        {0, 400LL * CLOCK_DAY},
    };
    for (size_t i = 0; i < sizeof shifts / sizeof shifts[0]; i++) {
        struct crl_fields fields = good_list(9);
        fields.next_update = fields.this_update + shifts[i].next_update;
        fields.this_update += shifts[i].this_update;
        struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
        cr_expect_eq(ask_crl(&fields, &der), STATUS_INVALID, "case %zu", i);
    }
}

Test(signer_policy, dates_of_lists_do_not_go_back)
{
    struct crl_fields fields = good_list(1);
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    cr_assert_eq(ask_crl(&fields, &der), STATUS_OK);
    fields.number = 2;
    fields.this_update -= 60;
    cr_assert_eq(ask_crl(&fields, &der), STATUS_INVALID);
    cr_assert_not_null(strstr(status_detail(), "5.1.2.4"), "%s", status_detail());
    fields.this_update += 60;
    cr_assert_eq(ask_crl(&fields, &der), STATUS_OK);
}

/* Every way in which the entries are not those that were announced. */
Test(signer_policy, a_list_that_is_not_as_announced_is_not_signed)
{
    static const struct crl_entry entries[] = {{"0a0b", 1767225600, CRL_REASON_KEY_COMPROMISE},
                                               {"0a0c", 1767225600, CRL_REASON_UNSPECIFIED}};
    for (int way = 0; way < 6; way++) {
        struct crl_fields fields = good_list(1);
        struct crl_plan plan = plan_of(&fields);
        plan.octets = (uint32_t)((int)plan.octets + (way == 0) - (way == 1));
        plan.count = (uint32_t)((int)plan.count + (way == 2));
        struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
        cr_assert_eq(ask_begin(&plan, &der), STATUS_OK, "%s", status_detail());
        enum status added = ask_entries(entries + (way == 3), way == 4 ? 2 : way != 5, &der);
        cr_expect_eq(added == STATUS_OK ? ask_end(&der) : added, STATUS_INVALID, "way %d", way);
        cr_expect_eq(ask_entries(entries, 1, &der), STATUS_INVALID, "way %d: it is lost", way);
        cr_expect_eq(ask_end(&der), STATUS_INVALID, "way %d", way);
    }
}

Test(signer_policy, a_signer_of_lists_signs_no_certificate)
{
    fixture.options.crl_only = true;
    cr_assert_eq(signer_authority_warm_up(authority), STATUS_OK, "%s", status_detail());
    struct certificate_fields user = fixture_fields(PROFILE_USER);
    struct certificate *certificate defer(certificate_free) = NULL;
    cr_assert_eq(ask_issue(PROFILE_USER, &user, &certificate), STATUS_FORBIDDEN);
    struct crl_fields fields = good_list(1);
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    cr_assert_eq(ask_crl(&fields, &der), STATUS_OK);
}

Test(signer_policy, a_signer_of_lists_answers_no_ocsp)
{
    static const uint8_t nobody[SERIAL_SIZE] = {1};
    const struct ocsp_fields fields = {
        .singles = {{.hash = OCSP_HASH_SHA1, .serial = "01"}},
        .count = 1,
    };
    fixture.options.crl_only = true;
    struct buf key_request defer(buf_clear) = BUF_INIT(16);
    struct buf request defer(buf_clear) = BUF_INIT(LIMIT_SIGNER_MESSAGE);
    struct buf payload defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    signer_encode_responder_key(&key_request);
    signer_encode_ocsp(&request, nobody, &fields);
    cr_assert_eq(answer(&key_request, &payload), STATUS_FORBIDDEN);
    cr_assert_eq(answer(&request, &payload), STATUS_FORBIDDEN);
    cr_assert_eq(payload.len, 0);
}

Test(signer_policy, warming_up_leaves_no_trace)
{
    cr_assert_eq(signer_authority_warm_up(authority), STATUS_OK, "%s", status_detail());
    struct crl_fields fields = good_list(1);
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    cr_assert_eq(ask_crl(&fields, &der), STATUS_OK, "number 1 is still free: %s", status_detail());
}

Test(signer_policy, a_ping_tells_whose_key_it_is)
{
    struct buf request defer(buf_clear) = BUF_INIT(16);
    signer_encode_ping(&request);
    struct buf payload defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    cr_assert_eq(answer(&request, &payload), STATUS_OK);
    cr_assert(
        span_equal(span_of(payload.ptr, payload.len), certificate_info(fixture.issuing)->der));
}

static void expect_load(enum status expected, const char *sentence)
{
    struct signer_authority *other defer(signer_authority_free) = NULL;
    enum status status = signer_authority_load(&fixture.options, &other);
    cr_assert_eq(status, expected, "%s: %s", status_name(status), status_detail());
    cr_assert_not_null(strstr(status_detail(), sentence), "%s", status_detail());
}

Test(signer_policy, refuses_a_key_file_that_others_may_read)
{
    cr_assert_eq(chmod(fixture.key_path, 0640), 0);
    expect_load(STATUS_FORBIDDEN, "chmod 600");
}

Test(signer_policy, refuses_a_passphrase_file_that_others_may_read)
{
    fixture_write(fixture.passphrase_path, SPAN_LITERAL("secret"), 0604);
    fixture.options.passphrase_path = fixture.passphrase_path;
    expect_load(STATUS_FORBIDDEN, "chmod 600");
}

Test(signer_policy, refuses_missing_files_by_name)
{
    fixture.options.key_path = "/nonexistent/issuing.key";
    expect_load(STATUS_NOT_FOUND, "/nonexistent/issuing.key");
    fixture.options.certificate_path = "/nonexistent/issuing.pem";
    expect_load(STATUS_NOT_FOUND, "/nonexistent/issuing.pem");
}

Test(signer_policy, refuses_a_key_of_another_certificate)
{
    struct private_key *other defer(private_key_free) = NULL;
    cr_assert_eq(private_key_generate(KEY_EC_P256, &other), STATUS_OK);
    cr_assert_eq(private_key_save(other, fixture.key_path, NULL), STATUS_OK);
    expect_load(STATUS_INVALID, "does not belong");
}

Test(signer_policy, refuses_a_leaf_for_an_authority)
{
    struct certificate_fields fields = fixture_fields(PROFILE_USER);
    struct certificate *leaf defer(certificate_free) = NULL;
    cr_assert_eq(ask_issue(PROFILE_USER, &fields, &leaf), STATUS_OK);
    fixture_write(fixture.certificate_path, certificate_info(leaf)->der, 0644);
    expect_load(STATUS_INVALID, "not a CA certificate");
}

Test(signer_policy, refuses_an_authority_that_has_expired)
{
    struct private_key *key defer(private_key_free) = NULL;
    cr_assert_eq(private_key_generate(KEY_EC_P256, &key), STATUS_OK);
    struct buf spki defer(buf_clear) = BUF_INIT(1024);
    cr_assert_eq(private_key_spki(key, &spki), STATUS_OK);
    struct certificate_fields fields = {.common_name = SPAN_LITERAL("Expired"),
                                        .spki = span_of(spki.ptr, spki.len),
                                        .not_before = 1577836800,
                                        .not_after = 1609459200};
    cr_assert_eq(serial_generate(fields.serial), STATUS_OK);
    struct certificate *expired defer(certificate_free) = NULL;
    cr_assert_eq(profile_issue(PROFILE_ROOT, &fields, NULL, key, &expired), STATUS_OK);
    fixture_write(fixture.certificate_path, certificate_info(expired)->der, 0644);
    cr_assert_eq(private_key_save(key, fixture.key_path, NULL), STATUS_OK);
    expect_load(STATUS_INVALID, "expired at 2021-01-01");
}

Test(signer_policy, a_bad_address_is_found_when_warming_up)
{
    fixture.options.crl_url = "https://ca.example.com/ca/issuing.crl";
    enum status status = signer_authority_warm_up(authority);
    cr_assert_eq(status, STATUS_INVALID);
    cr_assert_not_null(strstr(status_detail(), "http://"), "%s", status_detail());
}

static void expect_passphrase(struct fixture *locked, const char *passphrase, enum status expected)
{
    if (passphrase != NULL)
        fixture_write(locked->passphrase_path, span_of_text(passphrase), 0600);
    locked->options.passphrase_path = passphrase == NULL ? NULL : locked->passphrase_path;
    struct signer_authority *other defer(signer_authority_free) = NULL;
    cr_expect_eq(signer_authority_load(&locked->options, &other), expected, "%s", status_detail());
}

Test(signer_policy, an_encrypted_key_opens_with_its_passphrase_only)
{
    struct fixture locked defer(fixture_clear) = {0};
    fixture_make(&locked, KEY_EC_P256, "correct horse");
    expect_passphrase(&locked, "correct horse", STATUS_OK);
    expect_passphrase(&locked, "correct horse\n", STATUS_OK);
    expect_passphrase(&locked, "wrong horse", STATUS_FORBIDDEN);
    expect_passphrase(&locked, "", STATUS_FORBIDDEN);
    expect_passphrase(&locked, NULL, STATUS_FORBIDDEN);
}
