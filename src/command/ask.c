/* /dev/tty rather than standard input, so that a pipe can carry other things. */
#include "command/ask.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>

enum status ask_file(const char *path, struct secret **ret_secret)
{
    struct secret *secret defer(secret_free) = NULL;
    TRY(secret_read_file(path, LIMIT_PASSPHRASE, true, &secret));
    if (secret_span(secret).len == 0)
        return status_fail(STATUS_INVALID, "%s is empty", path);
    *ret_secret = take(secret);
    return STATUS_OK;
}

static enum status write_text(int fd, const char *text)
{
    size_t len = strlen(text);
    if (write(fd, text, len) != (ssize_t)len)
        return status_fail_errno(STATUS_IO, "the terminal cannot be written");
    return STATUS_OK;
}

/* The terminal hands over whole lines. */
static enum status read_line(int fd, struct secret **ret_secret)
{
    struct secret *line defer(secret_free) = NULL;
    TRY(secret_new(LIMIT_PASSPHRASE, &line));
    ssize_t len = read(fd, secret_bytes(line), LIMIT_PASSPHRASE);
    if (len < 0)
        return status_fail_errno(STATUS_IO, "the terminal cannot be read");
    if (len <= 1 || secret_bytes(line)[len - 1] != '\n')
        return status_fail(STATUS_INVALID, "nothing was typed");
    return secret_copy(span_of(secret_bytes(line), (size_t)len - 1), ret_secret);
}

static enum status ask_without_echo(int fd, const char *prompt, struct secret **ret_secret)
{
    struct termios before;
    if (tcgetattr(fd, &before) != 0)
        return status_fail_errno(STATUS_IO, "the terminal cannot be set");
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(fd, TCSAFLUSH, &silent) != 0)
        return status_fail_errno(STATUS_IO, "the terminal cannot be set");
    enum status status = write_text(fd, prompt);
    if (status == STATUS_OK)
        status = read_line(fd, ret_secret);
    tcsetattr(fd, TCSAFLUSH, &before);
    return status == STATUS_OK ? write_text(fd, "\n") : status;
}

enum status ask_terminal(const char *prompt, const char *otherwise, struct secret **ret_secret)
{
    int fd defer(close) = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return status_fail(STATUS_USAGE, "there is no terminal to ask at: %s", otherwise);
    return ask_without_echo(fd, prompt, ret_secret);
}
