/*
 * The body of an API request: one flat JSON object (RFC 8259), read strictly into a struct.
 *
 *     static const struct json_member members[] = {
 *         {"user", JSON_MEMBER_TEXT, offsetof(struct enrol_request, user)},
 *         {"window", JSON_MEMBER_NUMBER, offsetof(struct enrol_request, window), 60, 86400},
 *     };
 *     struct json_input *input defer(json_input_free) = NULL;
 *     TRY(json_read(body, members, 2, &request, &input));
 *
 * Refused are, each by its name where it has one that can be shown: a member that is not in the
 * table or stands twice, another type than the table's (null too: what is not known is left out), a
 * number that is no whole one or out of bounds, a NUL in a text, anything that is not UTF-8, more
 * than LIMIT_JSON_DEPTH objects and lists inside one another, and text behind the object.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

struct json_texts {
    const char *const *items; /* owned by the input, as the texts are */
    size_t count;
};

enum json_member_type {
    JSON_MEMBER_TEXT,    /* const char *, owned by the input */
    JSON_MEMBER_NUMBER,  /* int64_t */
    JSON_MEMBER_BOOLEAN, /* bool */
    JSON_MEMBER_TEXTS,   /* struct json_texts */
};

struct json_member {
    const char *name;
    enum json_member_type type;
    size_t offset;
    int64_t least; /* of a number; of a list the texts */
    int64_t most;
};

/* What the texts of a record point into. */
struct json_input;
void json_input_free(struct json_input *input);
CLEANUP_POINTER(struct json_input, json_input_free)

/* Members that are not in the body leave the record as it is. INVALID. */
enum status json_read(struct span body, const struct json_member *members, size_t count,
                      void *record, struct json_input **ret_input);
