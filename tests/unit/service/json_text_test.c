#include "service/json_text.h"

#include <criterion/criterion.h>
#include <string.h>

static enum status read_it(const char *text)
{
    json_t *object defer(json_text_free) = NULL;
    return json_text_read(span_of_text(text), "the file", &object);
}

Test(json_text, gives_the_object)
{
    json_t *object defer(json_text_free) = NULL;
    cr_assert_eq(json_text_read(span_of_text(" {\"a\": [1]} "), "the file", &object), STATUS_OK);
    cr_assert_eq(json_array_size(json_object_get(object, "a")), 1);
}

Test(json_text, says_what_is_wrong_with_what)
{
    static const char *const bad[] = {"",
                                      "[]",
                                      "null",
                                      "{",
                                      "{} {}",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":\"\\u0000\"}",
                                      "{\"a\":\"\xff\"}",
                                      "{\"a\":[[[[1]]]]}",
                                      "{\"a\":01}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(read_it(bad[i]), STATUS_INVALID, "%s", bad[i]);
        cr_expect_eq(strncmp(status_detail(), "the file ", 9), 0, "%s", status_detail());
    }
}

Test(json_text, brackets_in_a_text_are_no_depth)
{
    cr_assert_eq(read_it("{\"a\":\"[[[[[[{{{{\\\"[[[[\"}"), STATUS_OK);
}

Test(json_text, shows_only_short_names_of_printable_ascii)
{
    cr_assert(json_text_may_show("policies"));
    cr_assert_not(json_text_may_show("a\x1b[2J"));
    cr_assert_not(json_text_may_show("\xc3\xa4"));
    char name[66];
    memset(name, 'a', sizeof name - 1);
    name[65] = '\0';
    cr_assert_not(json_text_may_show(name));
}
