#include "service/settings.h"

#include "fixture.h"

static struct fixture fixture;

static void setup(void)
{
    fixture_open(&fixture);
}

static void teardown(void)
{
    fixture_close(&fixture);
}

TestSuite(settings, .init = setup, .fini = teardown);

static enum status set(enum setting setting, const char *value)
{
    struct setting_change changes[SETTING_COUNT] = {0};
    changes[setting].value = value;
    return settings_change(fixture.service, &anna, changes);
}

static struct setting_value read_one(enum setting setting)
{
    struct setting_value values[SETTING_COUNT];
    expect_ok(settings_read(fixture.service, values));
    return values[setting];
}

static int64_t acts(void)
{
    return ask_sql(&fixture, "SELECT count(*) FROM audit WHERE action = 'setting.change'");
}

Test(settings, one_that_was_set_counts_when_the_configuration_is_read_again)
{
    expect_ok(set(SETTING_CONTACT, "+49 30 1234567"));
    fixture_restart(&fixture);
    cr_assert_str_eq(fixture.config->organisation_contact, "+49 30 1234567");
    cr_assert_eq(read_one(SETTING_CONTACT).origin, SETTING_PAGE);
    cr_assert_str_eq(read_one(SETTING_CONTACT).value, "+49 30 1234567");
    cr_assert_eq(acts(), 1);
}

Test(settings, what_was_not_set_comes_from_the_file_or_is_the_default)
{
    cr_assert_eq(read_one(SETTING_ORGANISATION).origin, SETTING_FILE);
    cr_assert_eq(read_one(SETTING_CONTACT).origin, SETTING_DEFAULT);
}

Test(settings, the_environment_wins_and_is_not_changed_here)
{
    expect_ok(set(SETTING_CONTACT, "page"));
    setenv("CERTFERRY_ORGANISATION_CONTACT", "outside", 1);
    fixture_restart(&fixture);
    cr_assert_str_eq(fixture.config->organisation_contact, "outside");
    cr_assert_eq(read_one(SETTING_CONTACT).origin, SETTING_ENVIRONMENT);
    expect_detail(set(SETTING_CONTACT, "other"), STATUS_CONFLICT, "environment");
}

Test(settings, one_is_given_back_to_the_file)
{
    expect_ok(set(SETTING_ORGANISATION, "Ferry"));
    fixture_restart(&fixture);
    cr_assert_str_eq(fixture.config->organisation_name, "Ferry");
    struct setting_change changes[SETTING_COUNT] = {[SETTING_ORGANISATION] = {.back = true}};
    expect_ok(settings_change(fixture.service, &anna, changes));
    fixture_restart(&fixture);
    cr_assert_str_eq(fixture.config->organisation_name, "Example");
    cr_assert_eq(read_one(SETTING_ORGANISATION).origin, SETTING_FILE);
    cr_assert_eq(acts(), 2);
}

static const struct {
    enum setting setting;
    const char *value;
    const char *why;
} bad[] = {
    {SETTING_ORGANISATION, "", "organisation.name"},
    {SETTING_COLOR, "blue", "organisation.color"},
    {SETTING_COLOR, "#ffff00", "contrast"},
    {SETTING_CONTACT, "a\nb", "organisation.contact"},
};

Test(settings, what_cannot_be_is_refused_and_nothing_is_changed)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct setting_change changes[SETTING_COUNT] = {
            [SETTING_CONTACT] = {.value = "good"},
        };
        changes[bad[i].setting].value = bad[i].value;
        expect_detail(settings_change(fixture.service, &anna, changes), STATUS_INVALID, bad[i].why);
    }
    cr_assert_eq(acts(), 0);
    cr_assert_eq(ask_sql(&fixture, "SELECT count(*) FROM setting WHERE key LIKE 'option.%'"), 0);
}

Test(settings, what_changes_nothing_leaves_no_trace)
{
    expect_ok(set(SETTING_ORGANISATION, "Example"));
    cr_assert_eq(acts(), 0);
    cr_assert_eq(read_one(SETTING_ORGANISATION).origin, SETTING_FILE);
}

Test(settings, a_value_that_is_no_longer_valid_is_left_out)
{
    run_sql(&fixture, "INSERT INTO setting VALUES ('option.organisation.color', 'red', 1)");
    fixture_restart(&fixture);
    cr_assert_str_eq(fixture.config->organisation_color, "#1d4ed8");
}
