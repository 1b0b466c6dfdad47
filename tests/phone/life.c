#include "life.h"

#include "course.h"

#include <stdio.h>
#include <time.h>

enum { PAUSE = 20 }; /* milliseconds after no answer */

/* Cuts "host:8444/path" and "[::1]:8444" in place; an address comes without its brackets. */
static void cut_host(char *text, const char **ret_host, const char **ret_port)
{
    text[strcspn(text, "/")] = '\0';
    char *bracket = text[0] == '[' ? strchr(text, ']') : NULL;
    char *colon = strchr(bracket == NULL ? text : bracket, ':');
    *ret_host = bracket == NULL ? text : text + 1;
    *ret_port = colon == NULL ? "443" : colon + 1;
    if (colon != NULL)
        *colon = '\0';
    if (bracket != NULL)
        *bracket = '\0';
}

static bool open_line(const struct wish *wish, struct line **ret_line)
{
    char password[256] = "";
    const char *host;
    const char *port;
    char *text defer(free) = strdup(wish->server + strlen("https://"));
    FILE *file = fopen(wish->password_file, "r");
    if (file == NULL || fgets(password, sizeof password, file) == NULL)
        fprintf(stderr, "certferry-phone: %s cannot be read\n", wish->password_file);
    if (file != NULL)
        fclose(file);
    password[strcspn(password, "\r\n")] = '\0';
    if (text == NULL)
        return false;
    cut_host(text, &host, &port);
    bool opened = line_open(host, port, wish->bundle, password, wish->timeout, ret_line);
    explicit_bzero(password, sizeof password);
    return opened;
}

static long milliseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleep_for(long milliseconds)
{
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* ---- the course ------------------------------------------------------------------------------ */

static bool begin(struct course *course, const struct wish *wish)
{
    for (long tries = 0; !course_begin(course); tries++) {
        if (tries == wish->patience)
            return false;
        sleep_for(PAUSE);
    }
    return true;
}

/* It was let in, or was sent to Provision; or it bears it that nobody answers for some time. */
static bool goes_on(const struct course *course, const struct wish *wish, enum course_step step,
                    long unanswered)
{
    if (course->wiped || step == COURSE_LATER || step == COURSE_REFUSED)
        return false;
    return step != COURSE_FAILED || unanswered <= wish->patience;
}

static enum course_step run(struct course *course, const struct wish *wish, int *ret_http)
{
    enum course_step step = COURSE_AGAIN;
    long stayed = 0;
    long unanswered = 0;
    for (long poll = 0; poll < wish->polls && stayed < wish->stay; poll++) {
        step = course_poll(course, ret_http);
        stayed = step == COURSE_IN ? stayed + 1 : 0;
        unanswered = step == COURSE_FAILED ? unanswered + 1 : 0;
        if (!goes_on(course, wish, step, unanswered))
            break;
        sleep_for(step == COURSE_FAILED ? PAUSE : wish->interval);
    }
    return course->wiped ? COURSE_WIPE : step;
}

/* ---- what came of it ------------------------------------------------------------------------- */

static void print_end(const struct course *course, enum course_step step, int http, long taken)
{
    static const char *const words[] = {
        [COURSE_IN] = "in",           [COURSE_AGAIN] = "asked_again", [COURSE_LATER] = "later",
        [COURSE_REFUSED] = "refused", [COURSE_FAILED] = "failed",     [COURSE_WIPE] = "wipe"};
    struct buf line defer(buf_clear) = BUF_INIT(8192);
    buf_printf(&line, "{\"end\":\"%s\",\"http\":%d,\"documents\":%d,\"requests\":%d,", words[step],
               http, course->documents, course->requests);
    buf_printf(&line, "\"milliseconds\":%ld,", taken);
    course_append_name(&line, course);
    buf_printf(&line, ",\"version\":\"%s\",\"profile\":\"%s\",\"asked\":", course->version,
               profile_words[course->device.profile]);
    device_append_names(&line, course->told);
    buf_append_text(&line, ",\"partial\":");
    device_append_names(&line, course->device.partial);
    buf_append_text(&line, ",\"refused\":");
    device_append_names(&line, course->device.refused);
    buf_append_text(&line, "}\n");
    if (line.failure == STATUS_OK)
        fputs((const char *)line.ptr, stdout);
}

static enum life_end end_of(enum course_step step)
{
    switch (step) {
    case COURSE_IN:
        return LIFE_IN;
    case COURSE_AGAIN:
    case COURSE_LATER:
    case COURSE_REFUSED:
        return LIFE_NOT_IN;
    case COURSE_FAILED:
        return LIFE_FAULT;
    case COURSE_WIPE:
        return LIFE_WIPE;
    }
    return LIFE_FAULT;
}

enum life_end life_run(const struct wish *wish)
{
    struct line *line defer(line_close) = NULL;
    int http = 0;
    if (!open_line(wish, &line))
        return LIFE_FAULT;
    struct course course = {
        .line = line,
        .device = device_of(wish_profile(wish), (uint64_t)wish->seed, (int)wish->declines),
        .user = wish->user,
        .version = wish->version,
        .base64 = wish->base64,
        .slow = (int)wish->slow,
        .drop_after = (int)wish->drop_after,
    };
    snprintf(course.id, sizeof course.id, "SIM%08lX", (unsigned long)wish->seed & 0xffffffffu);
    long begun = milliseconds_now();
    enum course_step step = begin(&course, wish) ? run(&course, wish, &http) : COURSE_FAILED;
    print_end(&course, step, http, milliseconds_now() - begun);
    return end_of(step);
}
