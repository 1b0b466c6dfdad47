/* One anchor: the own issuing CA, and the table of certificates for its records. */
#include "service/trust_verdict.h"

#include "service/authority.h"
#include "store/certificate_store.h"

#include <stdio.h>

static enum status read_record(struct db_tx *tx, const struct certificate_info *info,
                               enum verdict_record *ret_record)
{
    struct certificate_row row defer(certificate_row_clear) = {0};
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    TRY(certificate_store_get(tx, info->serial, &row));
    TRY(certificate_store_get_der(tx, info->serial, &der));
    if (!span_equal(info->der, span_of(der.ptr, der.len)))
        return STATUS_OK;
    *ret_record = row.state == CERTIFICATE_ISSUED ? VERDICT_RECORD_VALID : VERDICT_RECORD_REVOKED;
    return STATUS_OK;
}

static enum status record_of(const struct service *service, const struct certificate *certificate,
                             enum verdict_record *ret_record)
{
    struct db_tx *tx defer(db_end) = NULL;
    *ret_record = VERDICT_RECORD_NONE;
    TRY(db_begin(service->db, DB_READ, &tx));
    enum status status = read_record(tx, certificate_info(certificate), ret_record);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status judge(const struct service *service, const struct verdict_request *request,
                         struct trust_answer *answer)
{
    struct path_trust *trust defer(path_trust_free) = NULL;
    struct certificate *issuing defer(certificate_free) = NULL;
    TRY(certificate_parse_der(certificate_info(authority_issuing(service->authority))->der,
                              &issuing));
    const struct path_anchor anchor = {issuing, PATH_REVOCATION_ELSEWHERE};
    TRY(path_trust_new(&(struct path_trust_options){.anchors = &anchor, .anchor_count = 1},
                       &trust));
    return verdict_of(trust, &identity_rules_default, request, &answer->verdict);
}

static void copy(const struct certificate_info *info, struct trust_answer *answer)
{
    const char *identity = answer->verdict.identity;
    answer->has_certificate = true;
    snprintf(answer->identity, sizeof answer->identity, "%s", identity == NULL ? "" : identity);
    answer->verdict.identity = identity == NULL ? NULL : answer->identity;
    snprintf(answer->serial, sizeof answer->serial, "%s", info->serial);
    snprintf(answer->subject, sizeof answer->subject, "%s", info->subject);
    snprintf(answer->issuer, sizeof answer->issuer, "%s", info->issuer);
    memcpy(answer->sha256, info->sha256, sizeof answer->sha256);
    answer->not_before = info->not_before;
    answer->not_after = info->not_after;
}

enum status trust_verdict(const struct service *service, const struct trust_question *question,
                          struct trust_answer *ret_answer)
{
    struct certificate *certificate defer(certificate_free) = NULL;
    struct trust_answer answer = {0};
    struct trust_local local = {0};
    struct verdict_request request = {.unreadable = question->unreadable,
                                      .at = question->at,
                                      .user = question->user,
                                      .device = question->device};
    if (question->count > 0 && !question->unreadable)
        request.unreadable =
            certificate_parse_der(question->certificates[0], &certificate) != STATUS_OK;
    request.certificate = certificate;
    if (certificate != NULL)
        TRY(record_of(service, certificate, &request.record));
    answer.own = request.record != VERDICT_RECORD_NONE;
    answer.record = request.record;
    TRY(judge(service, &request, &answer));
    if (answer.verdict.reason == VERDICT_ALLOWED && question->ask_local != NULL) {
        const struct trust_identified identified = {certificate_info(certificate),
                                                    answer.verdict.identity, answer.own};
        TRY(question->ask_local(question->context, &identified, &local));
        request.pinned_device = local.pinned_device[0] == '\0' ? NULL : local.pinned_device;
        request.blocked = local.blocked;
        TRY(judge(service, &request, &answer));
    }
    *ret_answer = answer;
    if (certificate != NULL)
        copy(certificate_info(certificate), ret_answer);
    else
        ret_answer->verdict.identity = NULL;
    return STATUS_OK;
}
