/*
 * The template compiler: www/templates/NAME.html, NAME.mobileconfig or NAME.txt becomes `struct
 * view_NAME` and view_NAME(), which writes the page. It is strict so that a mistake fails the
 * build, not a phone:
 *
 *     @text name                     declared fields (generate/declarations.h), before anything
 * else
 *     {{name}} {{site.name}}         a field, escaped for where it stands; a url field only as a
 *                                    whole href, src or action; never in script, style, a comment,
 *                                    a tag or an attribute without quotes; a compound has a <wbr>
 *                                    before each of its words where tags may stand
 *     {{if flag}} {{if not text}} {{else}} {{end}}     a flag; or a text, number, list that is not
 *                                    empty or zero; branches must end where they began: both in
 *                                    text, both in the same tag
 *     {{each formats as format}} {{format.href}} {{end}}
 *     {{t claim.open button=name}}   a text of the catalogue, each of its arguments given once
 *     {{> head}}                     the partial _head.html, which sees the fields of the page
 *     {{language}}                   the tag of the catalogue's language
 *     {{! a comment }}
 *
 * Indentation and empty lines outside of values are not part of the page. NAME.txt is plain text,
 * as mails have it (struct view_NAME_txt): there a value is written as it is but on one line, a url
 * may stand anywhere, partials are _NAME.txt, and all spaces and lines are part of the page but
 * lines that hold nothing but sections, partials and comments.
 */
#pragma once

#include "generate/declarations.h"
#include "generate/html_context.h"
#include "generate/texts.h"

enum { TEMPLATE_DEPTH = 16, TEMPLATE_PARTIAL_DEPTH = 4, TEMPLATE_PATH = 4096 };

enum block_kind { BLOCK_IF, BLOCK_EACH };

/* An {{if}} or {{each}} that is open. */
struct block {
    enum block_kind kind;
    int line;
    bool has_else;
    struct html_context start; /* where it began */
    struct html_context first; /* where its first branch ended */
    char loop_name[DECLARATION_NAME];
    const struct record *loop_record;
};

struct template
{
    struct source *source; /* the one being read: the template or a partial */
    const struct declarations *declarations;
    const struct texts *texts;
    const char *folder; /* of partials */
    struct record record;
    struct html_context context;
    struct block blocks[TEMPLATE_DEPTH];
    int block_count;
    int partial_depth;
    bool plain;         /* plain text: nothing is escaped, the context stays HTML_TEXT */
    bool line_start;    /* nothing but blanks was written since the last line end */
    struct buf literal; /* bytes that wait to be written as one string */
    struct buf *out;    /* the C function's body */
};

/* A field that a path names, and the C expression that reads it. */
struct resolved {
    const struct field *field;
    struct buf expression;
};
void resolved_clear(struct resolved *resolved);
CLEANUP_VALUE(struct resolved, resolved_clear)

/* Appends the struct to `header` and the function to `body`; complaints go to the source's list. */
void template_compile(struct source *source, const char *folder,
                      const struct declarations *declarations, const struct texts *texts,
                      struct buf *header, struct buf *body);

/* template_scope.c: false after a complaint. */
bool template_resolve(const struct template *template, struct span path,
                      struct resolved *ret_field);

/* template_tag.c: what stands between {{ and }}. */
void template_tag(struct template *template, struct span tag);
/* Writes nothing itself: a section, a partial, a comment. */
bool template_tag_is_silent(struct span tag);
/* template.c, for tags: compiles what a source holds from where it stands. */
void template_body(struct template *template);
/* Writes the bytes that wait. */
void template_flush(struct template *template);
