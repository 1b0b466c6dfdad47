/* A list in a file, by its beginning and its end: what is read so must be what OpenSSL reads from
 * the whole. */
#include "pki/crl_reader.h"

#include <assert.h>

static void read_whole(const struct crl_outline *outline, struct span list)
{
    assert(outline->tbs_at < outline->fixed_at && outline->fixed_at <= outline->fixed_end);
    assert(outline->fixed_end <= outline->entries_at);
    assert(outline->entries_at <= outline->entries_end && outline->entries_end <= outline->tbs_end);
    assert(outline->tbs_end <= outline->size && outline->size == list.len);
    struct span beginning = span_of(list.ptr, outline->entries_at);
    struct span end = span_of(list.ptr + outline->entries_end, list.len - outline->entries_end);
    struct crl *frame defer(crl_free) = NULL;
    struct crl *whole defer(crl_free) = NULL;
    if (crl_read_frame(outline, beginning, end, &frame) != STATUS_OK ||
        crl_parse(list, &whole) != STATUS_OK)
        return;
    assert(crl_info(frame).number == crl_info(whole).number);
    assert(crl_info(frame).this_update == crl_info(whole).this_update);
    assert(crl_info(frame).next_update == crl_info(whole).next_update);
    struct crl_reader *reader defer(crl_reader_free) = NULL;
    if (crl_reader_begin(outline, beginning, &reader) == STATUS_OK)
        assert(crl_reader_entries(reader, span_of(list.ptr + outline->entries_at,
                                                  outline->entries_end - outline->entries_at)) ==
               STATUS_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct crl_outline outline;
    struct span list = span_of(bytes, len);
    if (crl_outline_read(list, &outline) == STATUS_OK && outline.size == len)
        read_whole(&outline, list);
    return 0;
}
