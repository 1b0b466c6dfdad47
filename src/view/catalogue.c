/* Writing a text with its arguments, and choosing a language. */
#include "view/catalogue.h"

#include "view/view.h"

#include <strings.h>

/* As in generate/texts.h: the build writes these bytes into the texts. */
enum { BOLD_ON = 0x0e, BOLD_OFF = 0x0f, PLURAL = 0x1f };

struct catalogue_argument catalogue_text(const char *name, const char *text)
{
    return (struct catalogue_argument){.name = name, .kind = CATALOGUE_IS_TEXT, .text = text};
}

struct catalogue_argument catalogue_number(const char *name, int64_t number)
{
    return (struct catalogue_argument){.name = name, .kind = CATALOGUE_IS_NUMBER, .number = number};
}

struct catalogue_argument catalogue_date(const char *name, int64_t seconds)
{
    return (struct catalogue_argument){.name = name, .kind = CATALOGUE_IS_DATE, .number = seconds};
}

struct catalogue_argument catalogue_clock(const char *name, int64_t seconds)
{
    return (struct catalogue_argument){.name = name, .kind = CATALOGUE_IS_CLOCK, .number = seconds};
}

struct catalogue_argument catalogue_moment(const char *name, int64_t seconds)
{
    return (struct catalogue_argument){
        .name = name, .kind = CATALOGUE_IS_MOMENT, .number = seconds};
}

struct catalogue_argument catalogue_time(const char *name, int64_t seconds)
{
    return (struct catalogue_argument){.name = name, .kind = CATALOGUE_IS_TIME, .number = seconds};
}

struct catalogue_argument catalogue_phrase(const char *name, enum text_key phrase)
{
    return (struct catalogue_argument){.name = name, .kind = CATALOGUE_IS_PHRASE, .phrase = phrase};
}

const struct text_catalogue *catalogue_default(void)
{
    return &text_catalogues[0];
}

/* What one call of catalogue_append() writes with. */
struct writer {
    struct buf *out;
    const struct text_catalogue *texts;
    enum catalogue_form form;
    const struct catalogue_argument *arguments;
    size_t count;
};

static void write_text(const struct writer *writer, struct span text)
{
    if (writer->form == CATALOGUE_PLAIN)
        buf_append(writer->out, text);
    else
        view_append_escaped_span(writer->out, text);
}

static void write_time(const struct writer *writer, int64_t seconds)
{
    if (writer->form == CATALOGUE_HTML)
        view_append_time(writer->out, writer->texts, seconds);
    else
        view_append_moment(writer->out, writer->texts, seconds);
}

static void write_argument(const struct writer *writer, const struct catalogue_argument *argument)
{
    switch (argument->kind) {
    case CATALOGUE_IS_TEXT:
        write_text(writer, span_of_text(argument->text));
        break;
    case CATALOGUE_IS_NUMBER:
        view_append_number(writer->out, argument->number);
        break;
    case CATALOGUE_IS_DATE:
        view_append_date(writer->out, writer->texts, argument->number);
        break;
    case CATALOGUE_IS_CLOCK:
        view_append_clock(writer->out, writer->texts, argument->number);
        break;
    case CATALOGUE_IS_MOMENT:
        view_append_moment(writer->out, writer->texts, argument->number);
        break;
    case CATALOGUE_IS_TIME:
        write_time(writer, argument->number);
        break;
    case CATALOGUE_IS_PHRASE:
        catalogue_append(writer->out, writer->texts, argument->phrase, writer->form, NULL, 0);
        break;
    }
}

static const struct catalogue_argument *find_argument(const struct writer *writer, struct span name)
{
    for (size_t i = 0; i < writer->count; i++)
        if (span_equal_text(name, writer->arguments[i].name))
            return &writer->arguments[i];
    return NULL;
}

/* The form for the argument `count`: texts with plurals hold "one", PLURAL, "other". */
static struct span choose_form(const struct writer *writer, const char *text)
{
    const char *separator = strchr(text, PLURAL);
    if (separator == NULL)
        return span_of_text(text);
    const struct catalogue_argument *count = find_argument(writer, SPAN_LITERAL("count"));
    bool one = count != NULL && count->number == 1;
    return one ? span_of(text, (size_t)(separator - text)) : span_of_text(separator + 1);
}

static void write_bold(const struct writer *writer, bool on)
{
    if (writer->form == CATALOGUE_HTML)
        buf_append_text(writer->out, on ? "<b>" : "</b>");
}

static bool is_special(uint8_t c)
{
    return c == '{' || c == BOLD_ON || c == BOLD_OFF;
}

/* Writes from a special byte on; returns how many bytes it took. */
static size_t write_special(const struct writer *writer, struct span text)
{
    if (text.ptr[0] != '{') {
        write_bold(writer, text.ptr[0] == BOLD_ON);
        return 1;
    }
    const uint8_t *end = memchr(text.ptr, '}', text.len);
    if (end == NULL)
        return 1;
    size_t len = (size_t)(end - text.ptr);
    const struct catalogue_argument *argument =
        find_argument(writer, span_of(text.ptr + 1, len - 1));
    if (argument != NULL)
        write_argument(writer, argument);
    return len + 1;
}

void catalogue_append(struct buf *out, const struct text_catalogue *texts, enum text_key key,
                      enum catalogue_form form, const struct catalogue_argument *arguments,
                      size_t count)
{
    const struct writer writer = {out, texts, form, arguments, count};
    struct span text = choose_form(&writer, texts->texts[key]);
    while (text.len > 0) {
        size_t plain = 0;
        while (plain < text.len && !is_special(text.ptr[plain]))
            plain++;
        write_text(&writer, span_of(text.ptr, plain));
        if (plain < text.len)
            plain += write_special(&writer, span_of(text.ptr + plain, text.len - plain));
        text = span_of(text.ptr + plain, text.len - plain);
    }
}
