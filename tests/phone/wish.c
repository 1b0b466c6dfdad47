#include "wish.h"

#include "base/text.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>

static const struct option options[] = {
    {"server", required_argument, NULL, 's'},
    {"p12", required_argument, NULL, 'b'},
    {"password-file", required_argument, NULL, 'w'},
    {"profile", required_argument, NULL, 'p'},
    {"version", required_argument, NULL, 'v'},
    {"user", required_argument, NULL, 'u'},
    {"fleet", required_argument, NULL, 'f'},
    {"at-once", required_argument, NULL, 'a'},
    {"seed", required_argument, NULL, 'n'},
    {"declines", required_argument, NULL, 'c'},
    {"polls", required_argument, NULL, 'm'},
    {"stay", required_argument, NULL, 't'},
    {"patience", required_argument, NULL, 'e'},
    {"timeout", required_argument, NULL, 'l'},
    {"interval", required_argument, NULL, 'i'},
    {"slow", required_argument, NULL, 'o'},
    {"drop-after", required_argument, NULL, 'd'},
    {"base64", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct wish wish_usual(void)
{
    return (struct wish){.profile = "supports-all",
                         .version = "14.1",
                         .seed = 1,
                         .declines = 24,
                         .polls = 60,
                         .stay = 1,
                         .timeout = 60,
                         .slow = 3,
                         .drop_after = 5};
}

static bool put_number(struct wish *wish, int letter, const char *text)
{
    const struct {
        int letter;
        long *number;
    } numbers[] = {{'n', &wish->seed},     {'m', &wish->polls},    {'t', &wish->stay},
                   {'i', &wish->interval}, {'o', &wish->slow},     {'d', &wish->drop_after},
                   {'c', &wish->declines}, {'e', &wish->patience}, {'a', &wish->at_once},
                   {'l', &wish->timeout}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char *end;
        if (numbers[i].letter != letter)
            continue;
        errno = 0;
        *numbers[i].number = strtol(text, &end, 10);
        return errno == 0 && *end == '\0' && end != text && *numbers[i].number >= 0 &&
               *numbers[i].number <= INT_MAX;
    }
    return false;
}

static bool put_text(struct wish *wish, int letter, const char *text)
{
    const struct {
        int letter;
        const char **text;
    } texts[] = {{'s', &wish->server},  {'b', &wish->bundle},  {'w', &wish->password_file},
                 {'p', &wish->profile}, {'v', &wish->version}, {'u', &wish->user},
                 {'f', &wish->fleet}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].letter == letter) {
            *texts[i].text = text;
            return true;
        }
    return put_number(wish, letter, text);
}

bool wish_read(int count, char **words, struct wish *wish)
{
    optind = 0;
    for (int letter; (letter = getopt_long(count, words, "", options, NULL)) != -1;) {
        if (letter == 'h')
            wish->help = true;
        else if (letter == 'q')
            wish->base64 = true;
        else if (letter == '?' || !put_text(wish, letter, optarg))
            return false;
    }
    return optind == count && wish->declines <= DEVICE_DECLINES;
}

bool wish_read_line(char *line, struct wish *wish)
{
    enum { WORDS_MOST = 64 };
    char *words[WORDS_MOST + 1] = {line};
    int count = 1;
    char *rest = line;
    for (char *word; (word = strsep(&rest, " \t\r\n")) != NULL;) {
        if (word[0] == '\0')
            continue;
        if (count == WORDS_MOST)
            return false;
        words[count++] = word;
    }
    return wish_read(count, words, wish);
}

enum profile wish_profile(const struct wish *wish)
{
    for (int i = 0; i < PROFILES; i++)
        if (strcmp(wish->profile, profile_words[i]) == 0)
            return (enum profile)i;
    return PROFILES;
}

static bool has_host(const char *server)
{
    static const char scheme[] = "https://";
    const size_t len = sizeof scheme - 1;
    return server != NULL && strncmp(server, scheme, len) == 0 &&
           server[len + strcspn(server + len, ":/")] != server[len];
}

/* The length of a name is one byte in a packed query. */
static bool is_user(const char *user)
{
    struct span name = span_of_text(user == NULL ? "" : user);
    return name.len > 0 && name.len <= UINT8_MAX && text_is_utf8(name) && !text_has_control(name);
}

static bool is_version(const char *version, bool packed)
{
    static const char *const versions[] = {"2.5", "12.0", "12.1", "14.0", "14.1", "16.0", "16.1"};
    enum { FIRST_PACKED = 2 };
    for (size_t i = packed ? FIRST_PACKED : 0; i < sizeof versions / sizeof versions[0]; i++)
        if (strcmp(version, versions[i]) == 0)
            return true;
    return false;
}

bool wish_is_whole(const struct wish *wish)
{
    return has_host(wish->server) && wish->bundle != NULL && wish->password_file != NULL &&
           is_user(wish->user) && is_version(wish->version, wish->base64) &&
           wish_profile(wish) < PROFILES;
}
