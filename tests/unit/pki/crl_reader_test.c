#include "fixture.h"

#include "base/clock.h"
#include "pki/crl_reader.h"

static struct authority authority;
static struct buf list;
static struct crl_outline outline;

static void set_up(void)
{
    static const struct crl_entry entries[] = {{"0a0b", FIXTURE_NOW, CRL_REASON_SUPERSEDED},
                                               {"0a0c", FIXTURE_NOW, CRL_REASON_UNSPECIFIED}};
    authority = fixture_authority(KEY_EC_P256);
    const struct crl_fields fields = {5, FIXTURE_NOW, FIXTURE_NOW + CLOCK_DAY, entries, 2};
    list = (struct buf)BUF_INIT(4096);
    cr_assert_ok(crl_issue(&fields, authority.issuing, authority.issuing_key, &list));
    cr_assert_ok(crl_outline_read(finished(&list), &outline));
}

static void tear_down(void)
{
    buf_clear(&list);
    authority_clear(&authority);
}

TestSuite(crl_reader, .init = set_up, .fini = tear_down);

static struct span part(uint64_t from, uint64_t to)
{
    return span_of(list.ptr + from, to - from);
}

static enum status read_pieces(size_t piece, struct crl_info *ret_info)
{
    struct crl_reader *reader defer(crl_reader_free) = NULL;
    TRY(crl_reader_begin(&outline, part(0, outline.entries_at), &reader));
    for (uint64_t at = outline.entries_at; at < outline.entries_end; at += piece) {
        uint64_t end = at + piece < outline.entries_end ? at + piece : outline.entries_end;
        TRY(crl_reader_entries(reader, part(at, end)));
    }
    return crl_reader_end(reader, part(outline.entries_end, list.len), authority.issuing, ret_info);
}

Test(crl_reader, the_outline_is_where_the_parts_are)
{
    cr_assert_eq(outline.size, list.len);
    cr_assert_eq(list.ptr[outline.tbs_at], 0x30);
    cr_assert_eq(list.ptr[outline.algorithm_at], 0x30);
    cr_assert_eq(list.ptr[outline.entries_at], 0x30);
    cr_assert_eq(list.ptr[outline.entries_end], 0xa0, "the extensions");
    cr_assert_eq(list.ptr[outline.tbs_end], 0x30, "the outer algorithm");
}

Test(crl_reader, pieces_of_any_size_verify)
{
    for (size_t piece = 1; piece < 80; piece += 13) {
        struct crl_info info;
        cr_assert_ok(read_pieces(piece, &info));
        cr_assert_eq(info.number, 5);
        cr_assert_eq(info.this_update, FIXTURE_NOW);
    }
}

Test(crl_reader, a_beginning_that_is_cut_short_is_refused)
{
    struct crl_outline other;
    for (size_t len = 0; len < outline.fixed_end; len++)
        cr_assert_eq(crl_outline_read(part(0, len), &other), STATUS_INVALID, "%zu octets", len);
    for (size_t len = outline.entries_at; len <= list.len; len++)
        cr_assert_ok(crl_outline_read(part(0, len), &other));
}

/* Lengths that are not in their one form, or reach beyond what they are in. */
Test(crl_reader, lengths_are_read_strictly)
{
    static const struct span bad[] = {
        SPAN_LITERAL("\x30\x80\x30\x00"),
        SPAN_LITERAL("\x30\x81\x05\x30\x03\x02\x01\x01"),
        SPAN_LITERAL("\x30\x82\x00\xff\x30\x03\x02\x01\x01"),
        SPAN_LITERAL("\x30\x86\x01\x00\x00\x00\x00\x00\x30\x00"),
        SPAN_LITERAL("\x30\x04\x30\x10\x02\x01\x01\x30\x00"),
        SPAN_LITERAL("\x31\x04\x30\x02\x30\x00"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct crl_outline other;
        cr_assert_eq(crl_outline_read(bad[i], &other), STATUS_INVALID, "case %zu", i);
    }
}

Test(crl_reader, an_entry_that_is_left_out_or_changed_is_found)
{
    struct crl_info info;
    struct crl_reader *reader defer(crl_reader_free) = NULL;
    cr_assert_ok(crl_reader_begin(&outline, part(0, outline.entries_at), &reader));
    cr_assert_eq(
        crl_reader_end(reader, part(outline.entries_end, list.len), authority.issuing, &info),
        STATUS_INVALID);
    list.ptr[outline.entries_at + 5] ^= 1;
    cr_assert_eq(read_pieces(16, &info), STATUS_INVALID);
}

Test(crl_reader, parts_of_the_wrong_length_are_refused)
{
    struct crl *crl = NULL;
    struct span end = part(outline.entries_end, list.len);
    cr_assert_eq(crl_read_frame(&outline, part(0, outline.entries_at - 1), end, &crl),
                 STATUS_INVALID);
    cr_assert_eq(
        crl_read_frame(&outline, part(0, outline.entries_at), span_of(end.ptr, end.len - 1), &crl),
        STATUS_INVALID);
}
