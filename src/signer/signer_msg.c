/*
 * One table says which texts an ISSUE request has, in which order and how long each may be; the
 * encoder and the decoder both walk it, so they cannot disagree. The decoder reads through a cursor
 * that fails once and then gives zeros, like `struct buf` in the other direction.
 */
#include "signer/signer_msg.h"

#include "signer/signer_client.h"

#include <stdio.h>

static const struct text_field {
    const char *name;
    size_t offset;
    uint16_t max;
} text_fields[] = {
    {"public key", offsetof(struct certificate_fields, spki), SIGNER_SPKI_MAX},
    {"common name", offsetof(struct certificate_fields, common_name), LIMIT_PERSON_NAME * 4},
    {"organisation", offsetof(struct certificate_fields, organisation), LIMIT_PERSON_NAME * 4},
    {"user principal name", offsetof(struct certificate_fields, upn), LIMIT_USER},
    {"mail address", offsetof(struct certificate_fields, mail), LIMIT_USER},
    {"SID", offsetof(struct certificate_fields, sid), LIMIT_SID},
};
enum { TEXT_FIELD_COUNT = sizeof text_fields / sizeof text_fields[0] };
enum { SERIAL_TEXT_MAX = CRL_SERIAL_OCTETS_MAX * 2 + 1 };

void signer_request_clear(struct signer_request *request)
{
    free(request->entries);
    free(request->serials);
    *request = (struct signer_request){0};
}

static void append_number(struct buf *message, uint64_t number, size_t octets)
{
    for (size_t i = octets; i > 0; i--)
        buf_append_byte(message, (uint8_t)(number >> (8 * (i - 1))));
}

static void append_text(struct buf *message, const char *name, struct span text, size_t max)
{
    if (text.len > max) {
        buf_fail(message, status_fail(STATUS_INVALID, "the %s has more than %zu bytes", name, max));
        return;
    }
    append_number(message, text.len, 2);
    buf_append(message, text);
}

void signer_encode_ping(struct buf *message)
{
    append_number(message, SIGNER_PING, 1);
}

void signer_encode_issue(struct buf *message, enum profile profile,
                         const struct certificate_fields *fields)
{
    if (fields->crl_url.len + fields->issuer_url.len + fields->ocsp_url.len > 0)
        buf_fail(message,
                 status_fail(STATUS_INVALID, "the URLs are the signer's, not a request's"));
    if (fields->host_count > FIELD_HOSTS_MAX) {
        buf_fail(message, status_fail(STATUS_INVALID, "more than %d hosts", FIELD_HOSTS_MAX));
        return;
    }
    append_number(message, SIGNER_ISSUE, 1);
    append_number(message, profile, 1);
    buf_append(message, span_of(fields->serial, sizeof fields->serial));
    append_number(message, (uint64_t)fields->not_before, 8);
    append_number(message, (uint64_t)fields->not_after, 8);
    for (size_t i = 0; i < TEXT_FIELD_COUNT; i++) {
        const struct text_field *field = &text_fields[i];
        const char *base = (const char *)fields;
        append_text(message, field->name, *(const struct span *)(base + field->offset), field->max);
    }
    append_number(message, fields->host_count, 1);
    for (size_t i = 0; i < fields->host_count; i++)
        append_text(message, "host name", fields->hosts[i], LIMIT_HOST);
}

void signer_encode_crl_begin(struct buf *message, const struct crl_plan *plan)
{
    append_number(message, SIGNER_CRL_BEGIN, 1);
    append_number(message, (uint64_t)plan->number, 8);
    append_number(message, (uint64_t)plan->this_update, 8);
    append_number(message, (uint64_t)plan->next_update, 8);
    append_number(message, plan->count, 4);
    append_number(message, plan->octets, 4);
}

static void append_serial(struct buf *message, const char *text)
{
    uint8_t serial[CRL_SERIAL_OCTETS_MAX];
    size_t len = crl_serial_octets(text, serial);
    if (len == 0) {
        buf_fail(message, status_fail(STATUS_INVALID, "'%.48s' is no serial", text));
        return;
    }
    append_number(message, len, 1);
    buf_append(message, span_of(serial, len));
}

