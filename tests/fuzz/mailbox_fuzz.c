/*
 * Any body to any command in any version: answered within bounds, or refused. What is answered can
 * be read again, begins with the command's root and holds no tag of remote wipe.
 *
 * The first byte chooses the command, the second the version, the third what is known of the
 * device; the rest is the body.
 */
#include "eas/mailbox.h"
#include "eas/wbxml.h"

#include <assert.h>

enum { CHOICES = 3, OFFERED = 1307199584, AGREED = 4711, NOW = 1700000000 };

static const int versions[] = {EAS_2_5, EAS_12_0, EAS_12_1, EAS_14_0, EAS_14_1, EAS_16_0, EAS_16_1};

static void check_tags(const struct wbxml_document *document, const struct wbxml_element *element)
{
    assert(element->tag != TAG_PROVISION_REMOTE_WIPE);
    assert(element->tag != TAG_PROVISION_ACCOUNT_ONLY_REMOTE_WIPE);
    for (const struct wbxml_element *child = wbxml_child(document, element); child != NULL;
         child = wbxml_sibling(document, child))
        check_tags(document, child);
}

static void check(const struct eas_call *call, const struct eas_reply *reply, struct span answer)
{
    struct wbxml_document *document defer(wbxml_document_free) = NULL;
    assert(reply->http == 200 || answer.len == 0);
    assert((reply->http == 503) == (reply->retry_after != 0));
    assert(reply->provisioning_changed || reply->provisioning.agreed == call->provisioning.agreed);
    if (answer.len == 0)
        return;
    assert(wbxml_parse(answer, &document) == STATUS_OK);
    assert(wbxml_root(document)->tag == eas_command_root(call->query->command));
    check_tags(document, wbxml_root(document));
}

/* As if a handshake had brought them. */
static void remember_keys(struct eas_call *call, uint32_t offered, uint32_t agreed)
{
    const struct eas_provision_call first = {.version = call->version, .fresh_key = 1};
    const struct eas_provision_request request = {.known_type = true, .informed = true};
    struct eas_provision_answer answer;
    assert(eas_provision_answer(&call->rules, &first, &request, &call->provisioning, &answer) ==
           STATUS_OK);
    call->provisioning = answer.state;
    memcpy(call->provisioning.agreed_for, answer.state.offered_for, DIGEST_SHA256_SIZE);
    call->provisioning.offered = offered;
    call->provisioning.agreed = agreed;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct buf answer defer(buf_clear) = BUF_INIT(EAS_ANSWER_MAX);
    struct eas_reply reply;
    struct eas_query query = {0};
    if (len < CHOICES)
        return 0;
    query.command = (enum eas_command)(bytes[0] % EAS_COMMAND_FIND + 1);
    struct eas_call call = {
        .query = &query,
        .version = versions[bytes[1] % (sizeof versions / sizeof versions[0])],
        .body = span_of(bytes + CHOICES, len - CHOICES),
        .has_policy_key = true,
        .policy_key = (bytes[2] & 1) != 0 ? AGREED : OFFERED,
        .user = "alice@example.test",
        .rules = eas_provision_neutral(),
        .now = NOW,
        .fresh_key = 1,
    };
    call.rules.without_policy = (bytes[2] & 8) != 0;
    call.rules.information_required = (bytes[2] & 16) != 0;
    call.rules.partial_allowed = (bytes[2] & 32) != 0;
    call.rules.legacy_allowed = (bytes[2] & 64) != 0;
    remember_keys(&call, (bytes[2] & 2) != 0 ? OFFERED : 0, (bytes[2] & 4) != 0 ? AGREED : 0);
    if (eas_mailbox_answer(&call, &answer, &reply) == STATUS_OK)
        check(&call, &reply, span_of(answer.ptr, answer.len));
    return 0;
}
