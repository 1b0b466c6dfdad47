/*
 * What the winner of a claim gets. All of it is made outside any transaction; what can fail slowly
 * fails here, and the last transaction only writes what is finished. Until that transaction stands
 * nobody gets anything.
 */
#include "service/claim_attempt.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "service/bundle.h"
#include "service/credential.h"
#include "service/device_profile.h"
#include "service/enrol_row.h"
#include "service/entity_tag.h"
#include "service/envelope.h"
#include "service/password.h"
#include "store/bundle_store.h"
#include "store/link_store.h"

#include <stdio.h>

struct product {
    struct certificate *certificate;
    struct secret *pkcs8;
    struct secret *password;
    struct secret *ticket;
    struct buf pfx;
    struct buf profile;
    struct buf page_sealed;
    struct buf file_sealed;
    struct buf repack_sealed;
    enum packing packing;
};

static void product_clear(struct product *product)
{
    certificate_free(product->certificate);
    secret_free(product->pkcs8);
    secret_free(product->password);
    secret_free(product->ticket);
    buf_clear(&product->pfx);
    buf_clear(&product->profile);
    buf_clear(&product->page_sealed);
    buf_clear(&product->file_sealed);
    buf_clear(&product->repack_sealed);
}
CLEANUP_VALUE(struct product, product_clear)

static struct span contents(const struct buf *buf)
{
    return span_of(buf->ptr, buf->len);
}

static enum status pack(const struct claim_attempt *attempt, const struct private_key *key,
                        struct product *product)
{
    const struct bundle_contents parts = {key, product->certificate, product->password,
                                          person_shown_name(&attempt->person)};
    TRY(bundle_pack(attempt->service, product->packing, &parts, &product->pfx));
    TRY(device_profile_user(attempt->service, &attempt->person, contents(&product->pfx),
                            attempt->claimer->texts, &product->profile));
    return private_key_to_pkcs8(key, &product->pkcs8);
}

static enum status seal(const struct claim_attempt *attempt, struct product *product)
{
    const char *id = attempt->link.id;
    struct span ticket = secret_span(product->ticket);
    const struct span page[] = {secret_span(product->password), ticket,
                                secret_span(attempt->cookie)};
    const struct span file[] = {contents(&product->pfx), contents(&product->profile)};
    const struct span repack[] = {secret_span(product->pkcs8), secret_span(product->password)};
    struct secret *page_key defer(secret_free) = NULL;
    TRY(envelope_page_key(attempt->token, attempt->pin, &page_key));
    TRY(envelope_close(ENVELOPE_PAGE, secret_span(page_key), id, page, 3, &product->page_sealed));
    TRY(envelope_close(ENVELOPE_FILE, ticket, id, file, 2, &product->file_sealed));
    return envelope_close(ENVELOPE_REPACK, ticket, id, repack, 2, &product->repack_sealed);
}

/* What the signer or the profile refuses here (an issuer that has expired, a clock that is wrong)
 * is no mistake of the phone, and the operator should see it as an error. */
static enum status as_fault(enum status status)
{
    char detail[STATUS_DETAIL_MAX];
    if (status == STATUS_OK || status_kind(status) == STATUS_KIND_FAULT)
        return status;
    snprintf(detail, sizeof detail, "%s", status_detail());
    return status_fail(STATUS_INTERNAL, "%s", detail);
}

static enum status make_product(struct claim_attempt *attempt, struct product *product,
                                bool *may_be_signed)
{
    const struct service *service = attempt->service;
    struct private_key *key defer(private_key_free) = NULL;
    struct buf spki defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    TRY(packing_parse(attempt->link.packing, &product->packing));
    TRY(password_generate(&product->password));
    TRY(credential_new_token(&product->ticket));
    TRY(bundle_key(service, &key, &spki));
    attempt->issuance.fields.spki = contents(&spki);
    enum status signing = issue_sign(service, &attempt->issuance, &product->certificate);
    *may_be_signed = issue_may_be_signed(signing);
    TRY(signing);
    TRY(pack(attempt, key, product));
    return seal(attempt, product);
}

static enum status store_bundle(const struct claim_attempt *attempt, struct db_tx *tx,
                                const struct product *product, int64_t now)
{
    uint8_t ticket_hash[DIGEST_SHA256_SIZE];
    char etag[ENTITY_TAG_SIZE];
    TRY(digest_sha256(secret_span(product->ticket), ticket_hash));
    TRY(entity_tag(contents(&product->pfx), etag));
    const struct bundle_row row = {
        .link_id = attempt->link.id,
        .ticket_hash = span_of(ticket_hash, sizeof ticket_hash),
        .packing = packing_name(product->packing),
        .file_sealed = contents(&product->file_sealed),
        .page_sealed = contents(&product->page_sealed),
        .repack_sealed = contents(&product->repack_sealed),
        .etag = etag,
        .size = (int64_t)product->pfx.len,
        .created_at = now,
    };
    return bundle_store_put(tx, &row);
}

static enum status finish(const struct claim_attempt *attempt, const struct product *product,
                          struct claim *claim)
{
    int64_t now = clock_now();
    const char *id = attempt->link.id;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(attempt->service->db, DB_WRITE, &tx));
    TRY(issue_complete(tx, &attempt->actor, &attempt->issuance, product->certificate));
    TRY(link_store_claim_finish(tx, id, attempt->issuance.serial, now));
    TRY(store_bundle(attempt, tx, product, now));
    const struct audit_value values[] = {AUDIT_TEXT("serial", attempt->issuance.serial),
                                         AUDIT_TEXT("packing", packing_name(product->packing))};
    TRY(audit_write(tx, &attempt->actor, "link.claimed", id, values, 2));

    struct link_row row defer(link_row_clear) = {0};
    TRY(link_store_get(tx, id, &row));
    enrolment_from_row(&row, now, &claim->link);
    return db_commit(tx);
}

/* Makes the link claimable at once. When this fails too, the lease does the same a little later. */
static void give_up(const struct claim_attempt *attempt, bool may_be_signed)
{
    const char *serial = attempt->issuance.serial;
    struct db_tx *tx defer(db_end) = NULL;
    enum status status = db_begin(attempt->service->db, DB_WRITE, &tx);
    if (status == STATUS_OK)
        status = link_store_claim_release(tx, attempt->link.id, serial);
    if (status == STATUS_OK)
        status = issue_abandon(tx, &attempt->actor, serial, may_be_signed);
    if (status == STATUS_OK)
        status = db_commit(tx);
    if (status != STATUS_OK)
        log_status("claim", status, "a failed claim waits for the end of its lease");
}

enum status claim_make(struct claim_attempt *attempt, struct claim *claim)
{
    struct product product defer(product_clear) = {
        .pfx = BUF_INIT(LIMIT_BUNDLE),
        .profile = BUF_INIT(LIMIT_BUNDLE),
        .page_sealed = BUF_INIT(LIMIT_BUNDLE),
        .file_sealed = BUF_INIT(3 * LIMIT_BUNDLE),
        .repack_sealed = BUF_INIT(LIMIT_BUNDLE),
    };
    bool may_be_signed = false;
    enum status status = as_fault(make_product(attempt, &product, &may_be_signed));
    if (status == STATUS_OK)
        status = finish(attempt, &product, claim);
    if (status != STATUS_OK) {
        log_status("claim", status, "a claim failed between its two steps");
        give_up(attempt, may_be_signed);
        return status;
    }
    return claim_fill(claim, certificate_info(product.certificate)->not_after,
                      secret_span(product.password), secret_span(product.ticket),
                      secret_span(attempt->cookie));
}
