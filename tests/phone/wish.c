#include "wish.h"

#include <getopt.h>

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
                   {'c', &wish->declines}, {'e', &wish->patience}, {'a', &wish->at_once}};
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

bool wish_is_whole(const struct wish *wish)
{
    return wish->server != NULL && strncmp(wish->server, "https://", 8) == 0 &&
           wish->bundle != NULL && wish->password_file != NULL && wish->user != NULL &&
           wish_profile(wish) < PROFILES;
}
