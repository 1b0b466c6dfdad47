/*
 * application/x-www-form-urlencoded, read strictly: from a body or from a query.
 *
 * Every pair is "name=value"; a name twice, an empty name, a broken escape, a NUL, text that is not
 * UTF-8 and more than LIMIT_FORM_FIELDS pairs refuse the whole form. The values may hold secrets:
 * the memory is wiped when it is freed.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

struct form;

/* INVALID or TOO_LARGE says which rule is broken. The form keeps nothing of `encoded`. */
enum status form_parse(struct span encoded, struct form **ret_form);
void form_free(struct form *form);
CLEANUP_POINTER(struct form, form_free)

/* INVALID names a field that is none of `names`. */
enum status form_check_names(const struct form *form, const char *const *names, size_t count);
/* The decoded value, owned by the form; false when the field is absent. */
bool form_find(const struct form *form, const char *name, struct span *ret_value);
/* The decoded value, empty when the field is absent. */
struct span form_value(const struct form *form, const char *name);
/* The same as a NUL-terminated string; it holds no NUL inside. */
const char *form_text(const struct form *form, const char *name);
