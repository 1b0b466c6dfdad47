/*
 * Names and values are decoded into one buffer, each followed by a NUL, and found again by their
 * offsets: the buffer may move while it grows.
 */
#include "http/form.h"

#include "base/buf.h"
#include "base/limits.h"
#include "http/target.h"

struct field {
    size_t name;
    size_t name_len;
    size_t value;
    size_t value_len;
};

struct form {
    struct buf text;
    size_t count;
    struct field fields[LIMIT_FORM_FIELDS];
};

void form_free(struct form *form)
{
    if (form == NULL)
        return;
    buf_clear(&form->text);
    free(form);
}

/* Decodes one component behind the text so far. */
static enum status add_text(struct form *form, struct span encoded, size_t *ret_at, size_t *ret_len)
{
    *ret_at = form->text.len;
    TRY(target_decode_component(encoded, &form->text));
    *ret_len = form->text.len - *ret_at;
    buf_append_byte(&form->text, '\0');
    return form->text.failure;
}

static struct span text_at(const struct form *form, size_t at, size_t len)
{
    return span_of(form->text.ptr + at, len);
}

static enum status check_name(const struct form *form, const struct field *field)
{
    struct span name = text_at(form, field->name, field->name_len);
    if (name.len == 0)
        return status_fail(STATUS_INVALID, "the form has a field without a name");
    for (size_t i = 0; i < form->count; i++) {
        const struct field *other = &form->fields[i];
        if (span_equal(text_at(form, other->name, other->name_len), name))
            return status_fail(STATUS_INVALID, "the form has a field twice");
    }
    return STATUS_OK;
}

static enum status add_pair(struct form *form, struct span pair)
{
    const uint8_t *equals = pair.len == 0 ? NULL : memchr(pair.ptr, '=', pair.len);
    if (equals == NULL)
        return status_fail(STATUS_INVALID, "the form has a field without '='");
    if (form->count == LIMIT_FORM_FIELDS)
        return status_fail(STATUS_TOO_LARGE, "the form has more than %d fields", LIMIT_FORM_FIELDS);
    size_t name_len = (size_t)(equals - pair.ptr);
    struct field field;
    TRY(add_text(form, span_of(pair.ptr, name_len), &field.name, &field.name_len));
    TRY(add_text(form, span_of(equals + 1, pair.len - name_len - 1), &field.value,
                 &field.value_len));
    TRY(check_name(form, &field));
    form->fields[form->count++] = field;
    return STATUS_OK;
}

static enum status add_pairs(struct form *form, struct span encoded)
{
    while (encoded.len > 0) {
        const uint8_t *end = memchr(encoded.ptr, '&', encoded.len);
        size_t len = end == NULL ? encoded.len : (size_t)(end - encoded.ptr);
        TRY(add_pair(form, span_of(encoded.ptr, len)));
        if (end != NULL && len + 1 == encoded.len)
            return status_fail(STATUS_INVALID, "the form ends in '&'");
        encoded = end == NULL ? SPAN_EMPTY : span_of(end + 1, encoded.len - len - 1);
    }
    return STATUS_OK;
}

enum status form_parse(struct span encoded, struct form **ret_form)
{
    struct form *form defer(form_free) = calloc(1, sizeof *form);
    if (form == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a form");
    /* decoding never lengthens; each component gets a NUL */
    form->text = (struct buf)BUF_INIT(encoded.len + 2 * LIMIT_FORM_FIELDS);
    TRY(add_pairs(form, encoded));
    *ret_form = take(form);
    return STATUS_OK;
}

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

enum status form_check_names(const struct form *form, const char *const *names, size_t count)
{
    for (size_t i = 0; i < form->count; i++) {
        const char *name = (const char *)form->text.ptr + form->fields[i].name;
        if (!is_one_of(name, names, count))
            return status_fail(STATUS_INVALID, "%.60s: there is no such parameter here", name);
    }
    return STATUS_OK;
}

bool form_find(const struct form *form, const char *name, struct span *ret_value)
{
    for (size_t i = 0; i < form->count; i++) {
        const struct field *field = &form->fields[i];
        if (span_equal_text(text_at(form, field->name, field->name_len), name)) {
            *ret_value = text_at(form, field->value, field->value_len);
            return true;
        }
    }
    return false;
}

struct span form_value(const struct form *form, const char *name)
{
    struct span value = SPAN_EMPTY;
    return form_find(form, name, &value) ? value : SPAN_EMPTY;
}

const char *form_text(const struct form *form, const char *name)
{
    struct span value = SPAN_EMPTY;
    return form_find(form, name, &value) ? (const char *)value.ptr : "";
}
