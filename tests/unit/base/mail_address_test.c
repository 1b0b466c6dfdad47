#include "base/mail_address.h"

#include "base/buf.h"

#include <criterion/criterion.h>

Test(mail_address, takes_the_plain_form)
{
    static const char *const good[] = {
        "ann@example.org",
        "a@b",
        "ann.o'neil+phone@mail.example.org",
        "!#$%&'*+-/=?^_`{|}~@example.org",
        "x@xn--bcher-kva.example",
        "root@localhost",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_expect_eq(mail_address_check(good[i]), STATUS_OK, "%s: %s", good[i], status_detail());
}

Test(mail_address, refuses_everything_else)
{
    static const char *const bad[][2] = {
        {"", "is missing"},
        {"ann", "'ann' is not name@example.org"},
        {"@example.org", "is not name@example.org"},
        {"ann@", "is not name@example.org"},
        {"ann@@example.org", "is not name@example.org"},
        {"ann@b@example.org", "is not name@example.org"},
        {".ann@example.org", "is not name@example.org"},
        {"ann.@example.org", "is not name@example.org"},
        {"a..n@example.org", "is not name@example.org"},
        {"\"ann\"@example.org", "is not name@example.org"},
        {"ann(x)@example.org", "is not name@example.org"},
        {"Ann <ann@example.org>", "is not name@example.org"},
        {"ann@example.org>", "is not name@example.org"},
        {"ann@example.org,bob@example.org", "is not name@example.org"},
        {"ann@[192.0.2.1]", "is not name@example.org"},
        {"ann@192.0.2.1", "is not name@example.org"},
        {"ann@-x.org", "is not name@example.org"},
        {"ann@example..org", "is not name@example.org"},
        {"ann@example.org.", "is not name@example.org"},
        {"ann@example.org ", "is not name@example.org"},
        {"ann @example.org", "is not name@example.org"},
        {"ann@example.org\r\nBcc: x@example.org", "outside ASCII"},
        {"ann@example.org\n", "outside ASCII"},
        {"ann\t@example.org", "outside ASCII"},
        {"zoë@example.org", "RFC 6531"},
        {"ann@b\xc3\xbc"
         "cher.example",
         "RFC 6531"},
        {"ann\xff@example.org", "outside ASCII"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(mail_address_check(bad[i][0]), STATUS_INVALID, "%s", bad[i][0]);
        cr_expect(strstr(status_detail(), bad[i][1]) != NULL, "%s: %s", bad[i][0], status_detail());
    }
}

static enum status check_long(size_t local, size_t label, size_t labels)
{
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    buf_append_repeated(&text, 'a', local);
    buf_append_byte(&text, '@');
    for (size_t i = 0; i < labels; i++) {
        buf_append_text(&text, i == 0 ? "" : ".");
        buf_append_repeated(&text, 'b', label);
    }
    return mail_address_check((const char *)text.ptr);
}

Test(mail_address, has_the_bounds_of_the_rfc)
{
    cr_assert_eq(check_long(64, 63, 2), STATUS_OK);
    cr_assert_eq(check_long(65, 63, 2), STATUS_INVALID);
    cr_assert_eq(check_long(64, 64, 2), STATUS_INVALID);
    cr_assert_eq(check_long(62, 63, 3), STATUS_OK); /* 62 + 1 + 191 */
    cr_assert_eq(check_long(63, 63, 3), STATUS_INVALID);
}

Test(mail_address, the_domain_stands_behind_the_sign)
{
    cr_assert_str_eq(mail_address_domain("ann@example.org"), "example.org");
}
