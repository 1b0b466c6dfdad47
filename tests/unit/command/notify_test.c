#include "command/notify.h"

#include "base/cleanup.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A service manager that listens at `name`; @ stands for the abstract namespace. */
static int manager(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    cr_assert_eq(bind(fd, (const struct sockaddr *)&address, len), 0);
    return fd;
}

static void expect_message(int fd, const char *expected)
{
    char message[64] = "";
    ssize_t got = recv(fd, message, sizeof message - 1, 0);
    cr_expect_eq(got, (ssize_t)strlen(expected));
    cr_expect_str_eq(message, expected);
}

Test(notify, tells_a_manager_in_the_file_system)
{
    char folder[] = "/tmp/certferry-notify-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    char name[64];
    snprintf(name, sizeof name, "%s/socket", folder);
    int fd defer(close) = manager(name);
    setenv("NOTIFY_SOCKET", name, 1);
    notify_manager("READY=1");
    expect_message(fd, "READY=1");
    unlink(name);
    rmdir(folder);
}

Test(notify, tells_a_manager_in_the_abstract_namespace)
{
    char name[64];
    snprintf(name, sizeof name, "@certferry-notify-%ld", (long)getpid());
    int fd defer(close) = manager(name);
    setenv("NOTIFY_SOCKET", name, 1);
    notify_manager("STOPPING=1");
    expect_message(fd, "STOPPING=1");
}

Test(notify, does_nothing_without_a_manager_or_with_a_name_that_is_none)
{
    static char endless[300];
    memset(endless, 'x', sizeof endless - 1);
    const char *const names[] = {"", "/", "/nowhere/socket", endless};
    unsetenv("NOTIFY_SOCKET");
    notify_manager("READY=1");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        notify_manager("READY=1");
    }
}
