/* The other CAs that phones' certificates may come from: each anchor, and each of its lists. */
#include "base/clock.h"
#include "command/check_report.h"
#include "service/authority.h"
#include "service/trust.h"
#include "store/db.h"

#include <stdio.h>

static enum status check_anchor(struct check_report *report, const struct config_anchor *from)
{
    struct trust_anchor anchor defer(trust_anchor_clear) = {0};
    enum status status = trust_anchor_load(from, &anchor);
    if (status != STATUS_OK)
        return check_say_status(report, status, from->section,
                                "Correct its files, or take the section away", "");
    const struct certificate_info *info = certificate_info(anchor.certificate);
    char until[CLOCK_TEXT_SIZE];
    clock_format(info->not_after, until);
    enum health_level level = health_of_validity(info->not_before, info->not_after, clock_now());
    return check_say(report, check_level_of(level), from->section,
                     level == HEALTH_GOOD ? "" : "Ask that CA for its newest certificate",
                     "%.200s, valid until %s", info->subject, until);
}

/* An anchor without any place of a list: hard refuses all, soft lets revoked ones in. */
static enum status check_has_lists(struct check_report *report, const struct config_anchor *from)
{
    if (from->crl.count > 0)
        return STATUS_OK;
    bool hard = strcmp(from->revocation, "hard") == 0;
    return check_say(report, hard ? CHECK_ERROR : CHECK_WARNING, from->section,
                     "Name the address of its revocation list in crl", "%s",
                     hard ? "it has no revocation list, so all its certificates are refused"
                          : "it has no revocation list, so revoked certificates are let in");
}

static void describe(const struct trust_source *source, char *sentence, size_t size)
{
    char until[CLOCK_TEXT_SIZE];
    char fetched[CLOCK_TEXT_SIZE];
    clock_format(source->next_update, until);
    clock_format(source->fetched_at, fetched);
    bool failed = source->error[0] != '\0';
    switch (source->freshness) {
    case TRUST_CURRENT:
        snprintf(sentence, size, "list %lld of %lld entries, got at %s, is good until %s",
                 (long long)source->number, (long long)source->entries, fetched, until);
        return;
    case TRUST_LATE:
        snprintf(sentence, size, "the list is good until %s; %lld tries for a newer one failed: %s",
                 until, (long long)source->failures, source->error);
        return;
    case TRUST_EXPIRED:
        snprintf(sentence, size, "the list was good until %s: %s", until,
                 failed ? source->error : "a newer one is not there");
        return;
    case TRUST_MISSING:
        snprintf(sentence, size, "there is no list: %s",
                 failed ? source->error : "it was not asked for yet");
        return;
    }
}

static enum status check_source(struct check_report *report, const struct trust_source *source)
{
    char subject[64];
    char sentence[STATUS_DETAIL_MAX];
    char mend[320];
    bool usable = source->freshness == TRUST_CURRENT || source->freshness == TRUST_LATE;
    snprintf(subject, sizeof subject, "%s%s list", CONFIG_ANCHOR_PREFIX, source->anchor);
    snprintf(mend, sizeof mend, "certferry serve gets it from %.200s and tries again by itself%s",
             source->source,
             usable || !source->hard ? "" : "; until then these certificates are refused");
    describe(source, sentence, sizeof sentence);
    enum check_level level = source->hard ? CHECK_ERROR : CHECK_WARNING;
    if (usable)
        level = source->freshness == TRUST_CURRENT ? CHECK_OK : CHECK_WARNING;
    return check_say(report, level, subject, level == CHECK_OK ? "" : mend, "%s", sentence);
}

/* What is wrong with the database itself, check_database() has said. */
static enum status check_sources(struct check_report *report, const struct config *config)
{
    const struct db_options options = {.path = config->database_path};
    struct db *db defer(db_close) = NULL;
    struct trust_sources *sources defer(free) = calloc(1, sizeof *sources);
    if (sources == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a report");
    if (config->anchor_count == 0 || db_open(&options, &db) != STATUS_OK ||
        trust_list(config, db, clock_now(), sources) != STATUS_OK)
        return STATUS_OK;
    for (size_t i = 0; i < sources->count; i++)
        TRY(check_source(report, &sources->items[i]));
    return STATUS_OK;
}

/* What single anchors do not show: one that stands twice, or is our own. */
static enum status check_together(struct check_report *report, const struct config *config)
{
    struct authority *authority defer(authority_free) = NULL;
    struct trust_set *set defer(trust_set_release) = NULL;
    if (authority_load(config, &authority) != STATUS_OK)
        return STATUS_OK;
    enum status status = trust_set_new(config, authority, NULL, 0, &set);
    if (status == STATUS_OK)
        return STATUS_OK;
    return check_say_status(report, status, "anchors", "Correct the configuration", "");
}

enum status check_trust(struct check_report *report, const struct config *config)
{
    int errors = report->errors;
    for (size_t i = 0; i < config->anchor_count; i++)
        TRY(check_anchor(report, &config->anchors[i]));
    if (report->errors == errors)
        TRY(check_together(report, config));
    for (size_t i = 0; i < config->anchor_count; i++)
        TRY(check_has_lists(report, &config->anchors[i]));
    return check_sources(report, config);
}
