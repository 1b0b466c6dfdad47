/* The certificate is judged in the transaction of the log-in: what was revoked before it is out. */
#include "service/login_certificate.h"

#include "base/clock.h"
#include "pki/cert.h"
#include "pki/profile.h"
#include "service/login_guard.h"
#include "service/login_session.h"
#include "service/totp.h"
#include "store/certificate_store.h"
#include "store/totp_store.h"

#include <stdio.h>

static enum status refuse(const char *why)
{
    return status_fail(STATUS_UNAUTHENTICATED, "%s", why);
}

/* The row of exactly this certificate. */
static enum status find_issued(struct db_tx *tx, const struct certificate_info *info,
                               struct certificate_row *row)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    enum status status = certificate_store_get(tx, info->serial, row);
    if (status == STATUS_OK)
        status = certificate_store_get_der(tx, info->serial, &der);
    if (status == STATUS_NOT_FOUND)
        return refuse("this certificate is not one of ours");
    TRY(status);
    if (!span_equal(span_of(der.ptr, der.len), info->der))
        return refuse("this certificate is not one of ours");
    return STATUS_OK;
}

static enum status check_row(const struct certificate_row *row, int64_t now)
{
    if (strcmp(row->profile, profile_name(PROFILE_OPERATOR)) != 0)
        return refuse("this certificate is for a phone or a server, not for an operator");
    if (row->state != CERTIFICATE_ISSUED)
        return refuse("this certificate is revoked");
    if (now < row->not_before || now > row->not_after)
        return refuse("this certificate is not valid today");
    return STATUS_OK;
}

static enum status find_operator(struct db_tx *tx, struct span der, int64_t now,
                                 struct operator_row *operator_row)
{
    struct certificate *certificate defer(certificate_free) = NULL;
    struct certificate_row row defer(certificate_row_clear) = {0};
    if (certificate_parse_der(der, &certificate) != STATUS_OK)
        return refuse("this certificate cannot be read");
    TRY(find_issued(tx, certificate_info(certificate), &row));
    TRY(check_row(&row, now));
    enum status status = operator_store_get(tx, row.user, operator_row);
    if (status != STATUS_NOT_FOUND)
        TRY(status);
    if (status == STATUS_NOT_FOUND || operator_row->disabled_at != 0)
        return refuse("the operator of this certificate may not log in");
    return STATUS_OK;
}

static enum status asks_code(struct db_tx *tx, const char *name, bool *ret_asks)
{
    struct totp_row row defer(totp_row_clear) = {0};
    enum status status = totp_store_get(tx, name, &row);
    if (status != STATUS_NOT_FOUND)
        TRY(status);
    *ret_asks = row.confirmed_at != 0;
    return STATUS_OK;
}

enum status login_certificate_read(const struct service *service, struct span der, int64_t now,
                                   struct login_certificate *ret_certificate)
{
    struct operator_row row defer(operator_row_clear) = {0};
    struct login_certificate found = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(find_operator(tx, der, now, &row));
    TRY(asks_code(tx, row.name, &found.asks_code));
    snprintf(found.name, sizeof found.name, "%s", row.name);
    *ret_certificate = found;
    return STATUS_OK;
}

/* `try` is NULL where no code is asked for: there is nothing to guess. */
static enum status let_in(const struct service *service, struct span der,
                          const struct login_request *request, const struct login_try *try,
                          struct login_begun *begun)
{
    struct operator_row row defer(operator_row_clear) = {0};
    bool recovery;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(find_operator(tx, der, clock_now(), &row));
    TRY(totp_check(service, tx, row.name, request->code, clock_now(), &recovery));
    if (try != NULL)
        TRY(login_guard_passed(tx, try, clock_now()));
    const struct actor actor = {ACTOR_OPERATOR, row.name, request->address};
    const struct login_session session = {&actor, request->agent, request->previous, "certificate"};
    TRY(login_session_begin(service, tx, &session, begun));
    return db_commit(tx);
}

static enum status try_code(const struct service *service, struct span der,
                            const struct login_certificate *certificate,
                            const struct login_request *request, struct login_begun *begun)
{
    const struct login_source source = {certificate->name, request->address, request->device};
    struct login_try try;
    TRY(login_guard_enter(service, &source, clock_now(), &try));
    enum status status = let_in(service, der, request, &try, begun);
    return login_guard_settle(service, &source, &try, status, clock_now());
}

enum status login_certificate_begin(const struct service *service, struct span der,
                                    const struct login_request *request,
                                    struct login_begun *ret_begun)
{
    struct login_certificate certificate;
    struct login_begun begun defer(login_begun_clear) = {0};
    TRY(login_certificate_read(service, der, clock_now(), &certificate));
    if (certificate.asks_code)
        TRY(try_code(service, der, &certificate, request, &begun));
    else
        TRY(let_in(service, der, request, NULL, &begun));
    *ret_begun = begun;
    begun = (struct login_begun){0};
    return STATUS_OK;
}
