/* The readers of times: what they take, written again, is the same instant. */
#include "base/clock.h"

#include "base/cleanup.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    int64_t seconds, again;
    if (clock_parse_http(span_of(bytes, len), &seconds) == STATUS_OK) {
        char written[CLOCK_HTTP_SIZE];
        clock_format_http(seconds, written);
        assert(clock_parse_http(span_of_text(written), &again) == STATUS_OK && again == seconds);
    }
    char *text defer(free) = strndup((const char *)bytes, len);
    if (clock_parse(text, &seconds) == STATUS_OK) {
        char written[CLOCK_TEXT_SIZE];
        clock_format(seconds, written);
        assert(clock_parse(written, &again) == STATUS_OK && (again == seconds || seconds < 0));
    }
    return 0;
}
