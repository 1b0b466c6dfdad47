/*
 * The policy on top of the profiles of pki/profile.h. Those say what a certificate of a profile may
 * contain; here stands which profiles a running web process may have at all, for which servers,
 * near which time, and that the URLs are the configuration's.
 */
#include "signer/signer_policy.h"

#include "base/clock.h"
#include "base/file.h"
#include "pki/key.h"
#include "signer/signer_match.h"
#include "signer/signer_msg.h"
#include "signer/signer_responder.h"

struct signer_authority {
    const struct signer_options *options;
    struct certificate *certificate;
    struct private_key *key;
    struct crl_stream *crl; /* the list that is being made, NULL when none is */
    struct crl_plan crl_plan;
    struct signer_responder *responder;
    int64_t last_crl_number;
    int64_t last_this_update;
};

void signer_authority_free(struct signer_authority *authority)
{
    if (authority == NULL)
        return;
    crl_stream_free(authority->crl);
    certificate_free(authority->certificate);
    private_key_free(authority->key);
    signer_responder_free(authority->responder);
    free(authority);
}

const struct certificate *signer_authority_certificate(const struct signer_authority *authority)
{
    return authority->certificate;
}

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static enum status load_key(const struct signer_options *options, struct private_key **ret_key)
{
    struct secret *passphrase defer(secret_free) = NULL;
    if (is_given(options->passphrase_path)) {
        TRY(file_check_private(options->passphrase_path));
        TRY(secret_read_file(options->passphrase_path, LIMIT_PASSPHRASE, true, &passphrase));
    }
    TRY(file_check_private(options->key_path));
    return private_key_load(options->key_path, passphrase, ret_key);
}

static enum status check_authority(const struct signer_options *options,
                                   const struct certificate_info *info)
{
    if (!info->is_ca)
        return status_fail(STATUS_INVALID, "%s is not a CA certificate (RFC 5280 4.2.1.9)",
                           options->certificate_path);
    char until[CLOCK_TEXT_SIZE];
    clock_format(info->not_after, until);
    if (info->not_after <= clock_now())
        return status_fail(STATUS_INVALID, "the issuing certificate %s expired at %s",
                           options->certificate_path, until);
    return STATUS_OK;
}

