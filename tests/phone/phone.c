/*
 * certferry-phone: a simulated phone that sets up its account over mutual TLS and says of policies
 * what its profile says. For tests, and for admins who want to see a set-up work before the first
 * real phone comes.
 */
#include "course.h"

#include <getopt.h>
#include <stdio.h>
#include <time.h>

enum exit_code { EXIT_IN = 0, EXIT_NOT_IN = 1, EXIT_WRONG_USE = 2, EXIT_FAULT = 4 };

struct wish {
    const char *server;
    const char *bundle;
    const char *password_file;
    const char *profile;
    const char *version;
    const char *user;
    long seed;
    long polls;
    long stay;
    long interval;
    long slow;
    long drop_after;
    bool base64;
};

static const struct option options[] = {
    {"server", required_argument, NULL, 's'},
    {"p12", required_argument, NULL, 'b'},
    {"password-file", required_argument, NULL, 'w'},
    {"profile", required_argument, NULL, 'p'},
    {"version", required_argument, NULL, 'v'},
    {"user", required_argument, NULL, 'u'},
    {"seed", required_argument, NULL, 'n'},
    {"polls", required_argument, NULL, 'm'},
    {"stay", required_argument, NULL, 't'},
    {"interval", required_argument, NULL, 'i'},
    {"slow", required_argument, NULL, 'o'},
    {"drop-after", required_argument, NULL, 'd'},
    {"base64", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void help(void)
{
    puts("Usage: certferry-phone --server URL --p12 FILE --password-file FILE --user USER\n"
         "A simulated phone: sets up its account over mutual TLS, and says of policies what its\n"
         "profile says. Each document is a line of JSON, and the last line is what came of it.\n\n"
         "  --profile NAME     see below; supports-all\n"
         "  --version VERSION  2.5, 12.0, 12.1, 14.0, 14.1, 16.0 or 16.1; 14.1\n"
         "  --seed NUMBER      which policies it declines, and its DeviceId; 1\n"
         "  --base64           packed queries, since 12.1\n"
         "  --polls NUMBER     ends after so many; 60\n"
         "  --stay NUMBER      ends when it was let in so many times one after another; 1\n"
         "  --interval MS      between polls; 0\n"
         "  --slow NUMBER      polls that the user of a slow phone needs for a PIN; 3\n"
         "  --drop-after N     requests until drops-certificate drops it; 5\n\n"
         "Exit codes: 0 let in, 1 not let in, 2 wrong use, 4 no answer. Profiles:");
    for (int i = 0; i < PROFILES; i++)
        printf("  %-18s %s\n", profile_words[i], profile_deeds[i]);
}

/* ---- options --------------------------------------------------------------------------------- */

static bool put_number(struct wish *wish, int letter, const char *text)
{
    const struct {
        int letter;
        long *number;
    } numbers[] = {{'n', &wish->seed},     {'m', &wish->polls}, {'t', &wish->stay},
                   {'i', &wish->interval}, {'o', &wish->slow},  {'d', &wish->drop_after}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char *end;
        if (numbers[i].letter != letter)
            continue;
        *numbers[i].number = strtol(text, &end, 10);
        return *end == '\0' && end != text && *numbers[i].number >= 0;
    }
    return false;
}

static bool put_text(struct wish *wish, int letter, const char *text)
{
    const struct {
        int letter;
        const char **text;
    } texts[] = {{'s', &wish->server},  {'b', &wish->bundle},  {'w', &wish->password_file},
                 {'p', &wish->profile}, {'v', &wish->version}, {'u', &wish->user}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].letter == letter) {
            *texts[i].text = text;
            return true;
        }
    return put_number(wish, letter, text);
}

static int profile_of(const char *word)
{
    for (int i = 0; i < PROFILES; i++)
        if (strcmp(word, profile_words[i]) == 0)
            return i;
    return -1;
}

static bool is_whole(const struct wish *wish)
{
    return wish->server != NULL && strncmp(wish->server, "https://", 8) == 0 &&
           wish->bundle != NULL && wish->password_file != NULL && wish->user != NULL &&
           profile_of(wish->profile) >= 0;
}

static bool read_options(int count, char **words, struct wish *wish, bool *ret_help)
{
    for (int letter; (letter = getopt_long(count, words, "", options, NULL)) != -1;) {
        if (letter == 'h')
            *ret_help = true;
        else if (letter == 'q')
            wish->base64 = true;
        else if (letter == '?' || !put_text(wish, letter, optarg))
            return false;
    }
    return *ret_help || (optind == count && is_whole(wish));
}

/* ---- the course ------------------------------------------------------------------------------ */

static bool open_line(const struct wish *wish, struct line **ret_line)
{
    char password[256] = "";
    char *host defer(free) = strdup(wish->server + strlen("https://"));
    FILE *file = fopen(wish->password_file, "r");
    if (file == NULL || fgets(password, sizeof password, file) == NULL)
        fprintf(stderr, "certferry-phone: %s cannot be read\n", wish->password_file);
    if (file != NULL)
        fclose(file);
    password[strcspn(password, "\r\n")] = '\0';
    if (host == NULL)
        return false;
    host[strcspn(host, "/")] = '\0';
    char *colon = strrchr(host, ':');
    const char *port = colon == NULL ? "443" : colon + 1;
    if (colon != NULL)
        *colon = '\0';
    bool opened = line_open(host, port, wish->bundle, password, ret_line);
    explicit_bzero(password, sizeof password);
    return opened;
}

static void sleep_for(long milliseconds)
{
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static enum course_step run(struct course *course, const struct wish *wish, int *ret_http)
{
    enum course_step step = COURSE_AGAIN;
    long stayed = 0;
    for (long poll = 0; poll < wish->polls && stayed < wish->stay; poll++) {
        step = course_poll(course, ret_http);
        stayed = step == COURSE_IN ? stayed + 1 : 0;
        if (step > COURSE_AGAIN)
            break;
        sleep_for(wish->interval);
    }
    return step;
}

static void print_end(const struct course *course, enum course_step step, int http)
{
    static const char *const words[] = {[COURSE_IN] = "in",
                                        [COURSE_AGAIN] = "asked_again",
                                        [COURSE_LATER] = "later",
                                        [COURSE_REFUSED] = "refused",
                                        [COURSE_FAILED] = "failed"};
    struct buf line defer(buf_clear) = BUF_INIT(8192);
    buf_printf(&line, "{\"end\":\"%s\",\"http\":%d,\"documents\":%d,\"asked\":", words[step], http,
               course->documents);
    device_append_names(&line, course->told);
    buf_append_text(&line, ",\"partial\":");
    device_append_names(&line, course->device.partial);
    buf_append_text(&line, ",\"refused\":");
    device_append_names(&line, course->device.refused);
    buf_append_text(&line, "}");
    if (line.failure == STATUS_OK)
        puts((const char *)line.ptr);
}

static enum exit_code simulate(const struct wish *wish)
{
    struct line *line defer(line_close) = NULL;
    int http = 0;
    if (!open_line(wish, &line))
        return EXIT_FAULT;
    struct course course = {
        .line = line,
        .device = device_of((enum profile)profile_of(wish->profile), (uint64_t)wish->seed),
        .user = wish->user,
        .version = wish->version,
        .base64 = wish->base64,
        .slow = (int)wish->slow,
        .drop_after = (int)wish->drop_after,
    };
    snprintf(course.id, sizeof course.id, "SIM%08lX", (unsigned long)wish->seed & 0xffffffffu);
    if (!course_begin(&course))
        return EXIT_FAULT;
    enum course_step step = run(&course, wish, &http);
    print_end(&course, step, http);
    return step == COURSE_IN ? EXIT_IN : step == COURSE_FAILED ? EXIT_FAULT : EXIT_NOT_IN;
}

int main(int count, char **words)
{
    struct wish wish = {.profile = "supports-all",
                        .version = "14.1",
                        .seed = 1,
                        .polls = 60,
                        .stay = 1,
                        .slow = 3,
                        .drop_after = 5};
    bool wants_help = false;
    if (!read_options(count, words, &wish, &wants_help)) {
        fputs("certferry-phone: wrong use; see certferry-phone --help\n", stderr);
        return EXIT_WRONG_USE;
    }
    if (wants_help) {
        help();
        return EXIT_IN;
    }
    return simulate(&wish);
}
