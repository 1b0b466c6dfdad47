/*
 * What is kept of a probe, of a device's provisioning, and of a policy of the organisation: it is
 * refused, or written again as it was. A policy makes a document for each version. A probe that was
 * read goes on to its end within its risk, whatever the device says; the bytes behind the first NUL
 * are what it says.
 */
#include "eas/policy_choice.h"
#include "eas/probe.h"

#include <assert.h>

enum { ROUNDS_MOST = 400 };

static void check_round(const struct eas_probe_wish *wish, const struct eas_probe_round *round)
{
    uint8_t hash[EAS_POLICY_HASH_SIZE];
    for (int i = 0; i < EAS_POLICIES; i++) {
        const struct eas_policy_row *row = eas_policy_row((enum eas_policy)i);
        bool probed = (round->policies >> i & 1) != 0;
        assert(probed || round->document.values[i] == row->neutral);
        assert(!probed || row->risk <= wish->most);
        assert(!probed || row->risk < EAS_RISK_DESTRUCTIVE || (wish->named >> i & 1) != 0);
    }
    assert(eas_policy_hash(wish->version, &round->document, hash) == STATUS_OK);
}

static void go_on(struct eas_probe *probe, struct span answers)
{
    struct eas_probe_round round;
    size_t at = 0;
    int rounds = 0;
    while (eas_probe_next(probe, &round) == STATUS_OK) {
        uint8_t says = answers.len == 0 ? 1 : answers.ptr[at++ % answers.len];
        check_round(&probe->wish, &round);
        eas_probe_offered(probe);
        enum status status =
            says % 7 == 0 ? eas_probe_silence(probe, round.number)
                          : eas_probe_answer(probe, round.number,
                                             says % 7 == 6 ? EAS_ACK_APPLIED
                                                           : (enum eas_acknowledgment)(says % 7));
        assert(status == STATUS_OK);
        if (says == 255)
            eas_probe_stop(probe);
        assert(++rounds < ROUNDS_MOST);
    }
    for (int i = 0; i < EAS_POLICIES; i++)
        assert(eas_probe_entry(probe, (enum eas_policy)i).result != EAS_RESULT_PENDING);
}

static void read_probe(struct span text, struct span answers)
{
    struct buf again defer(buf_clear) = BUF_INIT(EAS_PROBE_TEXT_MAX);
    struct eas_probe probe;
    if (eas_probe_parse(text, &probe) != STATUS_OK)
        return;
    eas_probe_append(&again, &probe);
    assert(span_equal(span_of(again.ptr, again.len), text));
    go_on(&probe, answers);
}

static void read_state(struct span text)
{
    struct buf again defer(buf_clear) = BUF_INIT(EAS_PROVISION_STATE_MAX);
    struct eas_provision_state state;
    if (eas_provision_state_parse(text, &state) != STATUS_OK)
        return;
    eas_provision_state_append(&again, &state);
    assert(span_equal(span_of(again.ptr, again.len), text));
    assert(eas_standing_word(eas_provision_standing(&state))[0] != '\0');
}

static void read_choice(struct span text)
{
    static const int versions[] = {EAS_2_5, EAS_12_0, EAS_14_1, EAS_16_1};
    struct buf again defer(buf_clear) = BUF_INIT(EAS_CHOICE_TEXT_MAX);
    struct eas_policy_choice choice;
    if (eas_choice_parse(text, &choice) != STATUS_OK)
        return;
    eas_choice_append(&again, &choice);
    assert(span_equal(span_of(again.ptr, again.len), text));
    const struct eas_policy_document document = eas_choice_document(&choice);
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        uint8_t hash[EAS_POLICY_HASH_SIZE];
        assert(eas_policy_hash(versions[i], &document, hash) == STATUS_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const uint8_t *nul = len == 0 ? NULL : memchr(bytes, 0, len);
    size_t text = nul == NULL ? len : (size_t)(nul - bytes);
    size_t answers = nul == NULL ? 0 : len - text - 1;
    read_probe(span_of(bytes, text), span_of(nul == NULL ? bytes : nul + 1, answers));
    read_state(span_of(bytes, text));
    read_choice(span_of(bytes, text));
    return 0;
}