static void append_crl_entry(struct buf *message, const struct crl_entry *entry)
{
    append_serial(message, entry->serial);
    append_number(message, (uint64_t)entry->revoked_at, 8);
    append_number(message, entry->reason, 1);
}

void signer_encode_crl_entries(struct buf *message, const struct crl_entry *entries, size_t count)
{
    if (count > SIGNER_CRL_CHUNK) {
        buf_fail(message, status_fail(STATUS_INVALID, "more than %d entries", SIGNER_CRL_CHUNK));
        return;
    }
    append_number(message, SIGNER_CRL_ENTRIES, 1);
    append_number(message, count, 2);
    for (size_t i = 0; i < count; i++)
        append_crl_entry(message, &entries[i]);
}

void signer_encode_crl_end(struct buf *message)
{
    append_number(message, SIGNER_CRL_END, 1);
}

void signer_encode_responder_key(struct buf *message)
{
    append_number(message, SIGNER_RESPONDER_KEY, 1);
}

static void append_single(struct buf *message, const struct ocsp_single *single)
{
    append_number(message, single->hash, 1);
    append_serial(message, single->serial);
    append_number(message, single->state, 1);
    append_number(message, (uint64_t)single->revoked_at, 8);
    append_number(message, single->reason, 1);
}

void signer_encode_ocsp(struct buf *message, const uint8_t responder[static SERIAL_SIZE],
                        const struct ocsp_fields *fields)
{
    if (fields->count > OCSP_SINGLES_MAX || fields->nonce_len > OCSP_NONCE_MAX) {
        buf_fail(message, status_fail(STATUS_INVALID, "an OCSP answer out of bounds"));
        return;
    }
    append_number(message, SIGNER_OCSP, 1);
    buf_append(message, span_of(responder, SERIAL_SIZE));
    append_number(message, (uint64_t)fields->this_update, 8);
    append_number(message, (uint64_t)fields->next_update, 8);
    append_number(message, fields->nonce_len, 1);
    buf_append(message, span_of(fields->nonce, fields->nonce_len));
    append_number(message, fields->count, 1);
    for (size_t i = 0; i < fields->count; i++)
        append_single(message, &fields->singles[i]);
}

void signer_encode_reply(struct buf *message, enum status status, const char *detail,
                         struct span payload)
{
    append_number(message, status, 1);
    append_text(message, "detail", span_of(detail, strnlen(detail, STATUS_DETAIL_MAX - 1)),
                STATUS_DETAIL_MAX);
    buf_append(message, payload);
}

/* What is still to be read; `failure` is the first thing that was wrong, NULL if none. */
struct cursor {
    struct span left;
    const char *failure;
};

static void cursor_fail(struct cursor *cursor, const char *what)
{
    if (cursor->failure == NULL)
        cursor->failure = what;
    cursor->left = SPAN_EMPTY;
}

static struct span read_octets(struct cursor *cursor, size_t len, const char *what)
{
    if (cursor->left.len < len) {
        cursor_fail(cursor, what);
        return SPAN_EMPTY;
    }
    if (len == 0)
        return SPAN_EMPTY; /* whose pointer may be NULL, which nothing may be added to */
    struct span octets = span_of(cursor->left.ptr, len);
    cursor->left = span_of(cursor->left.ptr + len, cursor->left.len - len);
    return octets;
}

static uint64_t read_number(struct cursor *cursor, size_t octets, const char *what)
{
    struct span bytes = read_octets(cursor, octets, what);
    uint64_t number = 0;
    for (size_t i = 0; i < bytes.len; i++)
        number = number << 8 | bytes.ptr[i];
    return number;
}

/* A number of `octets` that must lie within the bounds; the lower bound when it does not. */
static uint64_t read_bounded(struct cursor *cursor, size_t octets, uint64_t min, uint64_t max,
                             const char *what)
{
    uint64_t number = read_number(cursor, octets, what);
    if (number >= min && number <= max)
        return number;
    cursor_fail(cursor, what);
    return min;
}

