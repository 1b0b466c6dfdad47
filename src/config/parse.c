/*
 * libconfuse reads the syntax; types, ranges and memory stay ours: every option is a string to it
 * (its own integers take octal, its booleans four writings), and a validator hands each one to
 * option_set() while the line number is still known.
 *
 * What else it would do by itself is kept out: it never opens a file (the text is given to it, and
 * include() is not declared), a "${NAME}" is refused before it could be replaced from the
 * environment, and an option that stands twice is an error rather than the last one winning. It
 * takes the end of the text for a closing brace or the end of a comment, so a last line is added
 * that must be reached at the outermost level.
 */
#include "config/parse.h"

#include "base/text.h"
#include "config/option.h"

#include <confuse.h>
#include <stdio.h>

static const char end_option[] = "end_of_file";
static const char end_line[] = "\nend_of_file = reached\n";

struct parse {
    const char *path;
    struct config *config;
    unsigned *values; /* read so far, by the index of the option; those of anchors behind */
    int last_line;
    bool ended;
    enum status status;
};

/* libconfuse hands no context of the caller to its callbacks. Set only inside config_parse(). */
static _Thread_local struct parse *current;

static enum status fail_at(const char *path, int line, const char *what)
{
    return status_fail(STATUS_CONFIG, "%s:%d: %s", path, line, what);
}

/* What goes wrong behind the last line of the file is that it ended too early. */
static enum status fail_here(const cfg_t *cfg, const char *what)
{
    if (cfg->line <= current->last_line)
        return fail_at(current->path, cfg->line, what);
    return fail_at(current->path, current->last_line,
                   "the file ends where a value, a quote or a } is expected");
}

__attribute__((format(printf, 2, 0))) static void on_error(cfg_t *cfg, const char *format,
                                                           va_list arguments)
{
    if (current->status != STATUS_OK)
        return;
    char what[256];
    vsnprintf(what, sizeof what, format, arguments);
    current->status = fail_here(cfg, what);
}

/* An option that libconfuse has found, and where its values are counted. */
struct found {
    struct option option;
    unsigned *values;
};

static enum status find_in_anchor(cfg_t *cfg, const cfg_opt_t *opt, struct found *ret_found)
{
    size_t anchor;
    size_t row = 0;
    TRY(anchor_get(current->config, cfg_title(cfg), &anchor));
    if (!anchor_find_row(opt->name, &row))
        return status_fail(STATUS_INTERNAL, "the grammar of the configuration is wrong");
    ret_found->option = anchor_option(current->config, anchor, row);
    ret_found->values = &current->values[option_count + anchor * anchor_option_count + row];
    return STATUS_OK;
}

static enum status find(cfg_t *cfg, const cfg_opt_t *opt, struct found *ret_found)
{
    if (strcmp(cfg->name, anchor_section.name) == 0)
        return find_in_anchor(cfg, opt, ret_found);
    const struct option *option = option_find(cfg->name, opt->name);
    ret_found->option = *option;
    ret_found->values = &current->values[option - option_table];
    return STATUS_OK;
}

/* Ends the parsing when the status is not OK; what is wrong with the file is wrong here. */
static int end_unless_ok(const cfg_t *cfg, enum status status)
{
    if (status == STATUS_CONFIG) {
        char why[STATUS_DETAIL_MAX];
        snprintf(why, sizeof why, "%s", status_detail());
        status = fail_here(cfg, why);
    }
    current->status = status;
    return status == STATUS_OK ? 0 : -1;
}

/* Called once for each value, unlike the validator, which also sees the end of a list. */
static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    struct found found;
    enum status status = find(cfg, opt, &found);
    if (status != STATUS_OK)
        return end_unless_ok(cfg, status);
    (*found.values)++;
    *(const char **)result = value;
    return 0;
}

/* The second assignment has emptied the list, or is about to. */
static bool is_repeated(unsigned values, cfg_opt_t *opt)
{
    return values > cfg_opt_size(opt) || (values > 0 && (opt->flags & CFGF_RESET) != 0);
}

static enum status store(cfg_t *cfg, cfg_opt_t *opt)
{
    struct found found;
    TRY(find(cfg, opt, &found));
    const struct option *option = &found.option;
    if (is_repeated(*found.values, opt))
        return status_fail(STATUS_CONFIG, "%s.%s stands here for the second time", option->section,
                           option->key);
    const char *values[64];
    unsigned count = cfg_opt_size(opt);
    if (count > sizeof values / sizeof values[0])
        return status_fail(STATUS_CONFIG, "%s.%s: the list is too long", option->section,
                           option->key);
    for (unsigned i = 0; i < count; i++)
        values[i] = cfg_opt_getnstr(opt, i);
    return option_set(current->config, option, values, count);
}

static int on_option(cfg_t *cfg, cfg_opt_t *opt)
{
    return end_unless_ok(cfg, store(cfg, opt));
}

/* At the end of such a section, be it an empty one. The environment may still name a certificate,
 * but a section without one is more often a mistake. */
static int on_anchor(cfg_t *cfg, cfg_opt_t *opt)
{
    cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
    size_t anchor = 0;
    enum status status = anchor_get(current->config, cfg_title(section), &anchor);
    if (status == STATUS_OK && current->config->anchors[anchor].certificate[0] == '\0')
        status = status_fail(STATUS_CONFIG, "%s.certificate is missing",
                             current->config->anchors[anchor].section);
    return end_unless_ok(cfg, status);
}

static int on_end(cfg_t *cfg, [[maybe_unused]] cfg_opt_t *found)
{
    current->ended = cfg->line > current->last_line;
    if (!current->ended)
        current->status = fail_here(cfg, "no such option 'end_of_file'");
    return current->ended ? 0 : -1;
}

