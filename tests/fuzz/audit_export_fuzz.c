/* An export of the audit, as an auditor gets it from somebody else. */
#include "service/audit_export.h"

#include <assert.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;
    FILE *stream = fmemopen((void *)(uintptr_t)bytes, len, "r");
    if (stream == NULL)
        return 0;
    struct audit_report report;
    if (audit_verify_stream(stream, "EXPORT", NULL, &report) == STATUS_OK) {
        assert(report.first_broken >= 0 && report.head.id <= report.rows);
        assert((report.first_broken == 0) == (report.reason[0] == '\0'));
    }
    fclose(stream);
    return 0;
}
