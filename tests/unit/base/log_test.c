#include "base/log.h"

#include "base/buf.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>

/* What the calls between start and end wrote to standard error. */
static int saved_stderr;
static int pipe_ends[2];

static void start_capture(void)
{
    cr_assert_eq(pipe(pipe_ends), 0);
    cr_assert_eq(fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK), 0);
    saved_stderr = dup(STDERR_FILENO);
    cr_assert_geq(dup2(pipe_ends[1], STDERR_FILENO), 0);
}

static size_t end_capture(char *text, size_t size)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    ssize_t got = read(pipe_ends[0], text, size - 1);
    size_t len = got < 0 ? 0 : (size_t)got;
    text[len] = '\0';
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return len;
}

Test(log, hostile_text_stays_on_one_line)
{
    char text[8 * LOG_LINE_MAX];
    start_capture();
    log_info("test", "%s", "user\r\n2026 error web: forged \x1b[31m\xe2\x80\xa8");
    size_t len = end_capture(text, sizeof text);
    cr_assert_gt(len, 0);
    cr_assert_eq(strchr(text, '\n'), text + len - 1);
    cr_assert_null(strchr(text, '\r'));
    cr_assert_null(strchr(text, '\x1b'));
    cr_assert_not_null(strstr(text, "\\u000d\\u000a2026"));
}

Test(log, a_json_line_quotes_quotes_and_backslashes)
{
    char text[8 * LOG_LINE_MAX];
    log_init(LOG_LEVEL_INFO, LOG_FORMAT_JSON, "web");
    start_capture();
    log_warning("http", "a \"b\" \\ c");
    end_capture(text, sizeof text);
    cr_assert_not_null(
        strstr(text, "\"level\":\"warning\",\"process\":\"web\",\"where\":\"http\""));
    cr_assert_not_null(strstr(text, "\"message\":\"a \\\"b\\\" \\\\ c\"}\n"));
}

Test(log, what_is_below_the_level_is_not_written)
{
    char text[LOG_LINE_MAX];
    log_init(LOG_LEVEL_WARNING, LOG_FORMAT_TEXT, "web");
    start_capture();
    log_info("test", "not important");
    cr_assert_eq(end_capture(text, sizeof text), 0);
}

Test(log, a_line_of_any_length_is_cut)
{
    char text[8 * LOG_LINE_MAX];
    start_capture();
    log_error("test", "%0*d", 100000, 1);
    size_t len = end_capture(text, sizeof text);
    cr_assert_lt(len, 2 * LOG_LINE_MAX);
    cr_assert_eq(text[len - 1], '\n');
}

Test(log, a_fault_is_an_error_and_a_refusal_is_not)
{
    char text[4 * LOG_LINE_MAX];
    start_capture();
    log_status("edge", status_fail(STATUS_DATABASE, "disk image is malformed"), "claim");
    log_status("edge", status_fail(STATUS_GONE, "the window is over"), "fetch");
    end_capture(text, sizeof text);
    cr_assert_not_null(
        strstr(text, "error certferry edge: claim: DATABASE: disk image is malformed"));
    cr_assert_not_null(strstr(text, "info certferry edge: fetch: GONE: the window is over"));
}

Test(log, a_reader_that_stops_reading_costs_lines_and_not_the_thread)
{
    char text[128 * 1024];
    log_init(LOG_LEVEL_INFO, LOG_FORMAT_TEXT, "web");
    start_capture();
    cr_assert_geq(fcntl(pipe_ends[1], F_SETPIPE_SZ, 4096), 4096);
    for (int i = 0; i < 1000; i++)
        log_info("test", "a line that nobody reads");
    cr_assert_gt(read(pipe_ends[0], text, sizeof text), 0);
    log_info("test", "the next line");
    size_t len = end_capture(text, sizeof text);
    cr_assert_not_null(strstr(text, " lines before this one were lost\n"));
    cr_assert_str_eq(text + len - sizeof "the next line", "the next line\n");
}

Test(log, a_reader_that_is_gone_is_nobodys_problem)
{
    char text[LOG_LINE_MAX];
    signal(SIGPIPE, SIG_IGN);
    start_capture();
    close(pipe_ends[0]);
    for (int i = 0; i < 10; i++)
        log_info("test", "a line");
    end_capture(text, sizeof text);
}
