/*
 * A server with rules, and a device that sends what it likes: the first bytes are the rules and the
 * version, then each pair of bytes is a call. Nobody is let in with a key of another decision, the
 * state can always be kept, and who is asked again and again is not asked for ever.
 */
#include "eas/provision.h"

#include <assert.h>

enum { START = 1700000000 };

static const int versions[] = {EAS_2_5, EAS_12_0, EAS_12_1, EAS_14_0, EAS_14_1, EAS_16_0, EAS_16_1};
static const enum eas_command commands[] = {EAS_COMMAND_SYNC, EAS_COMMAND_PING,
                                            EAS_COMMAND_SETTINGS, EAS_COMMAND_FOLDER_SYNC,
                                            EAS_COMMAND_GET_ATTACHMENT};

struct session {
    struct eas_provision_rules rules;
    struct eas_provision_call call;
    struct eas_provision_state state;
    struct eas_provision_answer answer;
    int challenges; /* one after another within the same moment */
};

static void set_rules(struct session *session, uint8_t bits)
{
    struct eas_provision_rules *rules = &session->rules;
    rules->document = eas_policy_neutral();
    if ((bits & 1) != 0)
        rules->document.values[EAS_POLICY_PASSWORD_ENABLED] = "1";
    rules->partial_allowed = (bits & 2) != 0;
    rules->external_allowed = (bits & 4) != 0;
    rules->legacy_allowed = (bits & 8) != 0;
    rules->information_required = (bits & 16) != 0;
    rules->without_policy = (bits & 32) != 0;
    rules->round = bits >> 6;
}

static void check_kept(struct session *session)
{
    struct buf text defer(buf_clear) = BUF_INIT(EAS_PROVISION_STATE_MAX);
    struct eas_provision_state read;
    eas_provision_state_append(&text, &session->answer.state);
    assert(text.failure == STATUS_OK);
    assert(eas_provision_state_parse(span_of(text.ptr, text.len), &read) == STATUS_OK);
    session->state = read;
}

static uint32_t key_of(const struct session *session, uint8_t byte)
{
    const uint32_t keys[] = {0, session->state.offered, session->state.agreed, byte};
    return keys[byte % 4];
}

static void check_admission(const struct session *session, const struct eas_provision_state *before)
{
    const struct eas_provision_answer *answer = &session->answer;
    bool free = session->rules.without_policy || session->call.command == EAS_COMMAND_SETTINGS;
    if (answer->let_in)
        assert(free || before->agreed != 0 || answer->state.legacy);
    else if (answer->http == 503)
        assert(answer->retry_after > 0);
    else
        assert(answer->status >= 141);
}

static void send_command(struct session *session, uint8_t byte)
{
    const struct eas_provision_state before = session->state;
    const struct eas_provision_answer *answer = &session->answer;
    session->call.command = commands[byte % 5];
    session->call.key = key_of(session, (uint8_t)(byte / 5));
    session->call.has_key = session->call.key != 0;
    assert(eas_provision_admit(&session->rules, &session->call, &session->state,
                               &session->answer) == STATUS_OK);
    check_admission(session, &before);
    bool challenged = answer->status >= 142;
    bool known = session->call.has_key && session->call.key == before.agreed;
    session->challenges = challenged && !known ? session->challenges + 1 : 0;
    assert(session->challenges <= EAS_CHALLENGES_MAX);
}

static void send_provision(struct session *session, uint8_t byte)
{
    const struct eas_provision_request request = {
        .known_type = byte % 16 != 0,
        .informed = (byte & 16) != 0,
        .acknowledgment = (enum eas_acknowledgment)(byte % 6),
        .key = key_of(session, byte / 32),
    };
    session->call.command = EAS_COMMAND_PROVISION;
    session->call.has_key = false;
    assert(eas_provision_answer(&session->rules, &session->call, &request, &session->state,
                                &session->answer) == STATUS_OK);
    const struct eas_provision_answer *answer = &session->answer;
    assert(!answer->document || (answer->policy_status == 1 && answer->key != 0));
    assert(answer->acknowledged == EAS_ACK_NONE || request.key == session->state.offered);
    assert(answer->status != 1 || answer->policy_status != 0);
    assert(!answer->let_in);
}

static void send(struct session *session, uint8_t what, uint8_t byte)
{
    session->call.fresh_key = session->call.fresh_key % EAS_KEY_MAX + 1;
    switch (what % 8) {
    case 0:
        set_rules(session, byte);
        session->challenges = 0;
        return;
    case 1:
        session->call.now = START + 60 * (byte - 100);
        session->challenges = 0;
        return;
    case 2:
    case 3:
        send_provision(session, byte);
        break;
    default:
        send_command(session, byte);
        break;
    }
    check_kept(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct session session = {.call = {.now = START, .fresh_key = 300}};
    if (len < 2)
        return 0;
    set_rules(&session, bytes[0]);
    session.call.version = versions[bytes[1] % 7];
    for (size_t at = 2; at + 1 < len; at += 2)
        send(&session, bytes[at], bytes[at + 1]);
    return 0;
}
