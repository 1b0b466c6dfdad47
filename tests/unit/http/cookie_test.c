#include "http/cookie.h"

#include <criterion/criterion.h>

static bool found(const char *header, const char *wanted)
{
    struct span value;
    return cookie_find(span_of_text(header), "__Host-claim", &value) &&
           span_equal_text(value, wanted);
}

Test(cookie, finds_one_among_others)
{
    cr_assert(found("__Host-claim=abc", "abc"));
    cr_assert(found("a=1; __Host-claim=abc; b=2", "abc"));
    cr_assert(found("__Host-claim=\"abc\"", "abc"));
    cr_assert(found("__Host-claim=", ""));
    cr_assert(found("__Host-claim=a=b", "a=b"));
}

static const char *const hostile[] = {
    "",
    "a=1",
    "__host-claim=abc",
    "__Host-claim",
    "x__Host-claim=abc",
    "__Host-claim=abc; __Host-claim=def",
    "__Host-claim=abc;",
    "__Host-claim=abc;a=1",
    "__Host-claim=a b",
    "__Host-claim=a,b",
    "__Host-claim=a\"b",
    "__Host-claim=a\\b",
    "__Host-claim=\xc3\xa4",
    "; __Host-claim=abc",
    "=x; __Host-claim=abc",
    " __Host-claim=abc",
};

Test(cookie, finds_nothing_where_the_header_is_not_of_the_grammar)
{
    struct span value;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        cr_expect_not(cookie_find(span_of_text(hostile[i]), "__Host-claim", &value), "%s",
                      hostile[i]);
}

static enum status append(const char *name, const char *value, int64_t age, struct buf *text)
{
    return cookie_append(text, name, span_of_text(value), age, COOKIE_SAME_SITE_STRICT);
}

Test(cookie, is_written_for_this_host_over_tls_and_out_of_reach_of_scripts)
{
    struct buf text defer(buf_clear) = BUF_INIT(512);
    cr_assert_eq(append("__Host-claim", "abc", 900, &text), STATUS_OK);
    cr_assert_str_eq((const char *)text.ptr, "__Host-claim=abc; Path=/; Secure; HttpOnly; "
                                             "SameSite=Strict; Max-Age=900");
}

Test(cookie, without_an_age_lives_as_long_as_the_browser)
{
    struct buf text defer(buf_clear) = BUF_INIT(512);
    cr_assert_eq(cookie_append(&text, "__Host-s", SPAN_LITERAL("x"), -1, COOKIE_SAME_SITE_LAX),
                 STATUS_OK);
    cr_assert_str_eq((const char *)text.ptr, "__Host-s=x; Path=/; Secure; HttpOnly; SameSite=Lax");
}

Test(cookie, refuses_what_would_split_the_header)
{
    struct buf text defer(buf_clear) = BUF_INIT(512);
    cr_assert_eq(append("claim", "abc", 1, &text), STATUS_INVALID);
    cr_assert_eq(append("__Host-a b", "abc", 1, &text), STATUS_INVALID);
    cr_assert_eq(append("__Host-a", "x\r\nSet-Cookie: y=z", 1, &text), STATUS_INVALID);
    cr_assert_eq(append("__Host-a", "x; Domain=evil", 1, &text), STATUS_INVALID);
    cr_assert_eq(text.len, 0);
}
