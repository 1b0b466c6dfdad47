/* The order of the three steps is the point of this file: see the header. */
#include "service/issue.h"

#include "base/clock.h"
#include "base/log.h"
#include "service/authority.h"
#include "service/background.h"
#include "service/clock_guard.h"
#include "service/revoke.h"
#include "signer/signer_client.h"
#include "store/certificate_store.h"

#include <stdio.h>

/* Phones whose clock is a little slow must be able to use a certificate at once. */
enum { ISSUE_BACKDATE = 5 * CLOCK_MINUTE };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void set_validity(const struct service *service, struct issuance *issuance, int64_t now)
{
    const struct certificate_info *issuer = certificate_info(authority_issuing(service->authority));
    int64_t start = most(now - ISSUE_BACKDATE, issuer->not_before);
    int64_t longest = profile_longest(issuance->profile);
    issuance->fields.not_before = start;
    issuance->fields.not_after =
        least(least(now + issuance->lifetime, start + longest), issuer->not_after);
}

enum status issue_reserve(const struct service *service, struct db_tx *tx,
                          const struct actor *actor, struct issuance *issuance)
{
    int64_t now;
    TRY(clock_guard_take(tx, &now));
    set_validity(service, issuance, now);
    TRY(serial_generate(issuance->fields.serial));
    serial_format(issuance->fields.serial, issuance->serial);

    char who[ACTOR_TEXT_MAX];
    actor_format(actor, who);
    const struct person *person = issuance->person;
    const struct certificate_row row = {
        .serial = issuance->serial,
        .issuer = "issuing",
        .profile = profile_name(issuance->profile),
        .user = person->user,
        .name = person->name,
        .mail = person->mail,
        .device = person->device,
        .not_before = issuance->fields.not_before,
        .not_after = issuance->fields.not_after,
        .reserved_at = now,
        .lease_until = now + issuance->lease,
        .created_by = who,
        .link_id = issuance->link_id == NULL ? "" : issuance->link_id,
    };
    TRY(certificate_store_reserve(tx, &row));
    const struct audit_value values[] = {
        AUDIT_TEXT("profile", profile_name(issuance->profile)),
        AUDIT_TEXT("user", person->user),
        AUDIT_TEXT("link", row.link_id),
    };
    return audit_write(tx, actor, "certificate.reserve", issuance->serial, values, 3);
}

enum status issue_sign(const struct service *service, struct issuance *issuance,
                       struct certificate **ret_certificate)
{
    if (service->signer == NULL)
        return status_fail(STATUS_INTERNAL, "the service was opened without a signer");
    return signer_issue(service->signer, issuance->profile, &issuance->fields, ret_certificate);
}

enum status issue_complete(struct db_tx *tx, const struct actor *actor,
                           const struct issuance *issuance, const struct certificate *certificate)
{
    const struct certificate_info *info = certificate_info(certificate);
    TRY(certificate_store_complete(tx, issuance->serial, info->der, clock_now()));
    const struct audit_value values[] = {
        AUDIT_TEXT("subject", info->subject),
        AUDIT_TEXT("user", issuance->person->user),
        AUDIT_NUMBER("not_after", info->not_after),
    };
    return audit_write(tx, actor, "certificate.issue", issuance->serial, values, 3);
}

enum status issue_abandon(struct db_tx *tx, const struct actor *actor, const char *serial,
                          bool may_be_signed)
{
    TRY(certificate_store_abandon(tx, serial, may_be_signed, clock_now()));
    const struct audit_value values[] = {AUDIT_NUMBER("may_be_signed", may_be_signed)};
    return audit_write(tx, actor, "certificate.abandon", serial, values, 1);
}

bool issue_may_be_signed(enum status sign_status)
{
    return sign_status == STATUS_OK || status_kind(sign_status) == STATUS_KIND_FAULT;
}

static enum status reserve(const struct service *service, const struct actor *actor,
                           struct issuance *issuance)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(issue_reserve(service, tx, actor, issuance));
    return db_commit(tx);
}

static enum status complete(const struct service *service, const struct actor *actor,
                            const struct issuance *issuance, const struct certificate *certificate)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(issue_complete(tx, actor, issuance, certificate));
    return db_commit(tx);
}

static enum status abandon(const struct service *service, const struct actor *actor,
                           const char *serial, bool may_be_signed)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(issue_abandon(tx, actor, serial, may_be_signed));
    return db_commit(tx);
}

enum status issue_certificate(const struct service *service, const struct actor *actor,
                              struct issuance *issuance, struct certificate **ret_certificate)
{
    TRY(reserve(service, actor, issuance));
    struct certificate *certificate defer(certificate_free) = NULL;
    enum status signing = issue_sign(service, issuance, &certificate);
    enum status status = signing;
    if (status == STATUS_OK)
        status = complete(service, actor, issuance, certificate);
    if (status == STATUS_OK) {
        *ret_certificate = take(certificate);
        return STATUS_OK;
    }
    /* When this fails too, the lease runs out and the sweep does it. */
    char detail[STATUS_DETAIL_MAX];
    snprintf(detail, sizeof detail, "%s", status_detail());
    if (abandon(service, actor, issuance->serial, issue_may_be_signed(signing)) != STATUS_OK)
        log_status("issue", STATUS_DATABASE, "a reserved serial waits for the end of its lease");
    return status_fail(status, "%s", detail);
}

enum status issue_withdraw_in(struct db_tx *tx, const struct actor *actor, const char *serial,
                              int64_t now)
{
    TRY(revoke_in(tx, serial, CRL_REASON_CESSATION_OF_OPERATION, now));
    return audit_write(tx, actor, "certificate.withdraw", serial, NULL, 0);
}

enum status issue_withdraw(const struct service *service, const struct actor *actor,
                           const char *serial)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(issue_withdraw_in(tx, actor, serial, clock_now()));
    TRY(db_commit(tx));
    background_wake(service, BACKGROUND_REVOCATION);
    return STATUS_OK;
}
