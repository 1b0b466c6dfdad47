/*
 * certferry-phone: a simulated phone that sets up its account over mutual TLS and says of policies
 * what its profile says; or many of them. For tests, and for admins who want to see a set-up work
 * before the first real phone comes.
 */
#include "fleet.h"
#include "line.h"

#include <signal.h>
#include <stdio.h>

static void help(void)
{
    puts("Usage: certferry-phone --server URL --p12 FILE --password-file FILE --user USER\n"
         "       certferry-phone --fleet FILE [--at-once NUMBER]\n"
         "A simulated phone: sets up its account over mutual TLS, and says of policies what its\n"
         "profile says. Each document is a line of JSON, and the last line is what came of it.\n\n"
         "  --profile NAME     see below; supports-all\n"
         "  --version VERSION  2.5, 12.0, 12.1, 14.0, 14.1, 16.0 or 16.1; 14.1\n"
         "  --seed NUMBER      which policies it declines, and its DeviceId; 1\n"
         "  --declines NUMBER  of each 64 policies; 24\n"
         "  --base64           packed queries, since 12.1\n"
         "  --polls NUMBER     ends after so many; 60\n"
         "  --stay NUMBER      ends when it was let in so many times one after another; 1\n"
         "  --patience NUMBER  requests without an answer that it bears in a row; 0\n"
         "  --timeout SECONDS  of silence that count as no answer, 0 for none; 60\n"
         "  --interval MS      between polls; 0\n"
         "  --slow NUMBER      polls that the user of a slow phone needs for a PIN; 3\n"
         "  --drop-after N     requests until drops-certificate drops it; 5\n"
         "  --fleet FILE       many phones: each line has the options of one\n"
         "  --at-once NUMBER   of them; all\n\n"
         "Exit codes: 0 let in, 1 not let in, 2 wrong use, 4 no answer, 5 told to wipe itself;\n"
         "of a fleet the worst. Profiles:");
    for (int i = 0; i < PROFILES; i++)
        printf("  %-18s %s\n", profile_words[i], profile_deeds[i]);
}

int main(int count, char **words)
{
    struct wish wish = wish_usual();
    bool read = wish_read(count, words, &wish);
    signal(SIGPIPE, SIG_IGN);
    line_prepare();
    if (read && wish.help) {
        help();
        return LIFE_IN;
    }
    if (read && wish.fleet != NULL)
        return fleet_run(&wish);
    if (!read || !wish_is_whole(&wish)) {
        fputs("certferry-phone: wrong use; see certferry-phone --help\n", stderr);
        return LIFE_WRONG_USE;
    }
    return life_run(&wish);
}
