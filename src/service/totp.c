/* Sealed and MACed for one operator each: what stands in another's row is worth nothing there. */
#include "service/totp.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "config/config.h"
#include "pki/seal.h"
#include "service/totp_code.h"
#include "service/window.h"
#include "store/operator_store.h"
#include "store/totp_store.h"

#include <ctype.h>
#include <stdio.h>

enum { CONTEXT_MAX = LIMIT_OPERATOR + 32, URI_MAX = 1024, TYPED_MAX = 64 };

void totp_setup_clear(struct totp_setup *setup)
{
    secret_free(setup->uri);
    secret_free(setup->text);
    *setup = (struct totp_setup){0};
}

void recovery_codes_clear(struct recovery_codes *codes)
{
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        secret_free(codes->codes[i]);
    *codes = (struct recovery_codes){0};
}

/* ---- the secret ------------------------------------------------------------------------------ */

static enum status close_secret(const struct service *service, const char *name, struct span secret,
                                struct buf *sealed)
{
    char context[CONTEXT_MAX];
    snprintf(context, sizeof context, "totp %s", name);
    return seal_close(secret_span(service->master_key), context, secret, sealed);
}

static enum status open_secret(const struct service *service, const struct totp_row *row,
                               struct secret **ret_secret)
{
    char context[CONTEXT_MAX];
    snprintf(context, sizeof context, "totp %s", row->operator);
    enum status status =
        seal_open(secret_span(service->master_key), context, row->secret_sealed, ret_secret);
    if (status == STATUS_FORBIDDEN)
        return status_fail(STATUS_INTERNAL,
                           "the one-time codes of %s were not made with this "
                           "master key",
                           row->operator);
    return status;
}

static enum status describe(const struct service *service, const char *name, struct span secret,
                            struct totp_setup *ret_setup)
{
    struct totp_setup setup defer(totp_setup_clear) = {0};
    struct buf uri defer(buf_clear) = BUF_INIT(URI_MAX);
    struct buf text defer(buf_clear) = BUF_INIT(URI_MAX);
    TRY(totp_code_append_uri(&uri, service->config->organisation_name, name, secret));
    TRY(totp_code_append_secret(&text, secret));
    TRY(secret_copy(span_of(uri.ptr, uri.len), &setup.uri));
    TRY(secret_copy(span_of(text.ptr, text.len), &setup.text));
    *ret_setup = setup;
    setup = (struct totp_setup){0};
    return STATUS_OK;
}

static enum status put_new(const struct service *service, struct db_tx *tx, const char *name,
                           struct totp_setup *ret_setup)
{
    struct secret *secret defer(secret_free) = NULL;
    struct buf sealed defer(buf_clear) = BUF_INIT(TOTP_SECRET_SIZE + SEAL_OVERHEAD);
    TRY(secret_new(TOTP_SECRET_SIZE, &secret));
    TRY(random_bytes(secret_bytes(secret), TOTP_SECRET_SIZE));
    TRY(close_secret(service, name, secret_span(secret), &sealed));
    const struct totp_row row = {
        .operator= name,
        .secret_sealed = span_of(sealed.ptr, sealed.len),
        .created_at = clock_now(),
    };
    TRY(totp_store_put(tx, &row));
    return describe(service, name, secret_span(secret), ret_setup);
}

/* ---- recovery codes -------------------------------------------------------------------------- */

static enum status recovery_mac(const struct service *service, const char *name, struct span code,
                                uint8_t ret_mac[static MAC_SIZE])
{
    char context[CONTEXT_MAX];
    snprintf(context, sizeof context, "recovery %s", name);
    return seal_mac(secret_span(service->master_key), context, code, ret_mac);
}

static enum status add_recovery_code(const struct service *service, struct db_tx *tx,
                                     const char *name, struct secret **ret_code)
{
    struct secret *letters defer(secret_free) = NULL;
    uint8_t mac[MAC_SIZE];
    TRY(random_text(text_alphabet, RECOVERY_LETTERS, &letters));
    TRY(recovery_mac(service, name, secret_span(letters), mac));
    TRY(recovery_code_add(tx, name, span_of(mac, sizeof mac)));
    struct buf shown defer(buf_clear) = BUF_INIT(2 * RECOVERY_LETTERS);
    text_append_groups(&shown, secret_span(letters), RECOVERY_GROUP, '-');
    struct span text;
    TRY(buf_finish(&shown, &text));
    return secret_copy(text, ret_code);
}

/* Codes are asked for from the commit on. */
static enum status activate(const struct service *service, struct db_tx *tx,
                            const struct actor *actor, const char *name,
                            struct recovery_codes *codes)
{
    TRY(totp_store_confirm(tx, name, clock_now()));
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        TRY(add_recovery_code(service, tx, name, &codes->codes[i]));
    return audit_write(tx, actor, "operator.totp_on", name, NULL, 0);
}

/* ---- setting up ------------------------------------------------------------------------------ */

enum status totp_begin(const struct service *service, const struct actor *actor, const char *name,
                       struct totp_setup *ret_setup)
{
    struct totp_setup setup defer(totp_setup_clear) = {0};
    struct operator_row row defer(operator_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(operator_store_get(tx, name, &row));
    TRY(put_new(service, tx, row.name, &setup));
    TRY(audit_write(tx, actor, "operator.totp_begin", row.name, NULL, 0));
    TRY(db_commit(tx));
    *ret_setup = setup;
    setup = (struct totp_setup){0};
    return STATUS_OK;
}

/* The set-up that was begun and not finished. */
static enum status get_pending(struct db_tx *tx, const char *name, struct totp_row *ret_row)
{
    struct operator_row operator_row defer(operator_row_clear) = {0};
    TRY(operator_store_get(tx, name, &operator_row));
    struct totp_row row defer(totp_row_clear) = {0};
    enum status status = totp_store_get(tx, operator_row.name, &row);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && row.confirmed_at != 0))
        return status_fail(STATUS_CONFLICT, "%s has no one-time codes to confirm",
                           operator_row.name);
    TRY(status);
    *ret_row = row;
    row = (struct totp_row){0};
    return STATUS_OK;
}

