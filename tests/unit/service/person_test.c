#include "service/person.h"

#include "fixture.h"

#include <stdio.h>

static const char *mail_of(const char *user, const char *mail)
{
    static char text[LIMIT_USER + 1];
    const struct person person = {.user = user, .name = "", .mail = mail, .sid = "", .device = ""};
    snprintf(text, sizeof text, "%s", person_mail(&person));
    return text;
}

Test(person, a_user_that_is_a_mail_address_is_the_mail_address)
{
    cr_expect_str_eq(mail_of("ben@example.org", ""), "ben@example.org");
    cr_expect_str_eq(mail_of("ben@example.org", "b.example@example.org"), "b.example@example.org");
}

Test(person, a_user_that_is_none_leaves_the_mail_address_out)
{
    static const char *const users[] = {"ben", "EXAMPLE\\ben", "b\xc3\xa4r@example.org",
                                        "ben@-example.org"};
    for (size_t i = 0; i < sizeof users / sizeof *users; i++)
        cr_expect_str_eq(mail_of(users[i], ""), "", "%s", users[i]);
}
