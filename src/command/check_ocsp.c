/* Whether the OCSP responder can answer: its certificate is in the database, its key in the signer
 * of the server that runs. */
#include "base/clock.h"
#include "command/check_report.h"
#include "service/health.h"
#include "store/db.h"
#include "store/ocsp_store.h"

static const char subject[] = "OCSP responder";
static const char mend_serve[] = "Look in the log of certferry serve why it makes no new one";

static enum status find_responder(const struct config *config, struct ocsp_responder_row *ret_row)
{
    const struct db_options options = {.path = config->database_path};
    struct db *db defer(db_close) = NULL;
    TRY(db_open(&options, &db));
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_READ, &tx));
    return ocsp_store_responder(tx, ret_row);
}

static enum status check_times(struct check_report *report, const struct ocsp_responder_row *row)
{
    char until[CLOCK_TEXT_SIZE];
    clock_format(row->not_after, until);
    switch (health_of_responder(row->not_after, clock_now())) {
    case HEALTH_ERROR:
        return check_say(report, CHECK_ERROR, subject, mend_serve, "its certificate ended at %s",
                         until);
    case HEALTH_WARNING:
        return check_say(report, CHECK_WARNING, subject, mend_serve,
                         "answers until %s and should have been renewed", until);
    case HEALTH_GOOD:
        break;
    }
    return check_say(report, CHECK_OK, subject, "", "answers until %s", until);
}

/* What is wrong with the database itself, check_database() has said. */
enum status check_ocsp(struct check_report *report, const struct config *config)
{
    struct ocsp_responder_row row;
    enum status found = find_responder(config, &row);
    if (found == STATUS_NOT_FOUND)
        return check_say(report, CHECK_WARNING, subject, "Start certferry serve, which makes it",
                         "there is none yet");
    return found == STATUS_OK ? check_times(report, &row) : STATUS_OK;
}
