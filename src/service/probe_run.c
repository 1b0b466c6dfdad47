/* Each step reads the row again in its own transaction, and writes it only over what it was made
 * from. */
#include "service/probe_run.h"

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "service/background.h"
#include "service/verify_device.h"

#include <stdio.h>
#include <string.h>

/* More rounds than any probe has: a round's number, and that of its probe, are one in the decision
 * that a policy key stands for. */
enum { ROUNDS_OF_ONE = 1000 };
enum { SILENCES_AT_ONCE = 100, SWEEP_SECONDS = 5 };

static const struct actor verifier = {.kind = ACTOR_SYSTEM};

bool probe_run_is_open(const struct probe_run *run)
{
    return run->id[0] != '\0';
}

/* ---- a change -------------------------------------------------------------------------------- */

void probe_change_clear(struct probe_change *change)
{
    probe_row_clear(&change->row);
    *change = (struct probe_change){0};
}

static enum status read_change(struct db_tx *tx, const char *device, struct probe_change *change)
{
    TRY(probe_store_find_open(tx, device, &change->row));
    enum status status = eas_probe_parse(span_of_text(change->row.state), &change->probe);
    change->unreadable = status == STATUS_INVALID;
    if (change->unreadable)
        log_warning("probes", "the state of the probe %s cannot be read", change->row.id);
    return change->unreadable ? STATUS_OK : status;
}

enum status probe_change_begin(struct db_tx *tx, const char *device, int64_t now,
                               struct probe_change *ret_change)
{
    struct probe_change change defer(probe_change_clear) = {.tx = tx, .now = now};
    TRY(read_change(tx, device, &change));
    *ret_change = change;
    change = (struct probe_change){0};
    return STATUS_OK;
}

/* Nothing is owed before the device comes for the next round; the baseline is owed at once, so that
 * a device that is gone does not keep the probe open. */
static void turn_page(struct probe_change *change)
{
    change->row.waits_since = change->probe.kind == EAS_ROUND_RETURN ? change->now : 0;
}

void probe_change_stop(struct probe_change *change, const char *reason)
{
    if (change->unreadable)
        return;
    eas_probe_stop(&change->probe);
    change->row.stop_reason = reason;
    turn_page(change);
}

static enum status record_end(struct probe_change *change)
{
    const struct probe_row *row = &change->row;
    const struct audit_value values[] = {
        AUDIT_TEXT("device", row->device),
        AUDIT_TEXT("user", row->user),
        AUDIT_TEXT("outcome", eas_probe_outcome_word(change->probe.outcome)),
        AUDIT_NUMBER("rounds", change->probe.rounds),
        AUDIT_NUMBER("baseline_given_back", change->probe.returned),
    };
    return audit_write(change->tx, &verifier, "probe.end", row->id, values,
                       sizeof values / sizeof values[0]);
}

/* What the device is, as it was last seen; of one that is gone, what it was. */
static enum status keep_row(struct probe_change *change, const char *state)
{
    struct device_row device defer(device_row_clear) = {0};
    struct probe_row row = change->row;
    enum status status = device_store_get(change->tx, row.device, &device);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    row.state = state;
    row.outcome = eas_probe_outcome_word(change->probe.outcome);
    row.device_type = device.device_type;
    row.model = device.model;
    row.os = device.os;
    row.agent = device.agent;
    if (change->probe.kind == EAS_ROUND_NONE) {
        row.ended_at = change->now;
        row.waits_since = 0;
    }
    return probe_store_change(change->tx, &row, change->row.state);
}

/* What it found out before, and why it was stopped then, is still true. */
static enum status end_unreadable(struct probe_change *change)
{
    struct probe_row row = change->row;
    if (strcmp(row.outcome, eas_probe_outcome_word(EAS_PROBE_RUNNING)) == 0) {
        row.outcome = eas_probe_outcome_word(EAS_PROBE_STOPPED);
        row.stop_reason = "unreadable";
    }
    row.ended_at = change->now;
    row.waits_since = 0;
    const struct audit_value values[] = {
        AUDIT_TEXT("device", row.device),
        AUDIT_TEXT("user", row.user),
        AUDIT_TEXT("outcome", row.outcome),
        AUDIT_TEXT("reason", "unreadable"),
    };
    TRY(probe_store_change(change->tx, &row, change->row.state));
    return audit_write(change->tx, &verifier, "probe.end", row.id, values,
                       sizeof values / sizeof values[0]);
}

