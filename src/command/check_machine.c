/* What the machine gives: time, space, limits, and the database on its disk. */
#include "command/check_report.h"
#include "service/audit_verify.h"
#include "service/clock_guard.h"
#include "service/health.h"
#include "store/db.h"

#include <sys/resource.h>

enum { LOCKED_BYTES = 1 << 20 };

static enum status check_audit(struct check_report *report, struct db *db, const char *path)
{
    struct audit_head kept;
    struct audit_report audit;
    enum status status = audit_verify(db, path, NULL, &kept, &audit);
    if (status != STATUS_OK)
        return check_say_status(report, status, "audit", "", "");
    if (audit.first_broken != 0)
        return check_say(report, CHECK_ERROR, "audit", "Find out who changed the database",
                         "row %lld is not as it was written: %s", (long long)audit.first_broken,
                         audit.reason);
    return check_say(report, CHECK_OK, "audit", "", "%lld rows form an unbroken chain",
                     (long long)audit.rows);
}

static enum status look_at_dates(struct db *db)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_READ, &tx));
    return clock_guard_check(tx);
}

static enum status check_contents(struct check_report *report, struct db *db, const char *path)
{
    TRY(check_say_status(report, look_at_dates(db), "dates", "",
                         "the clock is not behind what was signed last"));
    return check_audit(report, db, path);
}

enum status check_database(struct check_report *report, const struct config *config)
{
    const struct db_options options = {.path = config->database_path};
    struct db *db defer(db_close) = NULL;
    enum status status = db_open(&options, &db);
    if (status == STATUS_OK)
        status = db_check(db);
    TRY(check_say_status(report, status, "database", "", "read whole, without a fault"));
    return status == STATUS_OK ? check_contents(report, db, config->database_path) : STATUS_OK;
}

static enum status check_clock(struct check_report *report)
{
    if (!health_clock_is_kept())
        return check_say(report, CHECK_WARNING, "clock", "Run a time service such as chrony",
                         "not kept right by a time service, and certificates go by the time");
    return check_say(report, CHECK_OK, "clock", "", "kept right by a time service");
}

static enum status check_space(struct check_report *report, const struct config *config)
{
    int64_t bytes;
    enum status status = health_free_space(config, &bytes);
    if (status != STATUS_OK)
        return check_say_status(report, status, "disk", "", "");
    enum check_level level = check_level_of(health_of_space(bytes));
    return check_say(report, level, "disk", level == CHECK_OK ? "" : "Make room on that disk",
                     "%lld MB free for %s", (long long)bytes / (1024 * 1024),
                     config->database_path);
}

static enum status check_limits(struct check_report *report, const struct config *config)
{
    struct rlimit files;
    struct rlimit locked;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || getrlimit(RLIMIT_MEMLOCK, &locked) != 0)
        return status_fail_errno(STATUS_INTERNAL, "the limits cannot be read");
    if ((int64_t)files.rlim_max < config->server_threads + 256)
        TRY(check_say(report, CHECK_WARNING, "open files",
                      "Raise LimitNOFILE, or set server.threads lower",
                      "%llu may be open, fewer than connections are configured",
                      (unsigned long long)files.rlim_max));
    if (locked.rlim_cur < LOCKED_BYTES)
        TRY(check_say(report, CHECK_WARNING, "locked memory", "Raise LimitMEMLOCK to 8M",
                      "keys cannot be kept out of swap space"));
    return STATUS_OK;
}

enum status check_machine(struct check_report *report, const struct config *config)
{
    TRY(check_clock(report));
    TRY(check_space(report, config));
    return check_limits(report, config);
}
