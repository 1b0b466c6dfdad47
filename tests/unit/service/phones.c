/* What the tests of devices share. */
#include "phones.h"

#include "service/mint.h"
#include "service/sightings.h"
#include "store/link_store.h"

#include <stdio.h>

void mobile_clear(struct mobile *mobile)
{
    buf_clear(&mobile->der);
}

static void read_der(const struct fixture *fixture, struct mobile *mobile)
{
    struct db_tx *tx defer(db_end) = NULL;
    mobile->der = (struct buf)BUF_INIT(LIMIT_CERTIFICATE);
    expect_ok(db_begin(fixture->service->db, DB_READ, &tx));
    expect_ok(certificate_store_get_der(tx, mobile->serial, &mobile->der));
    mobile->chain[0] = span_of(mobile->der.ptr, mobile->der.len);
}

struct mobile mobile_of(const struct fixture *fixture, const char *user)
{
    const struct mint_request request = {.user = user};
    struct mint_result result defer(mint_result_clear) = {0};
    struct mobile mobile = {0};
    expect_ok(mint_bundle(fixture->service, &anna, &request, &result));
    snprintf(mobile.serial, sizeof mobile.serial, "%s", result.serial);
    read_der(fixture, &mobile);
    return mobile;
}

struct mobile mobile_of_link(const struct fixture *fixture, const struct enrol_created *link)
{
    struct link_row row defer(link_row_clear) = {0};
    struct mobile mobile = {0};
    struct db_tx *tx = NULL;
    expect_ok(db_begin(fixture->service->db, DB_READ, &tx));
    expect_ok(link_store_get(tx, link->link.id, &row));
    db_end(tx);
    snprintf(mobile.serial, sizeof mobile.serial, "%s", row.claim_serial);
    read_der(fixture, &mobile);
    return mobile;
}

struct eas_query sync_query(const char *user, const char *device_id)
{
    struct eas_query query = {.command = EAS_COMMAND_SYNC};
    snprintf(query.user, sizeof query.user, "%s", user);
    snprintf(query.device_id, sizeof query.device_id, "%s", device_id);
    snprintf(query.device_type, sizeof query.device_type, "WP");
    return query;
}

struct device_request request_of(const struct mobile *mobile, const struct eas_query *query)
{
    return (struct device_request){
        .source = mobile == NULL ? SIGHTING_CERTIFICATE_NONE : SIGHTING_CERTIFICATE_HANDSHAKE,
        .certificates = mobile == NULL ? NULL : mobile->chain,
        .certificate_count = mobile == NULL ? 0 : 1,
        .query = query,
        .version = 141,
        .method = "POST",
        .address = "192.0.2.9",
        .agent = "MSFT-WP/8.10.14219",
        .tls_version = "TLSv1.2",
        .cipher = "ECDHE-RSA-AES128-GCM-SHA256",
        .connection = "0123456789abcdef0123456789abcdef",
        .request_number = 1,
    };
}

enum verdict_reason see(const struct fixture *fixture, const struct device_request *request)
{
    struct device_verdict verdict defer(device_verdict_clear) = {0};
    expect_ok(verify_device(fixture->service, request, &verdict));
    enum verdict_reason reason = verdict.verdict.reason;
    verify_device_answered(fixture->service, &verdict, verdict_http(reason), 0);
    expect_ok(sightings_flush(fixture->service));
    return reason;
}

enum verdict_reason sync_of(const struct fixture *fixture, const struct mobile *mobile,
                            const char *device_id)
{
    const struct eas_query query = sync_query("", device_id);
    const struct device_request request = request_of(mobile, &query);
    return see(fixture, &request);
}

int64_t count_rows(const struct fixture *fixture, const char *from)
{
    char sql[512];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", from);
    return ask_sql(fixture, sql);
}
