#include "base/field.h"

#include <criterion/criterion.h>

Test(field, cut_gives_trimmed_parts_until_nothing_is_left)
{
    struct span rest = SPAN_LITERAL(" a ;\tb;; c");
    cr_assert(span_equal_text(field_cut(&rest, ';'), "a"));
    cr_assert(span_equal_text(field_cut(&rest, ';'), "b"));
    cr_assert(span_equal_text(field_cut(&rest, ';'), ""));
    cr_assert(span_equal_text(field_cut(&rest, ';'), "c"));
    cr_assert_eq(rest.len, 0);
    cr_assert_eq(field_cut(&rest, ';').len, 0);
}

struct weight {
    const char *parameter;
    int thousandths;
};

Test(field, weights_have_at_most_three_decimals)
{
    static const struct weight good[] = {{"q=1", 1000},     {"q=0", 0},      {"q=0.5", 500},
                                         {"q=0.", 0},       {"q=0.005", 5},  {"Q=0.25", 250},
                                         {"q=1.000", 1000}, {"q=0.999", 999}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int weight = -1;
        cr_assert(field_weight(span_of_text(good[i].parameter), &weight), "%s", good[i].parameter);
        cr_assert_eq(weight, good[i].thousandths, "%s", good[i].parameter);
    }
}

Test(field, refuses_what_is_no_weight)
{
    static const char *const hostile[] = {"",         "x=1",  "q=",         "q=2",   "q=1.001",
                                          "q=0.0001", "q=.5", "q=-0.5",     "q=0,5", "q=0.5x",
                                          "q=1e0",    "q= 1", "q=0.5;q=0.6"};
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        int weight;
        cr_assert(!field_weight(span_of_text(hostile[i]), &weight), "%s", hostile[i]);
    }
}
