/*
 * A phone under probe that sends what it likes, from the bytes of a request to those of the answer:
 * the mailbox, provisioning and the probe together, as a server runs them. The first bytes are the
 * version, the risk and which destructive policies are named. Then come calls: a byte that says
 * which, a byte for its key, and for a body of the phone's own a length and its bytes.
 *
 * Whatever it sends: no answer holds a tag of remote wipe or a policy above the risk, the rounds
 * stay within their bound, and what is to be kept can be kept.
 */
#include "eas/mailbox.h"
#include "eas/probe.h"
#include "eas/tags.h"
#include "eas/wbxml.h"

#include <assert.h>

enum { START = 1700000000, BODY_MAX = 256, CALLS_MOST = 160 };

static const int versions[] = {EAS_12_0, EAS_12_1, EAS_14_0, EAS_14_1, EAS_16_0, EAS_16_1};
static const enum eas_command commands[] = {EAS_COMMAND_FOLDER_SYNC, EAS_COMMAND_SYNC,
                                            EAS_COMMAND_PING, EAS_COMMAND_SETTINGS};

struct world {
    struct span rest;
    struct eas_query query;
    struct eas_call call;
    struct eas_probe probe;
    struct buf body;
    eas_policy_set told; /* what the phone was asked for, by the bytes that it got */
};

static uint8_t take_byte(struct world *world)
{
    if (world->rest.len == 0)
        return 0;
    uint8_t byte = world->rest.ptr[0];
    world->rest = span_of(world->rest.ptr + 1, world->rest.len - 1);
    return byte;
}

/* ---- what it got ----------------------------------------------------------------------------- */

/* The policies of a document are in the order of the schema: the first one from `from` on. */
static enum eas_policy policy_of(uint16_t tag, int from)
{
    while (from < EAS_POLICIES && eas_policy_row((enum eas_policy)from)->tag != tag)
        from++;
    assert(from < EAS_POLICIES);
    return (enum eas_policy)from;
}

static void check_policy(struct world *world, enum eas_policy policy,
                         const struct wbxml_document *document, const struct wbxml_element *element)
{
    const char *neutral = eas_policy_row(policy)->neutral;
    struct span nothing = neutral == NULL ? SPAN_EMPTY : span_of_text(neutral);
    assert(eas_policy_is_in(policy, world->call.version));
    if (wbxml_child(document, element) == NULL && span_equal(wbxml_text(element), nothing))
        return;
    assert(eas_probe_bar(&world->probe.wish, policy) == EAS_PROBE_OPEN);
    world->told |= EAS_POLICY_BIT(policy);
}

static void check_document(struct world *world, const struct wbxml_document *document,
                           const struct wbxml_element *child)
{
    int next = 0;
    for (; child != NULL; child = wbxml_sibling(document, child)) {
        enum eas_policy policy = policy_of(child->tag, next);
        check_policy(world, policy, document, child);
        next = (int)policy + 1;
    }
}

static void check_element(struct world *world, const struct wbxml_document *document,
                          const struct wbxml_element *element)
{
    const struct wbxml_element *child = wbxml_child(document, element);
    assert(element->tag != TAG_PROVISION_REMOTE_WIPE);
    assert(element->tag != TAG_PROVISION_ACCOUNT_ONLY_REMOTE_WIPE);
    if (element->tag == TAG_PROVISION_EAS_PROVISION_DOC) {
        check_document(world, document, child);
        return;
    }
    for (; child != NULL; child = wbxml_sibling(document, child))
        check_element(world, document, child);
}

static void check_answer(struct world *world, struct span answer)
{
    struct wbxml_document *document defer(wbxml_document_free) = NULL;
    if (answer.len == 0)
        return;
    assert(wbxml_parse(answer, &document) == STATUS_OK);
    check_element(world, document, wbxml_root(document));
}

/* ---- what is kept ---------------------------------------------------------------------------- */

static void keep(struct world *world, const struct eas_reply *reply)
{
    struct buf state defer(buf_clear) = BUF_INIT(EAS_PROVISION_STATE_MAX);
    struct buf probe defer(buf_clear) = BUF_INIT(EAS_PROBE_TEXT_MAX);
    eas_provision_state_append(&state, &reply->provisioning);
    assert(eas_provision_state_parse(span_of(state.ptr, state.len), &world->call.provisioning) ==
           STATUS_OK);
    if (reply->acknowledged != EAS_ACK_NONE && world->probe.kind != EAS_ROUND_NONE)
        assert(eas_probe_answer(&world->probe, world->probe.rounds, reply->acknowledged) ==
               STATUS_OK);
    else if (reply->offered)
        eas_probe_offered(&world->probe);
    eas_probe_append(&probe, &world->probe);
    assert(eas_probe_parse(span_of(probe.ptr, probe.len), &world->probe) == STATUS_OK);
}

