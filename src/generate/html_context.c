/* The state machine over HTML and XML text. */
#include "generate/html_context.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static bool is_name_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ':' || c == '.';
}

/* Appends to a name, in lower case; false when it is full. */
static bool name_add(char name[static HTML_NAME], uint8_t c)
{
    size_t len = strlen(name);
    if (len + 1 >= HTML_NAME)
        return false;
    name[len] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    name[len + 1] = '\0';
    return true;
}

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

static bool is_raw_element(const char *element)
{
    static const char *const raw[] = {"style", "script", "title", "textarea", NULL};
    return is_one_of(element, raw);
}

static const char *tag_ends(struct html_context *context)
{
    bool raw = !context->closing && is_raw_element(context->element);
    context->state = raw ? HTML_RAW : HTML_TEXT;
    context->matched = 0;
    return NULL;
}

static const char *feed_text(struct html_context *context, uint8_t c)
{
    if (c == '<') {
        context->state = HTML_OPEN;
        context->element[0] = '\0';
        context->closing = false;
    }
    return NULL;
}

static const char *feed_open(struct html_context *context, uint8_t c)
{
    if (c == '!' || c == '?') {
        context->state = HTML_DECLARATION;
        context->matched = 0;
        return NULL;
    }
    if (c == '/' && !context->closing) {
        context->closing = true;
        return NULL;
    }
    context->state = HTML_ELEMENT;
    return is_name_byte(c) && name_add(context->element, c) ? NULL
                                                            : "'<' is not followed by a name";
}

static const char *feed_element(struct html_context *context, uint8_t c)
{
    if (c == '>')
        return tag_ends(context);
    if (is_blank(c) || c == '/')
        context->state = HTML_BETWEEN;
    else if (!is_name_byte(c) || !name_add(context->element, c))
        return "a byte that cannot stand in an element's name";
    return NULL;
}

static const char *feed_between(struct html_context *context, uint8_t c)
{
    if (c == '>')
        return tag_ends(context);
    if (is_blank(c) || c == '/')
        return NULL;
    context->state = HTML_ATTRIBUTE;
    context->attribute[0] = '\0';
    return is_name_byte(c) && name_add(context->attribute, c)
               ? NULL
               : "a byte that cannot begin an attribute";
}

static const char *feed_attribute(struct html_context *context, uint8_t c)
{
    if (c == '>')
        return tag_ends(context);
    if (c == '=')
        context->state = HTML_EQUALS;
    else if (is_blank(c) || c == '/')
        context->state = HTML_BETWEEN;
    else if (!is_name_byte(c) || !name_add(context->attribute, c))
        return "a byte that cannot stand in an attribute's name";
    return NULL;
}

static const char *feed_equals(struct html_context *context, uint8_t c)
{
    if (c != '"')
        return "an attribute's value must stand in double quotes";
    if (strncmp(context->attribute, "on", 2) == 0)
        return "an attribute that is a script";
    context->state = HTML_VALUE;
    context->value_begun = false;
    context->value_whole = false;
    return NULL;
}

static const char *feed_value(struct html_context *context, uint8_t c)
{
    if (c == '"') {
        context->state = HTML_BETWEEN;
        return NULL;
    }
    if (c == '<')
        return "'<' in an attribute's value";
    if (context->value_whole)
        return "text after a URL field in one value";
    context->value_begun = true;
    return NULL;
}

static const char *feed_declaration(struct html_context *context, uint8_t c)
{
    if (c == '-' && ++context->matched == 2)
        context->state = HTML_COMMENT;
    else if (c != '-')
        context->matched = 3;
    if (context->state == HTML_COMMENT)
        context->matched = 0;
    else if (c == '>')
        context->state = HTML_TEXT;
    return NULL;
}

static const char *feed_comment(struct html_context *context, uint8_t c)
{
    if (c == '-')
        context->matched++;
    else if (c == '>' && context->matched >= 2)
        context->state = HTML_TEXT;
    else
        context->matched = 0;
    return NULL;
}

