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

/* Adds the digits behind the point, tenths first. */
static bool add_decimals(struct span digits, int *weight)
{
    int place = FIELD_WEIGHT_ONE / 10;
    for (size_t i = 0; i < digits.len; i++, place /= 10) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return false;
        *weight += (digits.ptr[i] - '0') * place;
    }
    return true;
}

bool field_weight(struct span parameter, int *ret_weight)
{
    enum { WHOLE = sizeof "q=" - 1, POINT = WHOLE + 1, LONGEST = sizeof "q=0.123" - 1 };
    if (!field_is_weight(parameter) || parameter.len <= WHOLE || parameter.len > LONGEST)
        return false;
    int weight = (parameter.ptr[WHOLE] - '0') * FIELD_WEIGHT_ONE;
    if (parameter.len > POINT) {
        struct span decimals = span_of(parameter.ptr + POINT + 1, parameter.len - POINT - 1);
        if (parameter.ptr[POINT] != '.' || !add_decimals(decimals, &weight))
            return false;
    }
    if (weight < 0 || weight > FIELD_WEIGHT_ONE)
        return false;
    *ret_weight = weight;
    return true;
}