static int64_t read_time(struct cursor *cursor, const char *what)
{
    return (int64_t)read_bounded(cursor, 8, 0, INT64_MAX, what);
}

static struct span read_text(struct cursor *cursor, size_t max, const char *what)
{
    return read_octets(cursor, read_bounded(cursor, 2, 0, max, what), what);
}

static void read_issue(struct cursor *cursor, struct signer_request *request)
{
    struct certificate_fields *fields = &request->fields;
    request->profile = (enum profile)read_bounded(cursor, 1, 0, PROFILE_COUNT - 1, "profile");
    struct span serial = read_octets(cursor, SERIAL_SIZE, "serial");
    if (serial.len == SERIAL_SIZE)
        memcpy(fields->serial, serial.ptr, SERIAL_SIZE);
    fields->not_before = read_time(cursor, "not_before");
    fields->not_after = read_time(cursor, "not_after");
    for (size_t i = 0; i < TEXT_FIELD_COUNT; i++) {
        const struct text_field *field = &text_fields[i];
        char *base = (char *)fields;
        *(struct span *)(base + field->offset) = read_text(cursor, field->max, field->name);
    }
    fields->host_count = read_bounded(cursor, 1, 0, FIELD_HOSTS_MAX, "number of hosts");
    for (size_t i = 0; i < fields->host_count; i++)
        fields->hosts[i] = read_text(cursor, LIMIT_HOST, "host name");
}

/* `serial_text` is all zeros. */
static void read_serial(struct cursor *cursor, char serial_text[static SERIAL_TEXT_MAX])
{
    size_t len = read_bounded(cursor, 1, 1, CRL_SERIAL_OCTETS_MAX, "serial of an entry");
    struct span serial = read_octets(cursor, len, "serial of an entry");
    for (size_t i = 0; i < serial.len; i++) {
        *serial_text++ = "0123456789abcdef"[serial.ptr[i] >> 4];
        *serial_text++ = "0123456789abcdef"[serial.ptr[i] & 15];
    }
}

static enum crl_reason read_reason(struct cursor *cursor)
{
    uint64_t reason = read_number(cursor, 1, "reason of an entry");
    if (!crl_reason_is_known((int64_t)reason))
        cursor_fail(cursor, "reason of an entry");
    return (enum crl_reason)reason;
}

static void read_crl_entry(struct cursor *cursor, struct crl_entry *entry,
                           char serial_text[static SERIAL_TEXT_MAX])
{
    read_serial(cursor, serial_text);
    entry->serial = serial_text;
    entry->revoked_at = read_time(cursor, "time of an entry");
    entry->reason = read_reason(cursor);
}

enum { CRL_ENTRY_LEAST = 1 + 1 + 8 + 1 };

static void read_crl_begin(struct cursor *cursor, struct crl_plan *plan)
{
    plan->number = read_time(cursor, "CRL number");
    plan->this_update = read_time(cursor, "this_update");
    plan->next_update = read_time(cursor, "next_update");
    plan->count = (uint32_t)read_bounded(cursor, 4, 0, CRL_STREAM_ENTRIES_MAX, "number of entries");
    plan->octets = (uint32_t)read_number(cursor, 4, "octets of the entries");
}

static enum status read_crl_entries(struct cursor *cursor, struct signer_request *request)
{
    size_t count = read_bounded(cursor, 2, 0, SIGNER_CRL_CHUNK, "number of entries");
    if (count > cursor->left.len / CRL_ENTRY_LEAST)
        cursor_fail(cursor, "number of entries");
    if (cursor->failure != NULL || count == 0)
        return STATUS_OK;

