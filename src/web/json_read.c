/*
 * jansson reads; the depth is counted before, since it would go 2048 deep on the small stack of a
 * thread. Nothing is quoted back that is not printable ASCII.
 */
#include "web/json_read.h"

#include "base/limits.h"
#include "base/text.h"

#include <jansson.h>

struct json_input {
    json_t *object;
    const char **texts; /* those of all lists, one list behind the other */
    size_t text_count;
};

void json_input_free(struct json_input *input)
{
    if (input == NULL)
        return;
    json_decref(input->object);
    free(input->texts);
    free(input);
}

/* ---- the text -------------------------------------------------------------------------------- */

/* The octet behind the string that starts at `at`, or the end. */
static size_t skip_string(struct span text, size_t at)
{
    for (at++; at < text.len && text.ptr[at] != '"'; at++)
        if (text.ptr[at] == '\\')
            at++;
    return at;
}

static bool is_too_deep(struct span text)
{
    int depth = 0;
    for (size_t at = 0; at < text.len; at++) {
        uint8_t c = text.ptr[at];
        if (c == '"')
            at = skip_string(text, at);
        else if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        if (depth > LIMIT_JSON_DEPTH)
            return true;
    }
    return false;
}

static enum status fail_as_json(const json_error_t *error)
{
    bool shown = text_is_ascii_printable(span_of_text(error->text));
    return status_fail(STATUS_INVALID, "the body is not valid JSON: line %d, column %d%s%s",
                       error->line, error->column, shown ? ": " : "", shown ? error->text : "");
}

static enum status parse(struct span body, struct json_input *input)
{
    json_error_t error;
    if (body.len == 0)
        return status_fail(STATUS_INVALID, "the body is empty: a JSON object is wanted");
    if (is_too_deep(body))
        return status_fail(STATUS_INVALID,
                           "the body has more than %d objects and lists inside one "
                           "another",
                           LIMIT_JSON_DEPTH);
    input->object = json_loadb((const char *)body.ptr, body.len, JSON_REJECT_DUPLICATES, &error);
    if (input->object == NULL && json_error_code(&error) == json_error_out_of_memory)
        return status_fail(STATUS_NO_MEMORY, "no memory for the body of a request");
    if (input->object == NULL)
        return fail_as_json(&error);
    if (!json_is_object(input->object))
        return status_fail(STATUS_INVALID, "the body is not a JSON object");
    return STATUS_OK;
}

/* ---- the members ----------------------------------------------------------------------------- */

static enum status read_text(const struct json_member *member, const json_t *value, void *place)
{
    if (!json_is_string(value))
        return status_fail(STATUS_INVALID, "%s: must be a text", member->name);
    *(const char **)place = json_string_value(value);
    return STATUS_OK;
}

static enum status read_number(const struct json_member *member, const json_t *value, void *place)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value))
        return status_fail(STATUS_INVALID, "%s: must be a whole number", member->name);
    if (number < member->least || number > member->most)
        return status_fail(STATUS_INVALID, "%s: must be %lld to %lld", member->name,
                           (long long)member->least, (long long)member->most);
    *(int64_t *)place = number;
    return STATUS_OK;
}

static enum status read_boolean(const struct json_member *member, const json_t *value, void *place)
{
    if (!json_is_boolean(value))
        return status_fail(STATUS_INVALID, "%s: must be true or false", member->name);
    *(bool *)place = json_is_true(value);
    return STATUS_OK;
}

static enum status read_texts(const struct json_member *member, const json_t *value,
                              struct json_input *input, void *place)
{
    const char **items = input->texts + input->text_count;
    size_t count = json_array_size(value);
    if (!json_is_array(value) || (int64_t)count < member->least || (int64_t)count > member->most)
        return status_fail(STATUS_INVALID, "%s: must be a list of %lld to %lld texts", member->name,
                           (long long)member->least, (long long)member->most);
    for (size_t i = 0; i < count; i++)
        TRY(read_text(member, json_array_get(value, i), &items[i]));
    input->text_count += count;
    *(struct json_texts *)place = (struct json_texts){items, count};
    return STATUS_OK;
}

static enum status read_member(const struct json_member *member, const json_t *value,
                               struct json_input *input, void *record)
{
    void *place = (char *)record + member->offset;
    switch (member->type) {
    case JSON_MEMBER_TEXT:
        return read_text(member, value, place);
    case JSON_MEMBER_NUMBER:
        return read_number(member, value, place);
    case JSON_MEMBER_BOOLEAN:
        return read_boolean(member, value, place);
    case JSON_MEMBER_TEXTS:
        return read_texts(member, value, input, place);
    }
    return STATUS_INTERNAL;
}

static const struct json_member *find(const struct json_member *members, size_t count,
                                      const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    return NULL;
}

static enum status fail_as_unknown(const char *name)
{
    bool shown = text_is_ascii_printable(span_of_text(name)) && strlen(name) <= 64;
    if (!shown)
        return status_fail(STATUS_INVALID, "the body has an unknown member");
    return status_fail(STATUS_INVALID, "%s: there is no such member here", name);
}

static enum status make_room(struct json_input *input)
{
    const char *name;
    json_t *value;
    size_t count = 0;
    json_object_foreach(input->object, name, value) count += json_array_size(value);
    input->texts = calloc(count + 1, sizeof *input->texts);
    if (input->texts == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the body of a request");
    return STATUS_OK;
}

static enum status read_members(struct json_input *input, const struct json_member *members,
                                size_t count, void *record)
{
    const char *name;
    json_t *value;
    TRY(make_room(input));
    json_object_foreach(input->object, name, value)
    {
        const struct json_member *member = find(members, count, name);
        if (member == NULL)
            return fail_as_unknown(name);
        TRY(read_member(member, value, input, record));
    }
    return STATUS_OK;
}

enum status json_read(struct span body, const struct json_member *members, size_t count,
                      void *record, struct json_input **ret_input)
{
    struct json_input *input defer(json_input_free) = calloc(1, sizeof *input);
    if (input == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the body of a request");
    TRY(parse(body, input));
    TRY(read_members(input, members, count, record));
    *ret_input = take(input);
    return STATUS_OK;
}
