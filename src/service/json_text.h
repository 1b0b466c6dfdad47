/*
 * JSON from outside (RFC 8259), strictly: one object, UTF-8, no member twice, no NUL in a text,
 * nothing behind the object, and no more than LIMIT_JSON_DEPTH objects and lists inside one
 * another. What a member may hold is for the caller to say. Only who reads or writes JSON includes
 * this.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

#include <jansson.h>

/* *object is json_decref()'s. */
static inline void json_text_free(json_t *object)
{
    json_decref(object);
}
CLEANUP_POINTER(json_t, json_text_free)

/* INVALID says what is wrong with `what`, "the body" or "the file". */
enum status json_text_read(struct span text, const char *what, json_t **ret_object);

/* A name from outside that may be quoted back: short, and printable ASCII. */
bool json_text_may_show(const char *name);
