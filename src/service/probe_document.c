/* One table of members for each kind of object; what a table cannot say follows it. */
#include "service/probe_document.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "eas/command.h"
#include "service/json_text.h"
#include "service/probes.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MOST = 300, WORD_MOST = 40, ROUNDS_MOST = 500, NUMBER_MOST = 100000, PLACE_SIZE = 32 };

enum member_type {
    MEMBER_TEXT, /* const char *, "" for null */
    MEMBER_NUMBER,
    MEMBER_FLAG,
    MEMBER_TIME, /* int64_t, 0 for null */
    MEMBER_LIST, /* for the caller: json_t *; a list, or where a number is allowed that */
};

struct member {
    const char *name;
    enum member_type type;
    size_t offset;
    int64_t most; /* bytes of a text, or the value of a number */
    bool needed;
};

/* An object in the document: "policies[3]." or, for the whole, "". */
struct place {
    json_t *object;
    const struct member *members;
    size_t count;
    char where[PLACE_SIZE];
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- members --------------------------------------------------------------------------------- */

static enum status wrong(const struct place *place, const char *name, const char *what)
{
    return status_fail(STATUS_INVALID, "%s%s: %s", place->where, name, what);
}

static enum status read_text(const struct place *place, const struct member *member, json_t *value,
                             const char **target)
{
    if (json_is_null(value) && !member->needed)
        return STATUS_OK;
    if (!json_is_string(value))
        return wrong(place, member->name, "must be a text");
    struct span text = span_of_text(json_string_value(value));
    if (text.len == 0 || (int64_t)text.len > member->most)
        return status_fail(STATUS_INVALID, "%s%s: must have 1 to %d bytes", place->where,
                           member->name, (int)member->most);
    if (text_has_control(text))
        return wrong(place, member->name, "has a control character");
    *target = json_string_value(value);
    return STATUS_OK;
}

static enum status read_number(const struct place *place, const struct member *member,
                               json_t *value, int64_t *target)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || number > member->most)
        return status_fail(STATUS_INVALID, "%s%s: must be a whole number from 0 to %lld",
                           place->where, member->name, (long long)member->most);
    *target = number;
    return STATUS_OK;
}

static enum status read_flag(const struct place *place, const struct member *member, json_t *value,
                             bool *target)
{
    if (!json_is_boolean(value))
        return wrong(place, member->name, "must be true or false");
    *target = json_is_true(value);
    return STATUS_OK;
}

static enum status read_time(const struct place *place, const struct member *member, json_t *value,
                             int64_t *target)
{
    if (json_is_null(value) && !member->needed)
        return STATUS_OK;
    if (!json_is_string(value) || clock_parse(json_string_value(value), target) != STATUS_OK)
        return wrong(place, member->name, "must be a time such as 2026-11-26T08:30:00Z");
    return STATUS_OK;
}

static enum status read_member(const struct place *place, const struct member *member,
                               json_t *value, void *record)
{
    void *target = (char *)record + member->offset;
    switch (member->type) {
    case MEMBER_TEXT:
        return read_text(place, member, value, target);
    case MEMBER_NUMBER:
        return read_number(place, member, value, target);
    case MEMBER_FLAG:
        return read_flag(place, member, value, target);
    case MEMBER_TIME:
        return read_time(place, member, value, target);
    case MEMBER_LIST:
        *(json_t **)target = value;
        return STATUS_OK;
    }
    return STATUS_INTERNAL;
}

static const struct member *find_member(const struct place *place, const char *name)
{
    for (size_t i = 0; i < place->count; i++)
        if (strcmp(place->members[i].name, name) == 0)
            return &place->members[i];
    return NULL;
}

static enum status check_names(const struct place *place)
{
    const char *name;
    json_t *value;
    json_object_foreach(place->object, name, value)
    {
        if (find_member(place, name) != NULL)
            continue;
        return wrong(place, json_text_may_show(name) ? name : "an unknown member",
                     "there is no such member here");
    }
    return STATUS_OK;
}

