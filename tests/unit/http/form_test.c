#include "http/form.h"

#include "base/buf.h"
#include "base/limits.h"

#include <criterion/criterion.h>

static enum status parse(struct span text)
{
    struct form *form defer(form_free) = NULL;
    return form_parse(text, &form);
}

Test(form, reads_fields)
{
    struct form *form defer(form_free) = NULL;
    cr_assert_eq(form_parse(SPAN_LITERAL("pin=123+456&name=%C3%84nne&empty="), &form), STATUS_OK);
    cr_assert(span_equal_text(form_value(form, "pin"), "123 456"));
    cr_assert_str_eq(form_text(form, "name"), "\xc3\x84nne");
    struct span value;
    cr_assert(form_find(form, "empty", &value));
    cr_assert_eq(value.len, 0);
}

Test(form, tells_an_absent_field_from_an_empty_one)
{
    struct form *form defer(form_free) = NULL;
    struct span value;
    cr_assert_eq(form_parse(SPAN_EMPTY, &form), STATUS_OK);
    cr_assert_not(form_find(form, "pin", &value));
    cr_assert_str_eq(form_text(form, "pin"), "");
    cr_assert_eq(form_value(form, "pin").len, 0);
}

Test(form, values_may_hold_equals_signs)
{
    struct form *form defer(form_free) = NULL;
    cr_assert_eq(form_parse(SPAN_LITERAL("a=b=c"), &form), STATUS_OK);
    cr_assert_str_eq(form_text(form, "a"), "b=c");
}

Test(form, names_a_field_that_is_none_of_those_wanted)
{
    static const char *const names[] = {"limit", "q"};
    struct form *form defer(form_free) = NULL;
    cr_assert_eq(form_parse(SPAN_LITERAL("q=1&limit=2"), &form), STATUS_OK);
    cr_assert_eq(form_check_names(form, names, 2), STATUS_OK);
    cr_assert_eq(form_check_names(form, names, 1), STATUS_INVALID);
    cr_assert_eq(strncmp(status_detail(), "q: ", 3), 0, "%s", status_detail());
}

struct hostile {
    struct span text;
    const char *why;
};
#define HOSTILE(text, why)                                                                         \
    {                                                                                              \
        {(const uint8_t *)("" text), sizeof(text) - 1}, why                                        \
    }
static const struct hostile hostile[] = {
    HOSTILE("a=%", "half an escape hangs lenient readers"),
    HOSTILE("a=1\0", "a NUL hangs lenient readers"),
    HOSTILE("a=%00", "an encoded NUL"),
    HOSTILE("a=%4", "half an escape"),
    HOSTILE("a=%zz", "no digits"),
    HOSTILE("a", "no equals sign"),
    HOSTILE("=1", "no name"),
    HOSTILE("a=1&", "an empty pair at the end"),
    HOSTILE("&a=1", "an empty pair at the start"),
    HOSTILE("a=1&&b=2", "an empty pair between"),
    HOSTILE("pin=1&pin=2", "a field twice"),
    HOSTILE("pin=1&p%69n=2", "a field twice in disguise"),
    HOSTILE("a=\xff", "not UTF-8"),
    HOSTILE("\xc3=1", "a name that is not UTF-8"),
};

Test(form, refuses_what_could_be_read_in_two_ways)
{
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        cr_expect_eq(parse(hostile[i].text), STATUS_INVALID, "%s", hostile[i].why);
}

Test(form, bounds_the_number_of_fields)
{
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    for (int i = 0; i < LIMIT_FORM_FIELDS; i++)
        buf_printf(&text, "%sf%d=1", i == 0 ? "" : "&", i);
    cr_assert_eq(parse(span_of(text.ptr, text.len)), STATUS_OK);
    buf_append_text(&text, "&one=more");
    cr_assert_eq(parse(span_of(text.ptr, text.len)), STATUS_TOO_LARGE);
}
