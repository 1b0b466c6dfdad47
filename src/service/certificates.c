/* Reading certificates. */
#include "service/certificates.h"

#include "base/clock.h"
#include "base/limits.h"
#include "pki/crl.h"

#include <ctype.h>

enum status certificates_list(const struct service *service,
                              const struct certificates_filter *filter,
                              const struct page_request *page, struct certificate_page *ret_page)
{
    enum certificate_state state;
    bool by_state = filter->state != NULL && filter->state[0] != '\0';
    if (by_state)
        TRY(certificate_state_parse(filter->state, &state));
    int64_t now = clock_now();
    const struct certificate_filter wanted = {
        .state = by_state ? &state : NULL,
        .user = filter->user,
        .search = filter->search,
        .expiring_from = filter->expires_within == 0 ? 0 : now,
        .expiring_before = filter->expires_within == 0 ? 0 : now + filter->expires_within,
    };
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    return certificate_store_list(tx, &wanted, page, ret_page);
}

void certificate_record_clear(struct certificate_record *record)
{
    certificate_row_clear(&record->row);
    certificate_free(record->certificate);
    *record = (struct certificate_record){0};
}

const char *certificates_reason(const struct certificate_row *row)
{
    return row->state == CERTIFICATE_REVOKED ? crl_reason_name((enum crl_reason)row->reason) : "";
}

void certificates_append_serial(struct buf *serial, const char *text)
{
    struct buf digits defer(buf_clear) = BUF_INIT(serial->max);
    for (; *text != '\0'; text++)
        if (strchr(": ", *text) == NULL && (*text != '0' || digits.len > 0))
            buf_append_byte(&digits, (uint8_t)tolower((unsigned char)*text));
    if (digits.len % 2 != 0)
        buf_append_byte(serial, '0');
    buf_append(serial, span_of(digits.ptr, digits.len));
}

static enum status read_certificate(struct db_tx *tx, const char *serial,
                                    struct certificate **ret_certificate)
{
    struct buf der defer(buf_clear) = BUF_INIT(LIMIT_CERTIFICATE);
    TRY(certificate_store_get_der(tx, serial, &der));
    struct span bytes;
    TRY(buf_finish(&der, &bytes));
    return certificate_parse_der(bytes, ret_certificate);
}

static enum status read_record(struct db_tx *tx, const char *serial,
                               struct certificate_record *record)
{
    TRY(certificate_store_get(tx, serial, &record->row));
    enum status status = read_certificate(tx, serial, &record->certificate);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status certificates_show(const struct service *service, const char *serial,
                              struct certificate_record *ret_record)
{
    struct buf stored defer(buf_clear) = BUF_INIT(LIMIT_USER);
    certificates_append_serial(&stored, serial);
    struct span text;
    if (buf_finish(&stored, &text) != STATUS_OK)
        return status_fail(STATUS_NOT_FOUND, "no certificate has so long a serial");
    struct certificate_record record defer(certificate_record_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(read_record(tx, (const char *)text.ptr, &record));
    *ret_record = record;
    record = (struct certificate_record){0};
    return STATUS_OK;
}

enum status certificates_history(const struct service *service, const char *serial,
                                 const struct page_request *page, struct audit_list *ret_list)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    const struct audit_filter filter = {.object_kind = "certificate", .object_id = serial};
    return audit_store_list(tx, &filter, page, ret_list);
}
