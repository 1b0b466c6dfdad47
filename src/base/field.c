/* Lists of weighted values, read the same way for media types and for languages. */
#include "base/field.h"

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

struct span field_trim(struct span text)
{
    while (text.len > 0 && is_space(text.ptr[0]))
        text = span_of(text.ptr + 1, text.len - 1);
    while (text.len > 0 && is_space(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

struct span field_cut(struct span *rest, uint8_t separator)
{
    const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->ptr, separator, rest->len);
    struct span part = span_of(rest->ptr, end == NULL ? rest->len : (size_t)(end - rest->ptr));
    *rest = end == NULL ? SPAN_EMPTY : span_of(end + 1, rest->len - part.len - 1);
    return field_trim(part);
}

bool field_is_weight(struct span parameter)
{
    return parameter.len >= 2 && (parameter.ptr[0] | 0x20) == 'q' && parameter.ptr[1] == '=';
}

bool field_weight(struct span parameter, int *ret_weight)
{
    enum { LONGEST = sizeof "q=0.123" - 1 };
    if (!field_is_weight(parameter) || parameter.len == 2 || parameter.len > LONGEST)
        return false;
    const uint8_t *digits = parameter.ptr + 2;
    if ((digits[0] != '0' && digits[0] != '1') || (parameter.len > 3 && digits[1] != '.'))
        return false;
    int weight = (digits[0] - '0') * FIELD_WEIGHT_ONE;
    int place = FIELD_WEIGHT_ONE / 10;
    for (const uint8_t *at = digits + 2; at < parameter.ptr + parameter.len; at++, place /= 10) {
        if (*at < '0' || *at > '9')
            return false;
        weight += (*at - '0') * place;
    }
    *ret_weight = weight;
    return weight <= FIELD_WEIGHT_ONE;
}
