/* One line a finding. */
#include "command/check_report.h"

#include "command/output.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const level_names[] = {"ok", "warning", "error"};

enum check_level check_level_of(enum health_level level)
{
    static const enum check_level levels[] = {
        [HEALTH_GOOD] = CHECK_OK,
        [HEALTH_WARNING] = CHECK_WARNING,
        [HEALTH_ERROR] = CHECK_ERROR,
    };
    return levels[level];
}

static enum status print(const struct check_report *report, enum check_level level,
                         const char *subject, const char *mend, const char *sentence)
{
    if (report->json)
        return output_json(json_pack("{s:s, s:s, s:s, s:o}", "subject", subject, "level",
                                     level_names[level], "sentence", sentence, "mend",
                                     json_text(mend)));
    struct buf text defer(buf_clear) = BUF_INIT(4096);
    buf_printf(&text, "%-8s %s: %s%s%s\n", level_names[level], subject, sentence,
               *mend == '\0' ? "" : ". ", mend);
    return output_text(&text);
}

enum status check_say(struct check_report *report, enum check_level level, const char *subject,
                      const char *mend, const char *format, ...)
{
    char sentence[STATUS_DETAIL_MAX * 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    report->errors += level == CHECK_ERROR;
    return print(report, level, subject, mend, sentence);
}

enum status check_say_status(struct check_report *report, enum status status, const char *subject,
                             const char *mend, const char *good)
{
    if (status == STATUS_OK)
        return check_say(report, CHECK_OK, subject, "", "%s", good);
    return check_say(report, CHECK_ERROR, subject, mend, "%s", status_detail());
}
