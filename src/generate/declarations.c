/* Reading declared fields and writing the structs that they become. */
#include "generate/declarations.h"

struct type_row {
    const char *word;
    const char *member; /* of a C struct; %1$s the field, %2$s the record */
};

static const struct type_row types[] = {
    [FIELD_TEXT] = {"text", "const char *%1$s;"},
    [FIELD_URL] = {"url", "const char *%1$s; /* a path or an address of a safe scheme */"},
    [FIELD_NUMBER] = {"number", "int64_t %1$s;"},
    [FIELD_FLAG] = {"flag", "bool %1$s;"},
    [FIELD_DATE] = {"date", "int64_t %1$s; /* seconds; shown as a day */"},
    [FIELD_CLOCK] = {"clock", "int64_t %1$s; /* seconds; shown as a time of day */"},
    [FIELD_MOMENT] = {"moment", "int64_t %1$s; /* seconds; shown as day and time */"},
    [FIELD_TIME] = {"time", "int64_t %1$s; /* seconds; shown as a <time> element */"},
    [FIELD_COMPOUND] = {"compound", "const char *%1$s;"},
    [FIELD_PHRASE] = {"phrase", "enum text_key %1$s;"},
    [FIELD_STYLE] = {"style", "const struct view_style *%1$s;"},
    [FIELD_LIST] = {"list", "const struct view_%2$s *%1$s;\n    size_t %1$s_count;"},
    [FIELD_RECORD] = {"record", "const struct view_%2$s *%1$s;"},
};
enum { TYPES = sizeof types / sizeof types[0] };

static int type_of(struct span word)
{
    for (int i = 0; i < TYPES; i++)
        if (span_equal_text(word, types[i].word))
            return i;
    return -1;
}

static const struct record *find_record(const struct declarations *declarations, struct span name)
{
    for (int i = 0; i < declarations->count; i++)
        if (span_equal_text(name, declarations->records[i].name))
            return &declarations->records[i];
    return NULL;
}

const struct field *record_find(const struct record *record, struct span name)
{
    for (int i = 0; i < record->count; i++)
        if (span_equal_text(name, record->fields[i].name))
            return &record->fields[i];
    return NULL;
}

/* What follows the name: "of RECORD" for a list or record, nothing for the others. */
static bool read_record_of(struct source *source, struct span rest,
                           const struct declarations *declarations, struct field *field)
{
    bool needs = field->type == FIELD_LIST || field->type == FIELD_RECORD;
    if (!needs && rest.len > 0)
        source_error(source, "'%.*s' after the field's name", (int)rest.len, rest.ptr);
    if (!needs)
        return rest.len == 0;
    struct span of = source_word(&rest);
    field->record = find_record(declarations, rest);
    if (!span_equal_text(of, "of") || field->record == NULL)
        source_error(source, "'%s' needs 'of' and a record that stands above", field->name);
    return span_equal_text(of, "of") && field->record != NULL;
}

void declarations_read_field(struct source *source, struct span line,
                             const struct declarations *declarations, struct record *record)
{
    struct span rest = line;
    struct span type = source_word(&rest);
    struct span name = source_word(&rest);
    int number = type_of(type);
    if (number < 0)
        source_error(source, "'%.*s' is not a type of field", (int)type.len, type.ptr);
    else if (!source_is_name(name, DECLARATION_NAME))
        source_error(source, "'%.*s' is not a field's name", (int)name.len, name.ptr);
    else if (record_find(record, name) != NULL)
        source_error(source, "the field '%.*s' is declared twice", (int)name.len, name.ptr);
    else if (record->count == DECLARATION_FIELDS)
        source_error(source, "more than %d fields", DECLARATION_FIELDS);
    else {
        struct field *field = &record->fields[record->count];
        *field = (struct field){.type = (enum field_type)number};
        memcpy(field->name, name.ptr, name.len);
        record->count += read_record_of(source, rest, declarations, field);
    }
}

/* "record NAME": the next free record, or NULL and a complaint. */
static struct record *start_record(struct source *source, struct span line,
                                   struct declarations *declarations)
{
    struct span rest = line;
    struct span word = source_word(&rest);
    if (!span_equal_text(word, "record") || !source_is_name(rest, DECLARATION_NAME))
        source_error(source, "expected 'record NAME' or an indented field");
    else if (find_record(declarations, rest) != NULL)
        source_error(source, "the record '%.*s' is declared twice", (int)rest.len, rest.ptr);
    else if (declarations->count == DECLARATION_RECORDS)
        source_error(source, "more than %d records", DECLARATION_RECORDS);
    else {
        struct record *record = &declarations->records[declarations->count++];
        *record = (struct record){.count = 0};
        memcpy(record->name, rest.ptr, rest.len);
        return record;
    }
    return NULL;
}

void declarations_read(struct source *source, struct declarations *declarations)
{
    struct record *record = NULL;
    struct span line;
    while (source_next_line(source, &line)) {
        struct span trimmed = source_trim(line);
        if (trimmed.len == 0 || trimmed.ptr[0] == '#')
            continue;
        bool indented = trimmed.ptr != line.ptr;
        if (!indented)
            record = start_record(source, trimmed, declarations);
        else if (record != NULL)
            declarations_read_field(source, trimmed, declarations, record);
        else
            source_error(source, "a field outside a record");
    }
}

void declarations_append_struct(struct buf *out, const struct record *record)
{
    buf_printf(out, "struct view_%s {\n", record->name);
    for (int i = 0; i < record->count; i++) {
        const struct field *field = &record->fields[i];
        const char *of = field->record == NULL ? "" : field->record->name;
        const char *at = types[field->type].member;
        buf_append_text(out, "    ");
        for (const char *mark = strchr(at, '%'); mark != NULL; mark = strchr(at, '%')) {
            buf_append(out, span_of(at, (size_t)(mark - at)));
            buf_append_text(out, mark[1] == '1' ? field->name : of);
            at = mark + 4;
        }
        buf_append_text(out, at);
        buf_append_byte(out, '\n');
    }
    buf_append_text(out, "};\n\n");
}
