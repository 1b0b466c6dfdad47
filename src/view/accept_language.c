/*
 * Choosing the language: RFC 9110 12.5.4 with the lookup of RFC 4647 3.4. What does not follow the
 * grammar gets the default language; nobody is refused for it.
 */
#include "view/catalogue.h"

#include "base/field.h"

#include <strings.h>

enum { FIELD_MAX = 512, RANGES_MAX = 16 };

struct range {
    struct span tag;
    int weight; /* thousandths */
};

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

static bool read_range(struct span item, struct range *ret_range)
{
    struct span rest = item;
    struct span tag = field_cut(&rest, ';');
    *ret_range = (struct range){tag, FIELD_WEIGHT_ONE};
    return is_range(tag) && (rest.len == 0 || field_weight(field_trim(rest), &ret_range->weight));
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
        struct span item = field_cut(&rest, ',');
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