enum status probe_change_keep(struct probe_change *change)
{
    if (change->unreadable)
        return end_unreadable(change);
    struct buf state defer(buf_clear) = BUF_INIT(EAS_PROBE_TEXT_MAX);
    eas_probe_append(&state, &change->probe);
    TRY(state.failure);
    TRY(keep_row(change, (const char *)state.ptr));
    return change->probe.kind == EAS_ROUND_NONE ? record_end(change) : STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void make_run(const struct probe_change *change, struct probe_run *ret_run)
{
    if (change->unreadable) {
        *ret_run = (struct probe_run){.unreadable = true};
        return;
    }
    *ret_run = (struct probe_run){.number = change->row.number,
                                  .waits = change->row.waits_since != 0,
                                  .probe = change->probe};
    if (change->probe.kind != EAS_ROUND_NONE)
        snprintf(ret_run->id, sizeof ret_run->id, "%s", change->row.id);
}

enum status probe_run_find(struct db_tx *tx, const char *device, struct probe_run *ret_run)
{
    struct probe_change change defer(probe_change_clear) = {0};
    struct probe_run run = {.id = ""};
    enum status status = read_change(tx, device, &change);
    if (status == STATUS_OK)
        make_run(&change, &run);
    else if (status != STATUS_NOT_FOUND)
        return status;
    *ret_run = run;
    return STATUS_OK;
}

enum status probe_run_end_unreadable(const struct service *service, const char *device)
{
    struct probe_change change defer(probe_change_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    enum status status = probe_change_begin(tx, device, clock_now(), &change);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && !change.unreadable))
        return STATUS_OK;
    TRY(status);
    TRY(probe_change_keep(&change));
    return db_commit(tx);
}

enum status probe_run_rules(const struct probe_run *run, struct eas_provision_rules *rules)
{
    struct eas_probe_round round;
    TRY(eas_probe_next(&run->probe, &round));
    rules->document = round.document;
    rules->without_policy = false;
    rules->partial_allowed = true;
    rules->external_allowed = true;
    rules->legacy_allowed = true;
    rules->round = run->number * ROUNDS_OF_ONE + round.number;
    return STATUS_OK;
}

/* ---- another version ------------------------------------------------------------------------- */

static bool is_of_version(const struct eas_probe *probe, int version)
{
    return probe->outcome != EAS_PROBE_RUNNING || probe->wish.version == version;
}

static enum status end_by_version(struct probe_change *change, int version)
{
    if (is_of_version(&change->probe, version))
        return STATUS_OK;
    const struct audit_value values[] = {
        AUDIT_TEXT("device", change->row.device),
        AUDIT_TEXT("reason", "version"),
        AUDIT_TEXT("begun_with", eas_version_text(change->probe.wish.version)),
        AUDIT_TEXT("came_with", eas_version_text(version)),
    };
    probe_change_stop(change, "version");
    TRY(audit_write(change->tx, &verifier, "probe.stop", change->row.id, values,
                    sizeof values / sizeof values[0]));
    return probe_change_keep(change);
}