/* Members that are not there leave the record as it is. */
static enum status read_object(const struct place *place, void *record)
{
    if (!json_is_object(place->object))
        return status_fail(STATUS_INVALID, "%.*s: must be an object", (int)strlen(place->where) - 1,
                           place->where);
    TRY(check_names(place));
    for (size_t i = 0; i < place->count; i++) {
        json_t *value = json_object_get(place->object, place->members[i].name);
        if (value == NULL && place->members[i].needed)
            return wrong(place, place->members[i].name, "is missing");
        if (value != NULL)
            TRY(read_member(place, &place->members[i], value, record));
    }
    return STATUS_OK;
}

/* ---- words ----------------------------------------------------------------------------------- */

#define WORD(name, word) word,
static const char *const outcomes[] = {EAS_PROBE_OUTCOME_TABLE(WORD)};
static const char *const kinds[] = {EAS_PROBE_KIND_TABLE(WORD)};
static const char *const results[] = {EAS_PROBE_RESULT_TABLE(WORD)};
static const char *const reasons[] = {EAS_PROBE_REASON_TABLE(WORD)};
static const char *const stops[] = {"", "operator", "version", "unreadable"};

static enum status find_word(const struct place *place, const char *name, const char *word,
                             const char *const words[], size_t count, size_t *ret_index)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0) {
            *ret_index = i;
            return STATUS_OK;
        }
    return wrong(place, name, "is none of the words that it may be");
}

static enum status find_policy(const struct place *place, const char *name, const char *element,
                               enum eas_policy *ret_policy)
{
    if (eas_policy_find(element, ret_policy) != STATUS_OK)
        return wrong(place, name, "there is no such policy");
    return STATUS_OK;
}

/* ---- policies -------------------------------------------------------------------------------- */

struct policy_line {
    const char *policy;
    const char *result;
    const char *reason;
    int64_t risk;
};

#define LINE(name, type, most, needed)                                                             \
    {                                                                                              \
#name, type, offsetof(struct policy_line, name), most, needed                              \
    }
static const struct member policy_members[] = {
    LINE(policy, MEMBER_TEXT, TEXT_MOST, true),
    LINE(risk, MEMBER_NUMBER, EAS_RISK_DESTRUCTIVE, true),
    LINE(result, MEMBER_TEXT, WORD_MOST, true),
    LINE(reason, MEMBER_TEXT, WORD_MOST, false),
};

static enum status read_policy(json_t *object, size_t index, eas_policy_set *seen,
                               struct probe_document *document)
{
    struct place place = {object, policy_members, COUNT(policy_members), ""};
    struct policy_line line = {.reason = ""};
    enum eas_policy policy = EAS_POLICIES;
    size_t result = 0;
    size_t reason = 0;
    snprintf(place.where, sizeof place.where, "policies[%zu].", index);
    TRY(read_object(&place, &line));
    TRY(find_policy(&place, "policy", line.policy, &policy));
    if ((*seen & EAS_POLICY_BIT(policy)) != 0)
        return wrong(&place, "policy", "stands twice");
    TRY(find_word(&place, "result", line.result, results, COUNT(results), &result));
    TRY(find_word(&place, "reason", line.reason, reasons, COUNT(reasons), &reason));
    *seen |= EAS_POLICY_BIT(policy);
    document->entries[policy] =
        (struct eas_probe_entry){(enum eas_probe_result)result, (enum eas_probe_reason)reason};
    return STATUS_OK;
}

