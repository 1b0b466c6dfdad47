/*
 * Files of other sites. What is accepted must be safe to show, and must be written and read again
 * without any loss.
 */
#include "base/limits.h"
#include "base/text.h"
#include "service/probe_document.h"

#include <assert.h>
#include <string.h>

static void check_text(const char *text)
{
    struct span span = span_of_text(text);
    assert(text_is_utf8(span) && !text_has_control(span) && span.len <= 500);
}

static void check(const struct probe_document *document)
{
    const struct probe_row *row = &document->row;
    const char *const texts[] = {row->id,    row->device,     row->user,    row->device_type,
                                 row->model, row->os,         row->agent,   row->consent,
                                 row->state, row->started_by, row->outcome, row->stop_reason};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check_text(texts[i]);
    assert(row->risk >= 0 && row->risk <= EAS_RISK_DESTRUCTIVE && row->version > 0);
    for (size_t i = 0; i < document->round_count; i++)
        assert(document->rounds[i].number == (int64_t)i + 1);
    for (int i = 0; i < EAS_POLICIES; i++)
        assert(eas_probe_result_word(document->entries[i].result) != NULL &&
               eas_probe_reason_word(document->entries[i].reason) != NULL);
}

static void check_again(const struct probe_document *document)
{
    struct buf text defer(buf_clear) = BUF_INIT((size_t)2 * LIMIT_PROBE_FILE);
    struct buf second defer(buf_clear) = BUF_INIT((size_t)2 * LIMIT_PROBE_FILE);
    struct probe_document *again defer(probe_document_free) = NULL;
    enum status status = probe_document_append(document, &text);
    assert(status == STATUS_OK);
    status = probe_document_read(span_of(text.ptr, text.len), &again);
    assert(status == STATUS_OK);
    status = probe_document_append(again, &second);
    assert(status == STATUS_OK && strcmp((char *)text.ptr, (char *)second.ptr) == 0);
    assert(memcmp(document->entries, again->entries, sizeof again->entries) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct probe_document *document defer(probe_document_free) = NULL;
    enum status status = probe_document_read(span_of(bytes, len), &document);
    if (status != STATUS_OK) {
        assert(text_is_ascii_printable(span_of_text(status_detail())));
        return 0;
    }
    check(document);
    check_again(document);
    return 0;
}
