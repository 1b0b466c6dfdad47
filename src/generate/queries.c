/*
 * One pass: each statement is rewritten as soon as its last line is read, and its line of the enum,
 * its parameters and its row of the table are appended to what will be printed. There is no syntax
 * tree: the engine itself checks the SQL when it prepares every statement at start.
 */
#include "generate/queries.h"

enum { NAME_SIZE = 64, STATEMENT_MAX = 16 * 1024, MIGRATION_DIGITS = 4 };

static const char name_mark[] = "-- name:";

/* A statement while it is read. */
struct statement {
    struct span name;
    struct buf text;
    struct span parameters[QUERIES_PARAMETERS_MOST];
    size_t parameter_count;
};

static void statement_clear(struct statement *statement)
{
    buf_clear(&statement->text);
}
CLEANUP_VALUE(struct statement, statement_clear)

void queries_clear(struct queries *queries)
{
    buf_clear(&queries->names);
    buf_clear(&queries->enumeration);
    buf_clear(&queries->parameters);
    buf_clear(&queries->rows);
    buf_clear(&queries->migrations);
}

static struct span bytes_of(const struct buf *buf)
{
    struct span bytes;
    return buf_finish(buf, &bytes) == STATUS_OK ? bytes : SPAN_EMPTY;
}

static bool starts_with(struct span text, const char *start)
{
    size_t len = strlen(start);
    return text.len >= len && memcmp(text.ptr, start, len) == 0;
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_taken(const struct queries *queries, struct span name)
{
    struct span names = bytes_of(&queries->names);
    while (names.len > 0) {
        const uint8_t *end = memchr(names.ptr, '\n', names.len);
        size_t len = (size_t)(end - names.ptr);
        if (span_equal(span_of(names.ptr, len), name))
            return true;
        names = span_of(end + 1, names.len - len - 1);
    }
    return false;
}

/* The number of the parameter, counted from 1; 0 when there are too many. */
static size_t parameter_number(struct statement *statement, struct span name)
{
    for (size_t i = 0; i < statement->parameter_count; i++)
        if (span_equal(statement->parameters[i], name))
            return i + 1;
    if (statement->parameter_count == QUERIES_PARAMETERS_MOST)
        return 0;
    statement->parameters[statement->parameter_count++] = name;
    return statement->parameter_count;
}

/* The length of the :word at `at`, 0 if there is none; "::" is a cast, not a parameter. */
static size_t parameter_length(struct span line, size_t at)
{
    bool colon = line.ptr[at] == ':' && (at == 0 || line.ptr[at - 1] != ':');
    size_t len = 1;
    while (colon && at + len < line.len && is_letter(line.ptr[at + len]))
        len++;
    return len > 1 ? len : 0;
}

static void append_parameter(struct statement *statement, struct source *source, struct span name)
{
    size_t number = parameter_number(statement, name);
    if (number == 0)
        source_error(source, "more than %d parameters", QUERIES_PARAMETERS_MOST);
    buf_printf(&statement->text, "$%zu", number);
}

/* Appends the byte or the parameter at `at`; gives its length. */
static size_t append_piece(struct statement *statement, struct source *source, struct span line,
                           size_t at)
{
    size_t len = parameter_length(line, at);
    if (line.ptr[at] == '-' && at > 0 && line.ptr[at - 1] == '-')
        source_error(source, "a comment has a line of its own");
    if (len == 0) {
        buf_append_byte(&statement->text, line.ptr[at]);
        return 1;
    }
    append_parameter(statement, source, span_of(line.ptr + at + 1, len - 1));
    return len;
}

static void append_line(struct statement *statement, struct source *source, struct span line)
{
    bool quoted = false;
    for (size_t at = 0; at < line.len;) {
        if (line.ptr[at] == '\'')
            quoted = !quoted;
        if (quoted)
            buf_append_byte(&statement->text, line.ptr[at++]);
        else
            at += append_piece(statement, source, line, at);
    }
    if (quoted)
        source_error(source, "a string literal does not end on its line");
}

static void append_upper(struct buf *out, struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        bool lower = name.ptr[i] >= 'a' && name.ptr[i] <= 'z';
        buf_append_byte(out, lower ? (uint8_t)(name.ptr[i] - 'a' + 'A') : name.ptr[i]);
    }
}

static void append_parameter_names(struct queries *queries, const struct statement *statement)
{
    buf_append_text(&queries->parameters, "static const char *const parameters_of_");
    buf_append(&queries->parameters, statement->name);
    buf_append_text(&queries->parameters, "[] = {");
    for (size_t i = 0; i < statement->parameter_count; i++) {
        buf_append_text(&queries->parameters, i == 0 ? "" : ", ");
        source_append_c_string(&queries->parameters, statement->parameters[i]);
    }
    buf_append_text(&queries->parameters, "};\n");
}

