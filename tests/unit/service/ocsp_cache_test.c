#include "service/ocsp_cache.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct ocsp_cache *cache;

static void set_up(void)
{
    cr_assert_eq(ocsp_cache_new(&cache), STATUS_OK);
}

static void tear_down(void)
{
    ocsp_cache_free(cache);
}

TestSuite(ocsp_cache, .init = set_up, .fini = tear_down);

static const struct ocsp_validity validity = {100, 200, "\"tag\""};

static bool finds(const char *question, int64_t mark, int64_t now, const char *wanted)
{
    struct buf answer defer(buf_clear) = BUF_INIT(8192);
    struct ocsp_validity got;
    bool found = ocsp_cache_find(cache, span_of_text(question), mark, now, &answer, &got);
    if (found) {
        cr_assert(span_equal_text(span_of(answer.ptr, answer.len), wanted));
        cr_assert_eq(got.this_update, 100);
        cr_assert_eq(got.renew_at, 200);
        cr_assert_str_eq(got.etag, "\"tag\"");
    }
    return found;
}

static void put(const char *question, int64_t mark, const char *answer)
{
    ocsp_cache_put(cache, span_of_text(question), mark, span_of_text(answer), &validity);
}

Test(ocsp_cache, gives_back_what_was_put_at_the_same_mark)
{
    put("q", 7, "answer");
    cr_assert(finds("q", 7, 150, "answer"));
    cr_assert_not(finds("r", 7, 150, ""));
}

Test(ocsp_cache, gives_nothing_after_a_commit)
{
    put("q", 7, "answer");
    cr_assert_not(finds("q", 8, 150, ""));
    put("q", 8, "newer");
    cr_assert(finds("q", 8, 150, "newer"));
}

Test(ocsp_cache, gives_nothing_that_is_to_be_renewed_or_of_later)
{
    put("q", 7, "answer");
    cr_assert(finds("q", 7, 100, "answer"));
    cr_assert(finds("q", 7, 199, "answer"));
    cr_assert_not(finds("q", 7, 200, ""));
    cr_assert_not(finds("q", 7, 99, ""));
}

Test(ocsp_cache, takes_neither_an_empty_question_nor_what_is_too_large)
{
    static char large[8000];
    memset(large, 'x', sizeof large - 1);
    put("", 7, "answer");
    put("q", 7, large);
    put(large, 7, "answer");
    cr_assert_not(finds("", 7, 150, ""));
    cr_assert_not(finds("q", 7, 150, ""));
    cr_assert_not(finds(large, 7, 150, ""));
}

Test(ocsp_cache, never_confuses_questions_that_share_a_place)
{
    char question[16];
    for (int i = 0; i < 5000; i++) {
        snprintf(question, sizeof question, "q%d", i);
        put(question, 7, question);
    }
    int kept = 0;
    for (int i = 0; i < 5000; i++) {
        snprintf(question, sizeof question, "q%d", i);
        kept += finds(question, 7, 150, question);
    }
    cr_assert_gt(kept, 500);
    cr_assert_leq(kept, 1024);
}