enum status totp_pending(const struct service *service, const char *name,
                         struct totp_setup *ret_setup)
{
    struct totp_row row defer(totp_row_clear) = {0};
    struct secret *secret defer(secret_free) = NULL;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(get_pending(tx, name, &row));
    TRY(open_secret(service, &row, &secret));
    return describe(service, row.operator, secret_span(secret), ret_setup);
}

/* "123 456", "ABCDE-fghij": without what people put between, in small letters. */
static bool read_code(struct span code, struct buf *plain)
{
    for (size_t i = 0; i < code.len; i++)
        if (code.ptr[i] != ' ' && code.ptr[i] != '-')
            buf_append_byte(plain, (uint8_t)tolower(code.ptr[i]));
    return plain->failure == STATUS_OK && plain->len > 0;
}

static enum status use_code(const struct service *service, struct db_tx *tx,
                            const struct totp_row *row, struct span code, int64_t now)
{
    struct secret *secret defer(secret_free) = NULL;
    int64_t step;
    TRY(open_secret(service, row, &secret));
    TRY(totp_code_find(secret_span(secret), code, now, &step));
    return totp_store_use_step(tx, row->operator, step);
}

enum status totp_confirm(const struct service *service, const struct actor *actor, const char *name,
                         struct span code, int64_t now, struct recovery_codes *ret_codes)
{
    struct buf plain defer(buf_clear) = BUF_INIT(TYPED_MAX);
    struct recovery_codes codes defer(recovery_codes_clear) = {0};
    struct totp_row row defer(totp_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(get_pending(tx, name, &row));
    enum status status = STATUS_UNAUTHENTICATED;
    if (read_code(code, &plain))
        status = use_code(service, tx, &row, span_of(plain.ptr, plain.len), now);
    if (status_kind(status) == STATUS_KIND_REFUSAL)
        return status_fail(STATUS_INVALID, "this is not the code that the app shows");
    TRY(status);
    TRY(activate(service, tx, actor, row.operator, & codes));
    TRY(db_commit(tx));
    *ret_codes = codes;
    codes = (struct recovery_codes){0};
    return STATUS_OK;
}

enum status totp_enrol(const struct service *service, const struct actor *actor, const char *name,
                       struct totp_setup *ret_setup, struct recovery_codes *ret_codes)
{
    struct totp_setup setup defer(totp_setup_clear) = {0};
    struct recovery_codes codes defer(recovery_codes_clear) = {0};
    struct operator_row row defer(operator_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(operator_store_get(tx, name, &row));
    TRY(put_new(service, tx, row.name, &setup));
    TRY(activate(service, tx, actor, row.name, &codes));
    TRY(db_commit(tx));
    *ret_setup = setup;
    *ret_codes = codes;
    setup = (struct totp_setup){0};
    codes = (struct recovery_codes){0};
    return STATUS_OK;
}

enum status totp_remove(const struct service *service, const struct actor *actor, const char *name)
{
    struct operator_row row defer(operator_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(operator_store_get(tx, name, &row));
    TRY(totp_store_remove(tx, row.name));
    TRY(window_leave_traces(tx, clock_now()));
    TRY(audit_write(tx, actor, "operator.totp_off", row.name, NULL, 0));
    return db_commit(tx);
}

enum status totp_state_of(const struct service *service, const char *name,
                          struct totp_state *ret_state)
{
    struct totp_row row defer(totp_row_clear) = {0};
    struct totp_state state = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    enum status status = totp_store_get(tx, name, &row);
    if (status != STATUS_NOT_FOUND)
        TRY(status);
    state.confirmed_at = row.confirmed_at;
    state.active = row.confirmed_at != 0;
    TRY(recovery_code_count(tx, name, &state.recovery_left));
    *ret_state = state;
    return STATUS_OK;
}

/* ---- at log-in ------------------------------------------------------------------------------- */

static enum status refuse(void)
{
    return status_fail(STATUS_UNAUTHENTICATED, "the one-time code is not right");
}

static enum status use_recovery_code(const struct service *service, struct db_tx *tx,
                                     const char *name, struct span code)
{
    uint8_t mac[MAC_SIZE];
    TRY(recovery_mac(service, name, code, mac));
    return recovery_code_use(tx, name, span_of(mac, sizeof mac));
}

enum status totp_check(const struct service *service, struct db_tx *tx, const char *name,
                       struct span code, int64_t now, bool *ret_recovery)
{
    struct buf plain defer(buf_clear) = BUF_INIT(TYPED_MAX);
    struct totp_row row defer(totp_row_clear) = {0};
    enum status status = totp_store_get(tx, name, &row);
    *ret_recovery = false;
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && row.confirmed_at == 0))
        return STATUS_OK;
    TRY(status);
    if (!read_code(code, &plain))
        return refuse();
    struct span typed = span_of(plain.ptr, plain.len);
    *ret_recovery = typed.len == RECOVERY_LETTERS;
    status = *ret_recovery ? use_recovery_code(service, tx, row.operator, typed)
                           : use_code(service, tx, &row, typed, now);
    return status_kind(status) == STATUS_KIND_REFUSAL ? refuse() : status;
}
