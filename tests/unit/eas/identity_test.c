#include "eas/identity.h"

#include <criterion/criterion.h>

static const struct identity_domain domains[] = {{"CORP", "example.org"}};

struct pair {
    const char *identity;
    const char *user;
    enum identity_match match;
};

static void check(const struct identity_rules *rules, const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(identity_compare(rules, pairs[i].identity, span_of_text(pairs[i].user)),
                     pairs[i].match, "%s and %s", pairs[i].identity, pairs[i].user);
}

Test(identity, compares_every_written_form)
{
    static const struct pair pairs[] = {
        {"anna@example.org", "anna@example.org", IDENTITY_SAME},
        {"anna@example.org", "ANNA@Example.ORG", IDENTITY_SAME},
        {"anna@example.org", "anna", IDENTITY_SAME},
        {"anna@example.org", "EXAMPLE\\anna", IDENTITY_SAME},
        {"anna@example.org", "example%5Canna", IDENTITY_SAME},
        {"anna@example.org", "example%5canna", IDENTITY_SAME},
        {"anna@example.org", "EXAMPLE\\anna@example.org", IDENTITY_SAME},
        {"anna@example.org", "EXAMPLE\\anna@example.net", IDENTITY_OTHER},
        {"anna@example.org", "OTHER\\anna", IDENTITY_UNCLEAR},
        {"anna@example.org", "OTHER\\ben", IDENTITY_OTHER},
        {"anna@example.org", "anna@example.net", IDENTITY_OTHER},
        {"anna@example.org", "anna@", IDENTITY_OTHER},
        {"anna@example.org", "@example.org", IDENTITY_OTHER},
        {"anna@example.org", "\\anna", IDENTITY_UNCLEAR},
        {"anna@example.org", "ann", IDENTITY_OTHER},
        {"anna@example.org", "%5", IDENTITY_OTHER},
        {"anna", "anna", IDENTITY_SAME},
        {"anna", "anna@example.org", IDENTITY_UNCLEAR},
        {"Zoë", "Zoë", IDENTITY_SAME},
    };
    check(&identity_rules_default, pairs, sizeof pairs / sizeof pairs[0]);
}

Test(identity, translates_a_netbios_domain_by_the_rules_alone_where_there_is_one)
{
    static const struct pair pairs[] = {
        {"anna@example.org", "corp\\anna", IDENTITY_SAME},
        {"anna@corp.example", "CORP\\anna", IDENTITY_OTHER},
        {"anna@example.org", "EXAMPLE\\anna", IDENTITY_SAME},
    };
    struct identity_rules rules = identity_rules_default;
    rules.domains = domains;
    rules.domain_count = 1;
    check(&rules, pairs, sizeof pairs / sizeof pairs[0]);
}

Test(identity, is_the_first_of_the_configured_names)
{
    const struct certificate_info all = {.upn = "u@x", .mail = "m@x", .common_name = "c"};
    const struct certificate_info mail = {.upn = "", .mail = "m@x", .common_name = "c"};
    const struct certificate_info none = {.upn = "", .mail = "", .common_name = ""};
    static const enum identity_source name_first[] = {IDENTITY_CN, IDENTITY_UPN};
    const struct identity_rules rules = {.sources = name_first, .source_count = 2};
    cr_expect_str_eq(identity_of(&identity_rules_default, &all), "u@x");
    cr_expect_str_eq(identity_of(&identity_rules_default, &mail), "m@x");
    cr_expect_null(identity_of(&identity_rules_default, &none));
    cr_expect_str_eq(identity_of(&rules, &all), "c");
}
