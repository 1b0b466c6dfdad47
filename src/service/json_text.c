/*
 * jansson reads; the depth is counted before, since it would go 2048 deep on the small stack of a
 * thread. Nothing is quoted back that is not printable ASCII.
 */
#include "service/json_text.h"

#include "base/limits.h"
#include "base/text.h"

#include <string.h>

enum { NAME_SHOWN = 64 };

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

static enum status fail_as_json(const char *what, const json_error_t *error)
{
    bool shown = text_is_ascii_printable(span_of_text(error->text));
    return status_fail(STATUS_INVALID, "%s is not valid JSON: line %d, column %d%s%s", what,
                       error->line, error->column, shown ? ": " : "", shown ? error->text : "");
}

enum status json_text_read(struct span text, const char *what, json_t **ret_object)
{
    json_error_t error;
    if (text.len == 0)
        return status_fail(STATUS_INVALID, "%s is empty: a JSON object is wanted", what);
    if (is_too_deep(text))
        return status_fail(STATUS_INVALID,
                           "%s has more than %d objects and lists inside one another", what,
                           LIMIT_JSON_DEPTH);
    json_t *object defer(json_text_free) =
        json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
    if (object == NULL && json_error_code(&error) == json_error_out_of_memory)
        return status_fail(STATUS_NO_MEMORY, "no memory for JSON");
    if (object == NULL)
        return fail_as_json(what, &error);
    if (!json_is_object(object))
        return status_fail(STATUS_INVALID, "%s is not a JSON object", what);
    *ret_object = take(object);
    return STATUS_OK;
}

bool json_text_may_show(const char *name)
{
    return text_is_ascii_printable(span_of_text(name)) && strlen(name) <= NAME_SHOWN;
}
