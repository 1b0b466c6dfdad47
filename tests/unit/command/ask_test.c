#include "command/ask.h"

#include "base/limits.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static char path[64];

static void put(const char *text, size_t len)
{
    snprintf(path, sizeof path, "/tmp/certferry-ask-XXXXXX");
    int fd defer(close) = mkstemp(path);
    cr_assert_eq(write(fd, text, len), (ssize_t)len);
}

static void remove_file(void)
{
    unlink(path);
}

TestSuite(ask, .fini = remove_file);

Test(ask, one_line_end_is_not_part_of_a_secret)
{
    static const char *const texts[] = {"swordfish", "swordfish\n", "swordfish\r\n"};
    for (size_t i = 0; i < 3; i++) {
        put(texts[i], strlen(texts[i]));
        struct secret *secret defer(secret_free) = NULL;
        cr_assert_eq(ask_file(path, &secret), STATUS_OK, "%s", status_detail());
        cr_expect_str_eq(secret_text(secret), "swordfish");
        remove_file();
    }
}

Test(ask, an_empty_file_is_refused)
{
    static const char *const texts[] = {"", "\n"};
    for (size_t i = 0; i < 2; i++) {
        put(texts[i], strlen(texts[i]));
        struct secret *secret defer(secret_free) = NULL;
        cr_expect_eq(ask_file(path, &secret), STATUS_INVALID);
        cr_expect_neq(strstr(status_detail(), path), NULL, "%s", status_detail());
        remove_file();
    }
}

Test(ask, a_file_that_is_too_large_is_refused)
{
    static char text[LIMIT_PASSPHRASE + 2];
    memset(text, 'x', sizeof text);
    put(text, sizeof text);
    struct secret *secret defer(secret_free) = NULL;
    cr_expect_eq(ask_file(path, &secret), STATUS_TOO_LARGE);
}

Test(ask, without_a_terminal_the_other_way_is_told)
{
    if (setsid() < 0) {
        int terminal defer(close) = open("/dev/tty", O_RDWR | O_CLOEXEC);
        if (terminal >= 0 && ioctl(terminal, TIOCNOTTY) != 0)
            cr_skip_test("this process cannot leave its terminal");
    }
    struct secret *secret defer(secret_free) = NULL;
    cr_expect_eq(ask_terminal("Password: ", "give --password-file FILE", &secret), STATUS_USAGE);
    cr_expect_str_eq(status_detail(), "there is no terminal to ask at: give --password-file FILE");
}
