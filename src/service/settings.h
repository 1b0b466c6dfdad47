/*
 * Options that an admin changes on a page, kept in the database. Which value counts:
 *
 *   the environment (CERTFERRY_ORGANISATION_NAME)   whoever runs the server has decided
 *   the page                                        an admin has decided
 *   certferry.conf
 *   the default
 *
 * So what is set on the page holds over the file until it is given back to it; the page says of
 * each where its value comes from. Only what people see is here: what could lock an admin out, and
 * what names files, stays with who runs the server.
 */
#pragma once

#include "config/config.h"
#include "service/audit.h"
#include "service/service.h"

/* X(NAME, section, key) */
#define SETTING_TABLE(X)                                                                           \
    X(ORGANISATION, "organisation", "name")                                                        \
    X(COLOR, "organisation", "color")                                                              \
    X(CONTACT, "organisation", "contact")

enum setting {
#define SETTING_ENUM(name, section, key) SETTING_##name,
    SETTING_TABLE(SETTING_ENUM)
#undef SETTING_ENUM
        SETTING_COUNT,
};

enum setting_origin { SETTING_DEFAULT, SETTING_FILE, SETTING_PAGE, SETTING_ENVIRONMENT };

enum { SETTING_VALUE_SIZE = 1024 };

struct setting_value {
    char value[SETTING_VALUE_SIZE]; /* the one that counts */
    enum setting_origin origin;
};

/* "organisation.name", as certferry.conf and the audit call it. */
const char *setting_name(enum setting setting);

/*
 * Puts what was set on the page into a configuration that was just read. A value that is no longer
 * valid (of another version) is logged and left out. No thread may read `config` meanwhile.
 */
enum status settings_apply(struct db *db, struct config *config);

enum status settings_read(const struct service *service,
                          struct setting_value ret_values[static SETTING_COUNT]);

/*
 * Sets those of `values` that are not NULL, or gives them back to the file where they are "" and
 * `back` is set; one transaction, an audit row for each that changes. INVALID with "section.key:
 * sentence" for a value that cannot be, a colour on which white text cannot be read among them;
 * CONFLICT for one that the environment sets. It counts once the configuration is read again.
 */
struct setting_change {
    const char *value; /* NULL: leave it as it is */
    bool back;         /* to what certferry.conf says */
};
enum status settings_change(const struct service *service, const struct actor *actor,
                            const struct setting_change changes[static SETTING_COUNT]);
