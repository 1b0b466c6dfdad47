/* What init and import have in common: where the authority goes, whose it is, and what is printed
 * once. */
#pragma once

#include "command/command.h"
#include "command/session.h"
#include "config/config.h"
#include "service/authority.h"

#include <limits.h>

enum { AUTHORITY_NAMES_MAX = 32 };

/* The request points into the invocation and into this struct, which therefore stays in place. */
struct authority_arguments {
    struct authority_request request;
    struct config_setting settings[3];
    const char *names[AUTHORITY_NAMES_MAX + 1];
    char names_text[AUTHORITY_NAMES_MAX * 64];
    char passphrase_file[PATH_MAX];
    char user[SESSION_USER_SIZE];
};

/* clang-format off */
#define AUTHORITY_ARGUMENTS                                                                        \
    {.kind = ARGUMENT_WORD, .name = "DIR",                                                         \
     .help = "Folder for everything; it must be empty or not exist"},                              \
    {.kind = ARGUMENT_TEXT, .name = "name", .value = "ORG", .required = true,                      \
     .help = "Name of the organisation"},                                                          \
    {.kind = ARGUMENT_TEXT, .name = "host", .value = "FQDN", .required = true,                     \
     .help = "Name or address that phones will use"},                                              \
    {.kind = ARGUMENT_TEXT, .name = "names", .value = "HOST,...",                                  \
     .help = "Further names that phones may use"},                                           \
    {.kind = ARGUMENT_NUMBER, .name = "http-port", .value = "N", .most = 65535,                    \
     .help = "Port of the plain listener, 8080 unless given; 0 takes a free one at each start"},   \
    {.kind = ARGUMENT_NUMBER, .name = "https-port", .value = "N", .most = 65535,                   \
     .help = "Port of the TLS listener, 8443 unless given"},                                       \
    {.kind = ARGUMENT_TEXT, .name = "admin", .value = "NAME",                                      \
     .help = "Log-in of the first operator, admin unless given"},                                  \
    {.kind = ARGUMENT_TEXT, .name = "passphrase-file", .value = "FILE",                            \
     .help = "Encrypts the CA keys under the passphrase in this file, which serve reads too"}
/* clang-format on */

/* USAGE when --names is too long. */
enum status authority_arguments_read(const struct invocation *invocation,
                                     struct authority_arguments *given);
enum status authority_print_created(const struct invocation *invocation,
                                    const struct authority_created *created);
