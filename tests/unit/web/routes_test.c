#include "web/application.h"

#include <criterion/criterion.h>

/* Rules that every row keeps, whoever adds it. */

static bool begins(const struct route *route, const char *path)
{
    size_t len = strlen(path);
    return strncmp(route->pattern, path, len) == 0 &&
           (route->pattern[len] == '\0' || route->pattern[len] == '/');
}

static bool is_way_in(const struct route *route)
{
    return begins(route, "/admin/login") || begins(route, "/admin/certificate");
}

typedef bool rule(const struct route *route);

static void expect_of_all(rule *keeps)
{
    for (size_t i = 0; i < web_route_count; i++)
        cr_expect(keeps(&web_routes[i]), "%s %s", method_name(web_routes[i].method),
                  web_routes[i].pattern);
}

static bool asks_who_it_is(const struct route *route)
{
    bool operators = begins(route, "/admin") && !is_way_in(route);
    return operators == (route->credential == CREDENTIAL_SESSION);
}

Test(routes, operators_pages_and_nothing_else_ask_for_a_session)
{
    expect_of_all(asks_who_it_is);
}

static bool comes_from_our_page(const struct route *route)
{
    return !begins(route, "/admin") || route->method == METHOD_GET || route->csrf;
}

Test(routes, what_changes_something_for_operators_comes_from_a_page_of_ours)
{
    expect_of_all(comes_from_our_page);
}

static bool is_encrypted(const struct route *route)
{
    const unsigned encrypted = LISTENER_HTTPS | LISTENER_OPERATOR;
    return !begins(route, "/admin") || (route->listeners & ~encrypted) == 0;
}

Test(routes, operators_pages_are_encrypted)
{
    expect_of_all(is_encrypted);
}

static bool is_slowed(const struct route *route)
{
    return !is_way_in(route) || route->method == METHOD_GET || route->rate == RATE_LOGIN;
}

Test(routes, every_way_in_is_slowed)
{
    expect_of_all(is_slowed);
}

static bool is_for_admins(const struct route *route)
{
    bool power = begins(route, "/admin/operators") || begins(route, "/admin/keys");
    return !power || route->role == ROLE_ADMIN;
}

Test(routes, who_may_log_in_is_for_admins_to_say)
{
    expect_of_all(is_for_admins);
}

static bool changes_no_more_than_oneself(const struct route *route)
{
    bool own = begins(route, "/admin/account") || begins(route, "/admin/password") ||
               begins(route, "/admin/logout");
    bool low = route->role == ROLE_SELF || route->role == ROLE_AUDITOR;
    return !low || route->method == METHOD_GET || own || route->credential == CREDENTIAL_NONE;
}

Test(routes, an_auditor_changes_nothing_but_the_own_account)
{
    expect_of_all(changes_no_more_than_oneself);
}