static bool is_expansion(struct span text, size_t at)
{
    bool escaped = at > 0 && text.ptr[at - 1] == '\\';
    return !escaped && text.ptr[at] == '$' && at + 1 < text.len && text.ptr[at + 1] == '{';
}

static enum status check_characters(const char *path, struct span text)
{
    int line = 1;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (is_expansion(text, i))
            return fail_at(path, line,
                           "\"${\" is not replaced by anything: write the value, or \"\\${\"");
        if ((c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f)
            return fail_at(path, line, "a control character stands here");
        line += c == '\n';
    }
    if (!text_is_utf8(text))
        return fail_at(path, 1, "the file is not UTF-8 text");
    return STATUS_OK;
}

/* libconfuse's tables: the options of each section end in CFG_END, and so do the sections. */
struct grammar {
    cfg_opt_t *options;
    cfg_opt_t *sections;
};

static void grammar_free(struct grammar *grammar)
{
    free(grammar->options);
    free(grammar->sections);
}
CLEANUP_VALUE(struct grammar, grammar_free)

static cfg_opt_t *append_options(const char *section, const struct option *table, size_t count,
                                 cfg_opt_t *at)
{
    for (size_t i = 0; i < count; i++) {
        const struct option *option = &table[i];
        if (strcmp(option->section, section) != 0)
            continue;
        *at = option_is_list(option) ? (cfg_opt_t)CFG_STR_LIST(option->key, NULL, CFGF_NONE)
                                     : (cfg_opt_t)CFG_STR(option->key, NULL, CFGF_NONE);
        at->parsecb = on_value;
        at->validcb = on_option;
        at++;
    }
    *at = (cfg_opt_t)CFG_END();
    return at + 1;
}

static enum status grammar_init(struct grammar *grammar)
{
    size_t ends = option_section_count + 1;
    grammar->options = calloc(option_count + anchor_option_count + ends, sizeof(cfg_opt_t));
    grammar->sections = calloc(option_section_count + 3, sizeof(cfg_opt_t));
    if (grammar->options == NULL || grammar->sections == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the configuration");
    cfg_opt_t *at = grammar->options;
    for (size_t i = 0; i < option_section_count; i++) {
        cfg_opt_t *first = at;
        at = append_options(option_sections[i].name, option_table, option_count, at);
        grammar->sections[i] = (cfg_opt_t)CFG_SEC(option_sections[i].name, first, CFGF_NONE);
    }
    append_options(anchor_section.name, anchor_table, anchor_option_count, at);
    cfg_opt_t *anchors = &grammar->sections[option_section_count];
    *anchors =
        (cfg_opt_t)CFG_SEC(anchor_section.name, at, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);
    anchors->validcb = on_anchor;
    cfg_opt_t *end = anchors + 1;
    *end = (cfg_opt_t)CFG_STR(end_option, NULL, CFGF_NONE);
    end->validcb = on_end;
    end[1] = (cfg_opt_t)CFG_END();
    return STATUS_OK;
}

static void tree_free(cfg_t *tree)
{
    cfg_free(tree);
}
CLEANUP_POINTER(cfg_t, tree_free)

static enum status check_not_emptied(cfg_t *section, const char *key)
{
    struct found found;
    cfg_opt_t *opt = cfg_getopt(section, key);
    TRY(find(section, opt, &found));
    if (!is_repeated(*found.values, opt))
        return STATUS_OK;
    return status_fail(STATUS_CONFIG, "%s: %s.%s stands here for the second time", current->path,
                       found.option.section, key);
}

/* A second list that is empty calls nothing. */
static enum status check_emptied(cfg_t *tree)
{
    for (size_t i = 0; i < option_count; i++)
        TRY(check_not_emptied(cfg_getsec(tree, option_table[i].section), option_table[i].key));
    for (unsigned i = 0; i < cfg_size(tree, anchor_section.name); i++)
        for (size_t row = 0; row < anchor_option_count; row++)
            TRY(check_not_emptied(cfg_getnsec(tree, anchor_section.name, i),
                                  anchor_table[row].key));
    return STATUS_OK;
}

static enum status parse_text(const char *text)
{
    struct grammar grammar defer(grammar_free) = {NULL, NULL};
    TRY(grammar_init(&grammar));
    cfg_t *tree defer(tree_free) = cfg_init(grammar.sections, CFGF_NONE);
    if (tree == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the configuration");
    cfg_set_error_function(tree, on_error);
    int result = cfg_parse_buf(tree, text);
    if (current->status != STATUS_OK)
        return current->status;
    if (result != CFG_SUCCESS || !current->ended)
        return fail_at(current->path, current->last_line, "the file ends inside a comment");
    return check_emptied(tree);
}

static int count_lines(struct span text)
{
    int lines = 1;
    for (size_t i = 0; i + 1 < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

enum status config_parse(const char *path, struct span text, struct config *config)
{
    TRY(check_characters(path, text));
    struct buf copy defer(buf_clear) = BUF_INIT(text.len + sizeof end_line);
    buf_append(&copy, text);
    buf_append_text(&copy, end_line);
    struct span whole;
    TRY(buf_finish(&copy, &whole));
    size_t of_anchors = CONFIG_ANCHORS_MAX * anchor_option_count;
    unsigned *values defer(free) = calloc(option_count + of_anchors, sizeof *values);
    if (values == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for the configuration");

    struct parse parse = {
        .path = path, .config = config, .values = values, .last_line = count_lines(text)};
    current = &parse;
    enum status status = parse_text((const char *)whole.ptr);
    current = NULL;
    return status;
}