static enum status read_policies(json_t *list, struct probe_document *document)
{
    eas_policy_set seen = 0;
    if (!json_is_array(list) || json_array_size(list) != EAS_POLICIES)
        return status_fail(STATUS_INVALID, "policies: must be a list of %d", EAS_POLICIES);
    for (size_t i = 0; i < EAS_POLICIES; i++)
        TRY(read_policy(json_array_get(list, i), i, &seen, document));
    return STATUS_OK;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

struct round_line {
    struct probe_round_row row;
    const char *acknowledgment;
    json_t *policies;
};

#define ROUND(name, type, member, most, needed)                                                    \
    {                                                                                              \
        name, type, offsetof(struct round_line, member), most, needed                              \
    }
static const struct member round_members[] = {
    ROUND("number", MEMBER_NUMBER, row.number, NUMBER_MOST, true),
    ROUND("kind", MEMBER_TEXT, row.kind, WORD_MOST, true),
    ROUND("policies", MEMBER_LIST, policies, 0, true),
    ROUND("offered_at", MEMBER_TIME, row.offered_at, 0, false),
    ROUND("answered_at", MEMBER_TIME, row.answered_at, 0, false),
    ROUND("acknowledgment", MEMBER_TEXT, acknowledgment, WORD_MOST, false),
};

static enum status read_elements(const struct place *place, json_t *list, int64_t *ret_set)
{
    eas_policy_set set = 0;
    if (!json_is_array(list))
        return wrong(place, "policies", "must be a list");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *element = json_string_value(json_array_get(list, i));
        enum eas_policy policy = EAS_POLICIES;
        TRY(find_policy(place, "policies", element == NULL ? "" : element, &policy));
        if ((set & EAS_POLICY_BIT(policy)) != 0)
            return wrong(place, "policies", "one of them stands twice");
        set |= EAS_POLICY_BIT(policy);
    }
    *ret_set = (int64_t)set;
    return STATUS_OK;
}

static enum status find_acknowledgment(const struct place *place, const char *word,
                                       int64_t *ret_acknowledgment)
{
    for (int64_t i = PROBE_UNANSWERED; i <= EAS_ACK_OTHER; i++)
        if (strcmp(probes_acknowledgment_word(i), word) == 0) {
            *ret_acknowledgment = i;
            return STATUS_OK;
        }
    return wrong(place, "acknowledgment", "is none of the words that it may be");
}

static enum status read_round(json_t *object, size_t index, struct probe_round_row *ret_row)
{
    struct place place = {object, round_members, COUNT(round_members), ""};
    struct round_line line = {.acknowledgment = ""};
    size_t kind;
    snprintf(place.where, sizeof place.where, "rounds[%zu].", index);
    TRY(read_object(&place, &line));
    if (line.row.number != (int64_t)index + 1)
        return wrong(&place, "number", "rounds are numbered 1, 2, 3 in this order");
    TRY(find_word(&place, "kind", line.row.kind, kinds, COUNT(kinds) - 1, &kind));
    TRY(read_elements(&place, line.policies, &line.row.policies));
    TRY(find_acknowledgment(&place, line.acknowledgment, &line.row.acknowledgment));
    *ret_row = line.row;
    return STATUS_OK;
}

