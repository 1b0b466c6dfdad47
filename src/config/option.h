/*
 * The option table as data: one row for each line of options.def, and the one function that checks
 * a written value and stores it in the struct. Private to config/.
 */
#pragma once

#include "config/config.h"

enum option_type {
    OPTION_TEXT,
    OPTION_COLOR,
    OPTION_PATH,
    OPTION_HOST,
    OPTION_MAIL,
    OPTION_URL,
    OPTION_ADDRESS,
    OPTION_CHOICE,
    OPTION_INTEGER,
    OPTION_DURATION,
    OPTION_SIZE,
    OPTION_BOOLEAN,
    OPTION_HOST_LIST,
    OPTION_NETWORK_LIST,
    OPTION_MAIL_LIST,
    OPTION_LOCATION_LIST,
    OPTION_OID_LIST,
    OPTION_DOMAIN_LIST,
    OPTION_CHOICE_LIST,
};

struct option {
    const char *section;
    const char *key;
    enum option_type type;
    bool live;         /* SIGHUP changes it in a running server */
    const char *value; /* the default, as it is written in a file; a list with commas */
    const char *words; /* of a CHOICE: "text|json" */
    int64_t least;
    int64_t most;
    const char *help;
    size_t offset; /* of the member in struct config */
};

struct option_section {
    const char *name;
    const char *help;
};

/* Rows in the order of the file; a section's options stand together. */
extern const struct option option_table[];
extern const size_t option_count;
extern const struct option_section option_sections[];
extern const size_t option_section_count;

/* NULL when there is no such option. */
const struct option *option_find(const char *section, const char *key);

/* The rows of anchor.def; their offsets are in struct config_anchor. */
extern const struct option anchor_table[];
extern const size_t anchor_option_count;
extern const struct option_section anchor_section;

/* The anchor of this name, made with its defaults when there is none. CONFIG: no name for one, or
 * too many. */
enum status anchor_get(struct config *config, const char *name, size_t *ret_anchor);
/* The row `row` of anchor.def for that anchor, for the functions below; valid as long as `config`
 * does not move. */
struct option anchor_option(const struct config *config, size_t anchor, size_t row);
/* The row of that key; false when there is none. */
bool anchor_find_row(const char *key, size_t *ret_row);
void anchors_clear(struct config *config);
bool config_is_anchor_name(const char *name);

/* The variable of the environment that overrides it: "CERTFERRY_HTTP_PORT" for http.port. What is
 * neither letter nor digit becomes "_". */
#define OPTION_VARIABLE_PREFIX "CERTFERRY_"
enum { OPTION_VARIABLE_SIZE = 128 };
void option_format_variable(const struct option *option,
                            char ret_name[static OPTION_VARIABLE_SIZE]);

bool option_is_list(const struct option *option);
/* Text that is written in quotes, rather than a number, a duration or a word. */
bool option_is_quoted(const struct option *option);

/*
 * Checks the values (one, or any number for a list) and puts copies in place of what the member
 * held. STATUS_CONFIG with "section.key: sentence".
 */
enum status option_set(struct config *config, const struct option *option,
                       const char *const *values, size_t count);
/* The same from one text, where a list is separated by commas. */
enum status option_set_text(struct config *config, const struct option *option, const char *text);
bool option_is_equal(const struct config *a, const struct config *b, const struct option *option);
enum status option_copy(struct config *to, const struct config *from, const struct option *option);
/* Frees what the member holds. */
void option_clear(struct config *config, const struct option *option);
