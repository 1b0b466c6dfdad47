/*
 * Choosing the language: RFC 9110 12.5.4 with the lookup of RFC 4647 3.4. What does not follow the
 * grammar gets the default language; nobody is refused for it.
 */
#include "view/catalogue.h"

#include <strings.h>

enum { FIELD_MAX = 512, RANGES_MAX = 16, WEIGHT_ONE = 1000 };

struct range {
    struct span tag;
    int weight; /* thousandths */
};

static struct span trim(struct span text)
{
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = span_of(text.ptr + 1, text.len - 1);
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
        text.len--;
    return text;
}

static struct span split(struct span *rest, uint8_t separator)
{
    const uint8_t *at = memchr(rest->ptr, separator, rest->len);
    size_t len = at == NULL ? rest->len : (size_t)(at - rest->ptr);
    struct span part = span_of(rest->ptr, len);
    *rest = at == NULL ? SPAN_EMPTY : span_of(at + 1, rest->len - len - 1);
    return trim(part);
}

/* Letters, digits and '-', or "*". */
static bool is_range(struct span tag)
{
    for (size_t i = 0; i < tag.len; i++) {
        uint8_t c = tag.ptr[i] | 0x20;
        bool letter = c >= 'a' && c <= 'z';
        bool digit = tag.ptr[i] >= '0' && tag.ptr[i] <= '9';
        if (!letter && !digit && tag.ptr[i] != '-')
            return tag.len == 1 && tag.ptr[0] == '*';
    }
    return tag.len > 0;
}

static bool begins_weight(struct span text)
{
    bool named = text.len >= 3 && (text.ptr[0] | 0x20) == 'q' && text.ptr[1] == '=';
    return named && text.len <= 7 && (text.ptr[2] == '0' || text.ptr[2] == '1');
}

/* "q=0.8": at most three decimals, 0 to 1. */
static bool read_weight(struct span text, int *ret_weight)
{
    if (!begins_weight(text) || (text.len > 3 && text.ptr[3] != '.'))
        return false;
    int weight = (text.ptr[2] - '0') * WEIGHT_ONE;
    int place = 100;
    for (size_t i = 4; i < text.len; i++, place /= 10) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        weight += (text.ptr[i] - '0') * place;
    }
    *ret_weight = weight;
    return weight <= WEIGHT_ONE;
}

static bool read_range(struct span item, struct range *ret_range)
{
    struct span rest = item;
    struct span tag = split(&rest, ';');
    *ret_range = (struct range){tag, WEIGHT_ONE};
    return is_range(tag) && (rest.len == 0 || read_weight(trim(rest), &ret_range->weight));
}

static bool begins_with(struct span tag, const char *language)
{
    size_t len = strlen(language);
    return tag.len >= len && strncasecmp((const char *)tag.ptr, language, len) == 0 &&
           (tag.len == len || tag.ptr[len] == '-');
}

/* The catalogue of "de" serves the range "de-AT"; a '*' is served by the default. */
static const struct text_catalogue *serve(struct span tag)
{
    if (tag.len == 1 && tag.ptr[0] == '*')
        return catalogue_default();
    for (size_t i = 0; i < text_catalogue_count; i++)
        if (begins_with(tag, text_catalogues[i].language))
            return &text_catalogues[i];
    return NULL;
}

const struct text_catalogue *catalogue_for(struct span accept_language)
{
    const struct text_catalogue *best = NULL;
    int best_weight = 0;
    struct span rest = accept_language;
    if (rest.len > FIELD_MAX)
        return catalogue_default();
    for (int count = 0; rest.len > 0; count++) {
        struct span item = split(&rest, ',');
        struct range range;
        if (item.len == 0)
            continue;
        if (count == RANGES_MAX || !read_range(item, &range))
            return catalogue_default();
        const struct text_catalogue *texts = serve(range.tag);
        if (texts != NULL && range.weight > best_weight) {
            best = texts;
            best_weight = range.weight;
        }
    }
    return best == NULL ? catalogue_default() : best;
}