static const char *feed_raw(struct html_context *context, uint8_t c)
{
    size_t at = context->matched;
    size_t len = strlen(context->element);
    bool next = at == 0 ? c == '<' : at == 1 ? c == '/' : c == (uint8_t)context->element[at - 2];
    context->matched = next ? at + 1 : (c == '<');
    if (context->matched == len + 2) {
        context->state = HTML_ELEMENT;
        context->closing = true;
        return NULL;
    }
    if (strcmp(context->element, "script") == 0 && context->matched == 0 && !is_blank(c))
        return "a script in the page: it belongs into a file of its own";
    return NULL;
}

const char *html_feed(struct html_context *context, uint8_t c)
{
    typedef const char *feeder(struct html_context * context, uint8_t c);
    static feeder *const feeders[] = {
        [HTML_TEXT] = feed_text,
        [HTML_OPEN] = feed_open,
        [HTML_ELEMENT] = feed_element,
        [HTML_BETWEEN] = feed_between,
        [HTML_ATTRIBUTE] = feed_attribute,
        [HTML_EQUALS] = feed_equals,
        [HTML_VALUE] = feed_value,
        [HTML_COMMENT] = feed_comment,
        [HTML_DECLARATION] = feed_declaration,
        [HTML_RAW] = feed_raw,
    };
    return feeders[context->state](context, c);
}

static bool in_text_element(const struct html_context *context)
{
    bool text = strcmp(context->element, "title") == 0 || strcmp(context->element, "textarea") == 0;
    return context->state == HTML_RAW && text;
}

bool html_allows_control(const struct html_context *context)
{
    return context->state == HTML_TEXT || context->state == HTML_BETWEEN ||
           context->state == HTML_VALUE || in_text_element(context);
}

bool html_same_place(const struct html_context *a, const struct html_context *b)
{
    if (a->state != b->state)
        return false;
    if (a->state == HTML_VALUE && strcmp(a->attribute, b->attribute) != 0)
        return false;
    return a->state == HTML_TEXT || strcmp(a->element, b->element) == 0;
}

static bool is_url_attribute(const char *name)
{
    static const char *const urls[] = {
        "href",       "src",      "action",   "formaction", "poster", "background",
        "cite",       "data",     "manifest", "ping",       "srcset", "xmlns",
        "xlink:href", "longdesc", "codebase", "usemap",     NULL};
    return is_one_of(name, urls);
}

/* A value may hold data unless the browser reads it as code or as a URL. */
static const char *refuses_data_in_value(const struct html_context *context)
{
    static const char *const code[] = {"style", "srcdoc", "http-equiv", NULL};
    if (is_one_of(context->attribute, code))
        return "a field in an attribute that the browser reads as code";
    return context->value_whole ? "a field after a URL field in one value" : NULL;
}

const char *html_refuses_text(const struct html_context *context)
{
    if (context->state == HTML_VALUE && is_url_attribute(context->attribute))
        return "only a url field may stand in this attribute";
    if (context->state == HTML_VALUE)
        return refuses_data_in_value(context);
    if (context->state == HTML_TEXT || in_text_element(context))
        return NULL;
    if (context->state == HTML_RAW)
        return "a field in a script or style";
    return context->state == HTML_COMMENT ? "a field in a comment"
                                          : "a field outside text and quoted values";
}

const char *html_place_url(struct html_context *context)
{
    if (context->state != HTML_VALUE)
        return html_refuses_text(context);
    const char *refusal = refuses_data_in_value(context);
    if (refusal != NULL || !is_url_attribute(context->attribute))
        return refusal;
    if (context->value_begun)
        return "a url field must be the whole value";
    context->value_whole = true;
    return NULL;
}

const char *html_refuses_style(const struct html_context *context)
{
    bool inside = context->state == HTML_RAW && strcmp(context->element, "style") == 0;
    return inside ? NULL : "a style field outside a style element";
}

const char *html_refuses_markup(const struct html_context *context)
{
    return html_allows_markup(context) ? NULL : "an element where only text can stand";
}

bool html_allows_markup(const struct html_context *context)
{
    return context->state == HTML_TEXT;
}