static enum status read_rounds(json_t *list, struct probe_document *document)
{
    document->asked = json_integer_value(list);
    bool is_count = json_is_integer(list) && document->asked >= 0 && document->asked <= NUMBER_MOST;
    if (list == NULL || is_count)
        return STATUS_OK;
    if (!json_is_array(list) || json_array_size(list) > ROUNDS_MOST)
        return status_fail(STATUS_INVALID, "rounds: must be a list of at most %d", ROUNDS_MOST);
    document->asked = (int64_t)json_array_size(list);
    document->rounds = calloc(json_array_size(list) + 1, sizeof *document->rounds);
    if (document->rounds == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for rounds");
    for (size_t i = 0; i < json_array_size(list); i++)
        TRY(read_round(json_array_get(list, i), i, &document->rounds[i]));
    document->round_count = json_array_size(list);
    return STATUS_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

struct whole {
    struct probe_row row;
    const char *format;
    const char *version;
    bool returned;
    int64_t refusals;
    json_t *rounds;
    json_t *policies;
};

#define WHOLE(name, type, member, most, needed)                                                    \
    {                                                                                              \
        name, type, offsetof(struct whole, member), most, needed                                   \
    }
static const struct member whole_members[] = {
    WHOLE("format", MEMBER_TEXT, format, WORD_MOST, true),
    WHOLE("id", MEMBER_TEXT, row.id, PROBE_KEY_SIZE - 1, true),
    WHOLE("device", MEMBER_TEXT, row.device, TEXT_MOST, false),
    WHOLE("user", MEMBER_TEXT, row.user, TEXT_MOST, false),
    WHOLE("type", MEMBER_TEXT, row.device_type, TEXT_MOST, false),
    WHOLE("model", MEMBER_TEXT, row.model, TEXT_MOST, false),
    WHOLE("os", MEMBER_TEXT, row.os, TEXT_MOST, false),
    WHOLE("agent", MEMBER_TEXT, row.agent, TEXT_MOST, false),
    WHOLE("version", MEMBER_TEXT, version, WORD_MOST, true),
    WHOLE("risk", MEMBER_NUMBER, row.risk, EAS_RISK_DESTRUCTIVE, true),
    WHOLE("one_by_one", MEMBER_FLAG, row.one_by_one, 0, false),
    WHOLE("consent", MEMBER_TEXT, row.consent, PROBE_CONSENT_MAX, false),
    WHOLE("started_at", MEMBER_TIME, row.started_at, 0, true),
    WHOLE("started_by", MEMBER_TEXT, row.started_by, TEXT_MOST, false),
    WHOLE("ended_at", MEMBER_TIME, row.ended_at, 0, false),
    WHOLE("outcome", MEMBER_TEXT, row.outcome, WORD_MOST, true),
    WHOLE("stop_reason", MEMBER_TEXT, row.stop_reason, WORD_MOST, false),
    WHOLE("baseline_given_back", MEMBER_FLAG, returned, 0, false),
    WHOLE("refusals", MEMBER_NUMBER, refusals, NUMBER_MOST, false),
    WHOLE("rounds", MEMBER_LIST, rounds, 0, false),
    WHOLE("policies", MEMBER_LIST, policies, 0, true),
};

void probe_document_free(struct probe_document *document)
{
    if (document == NULL)
        return;
    free(document->rounds);
    json_decref(document->json);
    free(document);
}

/* Before all else: what another format has is no mistake. */
static enum status check_format(const struct place *place)
{
    json_t *format = json_object_get(place->object, "format");
    if (format == NULL)
        return wrong(place, "format", "is missing");
    if (!json_is_string(format) || strcmp(json_string_value(format), PROBE_DOCUMENT_FORMAT) != 0)
        return wrong(place, "format", "is not '" PROBE_DOCUMENT_FORMAT "'");
    return STATUS_OK;
}

static enum status check_words(const struct place *place, struct whole *whole)
{
    size_t word;
    whole->row.version = eas_version_of_text(span_of_text(whole->version));
    if (whole->row.version == 0)
        return wrong(place, "version", "is no protocol version");
    TRY(find_word(place, "outcome", whole->row.outcome, outcomes, COUNT(outcomes), &word));
    return find_word(place, "stop_reason", whole->row.stop_reason, stops, COUNT(stops), &word);
}

static enum status read_whole(struct probe_document *document)
{
    const struct place place = {document->json, whole_members, COUNT(whole_members), ""};
    struct whole whole = {.row = probe_row_empty};
    TRY(check_format(&place));
    TRY(read_object(&place, &whole));
    TRY(check_words(&place, &whole));
    document->row = whole.row;
    document->returned = whole.returned;
    document->refusals = whole.refusals;
    TRY(read_policies(whole.policies, document));
    return read_rounds(whole.rounds, document);
}

enum status probe_document_read(struct span text, struct probe_document **ret_document)
{
    if (text.len > LIMIT_PROBE_FILE)
        return status_fail(STATUS_TOO_LARGE, "the file has more than %d bytes", LIMIT_PROBE_FILE);
    struct probe_document *document defer(probe_document_free) = calloc(1, sizeof *document);
    if (document == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a probe");
    TRY(json_text_read(text, "the file", &document->json));
    TRY(read_whole(document));
    *ret_document = take(document);
    return STATUS_OK;
}

enum status probe_document_append(const struct probe_document *document, struct buf *out)
{
    char *text defer(free) = json_dumps(document->json, JSON_COMPACT);
    if (text == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a probe");
    buf_append_text(out, text);
    return out->failure;
}
