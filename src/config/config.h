/*
 * The configuration: one plain struct whose members are named SECTION_KEY, made from the table in
 * options.def.
 *
 *   TEXT COLOR HOST MAIL URL ADDRESS CHOICE
 *                                    char *, never NULL, "" when not set
 *   PATH                             char *, relative ones already resolved against the
 *                                    file's folder, "" when not set
 *   INTEGER SIZE                     int64_t
 *   DURATION                         int64_t seconds
 *   BOOLEAN                          bool
 *   HOST_LIST NETWORK_LIST MAIL_LIST OID_LIST DOMAIN_LIST CHOICE_LIST
 *                                    struct config_list
 *   LOCATION_LIST                    struct config_list of http and https addresses and of
 *                                    file names, these resolved as those of PATH
 *
 * Each section `anchor "NAME"` is a struct config_anchor, from the table in anchor.def. Its
 * options are in the environment CERTFERRY_ANCHOR_NAME_KEY; a section is made in the file only.
 *
 * Every value has been checked against its type and range. Nothing in it is secret.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"

struct config_list {
    size_t count;
    char **items;
};

#define CONFIG_MEMBER_TEXT          char *
#define CONFIG_MEMBER_COLOR         char *
#define CONFIG_MEMBER_HOST          char *
#define CONFIG_MEMBER_MAIL          char *
#define CONFIG_MEMBER_URL           char *
#define CONFIG_MEMBER_ADDRESS       char *
#define CONFIG_MEMBER_PATH          char *
#define CONFIG_MEMBER_INTEGER       int64_t
#define CONFIG_MEMBER_SIZE          int64_t
#define CONFIG_MEMBER_DURATION      int64_t
#define CONFIG_MEMBER_BOOLEAN       bool
#define CONFIG_MEMBER_HOST_LIST     struct config_list
#define CONFIG_MEMBER_NETWORK_LIST  struct config_list
#define CONFIG_MEMBER_MAIL_LIST     struct config_list
#define CONFIG_MEMBER_LOCATION_LIST struct config_list
#define CONFIG_MEMBER_OID_LIST      struct config_list
#define CONFIG_MEMBER_DOMAIN_LIST   struct config_list

enum { CONFIG_ANCHORS_MAX = 16, CONFIG_ANCHOR_NAME_MAX = 32 };
#define CONFIG_ANCHOR_PREFIX "anchor."

struct config_anchor {
    /* "anchor.NAME": what stands for the section in messages and settings */
    char section[sizeof CONFIG_ANCHOR_PREFIX + CONFIG_ANCHOR_NAME_MAX];
    const char *name; /* of lower-case letters, digits and "-"; in `section` */
#define ANCHOR(key, type, value, least, most, help) CONFIG_MEMBER_##type key;
#define ANCHOR_CHOICE(key, value, words, help)      char *key;
#include "config/anchor.def"
};

struct config {
    char *file;   /* that it was read from; NULL: these are the defaults */
    char *folder; /* of the file; relative paths start here */
#define OPTION(section, key, type, when, value, least, most, help)                                 \
    CONFIG_MEMBER_##type section##_##key;
#define CHOICE(section, key, value, words, help)            char *section##_##key;
#define CHOICE_LIST(section, key, value, words, most, help) struct config_list section##_##key;
#include "config/options.def"
    struct config_anchor anchors[CONFIG_ANCHORS_MAX];
    size_t anchor_count;
};

/*
 * Reads the file, then the environment (CERTFERRY_SECTION_KEY; lists are separated by commas).
 * STATUS_CONFIG with "file:line: sentence" for whatever is wrong with either, also when the file
 * cannot be read. The environment is read, so no thread may change it meanwhile.
 */
enum status config_load(const char *path, struct config **ret_config);

/* Every option at its default, paths relative to `folder`; reads no file and no environment. */
enum status config_defaults(const char *folder, struct config **ret_config);

/*
 * Makes `config`, just read, fit a process that runs with `running`: options that only a start
 * changes get their running value, and the names of those that differ are appended to `changed`
 * ("http.port, database.path"), which stays empty when there are none.
 */
enum status config_keep_running(struct config *config, const struct config *running,
                                struct buf *changed);

/* What was met with a file that the configuration names: a refusal becomes STATUS_CONFIG with the
 * same sentence. FORBIDDEN and all else stay what they are. */
enum status config_blame(enum status status);

void config_free(struct config *config);
CLEANUP_POINTER(struct config, config_free)

/*
 * The file to read: `option` (of -c) if not NULL, else $CERTFERRY_CONFIG, ./certferry.conf,
 * /etc/certferry/certferry.conf, whichever comes first. STATUS_CONFIG when there is none.
 */
enum status config_find(const char *option, char **ret_path);

/* One value for config_append_file(), as it would stand in the file without its quotes. A section
 * "anchor.NAME" is made by the first setting of it; those of one section stand together. */
struct config_setting {
    const char *section;
    const char *key;
    const char *value;
};

/*
 * Appends a configuration file: every option with its type, unit, range and default as a comment,
 * and those of `settings` set. Without settings it is the sample, deploy/certferry.conf.
 * STATUS_INVALID when a setting does not exist or its value would not be read back.
 */
enum status config_append_file(struct buf *text, const struct config_setting *settings,
                               size_t count);