enum status probe_run_speaks(const struct service *service, const char *device, int version,
                             struct probe_run *run)
{
    struct probe_change change defer(probe_change_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    if (!probe_run_is_open(run) || is_of_version(&run->probe, version))
        return STATUS_OK;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    enum status status = probe_change_begin(tx, device, clock_now(), &change);
    if (status == STATUS_NOT_FOUND || change.unreadable) {
        *run = (struct probe_run){.id = ""};
        return STATUS_OK;
    }
    TRY(status);
    TRY(end_by_version(&change, version));
    make_run(&change, run);
    return db_commit(tx);
}

/* ---- rounds ---------------------------------------------------------------------------------- */

/* The device gets the document of the round; `at` is 0 when it never did. */
static enum status offer(struct probe_change *change, int version, int64_t at)
{
    struct eas_probe_round round;
    uint8_t hash[EAS_POLICY_HASH_SIZE];
    TRY(eas_probe_next(&change->probe, &round));
    TRY(eas_policy_hash(version, &round.document, hash));
    const struct probe_round_row row = {
        .probe = change->row.number,
        .number = round.number,
        .kind = eas_probe_kind_word(round.kind),
        .policies = (int64_t)round.policies,
        .document = span_of(hash, sizeof hash),
        .offered_at = at,
    };
    TRY(probe_store_offer(change->tx, &row));
    eas_probe_offered(&change->probe);
    change->row.waits_since = change->now;
    return STATUS_OK;
}

static enum status note_answer(struct probe_change *change, int number, int acknowledgment)
{
    TRY(probe_store_answer(change->tx, change->row.number, number, acknowledgment, change->now));
    turn_page(change);
    return STATUS_OK;
}

static enum status take_reply(struct probe_change *change, const struct eas_call *call,
                              const struct eas_reply *reply)
{
    int number = change->probe.rounds;
    if (reply->acknowledged != EAS_ACK_NONE) {
        TRY(eas_probe_answer(&change->probe, number, reply->acknowledged));
        return note_answer(change, number, (int)reply->acknowledged);
    }
    if (reply->offered && !change->probe.out)
        return offer(change, call->version, change->now);
    if (change->row.waits_since == 0)
        change->row.waits_since = change->now;
    return STATUS_OK;
}

/* Whether the probe takes a step with it: an answer, an offer, or the first challenge of a round.
 */
static bool is_step(const struct probe_run *run, const struct eas_reply *reply)
{
    return reply->acknowledged != EAS_ACK_NONE || (reply->offered && !run->probe.out) ||
           (!run->waits && reply->provisioning.challenges > 0);
}

/* ---- one call -------------------------------------------------------------------------------- */

static enum status conflict(void)
{
    return status_fail(STATUS_CONFLICT, "another request of the device was faster");
}

static enum status check_probe(const struct probe_change *change, const struct probe_run *run)
{
    struct buf text defer(buf_clear) = BUF_INIT(EAS_PROBE_TEXT_MAX);
    eas_probe_append(&text, &run->probe);
    TRY(text.failure);
    bool same =
        change->row.number == run->number && strcmp((const char *)text.ptr, change->row.state) == 0;
    return same ? STATUS_OK : conflict();
}

static enum status begin_step(struct db_tx *tx, const char *device, const struct probe_run *run,
                              const struct eas_call *call, struct probe_change *change)
{
    enum status status = probe_change_begin(tx, device, call->now, change);
    if (status == STATUS_NOT_FOUND)
        return conflict();
    TRY(status);
    TRY(check_probe(change, run));
    return verify_device_unchanged(tx, device, &call->provisioning);
}

enum status probe_run_remember(const struct service *service, const char *device,
                               const struct probe_run *run, const struct eas_call *call,
                               const struct eas_reply *reply,
                               const struct device_description *description)
{
    struct probe_change change defer(probe_change_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    if (!reply->provisioning_changed && description == NULL && !is_step(run, reply))
        return STATUS_OK;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(begin_step(tx, device, run, call, &change));
    TRY(verify_device_write(tx, device, &reply->provisioning, description));
    if (is_step(run, reply)) {
        TRY(take_reply(&change, call, reply));
        TRY(probe_change_keep(&change));
    }
    return db_commit(tx);
}

/* ---- silence --------------------------------------------------------------------------------- */

enum status probe_run_forget_challenges(struct db_tx *tx, const char *device)
{
    struct device_row row defer(device_row_clear) = {0};
    struct eas_provision_state state;
    enum status status = device_store_get(tx, device, &row);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && row.provisioning[0] == '\0'))
        return STATUS_OK;
    TRY(status);
    verify_device_read(&row, &state);
    state.challenges = 0;
    state.challenged_since = 0;
    return verify_device_write(tx, device, &state, NULL);
}

static enum status take_silence(struct probe_change *change)
{
    TRY(probe_run_forget_challenges(change->tx, change->row.device));
    if (!change->probe.out)
        TRY(offer(change, change->probe.wish.version, 0));
    int number = change->probe.rounds;
    TRY(eas_probe_silence(&change->probe, number));
    TRY(note_answer(change, number, PROBE_SILENCE));
    return probe_change_keep(change);
}

static enum status silence_one(const struct service *service, const char *device, int64_t now,
                               int64_t until, int *count)
{
    struct probe_change change defer(probe_change_clear) = {0};
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    enum status status = probe_change_begin(tx, device, now, &change);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK;
    TRY(status);
    if (change.row.waits_since == 0 || change.row.waits_since > until)
        return STATUS_OK;
    TRY(change.unreadable ? probe_change_keep(&change) : take_silence(&change));
    *count += 1;
    return db_commit(tx);
}

/* After the clock was set back nobody owes an answer since tomorrow. */
static enum status rebase(const struct service *service, int64_t now)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    TRY(probe_store_rebase_waits(tx, now));
    return db_commit(tx);
}

static enum status read_waited(const struct service *service, int64_t until,
                               struct probe_list *ret_list, int64_t *ret_newest)
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_READ, &tx));
    TRY(probe_store_newest_wait(tx, ret_newest));
    return probe_store_list_waited(tx, until, SILENCES_AT_ONCE, ret_list);
}

enum status probe_run_silence(const struct service *service, int64_t now, int *ret_count)
{
    struct probe_list list defer(probe_list_clear) = {0};
    int64_t until = now - service->config->eas_probe_patience;
    int64_t newest;
    int count = 0;
    TRY(read_waited(service, until, &list, &newest));
    if (newest > now)
        TRY(rebase(service, now));
    for (size_t i = 0; i < list.count; i++)
        TRY(silence_one(service, list.rows[i].device, now, until, &count));
    *ret_count = count;
    return STATUS_OK;
}

enum status background_probes(const struct service *service, int64_t now, int64_t *ret_wait)
{
    int count;
    TRY(probe_run_silence(service, now, &count));
    *ret_wait = count == SILENCES_AT_ONCE ? 0 : SWEEP_SECONDS;
    if (count > 0)
        log_info("probes", "rounds of probes that count as not answered: %d", count);
    return STATUS_OK;
}
