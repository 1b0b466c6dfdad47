/* /api/v1/certificates: what `certferry cert` shows, with the same names. */
#include "base/text.h"
#include "service/certificates.h"
#include "service/revoke.h"
#include "web/admin.h"
#include "web/api.h"

static void add_certificate(struct buf *out, const struct certificate_row *row)
{
    json_begin(out);
    json_add_text(out, "serial", row->serial);
    json_add_text(out, "state", certificate_state_text(row->state));
    json_add_text(out, "issuer", row->issuer);
    json_add_text(out, "profile", row->profile);
    json_add_known_text(out, "user", row->user);
    json_add_known_text(out, "name", row->name);
    json_add_known_text(out, "mail", row->mail);
    json_add_known_text(out, "device", row->device);
    json_add_time(out, "not_before", row->not_before);
    json_add_time(out, "not_after", row->not_after);
    json_add_known_time(out, "issued_at", row->issued_at);
    json_add_known_time(out, "revoked_at", row->revoked_at);
    json_add_known_text(out, "reason", certificates_reason(row));
    json_add_known_text(out, "created_by", row->created_by);
    json_add_known_text(out, "link", row->link_id);
}

enum status api_certificates_list(struct request *request, struct response *response,
                                  void *application)
{
    static const char *const names[] = {"limit", "cursor", "state", "user", "q"};
    const struct web *web = application;
    const struct form *query;
    struct page_request page;
    TRY(api_query(request, names, sizeof names / sizeof *names, &query, &page));
    const struct certificates_filter filter = {
        .state = form_text(query, "state"),
        .user = form_text(query, "user"),
        .search = form_text(query, "q"),
    };
    struct certificate_page list defer(certificate_page_clear) = {0};
    TRY(certificates_list(web->service, &filter, &page, &list));

    struct buf *out = api_begin(response, 200);
    json_begin(out);
    json_begin_list(out, "items");
    for (size_t i = 0; i < list.count; i++) {
        add_certificate(out, &list.rows[i]);
        json_end(out);
    }
    api_end_list(out, list.next);
    return STATUS_OK;
}

/* The certificate itself; null for a serial that was never signed. */
static enum status add_itself(struct buf *out, const struct certificate *certificate)
{
    if (certificate == NULL) {
        json_add_null(out, "sha256");
        json_add_null(out, "pem");
        return STATUS_OK;
    }
    struct buf pem defer(buf_clear) = BUF_INIT((size_t)2 * LIMIT_CERTIFICATE);
    struct buf hex defer(buf_clear) = BUF_INIT(2 * SHA256_SIZE);
    text_append_hex(&hex, span_of(certificate_info(certificate)->sha256, SHA256_SIZE));
    certificate_append_pem(&pem, certificate);
    TRY(hex.failure);
    TRY(pem.failure);
    json_add_text(out, "sha256", (const char *)hex.ptr);
    json_add_text(out, "pem", (const char *)pem.ptr);
    return STATUS_OK;
}

static enum status give_certificate(const struct service *service, const char *serial,
                                    struct response *response)
{
    struct certificate_record record defer(certificate_record_clear) = {0};
    TRY(certificates_show(service, serial, &record));
    struct buf *out = api_begin(response, 200);
    add_certificate(out, &record.row);
    TRY(add_itself(out, record.certificate));
    json_end(out);
    return STATUS_OK;
}

enum status api_certificates_show(struct request *request, struct response *response,
                                  void *application)
{
    const struct web *web = application;
    char serial[API_ID_SIZE];
    TRY(api_id(request, "serial", serial));
    return give_certificate(web->service, serial, response);
}

struct revocation_request {
    const char *reason;
};

static const struct json_member revoke_members[] = {
    {"reason", JSON_MEMBER_TEXT, offsetof(struct revocation_request, reason), 0, 0},
};

/* The certificate's own form of the serial, from any of those in which programs show it. */
static enum status stored_serial(const struct request *request, struct buf *serial)
{
    char typed[API_ID_SIZE];
    TRY(api_id(request, "serial", typed));
    certificates_append_serial(serial, typed);
    return serial->failure;
}

enum status api_certificates_revoke(struct request *request, struct response *response,
                                    void *application)
{
    const struct web *web = application;
    const struct actor actor = api_actor(request);
    struct revocation_request wanted = {.reason = "unspecified"};
    struct json_input *input defer(json_input_free) = NULL;
    struct buf serial defer(buf_clear) = BUF_INIT(API_ID_SIZE);
    struct revocation revocation;
    enum crl_reason reason;
    TRY(stored_serial(request, &serial));
    TRY(api_body(request, revoke_members, 1, &wanted, &input));
    TRY(revoke_reason_parse(wanted.reason, &reason));
    TRY(revoke_certificate(web->service, &actor, admin_revoke_reach(request),
                           (const char *)serial.ptr, reason, &revocation));
    return give_certificate(web->service, revocation.serial, response);
}
