#include "view/view.h"

#include <criterion/criterion.h>

Test(escape, text_cannot_leave_text_or_a_quoted_attribute)
{
    static const char *const samples[][2] = {
        {"a", "a"},
        {"", ""},
        {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"\" onload=\"x", "&#34; onload=&#34;x"},
        {"' onload='x", "&#39; onload=&#39;x"},
        {"`x`", "&#96;x&#96;"},
        {"a&lt;b", "a&amp;lt;b"},
        {"]]>", "]]&gt;"},
        {"--><x", "--&gt;&lt;x"},
        {"Zoë Größe 漢字 😀", "Zoë Größe 漢字 😀"},
        {"a\x01z\x7f\x1b[2J", "a\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd[2J"},
        {"tab\tline\n", "tab\tline\n"},
        {"bad \xff\xfe", "bad \xef\xbf\xbd\xef\xbf\xbd"},
        {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {"overlong \xc0\xbc", "overlong \xef\xbf\xbd\xef\xbf\xbd"},
        {"eaten \xf0<b>", "eaten \xef\xbf\xbd&lt;b&gt;"},
        {"surrogate \xed\xa0\x80", "surrogate \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct buf out defer(buf_clear) = BUF_INIT(4096);
        view_append_escaped(&out, samples[i][0]);
        buf_append_byte(&out, 0);
        cr_expect_str_eq((const char *)out.ptr, samples[i][1], "case %zu", i);
    }
}

Test(escape, a_compound_breaks_between_its_words)
{
    static const char *const samples[][2] = {
        {"AllowCamera", "Allow<wbr>Camera"},
        {"MaxEmailHTMLBodyTruncationSize",
         "Max<wbr>Email<wbr>HTML<wbr>Body<wbr>Truncation<wbr>Size"},
        {"AllowPOPIMAPEmail, AllowIrDA", "Allow<wbr>POPIMAP<wbr>Email, Allow<wbr>Ir<wbr>DA"},
        {"", ""},
        {"A", "A"},
        {"AB", "AB"},
        {"a<B>&Aa", "a&lt;B&gt;&amp;Aa"},
        {"\xc3\xa4Zu\xffYa", "\xc3\xa4Zu\xef\xbf\xbdYa"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct buf out defer(buf_clear) = BUF_INIT(256);
        view_append_compound(&out, samples[i][0]);
        cr_expect(span_equal_text(span_of(out.ptr, out.len), samples[i][1]), "%s: %.*s",
                  samples[i][0], (int)out.len, (const char *)out.ptr);
    }
    struct buf none defer(buf_clear) = BUF_INIT(16);
    view_append_compound(&none, NULL);
    cr_assert_eq(none.len, 0);
}

Test(escape, null_is_empty)
{
    struct buf out defer(buf_clear) = BUF_INIT(16);
    view_append_escaped(&out, NULL);
    cr_assert_eq(out.len, 0);
    cr_assert(!view_is_present(NULL) && !view_is_present("") && view_is_present("a"));
}

Test(escape, an_address_is_a_path_or_has_a_safe_scheme)
{
    static const char *const samples[][2] = {
        {"/ca/root.cer", "/ca/root.cer"},
        {"/a?b=c&d", "/a?b=c&amp;d"},
        {"#top", "#top"},
        {"?x", "?x"},
        {"https://ca.example.org/", "https://ca.example.org/"},
        {"HTTP://ca.example.org/", "HTTP://ca.example.org/"},
        {"mailto:a@example.org", "mailto:a@example.org"},
        {"tel:+49305550100", "tel:+49305550100"},
        {"javascript:alert(1)", "#"},
        {"JaVaScRiPt:alert(1)", "#"},
        {" javascript:alert(1)", "#"},
        {"java\tscript:alert(1)", "#"},
        {"data:text/html,x", "#"},
        {"vbscript:x", "#"},
        {"//evil.example/", "#"},
        {"/\\evil.example/", "#"},
        {"evil", "#"},
        {"", "#"},
        {"/a\nb", "#"},
        {"/\"><script>", "/&#34;&gt;&lt;script&gt;"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct buf out defer(buf_clear) = BUF_INIT(4096);
        view_append_url(&out, samples[i][0]);
        cr_expect_str_eq((const char *)out.ptr, samples[i][1], "%s", samples[i][0]);
    }
    struct buf out defer(buf_clear) = BUF_INIT(16);
    view_append_url(&out, NULL);
    cr_expect_str_eq((const char *)out.ptr, "#");
}

Test(escape, a_value_of_plain_text_stays_on_its_line)
{
    static const char *const samples[][2] = {
        {"Zoë <b>&amp;", "Zoë <b>&amp;"},
        {"a\r\nBcc: x", "a  Bcc: x"},
        {"tab\tend\x7f", "tab end "},
        {"bad \xff", "bad \xef\xbf\xbd"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct buf out defer(buf_clear) = BUF_INIT(4096);
        view_append_plain(&out, samples[i][0]);
        buf_append_byte(&out, 0);
        cr_expect_str_eq((const char *)out.ptr, samples[i][1], "case %zu", i);
    }
}

Test(escape, an_address_of_plain_text_has_a_safe_scheme_or_is_left_out)
{
    struct buf out defer(buf_clear) = BUF_INIT(4096);
    view_append_plain_url(&out, "https://ca.example.org/l/a&b");
    view_append_plain_url(&out, "javascript:alert(1)");
    view_append_plain_url(&out, "https://ca.example.org/\r\nx");
    view_append_plain_url(&out, NULL);
    buf_append_byte(&out, 0);
    cr_assert_str_eq((const char *)out.ptr, "https://ca.example.org/l/a&b");
}
