#include "http/target.h"

#include <criterion/criterion.h>

static enum status path_status(struct span path)
{
    struct buf decoded defer(buf_clear) = BUF_INIT(4096);
    return target_decode_path(path, &decoded);
}

struct pair {
    const char *encoded;
    const char *decoded;
};

static const struct pair paths[] = {
    {"/", "/"},
    {"/ca/root.cer", "/ca/root.cer"},
    {"/%63a/root%2Ecer", "/ca/root.cer"},
    {"/l/Gr%C3%BC%c3%9fe", "/l/Gr\xc3\xbc\xc3\x9f"
                           "e"},
    {"/a+b", "/a+b"},
    {"/a%25b", "/a%b"},
    {"/...", "/..."},
    {"/.x", "/.x"},
    {"/h/", "/h/"},
};

Test(target, decodes_a_path_once)
{
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct buf decoded defer(buf_clear) = BUF_INIT(4096);
        cr_expect_eq(target_decode_path(span_of_text(paths[i].encoded), &decoded), STATUS_OK, "%s",
                     paths[i].encoded);
        cr_expect_str_eq((const char *)decoded.ptr, paths[i].decoded);
    }
}

static const char *const tricks[] = {
    "",         "h",           "//",
    "//h",      "/h//",        "/h//x",
    "/./h",     "/../h",       "/x/../h",
    "/x/..",    "/x/%2e%2e/h", "/x/.%2E/h",
    "/%2e",     "/x%2fh",      "/x%2Fh",
    "/x%5ch",   "/x\\h",       "/h%00",
    "/h%00/..", "/h%0d%0aX:y", "/h%7f",
    "/h%",      "/h%4",        "/h%zz",
    "/h%4g",    "/%c0%ae",     "/%c0%af",
    "/%ff",     "/%ed%a0%80",  "/h%e2%80%ae",
    "/%252e%2", "/h%u0041",    "/%f4%90%80%80",
};

Test(target, refuses_every_path_that_could_mean_something_else)
{
    for (size_t i = 0; i < sizeof tricks / sizeof tricks[0]; i++)
        cr_expect_eq(path_status(span_of_text(tricks[i])), STATUS_INVALID, "%s", tricks[i]);
}

static const struct pair rests[] = {
    {"/o/a", "/o/a"},     {"/o/a//b/../c", "/o/a//b/../c"},
    {"/o//", "/o//"},     {"/o/%2F%2b%3D", "/o//+="},
    {"/o/a+b", "/o/a+b"},
};

Test(target, takes_any_slashes_in_the_rest_of_a_path)
{
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        struct buf decoded defer(buf_clear) = BUF_INIT(4096);
        cr_expect_eq(target_decode_rest(span_of_text(rests[i].encoded), 3, &decoded), STATUS_OK,
                     "%s", rests[i].encoded);
        cr_expect_str_eq((const char *)decoded.ptr, rests[i].decoded);
    }
}

static const char *const broken_rests[] = {
    "/o/%", "/o/%zz", "/o/a%00", "/o/a%0d%0a", "/o/%5c", "/o/%ff", "/o/%7f", "o//a", "/.//a",
};

Test(target, refuses_what_no_text_holds_in_the_rest_of_a_path)
{
    for (size_t i = 0; i < sizeof broken_rests / sizeof broken_rests[0]; i++) {
        struct buf decoded defer(buf_clear) = BUF_INIT(4096);
        cr_expect_eq(target_decode_rest(span_of_text(broken_rests[i]), 3, &decoded), STATUS_INVALID,
                     "%s", broken_rests[i]);
    }
}

static const struct pair components[] = {
    {"", ""},          {"a+b", "a b"},         {"%41%2b", "A+"},
    {"%2F%5C", "/\\"}, {"%c3%a4", "\xc3\xa4"}, {"a%0Ab", "a\nb"},
};

Test(target, decodes_components_of_forms)
{
    for (size_t i = 0; i < sizeof components / sizeof components[0]; i++) {
        struct buf decoded defer(buf_clear) = BUF_INIT(4096);
        struct span bytes;
        cr_expect_eq(target_decode_component(span_of_text(components[i].encoded), &decoded),
                     STATUS_OK);
        cr_assert_eq(buf_finish(&decoded, &bytes), STATUS_OK);
        cr_expect(span_equal_text(bytes, components[i].decoded), "%s", components[i].encoded);
    }
}

static const char *const broken[] = {"%",     "%4",  "a%",  "%zz",      "%00",
                                     "a%00b", "%ff", "%c3", "%ed%a0%80"};

Test(target, refuses_broken_components)
{
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct buf decoded defer(buf_clear) = BUF_INIT(4096);
        cr_expect_eq(target_decode_component(span_of_text(broken[i]), &decoded), STATUS_INVALID,
                     "%s", broken[i]);
    }
}

Test(target, splits_at_the_first_question_mark)
{
    struct span path;
    struct span query;
    target_split(SPAN_LITERAL("/a?b?c"), &path, &query);
    cr_assert(span_equal_text(path, "/a"));
    cr_assert(span_equal_text(query, "b?c"));
    target_split(SPAN_LITERAL("/a"), &path, &query);
    cr_assert(span_equal_text(path, "/a"));
    cr_assert_eq(query.len, 0);
}
