/* One read transaction: a revocation that was committed before it is seen. */
#include "service/verify_device.h"

#include "base/clock.h"
#include "base/log.h"
#include "service/authority.h"
#include "store/certificate_store.h"

#include <stdio.h>

static enum status make_trust(const struct service *service, struct path_trust **ret_trust)
{
    struct certificate_list helpers defer(certificate_list_clear) = {0};
    const struct certificate *issuing = authority_issuing(service->authority);
    struct certificate *root = NULL;
    struct certificate *copy = NULL;
    TRY(certificate_parse_der(certificate_info(issuing)->der, &copy));
    TRY(certificate_list_add(&helpers, copy));
    TRY(certificate_parse_der(certificate_info(authority_root(service->authority))->der, &root));
    struct certificate *held defer(certificate_free) = root;
    const struct path_anchor anchor = {held, PATH_REVOCATION_ELSEWHERE};
    const struct path_trust_options options = {
        .anchors = &anchor, .anchor_count = 1, .helpers = &helpers};
    return path_trust_new(&options, ret_trust);
}

static enum status find_record(const struct service *service, const char *serial,
                               enum verdict_record *ret_record)
{
    struct db_tx *tx defer(db_end) = NULL;
    struct certificate_row row defer(certificate_row_clear) = {0};
    TRY(db_begin(service->db, DB_READ, &tx));
    enum status status = certificate_store_get(tx, serial, &row);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(status);
    if (row.state == CERTIFICATE_ISSUED)
        *ret_record = VERDICT_RECORD_VALID;
    if (row.state == CERTIFICATE_REVOKED)
        *ret_record = VERDICT_RECORD_REVOKED;
    return STATUS_OK;
}

static enum status read_presented(const struct device_request *request,
                                  struct certificate_list *presented, bool *unreadable)
{
    for (size_t i = 0; i < request->certificate_count; i++) {
        struct certificate *certificate = NULL;
        if (certificate_parse_der(request->certificates[i], &certificate) != STATUS_OK) {
            *unreadable = true;
            return STATUS_OK;
        }
        TRY(certificate_list_add(presented, certificate));
    }
    return STATUS_OK;
}

enum status verify_device(const struct service *service, const struct device_request *request,
                          struct device_verdict *ret_verdict)
{
    struct path_trust *trust defer(path_trust_free) = NULL;
    struct certificate_list presented defer(certificate_list_clear) = {0};
    struct verdict_request asked = {.at = clock_now(), .unreadable = request->unreadable};
    struct device_verdict answer = {.identity = ""};
    TRY(make_trust(service, &trust));
    TRY(read_presented(request, &presented, &asked.unreadable));
    if (presented.count > 0 && !asked.unreadable) {
        asked.certificate = presented.items[0];
        asked.presented = &presented;
        const char *serial = certificate_info(asked.certificate)->serial;
        snprintf(answer.serial, sizeof answer.serial, "%s", serial);
        TRY(find_record(service, serial, &asked.record));
    }
    if (request->query != NULL)
        asked.user = span_of_text(request->query->user);
    TRY(verdict_of(trust, &identity_rules_default, &asked, &answer.verdict));
    if (answer.verdict.identity != NULL)
        snprintf(answer.identity, sizeof answer.identity, "%s", answer.verdict.identity);
    answer.verdict.identity = NULL;
    *ret_verdict = answer;
    return STATUS_OK;
}

void verify_device_answered(const struct service *service, struct device_verdict *verdict, int http,
                            int eas_status)
{
    (void)service;
    log_debug("eas", "%s: HTTP %d, status %d", verdict_reason_text(verdict->verdict.reason), http,
              eas_status);
}
