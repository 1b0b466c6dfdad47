/* Addresses and PINs stand in buffers that are wiped, and in the database sealed only. */
#include "service/import_seal.h"

#include "base/clock.h"
#include "base/csv.h"
#include "base/text.h"
#include "pki/seal.h"

#include <stdio.h>

enum { CONTEXT_SIZE = 64, URL_MOST = 1024, PIN_GROUP = 3, PIN_MOST = 64 };

void import_append_head(struct buf *rows)
{
    static const char *const head[] = {"user", "name", "mail", "device", "url", "pin", "expires"};
    csv_append_record(rows, head, sizeof head / sizeof *head);
}

void import_append_link(const struct service *service, const struct enrol_created *created,
                        struct buf *rows)
{
    struct buf url defer(buf_clear) = BUF_INIT(URL_MOST);
    struct buf pin defer(buf_clear) = BUF_INIT(PIN_MOST);
    enrol_append_url(service, created->token, &url);
    text_append_groups(&pin, secret_span(created->pin), PIN_GROUP, ' ');
    struct span text;
    if (buf_finish(&url, &text) != STATUS_OK || buf_finish(&pin, &text) != STATUS_OK) {
        buf_fail(rows, STATUS_NO_MEMORY);
        return;
    }
    char expires[CLOCK_TEXT_SIZE];
    clock_format(created->link.expires_at, expires);
    const struct enrolment *link = &created->link;
    const char *const cells[] = {
        link->user,
        link->name,
        link->mail,
        link->device,
        (const char *)url.ptr,
        (const char *)pin.ptr,
        expires,
    };
    csv_append_record(rows, cells, sizeof cells / sizeof *cells);
}

static void make_context(const char *id, int64_t first_row, char context[static CONTEXT_SIZE])
{
    snprintf(context, CONTEXT_SIZE, "import result %.32s %lld", id, (long long)first_row);
}

enum status import_seal(const struct service *service, const char *id, int64_t first_row,
                        struct span rows, struct buf *sealed)
{
    char context[CONTEXT_SIZE];
    make_context(id, first_row, context);
    return seal_close(secret_span(service->master_key), context, rows, sealed);
}

enum status import_unseal(const struct service *service, const char *id, int64_t first_row,
                          struct span sealed, struct buf *rows)
{
    char context[CONTEXT_SIZE];
    make_context(id, first_row, context);
    struct secret *plain defer(secret_free) = NULL;
    TRY(seal_open(secret_span(service->master_key), context, sealed, &plain));
    buf_append(rows, secret_span(plain));
    return rows->failure;
}