enum status signer_authority_load(const struct signer_options *options,
                                  struct signer_authority **ret_authority)
{
    struct signer_authority *authority defer(signer_authority_free) = calloc(1, sizeof *authority);
    if (authority == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the authority");
    authority->options = options;
    TRY(signer_responder_new(&authority->responder));
    TRY(certificate_load(options->certificate_path, &authority->certificate));
    TRY(check_authority(options, certificate_info(authority->certificate)));
    TRY(load_key(options, &authority->key));
    if (!private_key_matches(authority->key, authority->certificate))
        return status_fail(STATUS_INVALID, "the key %s does not belong to the certificate %s",
                           options->key_path, options->certificate_path);
    *ret_authority = take(authority);
    return STATUS_OK;
}

static enum status check_profile(const struct signer_authority *authority, enum profile profile)
{
    switch (profile) {
    case PROFILE_USER:
    case PROFILE_OPERATOR:
    case PROFILE_OCSP:
        return STATUS_OK;
    case PROFILE_SERVER:
        if (authority->options->server_hosts != NULL)
            return STATUS_OK;
        return status_fail(STATUS_FORBIDDEN, "this signer signs no server certificate");
    case PROFILE_ROOT:
    case PROFILE_ISSUING:
        return status_fail(STATUS_FORBIDDEN, "this signer signs no CA certificate (profile %s)",
                           profile_name(profile));
    }
    return status_fail(STATUS_INVALID, "no such profile");
}

static bool is_own_host(const struct signer_authority *authority, struct span host)
{
    const char *const *own = authority->options->server_hosts;
    while (own != NULL && *own != NULL && !span_equal_text(host, *own))
        own++;
    return own != NULL && *own != NULL;
}

static enum status check_hosts(const struct signer_authority *authority,
                               const struct certificate_fields *fields)
{
    for (size_t i = 0; i < fields->host_count; i++)
        if (!is_own_host(authority, fields->hosts[i]))
            return status_fail(STATUS_FORBIDDEN, "a host that is not this installation's");
    return STATUS_OK;
}

/* Backdated certificates would let a stolen process forge the past: "this was issued in May". */
static enum status check_near_now(int64_t time, const char *what)
{
    int64_t now = clock_now();
    if (time < now - SIGNER_CLOCK_SLACK || time > now + SIGNER_CLOCK_SLACK)
        return status_fail(STATUS_INVALID, "%s is more than a day from the signer's clock", what);
    return STATUS_OK;
}

/* A leaf on the authority's own key would pass for the authority wherever keys are compared. */
static enum status check_key(const struct signer_authority *authority, struct span spki)
{
    if (span_equal(spki, certificate_info(authority->certificate)->spki))
        return status_fail(STATUS_FORBIDDEN, "the public key is the authority's own");
    return public_key_check(spki);
}

static struct certificate_fields with_urls(const struct certificate_fields *fields,
                                           const struct signer_options *options)
{
    struct certificate_fields complete = *fields;
    complete.crl_url = span_of_text(options->crl_url);
    complete.issuer_url = span_of_text(options->issuer_url);
    complete.ocsp_url = span_of_text(options->ocsp_url);
    return complete;
}

static enum status issue(struct signer_authority *authority, enum profile profile,
                         const struct certificate_fields *fields, struct buf *der)
{
    TRY(check_profile(authority, profile));
    if (fields->serial[0] == 0)
        return status_fail(STATUS_INVALID, "RFC 5280 4.1.2.2: a serial that begins with zero");
    TRY(check_near_now(fields->not_before, "RFC 5280 4.1.2.5: not_before"));
    TRY(check_hosts(authority, fields));
    TRY(check_key(authority, fields->spki));
    if (profile == PROFILE_OCSP)
        TRY(signer_responder_check(authority->responder, fields));
    struct certificate_fields complete = with_urls(fields, authority->options);
    TRY(profile_check(profile, &complete, authority->certificate));

    struct certificate *certificate defer(certificate_free) = NULL;
    TRY(profile_issue(profile, &complete, authority->certificate, authority->key, &certificate));
    TRY(signer_match_certificate(certificate, &complete, authority->certificate));
    struct span signed_der = certificate_info(certificate)->der;
    buf_append(der, signed_der);
    return profile == PROFILE_OCSP ? signer_responder_adopt(authority->responder, signed_der)
                                   : STATUS_OK;
}

static enum status check_crl(const struct signer_authority *authority, const struct crl_plan *plan)
{
    if (plan->number <= authority->last_crl_number)
        return status_fail(STATUS_INVALID, "RFC 5280 5.2.3: CRL number %lld after %lld",
                           (long long)plan->number, (long long)authority->last_crl_number);
    if (plan->this_update < authority->last_this_update)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.4: this_update before that of the last "
                                           "list; was the clock set back?");
    TRY(check_near_now(plan->this_update, "RFC 5280 5.1.2.4: this_update"));
    if (plan->next_update <= plan->this_update ||
        plan->next_update - plan->this_update > SIGNER_CRL_LONGEST)
        return status_fail(STATUS_INVALID,
                           "RFC 5280 5.1.2.5: next_update is not within a year of this_update");
    return STATUS_OK;
}

/* A list that was begun before and not ended is given up: whoever asked for it asks no more. */
static enum status begin_crl(struct signer_authority *authority, const struct crl_plan *plan,
                             struct buf *der)
{
    crl_stream_free(take(authority->crl));
    TRY(check_crl(authority, plan));
    authority->crl_plan = *plan;
    return crl_stream_begin(plan, authority->certificate, authority->key, &authority->crl, der);
}

static enum status check_begun(const struct signer_authority *authority)
{
    if (authority->crl == NULL)
        return status_fail(STATUS_INVALID, "no CRL was begun");
    return STATUS_OK;
}

/* Whatever is wrong with a list ends it. */
static enum status add_to_crl(struct signer_authority *authority,
                              const struct signer_request *request, struct buf *der)
{
    TRY(check_begun(authority));
    struct crl_stream *crl defer(crl_stream_free) = take(authority->crl);
    TRY(crl_stream_add(crl, request->entries, request->entry_count, der));
    authority->crl = take(crl);
    return STATUS_OK;
}

/* Checked again: what was signed meanwhile, and the time, went on while the entries came. */
static enum status end_crl(struct signer_authority *authority, struct buf *der)
{
    TRY(check_begun(authority));
    struct crl_stream *crl defer(crl_stream_free) = take(authority->crl);
    TRY(check_crl(authority, &authority->crl_plan));
    TRY(crl_stream_end(crl, der));
    authority->last_crl_number = authority->crl_plan.number;
    authority->last_this_update = authority->crl_plan.this_update;
    return STATUS_OK;
}

static enum status check_more_than_crl(const struct signer_authority *authority)
{
    if (authority->options->crl_only)
        return status_fail(STATUS_FORBIDDEN, "this signer signs revocation lists only");
    return STATUS_OK;
}

