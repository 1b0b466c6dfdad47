#include "trust_fixture.h"

#include "base/file.h"
#include "config/option.h"
#include "service/mint.h"
#include "service/revoke.h"
#include "service/trust_crl.h"
#include "store/trust_store.h"

#include <stdio.h>

void trust_fixture_open(struct trust_fixture *fixture)
{
    fixture_open(&fixture->at);
    service_free(take(fixture->at.service)); /* for one that judges */
    expect_ok(service_open(fixture->at.config, SERVICE_SIGNER | SERVICE_TRUST, &fixture->service));
}

void trust_fixture_close(struct trust_fixture *fixture)
{
    service_free(fixture->service);
    fixture_close(&fixture->at);
}

void make_user(const struct trust_fixture *fixture, const char *user, struct buf *der,
               char ret_serial[static 64])
{
    const struct mint_request request = {.user = user};
    struct mint_result result defer(mint_result_clear) = {0};
    expect_ok(mint_bundle(fixture->service, &anna, &request, &result));
    snprintf(ret_serial, 64, "%s", result.serial);
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture->service->db, DB_READ, &tx));
    expect_ok(certificate_store_get_der(tx, result.serial, der));
}

void revoke_user_certificate(const struct trust_fixture *fixture, const char *serial)
{
    struct revocation revocation;
    expect_ok(revoke_certificate(fixture->service, &anna, REVOKE_ANY, serial, CRL_REASON_SUPERSEDED,
                                 &revocation));
}

void set_anchor(const struct trust_fixture *fixture, const char *name, const char *key,
                const char *value)
{
    size_t anchor = 0;
    size_t row = 0;
    expect_ok(anchor_get(fixture->at.config, name, &anchor));
    cr_assert(anchor_find_row(key, &row));
    struct option option = anchor_option(fixture->at.config, anchor, row);
    option.most = 64; /* as many lists as a test needs */
    expect_ok(option_set_text(fixture->at.config, &option, value));
}

void clear_anchors(const struct trust_fixture *fixture)
{
    anchors_clear(fixture->at.config);
}

void keep_crl(const struct trust_fixture *fixture, const char *anchor, const char *source,
              const char *path)
{
    struct buf bytes defer(buf_clear) = BUF_INIT(TRUST_CRL_MAX);
    struct buf der defer(buf_clear) = BUF_INIT(TRUST_CRL_MAX);
    struct crl *crl defer(crl_free) = NULL;
    expect_ok(file_read(path, &bytes));
    expect_ok(crl_parse_any(span_of(bytes.ptr, bytes.len), &crl));
    expect_ok(crl_append_der(crl, &der));
    const struct trust_source_row row = {.anchor = anchor, .source = source};
    struct db_tx *tx defer(db_end) = NULL;
    expect_ok(db_begin(fixture->service->db, DB_WRITE, &tx));
    expect_ok(trust_store_put(tx, &row));
    expect_ok(trust_store_put_crl(tx, anchor, source, span_of(der.ptr, der.len)));
    expect_ok(db_commit(tx));
}
