/* Cheap questions first; the signature last. */
#include "service/trust_crl.h"

#include <stdio.h>

enum status trust_crl_check_issuers(const struct crl *crl, const struct trust_issuers *issuers)
{
    enum status status = crl_check_signature(crl, issuers->anchor);
    char why[STATUS_DETAIL_MAX];
    snprintf(why, sizeof why, "%s", status_detail());
    for (size_t i = 0; status == STATUS_INVALID && i < issuers->helpers->count; i++)
        status = crl_check_signature(crl, issuers->helpers->items[i]);
    if (status == STATUS_INVALID && issuers->helpers->count > 0)
        return status_fail(STATUS_INVALID, "neither the anchor nor a helper signed it: %.300s",
                           status_detail());
    return status;
}

/* Somebody on the way may hold back a newer list, but must not bring back an older one. */
static enum status check_order(const struct crl_info *info, const struct crl_info *held)
{
    if (held == NULL)
        return STATUS_OK;
    if (info->number < held->number)
        return status_fail(STATUS_INVALID,
                           "RFC 5280 5.2.3: it has the number %lld, older than %lld in use",
                           (long long)info->number, (long long)held->number);
    if (info->this_update < held->this_update)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.4: it is older than the one in use");
    return STATUS_OK;
}

enum status trust_crl_accept(struct span bytes, const struct trust_issuers *issuers,
                             const struct crl_info *held, int64_t now, struct crl **ret_crl)
{
    if (bytes.len > TRUST_CRL_MAX)
        return status_fail(STATUS_TOO_LARGE, "a CRL of more than %d bytes", TRUST_CRL_MAX);
    struct crl *crl defer(crl_free) = NULL;
    TRY(crl_parse_any(bytes, &crl));
    const struct crl_info info = crl_info(crl);
    if (info.next_update == 0)
        return status_fail(STATUS_INVALID, "RFC 5280 5.1.2.5: the CRL has no nextUpdate");
    TRY(crl_info_check_time(&info, now));
    TRY(check_order(&info, held));
    TRY(crl_check_complete(crl));
    TRY(trust_crl_check_issuers(crl, issuers));
    *ret_crl = take(crl);
    return STATUS_OK;
}
