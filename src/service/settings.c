/* One row of the table `setting` for each option that was set on the page: "option.NAME". */
#include "service/settings.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/override.h"
#include "store/setting_store.h"
#include "view/style.h"

#include <stdio.h>

enum { KEY_SIZE = 96 };

static const struct {
    const char *name;
    const char *section;
    const char *key;
} rows[SETTING_COUNT] = {
#define SETTING_ROW(symbol, section, key) [SETTING_##symbol] = {section "." key, section, key},
    SETTING_TABLE(SETTING_ROW)
#undef SETTING_ROW
};

const char *setting_name(enum setting setting)
{
    return rows[setting].name;
}

static void format_key(enum setting setting, char ret_key[static KEY_SIZE])
{
    snprintf(ret_key, KEY_SIZE, "option.%s", rows[setting].name);
}

/* NULL when the page did not set it. */
static enum status read_row(struct db_tx *tx, enum setting setting, char **ret_value)
{
    char key[KEY_SIZE];
    format_key(setting, key);
    char *value = NULL;
    enum status status = setting_store_get(tx, key, &value);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    *ret_value = value;
    return STATUS_OK;
}

static enum status apply_one(struct db_tx *tx, enum setting setting, struct config *config)
{
    char *value defer(free) = NULL;
    TRY(read_row(tx, setting, &value));
    if (value == NULL)
        return STATUS_OK;
    enum status status = config_override(config, rows[setting].section, rows[setting].key, value);
    if (status != STATUS_CONFIG)
        return status;
    log_warning("settings", "what was set on the page is left out: %s", status_detail());
    return STATUS_OK;
}

enum status settings_apply(struct db *db, struct config *config)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_READ, &tx));
    for (int i = 0; i < SETTING_COUNT; i++)
        TRY(apply_one(tx, (enum setting)i, config));
    return STATUS_OK;
}

static enum setting_origin origin_of(const struct config *config, enum setting setting,
                                     bool on_page)
{
    enum config_origin origin = config_origin(config, rows[setting].section, rows[setting].key);
    if (origin == CONFIG_FROM_ENVIRONMENT)
        return SETTING_ENVIRONMENT;
    if (on_page)
        return SETTING_PAGE;
    return origin == CONFIG_FROM_FILE ? SETTING_FILE : SETTING_DEFAULT;
}

enum status settings_read(const struct service *service,
                          struct setting_value ret_values[static SETTING_COUNT])
{
    const struct config *config = service->config;
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    for (int i = 0; i < SETTING_COUNT; i++) {
        char *value defer(free) = NULL;
        TRY(read_row(tx, (enum setting)i, &value));
        ret_values[i].origin = origin_of(config, (enum setting)i, value != NULL);
        snprintf(ret_values[i].value, SETTING_VALUE_SIZE, "%s",
                 config_text(config, rows[i].section, rows[i].key));
    }
    return STATUS_OK;
}

/* WCAG 2.1 1.4.3: buttons carry white text. */
static enum status check_contrast(const char *color)
{
    double contrast = view_contrast("#ffffff", color);
    if (contrast >= 4.5)
        return STATUS_OK;
    return status_fail(
        STATUS_INVALID,
        "organisation.color: white text on %s has a contrast of %.1f to 1, and needs "
        "4.5 to be read: take a darker one",
        color, contrast);
}

static enum status check_value(enum setting setting, const char *value)
{
    struct config *trial defer(config_free) = NULL;
    TRY(config_defaults("/", &trial));
    if (config_override(trial, rows[setting].section, rows[setting].key, value) == STATUS_OK)
        return setting == SETTING_COLOR ? check_contrast(value) : STATUS_OK;
    char why[STATUS_DETAIL_MAX];
    snprintf(why, sizeof why, "%s", status_detail());
    return status_fail(STATUS_INVALID, "%.400s", why);
}

static enum status check_change(const struct config *config, enum setting setting,
                                const struct setting_change *change)
{
    if (config_origin(config, rows[setting].section, rows[setting].key) == CONFIG_FROM_ENVIRONMENT)
        return status_fail(STATUS_CONFLICT, "%s is set in the environment of certferry",
                           rows[setting].name);
    return change->back ? STATUS_OK : check_value(setting, change->value);
}

static enum status store(struct db_tx *tx, const struct actor *actor, enum setting setting,
                         const struct setting_change *change)
{
    char key[KEY_SIZE];
    format_key(setting, key);
    if (change->back)
        TRY(setting_store_remove(tx, key));
    else
        TRY(setting_store_set(tx, key, change->value, clock_now()));
    const struct audit_value values[] = {AUDIT_TEXT("value", change->back ? "" : change->value),
                                         AUDIT_NUMBER("back_to_file", change->back)};
    return audit_write(tx, actor, "setting.change", rows[setting].name, values, 2);
}

static bool is_asked(const struct setting_change *change)
{
    return change->back || change->value != NULL;
}

/* What is asked for and would change nothing is passed over. */
static enum status change_one(struct db_tx *tx, const struct config *config,
                              const struct actor *actor, enum setting setting,
                              const struct setting_change *change)
{
    char *before defer(free) = NULL;
    if (!is_asked(change))
        return STATUS_OK;
    TRY(read_row(tx, setting, &before));
    const char *now = config_text(config, rows[setting].section, rows[setting].key);
    if (change->back ? before == NULL : strcmp(now, change->value) == 0)
        return STATUS_OK;
    TRY(check_change(config, setting, change));
    return store(tx, actor, setting, change);
}

enum status settings_change(const struct service *service, const struct actor *actor,
                            const struct setting_change changes[static SETTING_COUNT])
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    for (int i = 0; i < SETTING_COUNT; i++)
        TRY(change_one(tx, service->config, actor, (enum setting)i, &changes[i]));
    return db_commit(tx);
}
