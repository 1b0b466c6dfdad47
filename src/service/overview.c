/* One read transaction: the numbers of a page belong together. */
#include "service/overview.h"

#include "base/span.h"
#include "store/link_store.h"
#include "store/total_store.h"

/* Which acts of the audit are which activity. */
static const struct {
    const char *action;
    enum overview_activity activity;
} activities[] = {
    {"link.create", OVERVIEW_CREATED},
    {"link.claimed", OVERVIEW_CLAIMED},
    {"certificate.issue", OVERVIEW_ISSUED},
    {"certificate.revoke", OVERVIEW_REVOKED},
    {"certificate.withdraw", OVERVIEW_REVOKED},
    {"link.wrong_pin", OVERVIEW_REFUSED},
    {"link.lock", OVERVIEW_REFUSED},
    {"link.claim_elsewhere", OVERVIEW_REFUSED},
    {"operator.login_failed", OVERVIEW_REFUSED},
};

static void add_act(void *context, int64_t day, struct span action, int64_t total)
{
    struct overview *overview = context;
    if (day < overview->first_day || day >= overview->first_day + OVERVIEW_DAYS)
        return; /* the clock was set back */
    for (size_t i = 0; i < sizeof activities / sizeof activities[0]; i++)
        if (span_equal_text(action, activities[i].action))
            overview->acts[activities[i].activity][day - overview->first_day] += total;
}

enum status overview_read(const struct service *service, int64_t now, struct overview *ret_overview)
{
    int64_t today = now / TOTAL_DAY;
    struct overview overview = {.first_day = today - OVERVIEW_DAYS + 1};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(link_store_counts(tx, overview.links));
    TRY(total_store_certificates(tx, CERTIFICATE_ISSUED, today, INT64_MAX, &overview.valid));
    TRY(total_store_certificates(tx, CERTIFICATE_ISSUED, today, today + OVERVIEW_SOON_DAYS,
                                 &overview.expiring));
    TRY(total_store_certificates(tx, CERTIFICATE_REVOKED, 0, INT64_MAX, &overview.revoked));
    TRY(total_store_each_act(tx, overview.first_day, add_act, &overview));
    *ret_overview = overview;
    return STATUS_OK;
}
