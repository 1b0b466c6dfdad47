#include "eas/probe.h"

#include <criterion/criterion.h>

static const struct eas_probe_wish usual = {.version = EAS_14_1, .most = EAS_RISK_DISRUPTIVE};

static enum status parsed(const char *text)
{
    struct eas_probe probe;
    return eas_probe_parse(span_of_text(text), &probe);
}

/* The text of a fresh probe, with its first `from` changed into `to`. */
static char *changed(const char *from, const char *to)
{
    struct buf text defer(buf_clear) = BUF_INIT(EAS_PROBE_TEXT_MAX);
    struct buf other defer(buf_clear) = BUF_INIT(2 * EAS_PROBE_TEXT_MAX);
    struct eas_probe probe;
    char *result;
    cr_assert_eq(eas_probe_begin(&usual, &probe), STATUS_OK);
    eas_probe_append(&text, &probe);
    const char *whole = (const char *)text.ptr;
    const char *at = strstr(whole, from);
    cr_assert_not_null(at, "%s in %s", from, whole);
    buf_append(&other, span_of(whole, (size_t)(at - whole)));
    buf_append_text(&other, to);
    buf_append_text(&other, at + strlen(from));
    cr_assert_eq(buf_take_text(&other, &result), STATUS_OK);
    return result;
}

static enum status parsed_with(const char *from, const char *to)
{
    char *text defer(free) = changed(from, to);
    return parsed(text);
}

#define FRESH "1 141 1 0 0 0 0 0 0 1 0 0 "

Test(probe_text, is_one_line_of_ascii)
{
    char *text defer(free) = changed("", "");
    cr_expect_eq(strncmp(text, FRESH, strlen(FRESH)), 0, "%s", text);
    cr_expect_eq(strlen(text), strlen(FRESH) + 42 + 1 + 42);
    cr_expect_eq(parsed(text), STATUS_OK);
}

Test(probe_text, is_taken_in_its_one_form_only)
{
    cr_expect_eq(parsed(""), STATUS_INVALID);
    cr_expect_eq(parsed_with("1 141", "2 141"), STATUS_INVALID);
    cr_expect_eq(parsed_with("1 141", "01 141"), STATUS_INVALID);
    cr_expect_eq(parsed_with("1 141", " 1 141"), STATUS_INVALID);
    cr_expect_eq(parsed_with("1 141", "1  141"), STATUS_INVALID);
    cr_expect_eq(parsed_with("1 141", "1 131"), STATUS_INVALID);
    cr_expect_eq(parsed_with("141 1 0", "141 1 00"), STATUS_INVALID);
    cr_expect_eq(parsed_with("141 1 0", "141 4 0"), STATUS_INVALID);
    cr_expect_eq(parsed_with("1 0 0 0", "1 0 128 0"), STATUS_INVALID);
    char *text defer(free) = changed("", "");
    struct buf longer defer(buf_clear) = BUF_INIT(1024);
    struct eas_probe probe;
    buf_append_text(&longer, text);
    buf_append_text(&longer, " ");
    cr_expect_eq(eas_probe_parse(span_of(longer.ptr, longer.len), &probe), STATUS_INVALID);
    cr_expect_eq(eas_probe_parse(span_of(text, strlen(text) - 1), &probe), STATUS_INVALID);
}

/* The whole text, from its numbers and a result for each policy. */
static enum status parsed_state(const char *numbers, enum eas_policy policy, char result)
{
    char *text defer(free) = changed(FRESH, numbers);
    char *results = text + strlen(numbers);
    if (result != '\0')
        results[policy] = result;
    return parsed(text);
}

Test(probe_text, never_asks_for_what_was_not_chosen)
{
    /* DevicePasswordEnabled is above the risk: neither pending nor in a round */
    cr_expect_eq(parsed_state(FRESH, EAS_POLICY_PASSWORD_ENABLED, 'a'), STATUS_INVALID);
    cr_expect_eq(parsed_state("1 141 1 0 2 0 3 1 0 1 1 0 ", 0, '\0'), STATUS_INVALID);
    /* a destructive policy that is named below its risk */
    cr_expect_eq(parsed_state("1 141 1 8 0 0 0 0 0 1 0 0 ", 0, '\0'), STATUS_INVALID);
    /* AllowCamera may be asked alone, but not as a group of a policy that does not exist */
    cr_expect_eq(parsed_state("1 141 1 0 2 0 3 1 0 1 2000 0 ", 0, '\0'), STATUS_OK);
    cr_expect_eq(parsed_state("1 141 1 0 2 0 2 1 0 1 40000000000 0 ", 0, '\0'), STATUS_INVALID);
    cr_expect_eq(parsed_state("1 141 1 0 2 0 4 1 0 1 40000000000 0 ", 0, '\0'), STATUS_INVALID);
    /* two in a round of one, one in a round of none */
    cr_expect_eq(parsed_state("1 141 1 0 2 0 3 1 0 1 3000 0 ", 0, '\0'), STATUS_INVALID);
    cr_expect_eq(parsed_state("1 141 1 0 2 0 0 1 0 1 2000 0 ", 0, '\0'), STATUS_INVALID);
}

Test(probe_text, never_asks_for_what_needs_a_pin_without_one)
{
    /* MaxInactivityTimeDeviceLock, where no PIN was accepted */
    cr_expect_eq(parsed_state("1 141 1 0 2 0 3 1 0 1 40 0 ", 0, '\0'), STATUS_INVALID);
}

Test(probe_text, has_no_result_that_is_only_shown)
{
    cr_expect_eq(parsed_state(FRESH, EAS_POLICY_CAMERA, 'c'), STATUS_OK);
    cr_expect_eq(parsed_state(FRESH, EAS_POLICY_CAMERA, 'b'), STATUS_INVALID, "waiting");
    cr_expect_eq(parsed_state(FRESH, EAS_POLICY_CAMERA, 'i'), STATUS_INVALID, "blind");
    cr_expect_eq(parsed_state(FRESH, EAS_POLICY_CAMERA, 'k'), STATUS_INVALID);
}

Test(probe_text, is_over_or_has_a_question)
{
    cr_expect_eq(parsed_state("1 141 1 0 0 1 0 0 0 1 0 0 ", 0, '\0'), STATUS_INVALID);
    cr_expect_eq(parsed_state("1 141 1 0 0 0 6 0 0 1 0 0 ", 0, '\0'), STATUS_INVALID);
    cr_expect_eq(parsed_state("1 141 1 0 2 0 0 0 0 1 0 0 ", 0, '\0'), STATUS_INVALID,
                 "a round is out, but none was offered");
}
