/* From rows to what eas/diagnosis.h asks for; the newest ones, turned round, and before them how it
 * was when the phone was let in last. */
#include "service/devices.h"

#include "service/sighting_device.h"
#include "service/trust.h"

static enum verdict_reason reason_of(const char *text)
{
    for (unsigned i = 0; i < VERDICT_ALLOWED; i++)
        if (strcmp(verdict_reason_text((enum verdict_reason)i), text) == 0)
            return (enum verdict_reason)i;
    return VERDICT_ALLOWED;
}

static enum diagnosis_certificate certificate_of(enum sighting_certificate certificate)
{
    switch (certificate) {
    case SIGHTING_CERTIFICATE_NONE:
        return DIAGNOSIS_CERTIFICATE_NONE;
    case SIGHTING_CERTIFICATE_HANDSHAKE:
        return DIAGNOSIS_CERTIFICATE_HANDSHAKE;
    case SIGHTING_CERTIFICATE_RESUMED:
        return DIAGNOSIS_CERTIFICATE_RESUMED;
    case SIGHTING_CERTIFICATE_FORWARDED:
        return DIAGNOSIS_CERTIFICATE_FORWARDED;
    }
    return DIAGNOSIS_CERTIFICATE_NONE;
}

/* Later requests on the connection of a full handshake are as old as that connection. */
static int64_t session_age_of(const struct sighting_row *row)
{
    return row->certificate == SIGHTING_CERTIFICATE_HANDSHAKE ? row->handshake_age
                                                              : row->session_age;
}

static struct diagnosis_sighting sighting_of(const struct identity_rules *rules,
                                             const struct sighting_row *row)
{
    struct diagnosis_sighting sighting = {
        .at = row->at,
        .certificate = certificate_of(row->certificate),
        .reason = reason_of(row->reason),
        .session_age = session_age_of(row),
        .not_after = row->not_after,
        .password = row->authorization_user[0] != '\0',
        .failed = row->kind == SIGHTING_FAILED_HANDSHAKE,
        .asked = row->asked,
        .cut_off = row->cut_off,
        .http = (int)row->http,
        .body = row->body,
        .identity = row->identity,
    };
    if (sighting.reason == VERDICT_USER_MISMATCH)
        sighting.unclear = sighting_compare_user(rules, row, &sighting.user) == IDENTITY_UNCLEAR;
    return sighting;
}

static bool any_was_let_in(const struct sighting_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (reason_of(list->rows[i].reason) == VERDICT_ALLOWED &&
            list->rows[i].kind != SIGHTING_FAILED_HANDSHAKE)
            return true;
    return false;
}

/* How it was before a trouble that fills the newest ones: a phone tries on for days. */
static enum status list_turn(struct db_tx *tx, const struct device_row *row,
                             const struct sighting_list *newest, struct sighting_list *ret_turn)
{
    if (row->allowed_at == 0 || newest->count < DEVICES_DIAGNOSED || any_was_let_in(newest))
        return STATUS_OK;
    return sighting_store_list_turn(tx, row->id, newest->rows[newest->count - 1].id, ret_turn);
}

static enum status diagnose(struct db_tx *tx, const struct identity_rules *rules,
                            const struct device_row *row, struct diagnosis *ret_diagnosis)
{
    struct sighting_list list defer(sighting_list_clear) = {0};
    struct sighting_list turn defer(sighting_list_clear) = {0};
    const struct page_request newest = {.limit = DEVICES_DIAGNOSED};
    TRY(sighting_store_list(tx, row->id, &newest, &list));
    TRY(list_turn(tx, row, &list, &turn));
    struct diagnosis_sighting *sightings defer(free) =
        calloc(turn.count + list.count + 1, sizeof *sightings);
    if (sightings == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a diagnosis");
    for (size_t i = 0; i < turn.count; i++)
        sightings[i] = sighting_of(rules, &turn.rows[i]);
    for (size_t i = 0; i < list.count; i++)
        sightings[turn.count + i] = sighting_of(rules, &list.rows[list.count - 1 - i]);
    diagnosis_of(sightings, turn.count + list.count, ret_diagnosis);
    return STATUS_OK;
}

enum status devices_diagnose(const struct service *service, const char *id,
                             struct diagnosis *ret_diagnosis)
{
    struct trust_set *set defer(trust_set_release) = trust_hold(service);
    struct device_row row defer(device_row_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(device_store_get(tx, id, &row));
    return diagnose(tx, trust_set_identity(set), &row, ret_diagnosis);
}

struct diagnosis devices_finding(const struct device_row *row)
{
    return (struct diagnosis){
        .rule = diagnosis_rule_of_word(row->finding),
        .from = row->finding_from,
        .until = row->finding_until,
        .number = row->finding_number,
    };
}

/* Who is due, and what each finding is: read without holding up who writes. */
struct findings {
    struct device_list list;
    struct diagnosis *diagnoses;
};

static void findings_clear(struct findings *findings)
{
    device_list_clear(&findings->list);
    free(findings->diagnoses);
}
CLEANUP_VALUE(struct findings, findings_clear)

static enum status read_findings(const struct service *service, int64_t most,
                                 struct findings *findings)
{
    struct trust_set *set defer(trust_set_release) = trust_hold(service);
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(device_store_list_finding_due(tx, most, &findings->list));
    findings->diagnoses = calloc((size_t)most, sizeof *findings->diagnoses);
    if (findings->diagnoses == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for findings");
    for (size_t i = 0; i < findings->list.count; i++)
        TRY(diagnose(tx, trust_set_identity(set), &findings->list.rows[i],
                     &findings->diagnoses[i]));
    return STATUS_OK;
}

static enum status write_findings(struct db *db, const struct findings *findings)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(db, DB_WRITE, &tx));
    for (size_t i = 0; i < findings->list.count; i++) {
        const struct diagnosis *diagnosis = &findings->diagnoses[i];
        const struct device_finding finding = {diagnosis_rule_word(diagnosis->rule),
                                               diagnosis->from, diagnosis->until,
                                               diagnosis->number};
        TRY(device_store_set_finding(tx, findings->list.rows[i].id, &finding));
    }
    return db_commit(tx);
}

/* Sightings are written by the task that calls this, so none comes in between. */
enum status devices_make_findings(const struct service *service, int64_t most, int64_t *ret_made)
{
    struct findings findings defer(findings_clear) = {.diagnoses = NULL};
    TRY(read_findings(service, most, &findings));
    *ret_made = (int64_t)findings.list.count;
    return findings.list.count == 0 ? STATUS_OK : write_findings(service->db, &findings);
}
