/* The configuration file's grammar: whatever stands in the file, it is taken or refused with a
 * sentence. */
#include "config/parse.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct config *config defer(config_free) = NULL;
    assert(config_defaults("/folder", &config) == STATUS_OK);
    enum status status = config_parse("file", span_of(bytes, len), config);
    assert(status == STATUS_OK || status_detail()[0] != '\0');
    return 0;
}
