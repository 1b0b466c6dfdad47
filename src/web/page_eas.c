/*
 * GET on the address of ActiveSync: a person looks whether a certificate arrives here at all, and
 * what a phone with it would be told. The status is the 501 that an Exchange server gives a
 * browser.
 *
 * Nothing is remembered of it: a person who tries is no phone in use.
 */
#include "base/clock.h"
#include "service/trust_verdict.h"
#include "view/pages.h"
#include "web/eas_seen.h"
#include "web/json.h"
#include "web/page.h"

#include <stdio.h>

enum { HTTP_NOT_IMPLEMENTED = 501, TLS_TEXT_SIZE = 128, AGE_SIZE = 32 };

struct reason_texts {
    enum text_key reason;
    enum text_key next;
};

static const struct reason_texts texts_of_reason[] = {
    [VERDICT_NO_CERTIFICATE] = {TEXT_EAS_NO_CERTIFICATE, TEXT_EAS_NO_CERTIFICATE_NEXT},
    [VERDICT_UNREADABLE] = {TEXT_EAS_UNREADABLE, TEXT_EAS_ASK},
    [VERDICT_NOT_YET_VALID] = {TEXT_EAS_NOT_YET_VALID, TEXT_EAS_NOT_YET_VALID_NEXT},
    [VERDICT_EXPIRED] = {TEXT_EAS_EXPIRED, TEXT_EAS_NEW_CERTIFICATE},
    [VERDICT_UNTRUSTED_ISSUER] = {TEXT_EAS_UNTRUSTED_ISSUER, TEXT_EAS_UNTRUSTED_ISSUER_NEXT},
    [VERDICT_BAD_SIGNATURE] = {TEXT_EAS_BAD_SIGNATURE, TEXT_EAS_ASK},
    [VERDICT_PATH_INVALID] = {TEXT_EAS_PATH_INVALID, TEXT_EAS_ASK},
    [VERDICT_WRONG_EKU] = {TEXT_EAS_WRONG_EKU, TEXT_EAS_NEW_CERTIFICATE},
    [VERDICT_REVOKED] = {TEXT_EAS_REVOKED, TEXT_EAS_NEW_CERTIFICATE},
    [VERDICT_REVOCATION_UNKNOWN] = {TEXT_EAS_REVOCATION_UNKNOWN, TEXT_EAS_REVOCATION_UNKNOWN_NEXT},
    [VERDICT_NO_IDENTITY] = {TEXT_EAS_NO_IDENTITY, TEXT_EAS_NEW_CERTIFICATE},
    [VERDICT_USER_MISMATCH] = {TEXT_EAS_USER_MISMATCH, TEXT_EAS_ASK},
    [VERDICT_DEVICE_MISMATCH] = {TEXT_EAS_DEVICE_MISMATCH, TEXT_EAS_ASK},
    [VERDICT_BLOCKED] = {TEXT_EAS_BLOCKED, TEXT_EAS_ASK},
    [VERDICT_ALLOWED] = {TEXT_EAS_ALLOWED, TEXT_EAS_ALLOWED_NEXT},
};

static enum status judge(const struct web *web, const struct eas_seen *seen,
                         struct trust_answer *ret_answer)
{
    const struct trust_question question = {
        .certificates = seen->device.certificates,
        .count = seen->device.certificate_count,
        .unreadable = seen->device.unreadable,
        .at = clock_now(),
    };
    return trust_verdict(web->service, &question, ret_answer);
}

static void write_json(const struct request *request, struct response *response,
                       const struct trust_answer *answer)
{
    const struct tls_session *tls = request_tls(request);
    const struct request_connection *connection = request_connection(request);
    enum verdict_reason reason = answer->verdict.reason;
    struct buf *out = response_body(response);
    response_set_class(response, RESPONSE_SECRET);
    response_set_type(response, "application/json");
    json_begin(out);
    json_add_text(out, "verdict", reason == VERDICT_ALLOWED ? "allow" : "refuse");
    json_add_text(out, "reason", verdict_reason_text(reason));
    json_add_text(out, "sentence", verdict_sentence(reason));
    json_add_known_text(out, "detail", answer->verdict.detail);
    json_add_known_text(out, "user", answer->identity);
    json_add_known_text(out, "serial", answer->serial);
    json_add_known_text(out, "issuer", answer->issuer);
    json_add_known_time(out, "not_before", answer->not_before);
    json_add_known_time(out, "not_after", answer->not_after);
    json_add_text(out, "tls_version", tls->version);
    json_add_text(out, "cipher", tls->cipher);
    json_add_value(out, "resumed", tls->resumed ? "true" : "false");
    json_add_number(out, "session_age", tls->session_age);
    json_add_value(out, "certificate_asked", tls->certificate_asked ? "true" : "false");
    json_add_number(out, "certificates", (int64_t)tls->certificate_count);
    json_add_text(out, "connection", connection->id);
    json_add_number(out, "request_number", connection->number);
    json_add_number(out, "handshake_age", connection->handshake_age);
    json_end(out);
}

/* Clauses are English, and so only shown where the page is. */
static void write_page(const struct web *web, const struct request *request,
                       struct response *response, const struct trust_answer *answer)
{
    const struct text_catalogue *texts = page_texts(request);
    const struct tls_session *tls = request_tls(request);
    const struct reason_texts *words = &texts_of_reason[answer->verdict.reason];
    char connection[TLS_TEXT_SIZE];
    char age[AGE_SIZE];
    snprintf(connection, sizeof connection, "%s, %s", tls->version, tls->cipher);
    snprintf(age, sizeof age, "%lld s", (long long)tls->session_age);
    const struct view_eas fields = {
        .site = site_view(web_content(web)->site),
        .allowed = answer->verdict.reason == VERDICT_ALLOWED,
        .reason = words->reason,
        .next = words->next,
        .detail = texts == catalogue_default() ? answer->verdict.detail : "",
        .identity = answer->identity,
        .serial = answer->serial,
        .issuer = answer->issuer,
        .not_before = answer->not_before,
        .not_after = answer->not_after,
        .certificate = answer->has_certificate,
        .resumed = tls->resumed,
        .age = age,
        .tls = connection,
    };
    page_begin(web, request, response, RESPONSE_SECRET);
    view_eas(response_body(response), texts, &fields);
}

enum status page_eas(struct request *request, struct response *response, void *application)
{
    const struct web *web = application;
    struct eas_seen seen defer(eas_seen_clear) = {.agent = ""};
    struct trust_answer answer;
    enum status status = eas_seen_read(request, &seen);
    if (status_kind(status) == STATUS_KIND_FAULT)
        return status;
    TRY(judge(web, &seen, &answer));
    if (request_prefers(request, "application/json"))
        write_json(request, response, &answer);
    else
        write_page(web, request, response, &answer);
    response_set_status(response, HTTP_NOT_IMPLEMENTED);
    response_add_header(response, "X-Certferry-Reason", verdict_reason_text(answer.verdict.reason));
    return STATUS_OK;
}
