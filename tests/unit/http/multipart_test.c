#include "http/multipart.h"

#include "base/buf.h"

#include <criterion/criterion.h>

#define PART(name, text) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n" text "\r\n--b"
#define BODY(text)       SPAN_LITERAL("--b\r\n" text "--\r\n")

static enum status parse(struct span body, struct multipart *form)
{
    return multipart_parse(body, SPAN_LITERAL("b"), form);
}

Test(multipart, the_boundary_stands_in_the_content_type)
{
    struct span boundary = SPAN_EMPTY;
    cr_assert_eq(multipart_boundary(SPAN_LITERAL("multipart/form-data; boundary=--x-1"), &boundary),
                 STATUS_OK);
    cr_assert(span_equal_text(boundary, "--x-1"));
    cr_assert_eq(multipart_boundary(SPAN_LITERAL("Multipart/Form-Data;boundary=\"y\""), &boundary),
                 STATUS_OK);
    cr_assert(span_equal_text(boundary, "y"));
}

static const char *const bad_types[] = {
    "",
    "multipart/form-data",
    "multipart/mixed; boundary=x",
    "multipart/form-datax; boundary=x",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\"\"",
    "multipart/form-data; boundary=a b",
    "multipart/form-data; boundary=a; charset=x",
    "multipart/form-data; charset=x; boundary=a",
    "multipart/form-data; boundary="
    "12345678901234567890123456789012345678901234567890123456789012345678901",
};

Test(multipart, another_type_is_not_read)
{
    for (size_t i = 0; i < sizeof bad_types / sizeof *bad_types; i++) {
        struct span boundary;
        cr_assert_eq(multipart_boundary(span_of_text(bad_types[i]), &boundary),
                     STATUS_UNSUPPORTED_TYPE, "%s", bad_types[i]);
    }
}

Test(multipart, gives_fields_and_files_as_they_were_sent)
{
    struct multipart form;
    cr_assert_eq(
        parse(BODY(PART(
                  "token",
                  "abc") "\r\n"
                         "content-disposition: form-data; name=\"file\"; filename=\"a\\b.csv\"\r\n"
                         "Content-Type: text/csv\r\n\r\nx\r\n\r\n\r\n--b"),
              &form),
        STATUS_OK);
    cr_assert_eq(form.count, 2);
    cr_assert(span_equal_text(multipart_find(&form, "token")->value, "abc"));
    cr_assert(span_equal_text(multipart_find(&form, "file")->filename, "a\\b.csv"));
    cr_assert(span_equal_text(multipart_find(&form, "file")->value, "x\r\n\r\n"));
    cr_assert_null(multipart_find(&form, "other"));
}

Test(multipart, a_value_that_looks_like_a_delimiter_is_none)
{
    struct multipart form;
    cr_assert_eq(parse(BODY(PART("file", "x--b\n--b\r--b")), &form), STATUS_OK);
    cr_assert(span_equal_text(multipart_find(&form, "file")->value, "x--b\n--b\r--b"));
}

Test(multipart, a_form_without_fields_is_a_form)
{
    struct multipart form;
    cr_assert_eq(parse(SPAN_LITERAL("--b--"), &form), STATUS_OK);
    cr_assert_eq(form.count, 0);
}

#define BAD(text)                                                                                  \
    {                                                                                              \
        sizeof(text) - 1, text                                                                     \
    }
static const struct {
    size_t len;
    const char text[160];
} bad_bodies[] = {
    BAD(""),
    BAD("x--b\r\n" PART("a", "") "--\r\n"),
    BAD("--b\r\n" PART("a", "")),
    BAD("--b\r\n" PART("a", "") "--x"),
    BAD("--b\r\n" PART("a", "") "--\r\n\r\n"),
    BAD("--b\r\n" PART("a", "") " \r\n"),
    BAD("--b\n" PART("a", "") "--\r\n"),
    BAD("--b\r\n" PART("", "") "--\r\n"),
    BAD("--b\r\n" PART("a", "") "\r\n" PART("a", "") "--\r\n"),
    BAD("--b\r\n" PART("a\tb", "") "--\r\n"),
    BAD("--b\r\n" PART("a\xff", "") "--\r\n"),
    BAD("--b\r\nContent-Type: text/csv\r\n\r\nx\r\n--b--\r\n"),
    BAD("--b\r\nX-Other: y\r\n" PART("a", "") "--\r\n"),
    BAD("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b--\r\n"),
    BAD("--b\r\nContent-Disposition: form-data; name=\"a\"; x=\"y\"\r\n\r\n\r\n--b--\r\n"),
    BAD("--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n\r\n--b--\r\n"),
    BAD("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--b--\r\n"),
    BAD("--b\r\nContent-Type: a\r\nContent-Type: b\r\n" PART("a", "") "--\r\n"),
};

Test(multipart, what_no_browser_sends_is_refused)
{
    for (size_t i = 0; i < sizeof bad_bodies / sizeof *bad_bodies; i++) {
        struct multipart form = {.count = 7};
        cr_assert_eq(parse(span_of(bad_bodies[i].text, bad_bodies[i].len), &form), STATUS_INVALID,
                     "%s", bad_bodies[i].text);
        cr_assert_eq(form.count, 7);
    }
}

Test(multipart, has_a_bound_of_fields)
{
    struct buf body defer(buf_clear) = BUF_INIT(8192);
    buf_append_text(&body, "--b");
    for (int i = 0; i <= MULTIPART_PARTS_MOST; i++)
        buf_printf(&body, "\r\nContent-Disposition: form-data; name=\"f%d\"\r\n\r\n\r\n--b", i);
    buf_append_text(&body, "--");
    struct multipart form;
    cr_assert_eq(parse(span_of(body.ptr, body.len), &form), STATUS_TOO_LARGE);
}
