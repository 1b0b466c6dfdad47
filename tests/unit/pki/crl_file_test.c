#include "fixture.h"

#include "base/clock.h"
#include "base/file.h"
#include "pki/crl_file.h"
#include "pki/crl_reader.h"

#include <stdio.h>

static struct authority authority;
static char path[64];
static struct buf list;

/* 2,000 entries: a beginning, pieces and an end. */
static void set_up(void)
{
    enum { COUNT = 2000 };
    static struct crl_entry entries[COUNT];
    static char serials[COUNT][8];
    authority = fixture_authority(KEY_EC_P256);
    for (int i = 0; i < COUNT; i++) {
        snprintf(serials[i], sizeof serials[i], "01%04x", i);
        entries[i] = (struct crl_entry){serials[i], FIXTURE_NOW, CRL_REASON_KEY_COMPROMISE};
    }
    const struct crl_fields fields = {41, FIXTURE_NOW, FIXTURE_NOW + 7LL * CLOCK_DAY, entries,
                                      COUNT};
    list = (struct buf)BUF_INIT(1024 * 1024);
    cr_assert_ok(crl_issue(&fields, authority.issuing, authority.issuing_key, &list));
    snprintf(path, sizeof path, "/tmp/certferry-crl-%ld", (long)getpid());
    cr_assert_ok(file_replace(path, finished(&list), 0600));
}

static void tear_down(void)
{
    unlink(path);
    buf_clear(&list);
    authority_clear(&authority);
}

TestSuite(crl_file, .init = set_up, .fini = tear_down);

Test(crl_file, says_what_the_list_says)
{
    struct crl_file *file defer(crl_file_close) = NULL;
    cr_assert_ok(crl_file_open(path, &file));
    struct crl_info info = crl_file_info(file);
    cr_assert_eq(info.number, 41);
    cr_assert_eq(info.this_update, FIXTURE_NOW);
    cr_assert_eq(info.next_update, FIXTURE_NOW + 7LL * CLOCK_DAY);
    cr_assert_eq(crl_file_size(file), list.len);
    cr_assert_ok(crl_file_verify(file, authority.issuing));
    cr_assert_eq(crl_file_verify(file, authority.root), STATUS_INVALID);
    cr_assert(detail_has(path), "%s", status_detail());
}

Test(crl_file, a_list_without_entries_and_one_of_a_single_entry_are_read)
{
    const struct crl_entry entry = {"7f", FIXTURE_NOW, CRL_REASON_UNSPECIFIED};
    for (size_t count = 0; count < 2; count++) {
        const struct crl_fields fields = {7, FIXTURE_NOW, FIXTURE_NOW + 1, &entry, count};
        struct buf der defer(buf_clear) = BUF_INIT(4096);
        cr_assert_ok(crl_issue(&fields, authority.issuing, authority.issuing_key, &der));
        cr_assert_ok(file_replace(path, finished(&der), 0600));
        struct crl_file *file defer(crl_file_close) = NULL;
        cr_assert_ok(crl_file_open(path, &file));
        cr_assert_eq(crl_file_info(file).number, 7);
        cr_assert_ok(crl_file_verify(file, authority.issuing));
    }
}

Test(crl_file, one_that_is_replaced_stays_what_it_was)
{
    struct crl_file *file defer(crl_file_close) = NULL;
    cr_assert_ok(crl_file_open(path, &file));
    cr_assert_ok(file_replace(path, SPAN_LITERAL("another"), 0600));
    cr_assert_ok(crl_file_verify(file, authority.issuing));
}

Test(crl_file, missing_and_broken_files_are_refused_by_name)
{
    struct crl_file *file = NULL;
    cr_assert_eq(crl_file_open("/nonexistent/list.crl", &file), STATUS_NOT_FOUND);
    static const struct span broken[] = {SPAN_LITERAL(""), SPAN_LITERAL("-----BEGIN X509 CRL-----"),
                                         SPAN_LITERAL("\x30\x80"), SPAN_LITERAL("\x30\x00")};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        cr_assert_ok(file_replace(path, broken[i], 0600));
        cr_assert_eq(crl_file_open(path, &file), STATUS_INVALID, "case %zu", i);
        cr_assert(detail_has(path), "%s", status_detail());
    }
    buf_append_byte(&list, 0);
    cr_assert_ok(file_replace(path, finished(&list), 0600));
    cr_assert_eq(crl_file_open(path, &file), STATUS_INVALID, "a byte behind it");
    cr_assert_ok(file_replace(path, span_of(list.ptr, list.len / 2), 0600));
    cr_assert_eq(crl_file_open(path, &file), STATUS_INVALID, "half of it");
}

Test(crl_file, a_change_anywhere_is_found)
{
    for (size_t at = 0; at < list.len; at += at < 400 || at + 400 > list.len ? 1 : 997) {
        list.ptr[at] ^= 1;
        cr_assert_ok(file_replace(path, finished(&list), 0600));
        struct crl_file *file defer(crl_file_close) = NULL;
        if (crl_file_open(path, &file) == STATUS_OK)
            cr_assert_eq(crl_file_verify(file, authority.issuing), STATUS_INVALID, "octet %zu", at);
        list.ptr[at] ^= 1;
    }
}

Test(crl_file, lists_that_differ_have_different_frames)
{
    struct crl_file *file defer(crl_file_close) = NULL;
    cr_assert_ok(crl_file_open(path, &file));
    struct buf frame defer(buf_clear) = BUF_INIT((size_t)CRL_BEGINNING_MAX + CRL_END_MAX);
    crl_file_append_frame(file, &frame);
    cr_assert_lt(frame.len, 1024, "not the entries");
    cr_assert(contains(finished(&frame), span_of(list.ptr + list.len - 64, 64)), "the signature");
}
