/* What a simulated phone is to be and to do, as words of a command line or of a line of a file. */
#pragma once

#include "device.h"

/* The texts are those of the words. */
struct wish {
    const char *server;
    const char *bundle;
    const char *password_file;
    const char *profile;
    const char *version;
    const char *user;
    const char *fleet; /* NULL: one phone */
    long at_once;      /* of a fleet; 0: all */
    long seed;
    long declines;
    long polls;
    long stay;
    long patience;
    long timeout;  /* seconds */
    long interval; /* milliseconds */
    long slow;
    long drop_after;
    bool base64;
    bool help;
};

struct wish wish_usual(void);
/* words[0] is no option. `wish` is what holds for all that is not said. False: wrong use. Not for
 * several threads. */
bool wish_read(int count, char **words, struct wish *wish);
/* The words of one line, between blanks; they are cut apart in place. */
bool wish_read_line(char *line, struct wish *wish);
/* Whether one phone can be made of it. */
bool wish_is_whole(const struct wish *wish);
enum profile wish_profile(const struct wish *wish);
