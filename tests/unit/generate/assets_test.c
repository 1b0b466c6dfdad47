#include "generate/assets.h"

#include <criterion/criterion.h>

Test(assets, a_style_sheet_is_shrunk_without_changing_what_it_says)
{
    static const char *const samples[][2] = {
        {"a { b: c; }\n", "a{b:c;}"},
        {"/* x */ a  b > c { d: 1px  2px }", "a b>c{d:1px 2px}"},
        {"a::before { content: \"  /* { \" }", "a::before{content:\"  /* { \"}"},
        {"a { margin: calc(1px + 2px) }", "a{margin:calc(1px + 2px)}"},
        {"@media (min-width: 1px) and (x) { a, b { c: d } }",
         "@media (min-width:1px) and (x){a,b{c:d}}"},
        {"a :hover { b: c }", "a :hover{b:c}"},
        {"/* open", ""},
        {"\"open", "\"open"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct buf out defer(buf_clear) = BUF_INIT(4096);
        asset_shrink_style(span_of_text(samples[i][0]), &out);
        struct span shrunk;
        cr_assert_eq(buf_finish(&out, &shrunk), STATUS_OK);
        cr_expect(span_equal_text(shrunk, samples[i][1]), "%s became %.*s", samples[i][0],
                  (int)shrunk.len, shrunk.ptr);
    }
}

Test(assets, types_go_by_the_extension)
{
    cr_assert_str_eq(asset_media_type("/x/a.css"), "text/css; charset=utf-8");
    cr_assert_str_eq(asset_media_type("icon.svg"), "image/svg+xml; charset=utf-8");
    cr_assert_null(asset_media_type("a.exe"));
    cr_assert_null(asset_media_type("css"));
}

Test(assets, equal_bytes_have_equal_tags_and_equal_gzip)
{
    struct buf one defer(buf_clear) = BUF_INIT(4096);
    struct buf two defer(buf_clear) = BUF_INIT(4096);
    cr_assert_eq(asset_append_etag(SPAN_LITERAL("abc"), "", &one), STATUS_OK);
    cr_assert_str_eq((const char *)one.ptr, "\"ba7816bf8f01cfea414140de5dae2223\"");
    buf_reset(&one);
    cr_assert_eq(asset_gzip(SPAN_LITERAL("abcabcabc"), &one), STATUS_OK);
    cr_assert_eq(asset_gzip(SPAN_LITERAL("abcabcabc"), &two), STATUS_OK);
    cr_assert(span_equal(span_of(one.ptr, one.len), span_of(two.ptr, two.len)));
    cr_assert(one.ptr[0] == 0x1f && one.ptr[1] == 0x8b);
    cr_assert_eq(memcmp(one.ptr + 4, "\0\0\0\0", 4), 0, "a time in the header");
}

Test(assets, a_file_of_unknown_type_is_reported)
{
    struct diagnostics wrong defer(diagnostics_clear) = DIAGNOSTICS_INIT;
    struct buf assembler defer(buf_clear) = BUF_INIT(4096);
    struct buf table defer(buf_clear) = BUF_INIT(4096);
    asset_embed("/nowhere/a.exe", 1, "/tmp", &assembler, &table, &wrong);
    asset_embed("/nowhere/a.css", 2, "/tmp", &assembler, &table, &wrong);
    cr_assert_eq(wrong.count, 2);
    cr_assert(strstr((const char *)wrong.text.ptr, "/nowhere/a.exe: ") != NULL);
}