static void set_rules(struct world *world)
{
    struct eas_probe_round round;
    world->call.rules = eas_provision_neutral();
    if (eas_probe_next(&world->probe, &round) != STATUS_OK)
        return;
    world->call.rules.document = round.document;
    world->call.rules.round = round.number;
}

static void ask(struct world *world, struct span body)
{
    struct buf answer defer(buf_clear) = BUF_INIT(EAS_ANSWER_MAX);
    struct eas_reply reply;
    world->call.body = body;
    world->call.fresh_key = world->call.fresh_key % EAS_KEY_MAX + 1;
    set_rules(world);
    if (eas_mailbox_answer(&world->call, &answer, &reply) != STATUS_OK)
        return;
    check_answer(world, span_of(answer.ptr, answer.len));
    keep(world, &reply);
}

/* ---- what it sends --------------------------------------------------------------------------- */

static void set_key(struct world *world, uint8_t byte)
{
    const uint32_t keys[] = {0, world->call.provisioning.offered, world->call.provisioning.agreed,
                             byte};
    world->call.policy_key = keys[byte % 4];
    world->call.has_policy_key = world->call.policy_key != 0;
}

/* A Provision as the standard has it; `status` 0: the first phase. */
static void send_provision(struct world *world, uint8_t status)
{
    struct wbxml_writer writer;
    buf_reset(&world->body);
    wbxml_begin(&writer, &world->body);
    wbxml_open(&writer, TAG_PROVISION_PROVISION);
    wbxml_open(&writer, TAG_PROVISION_POLICIES);
    wbxml_open(&writer, TAG_PROVISION_POLICY);
    wbxml_write_text(&writer, TAG_PROVISION_POLICY_TYPE, "MS-EAS-Provisioning-WBXML");
    if (status != 0) {
        wbxml_write_number(&writer, TAG_PROVISION_POLICY_KEY, world->call.policy_key);
        wbxml_write_number(&writer, TAG_PROVISION_STATUS, status);
    }
    for (int i = 0; i < 3; i++)
        wbxml_close(&writer);
    assert(world->body.failure == STATUS_OK);
    world->query.command = EAS_COMMAND_PROVISION;
    ask(world, span_of(world->body.ptr, world->body.len));
}

static void send_bytes(struct world *world, enum eas_command command)
{
    size_t length = take_byte(world);
    if (length > world->rest.len)
        length = world->rest.len;
    struct span body = span_of(world->rest.ptr, length);
    world->rest = span_of(world->rest.ptr + length, world->rest.len - length);
    world->query.command = command;
    ask(world, body);
}

static void send(struct world *world)
{
    uint8_t what = take_byte(world);
    set_key(world, take_byte(world));
    if (what % 8 < 5)
        send_provision(world, what % 8);
    else if (what % 8 == 5)
        send_bytes(world, EAS_COMMAND_PROVISION);
    else if (what % 8 == 6)
        send_bytes(world, commands[what / 8 % 4]);
    else if (what / 8 == 0)
        eas_probe_stop(&world->probe);
    else
        world->call.now += 60 * (what / 8);
}

static void check_bound(const struct world *world)
{
    int most = __builtin_popcountll(world->told) + 2 * eas_probe_refusals(&world->probe) + 4;
    assert(world->probe.rounds <= most);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct world world = {.rest = span_of(bytes, len), .body = BUF_INIT(BODY_MAX)};
    struct eas_probe_wish wish = {.version = versions[take_byte(&world) % 6],
                                  .most = (enum eas_policy_risk)(take_byte(&world) % 4)};
    wish.one_by_one = take_byte(&world) % 2 == 1;
    if (wish.most == EAS_RISK_DESTRUCTIVE)
        wish.named = EAS_POLICY_BIT(EAS_POLICY_DEVICE_ENCRYPTION);
    assert(eas_probe_begin(&wish, &world.probe) == STATUS_OK);
    world.call = (struct eas_call){.query = &world.query,
                                   .version = wish.version,
                                   .user = "alice@example.test",
                                   .now = START,
                                   .fresh_key = 300};
    for (int i = 0; i < CALLS_MOST && world.rest.len > 0; i++)
        send(&world);
    check_bound(&world);
    buf_clear(&world.body);
    return 0;
}
