/* A walk over a few rows. */
#include "http/reason.h"

struct reason {
    int http;
    const char *phrase;
};

static const struct reason reasons[] = {
#define REASON_ROW(http, phrase) {http, phrase},
    REASON_TABLE(REASON_ROW)
#undef REASON_ROW
};

size_t reason_index(int http)
{
    size_t index = 0;
    while (index < REASON_COUNT && reasons[index].http != http)
        index++;
    return index;
}

int reason_http(size_t index)
{
    return reasons[index].http;
}

const char *reason_phrase(int http)
{
    size_t index = reason_index(http);
    return index == REASON_COUNT ? "Answer" : reasons[index].phrase;
}