static void finish(struct queries *queries, struct statement *statement)
{
    buf_append_text(&queries->enumeration, "    QUERY_");
    append_upper(&queries->enumeration, statement->name);
    buf_append_text(&queries->enumeration, ",\n");

    buf_append_text(&queries->rows, "    {");
    source_append_c_string(&queries->rows, statement->name);
    buf_append_text(&queries->rows, ",\n");
    source_append_c_string(&queries->rows, bytes_of(&statement->text));
    if (statement->parameter_count > 0) {
        append_parameter_names(queries, statement);
        buf_append_text(&queries->rows, ",\nparameters_of_");
        buf_append(&queries->rows, statement->name);
        buf_printf(&queries->rows, ", %zu},\n", statement->parameter_count);
    } else {
        buf_append_text(&queries->rows, ", NULL, 0},\n");
    }
    statement->name = SPAN_EMPTY;
    statement->parameter_count = 0;
    buf_reset(&statement->text);
}

static void begin(struct queries *queries, struct statement *statement, struct source *source,
                  struct span line)
{
    if (statement->name.len > 0)
        source_error(source, "the statement before has no end: its last line ends in ';'");
    struct span name =
        source_trim(span_of(line.ptr + strlen(name_mark), line.len - strlen(name_mark)));
    if (!source_is_name(name, NAME_SIZE)) {
        source_error(source, "a name is lower-case letters, digits and '_'");
        name = SPAN_EMPTY;
    } else if (is_taken(queries, name)) {
        source_error(source, "the name '%.*s' is taken", (int)name.len, (const char *)name.ptr);
    }
    statement->name = name;
    statement->parameter_count = 0;
    buf_reset(&statement->text);
    buf_append(&queries->names, name);
    buf_append_byte(&queries->names, '\n');
}

static void take_line(struct queries *queries, struct statement *statement, struct source *source,
                      struct span line)
{
    if (starts_with(line, name_mark)) {
        begin(queries, statement, source, line);
    } else if (line.len == 0 || starts_with(line, "--")) {
        return;
    } else if (statement->name.len == 0) {
        source_error(source, "a statement begins with a line '-- name: what_it_does'");
    } else {
        buf_append_text(&statement->text, statement->text.len == 0 ? "" : " ");
        append_line(statement, source, line);
        if (line.ptr[line.len - 1] == ';')
            finish(queries, statement);
    }
}

void queries_add(struct queries *queries, struct source *source)
{
    struct statement statement defer(statement_clear) = {.text = BUF_INIT(STATEMENT_MAX)};
    struct span line;
    while (source_next_line(source, &line))
        take_line(queries, &statement, source, source_trim(line));
    if (statement.name.len > 0)
        source_error(source, "the last statement has no end: its last line ends in ';'");
}

void queries_add_migration(struct queries *queries, struct source *source)
{
    struct span name = source_base_name(source->path);
    int number = 0;
    for (size_t i = 0; i < MIGRATION_DIGITS && i < name.len; i++)
        number = number * 10 + (name.ptr[i] - '0');
    queries->migration_count++;
    if (name.len <= MIGRATION_DIGITS || name.ptr[MIGRATION_DIGITS] != '_' ||
        number != queries->migration_count)
        source_error(source, "the name of this migration begins with %04d_",
                     queries->migration_count);
    buf_append_text(&queries->migrations, "    {");
    source_append_c_string(&queries->migrations, name);
    buf_append_text(&queries->migrations, ",\n");
    source_append_c_string(&queries->migrations, source_text(source));
    buf_append_text(&queries->migrations, "},\n");
}

void queries_write_header(const struct queries *queries, struct buf *out)
{
    buf_append_text(out, "/* Made from db/ by generate_queries. */\n#pragma once\n\n"
                         "#include \"store/query_text.h\"\n\nenum query {\n");
    buf_append(out, bytes_of(&queries->enumeration));
    buf_append_text(out, "    QUERY_COUNT\n};\n\n"
                         "extern const struct query_text query_texts[QUERY_COUNT];\n");
    buf_printf(out, "enum { MIGRATION_COUNT = %d };\n", queries->migration_count);
    buf_append_text(out, "extern const struct migration_text migration_texts[MIGRATION_COUNT];\n");
}

void queries_write_source(const struct queries *queries, struct buf *out)
{
    buf_append_text(out,
                    "/* Made from db/ by generate_queries. */\n#include \"store/queries.h\"\n\n");
    buf_append(out, bytes_of(&queries->parameters));
    buf_append_text(out, "\nconst struct query_text query_texts[QUERY_COUNT] = {\n");
    buf_append(out, bytes_of(&queries->rows));
    buf_append_text(out,
                    "};\n\nconst struct migration_text migration_texts[MIGRATION_COUNT] = {\n");
    buf_append(out, bytes_of(&queries->migrations));
    buf_append_text(out, "};\n");
}
