/* Many certificates are revoked one by one, so that each has its own row in the audit. */
#include "service/revoke.h"

#include "base/clock.h"
#include "service/background.h"
#include "store/certificate_store.h"

#include <stdio.h>

static const enum crl_reason reasons[] = {
    CRL_REASON_UNSPECIFIED, CRL_REASON_KEY_COMPROMISE,         CRL_REASON_AFFILIATION_CHANGED,
    CRL_REASON_SUPERSEDED,  CRL_REASON_CESSATION_OF_OPERATION, CRL_REASON_PRIVILEGE_WITHDRAWN,
};
enum { REASON_COUNT = sizeof reasons / sizeof reasons[0] };

static enum status check_reason(enum crl_reason reason)
{
    for (size_t i = 0; i < REASON_COUNT; i++)
        if (reasons[i] == reason)
            return STATUS_OK;
    struct buf names defer(buf_clear) = BUF_INIT(256);
    for (size_t i = 0; i < REASON_COUNT; i++)
        buf_printf(&names, "%s%s", i == 0 ? "" : ", ", crl_reason_name(reasons[i]));
    TRY(names.failure);
    return status_fail(STATUS_INVALID, "a certificate is revoked for one of these reasons: %s",
                       (const char *)names.ptr);
}

enum status revoke_reason_parse(const char *name, enum crl_reason *ret_reason)
{
    enum crl_reason reason;
    if (crl_reason_parse(name, &reason) != STATUS_OK)
        return check_reason(CRL_REASON_CERTIFICATE_HOLD);
    TRY(check_reason(reason));
    *ret_reason = reason;
    return STATUS_OK;
}

enum status revoke_in(struct db_tx *tx, const char *serial, enum crl_reason reason, int64_t now)
{
    /* A trigger drops the OCSP answers about it in this transaction (store/ocsp_store.h). */
    return certificate_store_revoke(tx, serial, (enum certificate_reason)reason, now);
}

static enum status revoke_row(struct db_tx *tx, const struct actor *actor,
                              const struct certificate_row *row, enum crl_reason reason,
                              int64_t now)
{
    TRY(revoke_in(tx, row->serial, reason, now));
    const struct audit_value values[] = {
        AUDIT_TEXT("reason", crl_reason_name(reason)),
        AUDIT_TEXT("user", row->user),
        AUDIT_TEXT("state", certificate_state_text(row->state)),
    };
    return audit_write(tx, actor, "certificate.revoke", row->serial, values, 3);
}

/* It may have been the OCSP responder's own. */
static void wake_tasks(const struct service *service)
{
    background_wake(service, BACKGROUND_REVOCATION);
    background_wake(service, BACKGROUND_OCSP);
}

static bool is_authority(const struct certificate_row *row)
{
    return strcmp(row->profile, "root") == 0 || strcmp(row->profile, "issuing") == 0;
}

static bool is_within(enum revoke_reach reach, const struct certificate_row *row)
{
    return reach == REVOKE_ANY || strcmp(row->profile, "user") == 0;
}

enum status revoke_certificate(const struct service *service, const struct actor *actor,
                               enum revoke_reach reach, const char *serial, enum crl_reason reason,
                               struct revocation *ret_revocation)
{
    TRY(check_reason(reason));
    int64_t now = clock_now();
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    struct certificate_row row defer(certificate_row_clear) = {0};
    TRY(certificate_store_get(tx, serial, &row));
    if (is_authority(&row))
        return status_fail(STATUS_INVALID, "%s is the certificate of a CA, not of a user or server",
                           serial);
    if (!is_within(reach, &row))
        return status_fail(STATUS_FORBIDDEN,
                           "%s is not the certificate of a user: an admin may "
                           "revoke it",
                           serial);
    TRY(revoke_row(tx, actor, &row, reason, now));
    TRY(db_commit(tx));
    wake_tasks(service);
    struct revocation revocation = {.reason = reason, .revoked_at = now};
    snprintf(revocation.serial, sizeof revocation.serial, "%s", row.serial);
    snprintf(revocation.user, sizeof revocation.user, "%s", row.user);
    *ret_revocation = revocation;
    return STATUS_OK;
}

static bool is_revocable(enum revoke_reach reach, const struct certificate_row *row, int64_t now)
{
    bool alive = row->state == CERTIFICATE_RESERVED || row->state == CERTIFICATE_ISSUED;
    return alive && row->not_after >= now && !is_authority(row) && is_within(reach, row);
}

static enum status revoke_page(struct db_tx *tx, const struct actor *actor, enum revoke_reach reach,
                               const struct certificate_page *page, enum crl_reason reason,
                               int64_t now, int64_t *count)
{
    for (size_t i = 0; i < page->count; i++) {
        if (!is_revocable(reach, &page->rows[i], now))
            continue;
        TRY(revoke_row(tx, actor, &page->rows[i], reason, now));
        (*count)++;
    }
    return STATUS_OK;
}

static enum status revoke_all(struct db_tx *tx, const struct actor *actor, enum revoke_reach reach,
                              const char *user, enum crl_reason reason, int64_t *ret_count)
{
    int64_t now = clock_now();
    const struct certificate_filter filter = {.user = user};
    char after[PAGE_CURSOR_SIZE] = "";
    int64_t count = 0;
    do {
        const struct page_request request = {.limit = PAGE_LIMIT_MOST, .after = after};
        struct certificate_page page defer(certificate_page_clear) = {0};
        TRY(certificate_store_list(tx, &filter, &request, &page));
        TRY(revoke_page(tx, actor, reach, &page, reason, now, &count));
        memcpy(after, page.next, sizeof after);
    } while (after[0] != '\0');
    *ret_count = count;
    return STATUS_OK;
}

enum status revoke_user(const struct service *service, const struct actor *actor,
                        enum revoke_reach reach, const char *user, enum crl_reason reason,
                        int64_t *ret_count)
{
    TRY(check_reason(reason));
    if (user[0] == '\0')
        return status_fail(STATUS_INVALID, "no user is named");
    int64_t count = 0;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(revoke_all(tx, actor, reach, user, reason, &count));
    if (count == 0)
        return status_fail(STATUS_NOT_FOUND, "'%.60s' has no certificate that could be revoked",
                           user);
    TRY(db_commit(tx));
    wake_tasks(service);
    *ret_count = count;
    return STATUS_OK;
}