    request->entries = calloc(count, sizeof *request->entries);
    request->serials = calloc(count, SERIAL_TEXT_MAX);
    if (request->entries == NULL || request->serials == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for %zu CRL entries", count);
    for (size_t i = 0; i < count; i++)
        read_crl_entry(cursor, &request->entries[i], request->serials + i * SERIAL_TEXT_MAX);
    request->entry_count = count;
    return STATUS_OK;
}

static void read_single(struct cursor *cursor, struct ocsp_single *single)
{
    single->hash =
        (enum ocsp_hash)read_bounded(cursor, 1, OCSP_HASH_SHA1, OCSP_HASH_SHA256, "hash");
    read_serial(cursor, single->serial);
    single->state =
        (enum ocsp_state)read_bounded(cursor, 1, OCSP_STATE_GOOD, OCSP_STATE_UNKNOWN, "state");
    single->revoked_at = read_time(cursor, "time of a revocation");
    single->reason = read_reason(cursor);
}

static void read_ocsp(struct cursor *cursor, struct signer_request *request)
{
    struct ocsp_fields *ocsp = &request->ocsp;
    struct span responder = read_octets(cursor, SERIAL_SIZE, "responder");
    if (responder.len == SERIAL_SIZE)
        memcpy(request->responder, responder.ptr, SERIAL_SIZE);
    ocsp->this_update = read_time(cursor, "this_update");
    ocsp->next_update = read_time(cursor, "next_update");
    size_t len = read_bounded(cursor, 1, 0, OCSP_NONCE_MAX, "nonce");
    struct span nonce = read_octets(cursor, len, "nonce");
    if (nonce.len > 0)
        memcpy(ocsp->nonce, nonce.ptr, nonce.len);
    ocsp->nonce_len = nonce.len;
    ocsp->count = read_bounded(cursor, 1, 1, OCSP_SINGLES_MAX, "number of certificates");
    for (size_t i = 0; i < ocsp->count; i++)
        read_single(cursor, &ocsp->singles[i]);
}

static enum status read_operation(struct cursor *cursor, struct signer_request *request)
{
    request->operation =
        (enum signer_operation)read_bounded(cursor, 1, SIGNER_PING, SIGNER_OCSP, "operation");
    switch (request->operation) {
    case SIGNER_PING:
    case SIGNER_CRL_END:
    case SIGNER_RESPONDER_KEY:
        return STATUS_OK;
    case SIGNER_ISSUE:
        read_issue(cursor, request);
        return STATUS_OK;
    case SIGNER_CRL_BEGIN:
        read_crl_begin(cursor, &request->plan);
        return STATUS_OK;
    case SIGNER_CRL_ENTRIES:
        return read_crl_entries(cursor, request);
    case SIGNER_OCSP:
        read_ocsp(cursor, request);
        return STATUS_OK;
    }
    return STATUS_OK;
}

static enum status cursor_finish(const struct cursor *cursor)
{
    if (cursor->failure != NULL)
        return status_fail(STATUS_INVALID, "signer message: the %s is cut short or out of bounds",
                           cursor->failure);
    if (cursor->left.len > 0)
        return status_fail(STATUS_INVALID, "signer message: %zu bytes behind its end",
                           cursor->left.len);
    return STATUS_OK;
}

enum status signer_decode_request(struct span message, struct signer_request *ret_request)
{
    struct signer_request request defer(signer_request_clear) = {0};
    struct cursor cursor = {.left = message};
    TRY(read_operation(&cursor, &request));
    TRY(cursor_finish(&cursor));
    *ret_request = request;
    request = (struct signer_request){0};
    return STATUS_OK;
}

enum { STATUS_LAST = STATUS_INTERNAL };

enum status signer_decode_reply(struct span message, struct signer_reply *ret_reply)
{
    struct cursor cursor = {.left = message};
    enum status status = (enum status)read_bounded(&cursor, 1, STATUS_OK, STATUS_LAST, "status");
    struct span detail = read_text(&cursor, STATUS_DETAIL_MAX - 1, "detail");
    if (cursor.failure == NULL && detail.len > 0 && memchr(detail.ptr, '\0', detail.len) != NULL)
        cursor_fail(&cursor, "detail");
    struct span payload = cursor.left;
    cursor.left = SPAN_EMPTY;
    TRY(cursor_finish(&cursor));

    ret_reply->status = status;
    ret_reply->payload = payload;
    snprintf(ret_reply->detail, sizeof ret_reply->detail, "%.*s", (int)detail.len,
             (const char *)detail.ptr);
    return STATUS_OK;
}