static enum status answer_responder(struct signer_authority *authority,
                                    const struct signer_request *request, struct buf *der)
{
    TRY(check_more_than_crl(authority));
    if (request->operation == SIGNER_RESPONDER_KEY)
        return signer_responder_make_key(authority->responder, authority->certificate, der);
    return signer_responder_sign(authority->responder, authority->certificate, request->responder,
                                 &request->ocsp, der);
}

static enum status answer_issue(struct signer_authority *authority,
                                const struct signer_request *request, struct buf *der)
{
    TRY(check_more_than_crl(authority));
    return issue(authority, request->profile, &request->fields, der);
}

static enum status answer(struct signer_authority *authority, struct span message, struct buf *der)
{
    struct signer_request request defer(signer_request_clear) = {0};
    TRY(signer_decode_request(message, &request));
    switch (request.operation) {
    case SIGNER_PING:
        buf_append(der, certificate_info(authority->certificate)->der);
        return STATUS_OK;
    case SIGNER_ISSUE:
        return answer_issue(authority, &request, der);
    case SIGNER_CRL_BEGIN:
        return begin_crl(authority, &request.plan, der);
    case SIGNER_CRL_ENTRIES:
        return add_to_crl(authority, &request, der);
    case SIGNER_CRL_END:
        return end_crl(authority, der);
    case SIGNER_RESPONDER_KEY:
    case SIGNER_OCSP:
        return answer_responder(authority, &request, der);
    }
    return status_fail(STATUS_INVALID, "no such operation");
}

void signer_answer(struct signer_authority *authority, struct span request, struct buf *reply)
{
    struct buf der defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX - 2 * STATUS_DETAIL_MAX);
    status_detail_clear();
    enum status status = answer(authority, request, &der);
    struct span payload = SPAN_EMPTY;
    if (status == STATUS_OK)
        status = buf_finish(&der, &payload);
    if (status != STATUS_OK)
        signer_encode_reply(reply, status, status_detail(), SPAN_EMPTY);
    else
        signer_encode_reply(reply, STATUS_OK, "", payload);
}

static enum status warm_up_certificate(struct signer_authority *authority)
{
    struct private_key *key defer(private_key_free) = NULL;
    TRY(private_key_generate(KEY_EC_P256, &key));
    struct buf spki defer(buf_clear) = BUF_INIT(SIGNER_SPKI_MAX);
    TRY(private_key_spki(key, &spki));
    const struct certificate_info *info = certificate_info(authority->certificate);
    int64_t now = clock_now();
    struct certificate_fields fields = {
        .not_before = now,
        .not_after = now + 1 < info->not_after ? now + 1 : info->not_after,
        .common_name = SPAN_LITERAL("warm-up"),
        .upn = SPAN_LITERAL("warm-up@certferry.invalid"),
    };
    TRY(buf_finish(&spki, &fields.spki));
    TRY(serial_generate(fields.serial));
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    return issue(authority, PROFILE_USER, &fields, &der);
}

static enum status warm_up_crl(struct signer_authority *authority)
{
    int64_t now = clock_now();
    const struct crl_entry entry = {"01", now, CRL_REASON_KEY_COMPROMISE};
    struct crl_plan plan = {.number = 1, .this_update = now, .next_update = now + 1, .count = 1};
    size_t octets;
    TRY(crl_entry_size(&entry, &octets));
    plan.octets = (uint32_t)octets;
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    struct crl_stream *crl defer(crl_stream_free) = NULL;
    TRY(crl_stream_begin(&plan, authority->certificate, authority->key, &crl, &der));
    TRY(crl_stream_add(crl, &entry, 1, &der));
    return crl_stream_end(crl, &der);
}

/* Signed with the authority's own key and thrown away: a responder's key would take its time. */
static enum status warm_up_ocsp(const struct signer_authority *authority)
{
    int64_t now = clock_now();
    const struct ocsp_fields fields = {
        .this_update = now,
        .next_update = now + 1,
        .singles = {{.hash = OCSP_HASH_SHA1, .serial = "01", .state = OCSP_STATE_UNKNOWN}},
        .count = 1,
    };
    struct buf der defer(buf_clear) = BUF_INIT(OCSP_RESPONSE_SIZE_MAX);
    return ocsp_response_issue(&fields, authority->certificate, authority->certificate,
                               authority->key, &der);
}

/* The URLs are tried too, where certificates will carry them. */
enum status signer_authority_warm_up(struct signer_authority *authority)
{
    TRY(warm_up_crl(authority));
    if (authority->options->crl_only)
        return STATUS_OK;
    TRY(warm_up_certificate(authority));
    return warm_up_ocsp(authority);
}
