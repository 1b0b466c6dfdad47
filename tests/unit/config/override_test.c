#include "config/override.h"

#include <criterion/criterion.h>

static struct config *defaults(void)
{
    struct config *config = NULL;
    cr_assert_eq(config_defaults("/etc", &config), STATUS_OK);
    return config;
}

Test(override, stands_in_place_of_what_was_there)
{
    struct config *config defer(config_free) = defaults();
    cr_assert_eq(config_override(config, "organisation", "name", "Ferry"), STATUS_OK);
    cr_assert_str_eq(config->organisation_name, "Ferry");
    cr_assert_str_eq(config_text(config, "organisation", "name"), "Ferry");
}

Test(override, gives_way_to_the_environment)
{
    setenv("CERTFERRY_ORGANISATION_NAME", "Outside", 1);
    struct config *config defer(config_free) = defaults();
    cr_assert_eq(config_origin(config, "organisation", "name"), CONFIG_FROM_ENVIRONMENT);
    cr_assert_eq(config_override(config, "organisation", "name", "Ferry"), STATUS_OK);
    cr_assert_str_neq(config->organisation_name, "Ferry");
}

Test(override, refuses_what_the_file_could_not_hold)
{
    struct config *config defer(config_free) = defaults();
    cr_assert_eq(config_override(config, "organisation", "color", "red"), STATUS_CONFIG);
    cr_assert_not_null(strstr(status_detail(), "organisation.color"));
    cr_assert_str_eq(config->organisation_color, "#1d4ed8");
    cr_assert_eq(config_override(config, "organisation", "motto", "x"), STATUS_CONFIG);
}

Test(override, tells_the_default_from_the_file)
{
    struct config *config defer(config_free) = NULL;
    cr_assert_eq(config_load(TEST_DATA "/config/good.conf", &config), STATUS_OK);
    cr_assert_eq(config_origin(config, "organisation", "name"), CONFIG_FROM_FILE);
    cr_assert_eq(config_origin(config, "log", "level"), CONFIG_FROM_DEFAULT);
}
