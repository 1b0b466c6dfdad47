/* Names: loop variables from the innermost outwards, then the fields of the page. */
#include "generate/template.h"

void resolved_clear(struct resolved *resolved)
{
    buf_clear(&resolved->expression);
}

static struct span split_dot(struct span *rest)
{
    const uint8_t *dot = memchr(rest->ptr, '.', rest->len);
    size_t len = dot == NULL ? rest->len : (size_t)(dot - rest->ptr);
    struct span part = span_of(rest->ptr, len);
    *rest = dot == NULL ? SPAN_EMPTY : span_of(dot + 1, rest->len - len - 1);
    return part;
}

static const struct block *find_loop(const struct template *template, struct span name)
{
    for (int i = template->block_count - 1; i >= 0; i--)
        if (template->blocks[i].kind == BLOCK_EACH &&
            span_equal_text(name, template->blocks[i].loop_name))
            return &template->blocks[i];
    return NULL;
}

static bool unknown(const struct template *template, struct span path, struct span part)
{
    source_error(template->source, "'%.*s': there is no field '%.*s' here", (int)path.len, path.ptr,
                 (int)part.len, part.ptr);
    return false;
}

bool template_resolve(const struct template *template, struct span path, struct resolved *ret_field)
{
    struct span rest = path;
    struct span part = split_dot(&rest);
    const struct block *loop = find_loop(template, part);
    const struct record *record = loop == NULL ? &template->record : loop->loop_record;
    buf_reset(&ret_field->expression);
    buf_append_text(&ret_field->expression, loop == NULL ? "fields" : "each_");
    if (loop != NULL) {
        buf_append_text(&ret_field->expression, loop->loop_name);
        part = split_dot(&rest);
    }
    for (;;) {
        const struct field *field = record == NULL ? NULL : record_find(record, part);
        if (field == NULL)
            return unknown(template, path, part);
        buf_printf(&ret_field->expression, "->%s", field->name);
        ret_field->field = field;
        if (rest.len == 0)
            return true;
        record = field->type == FIELD_RECORD ? field->record : NULL;
        part = split_dot(&rest);
    }
}
