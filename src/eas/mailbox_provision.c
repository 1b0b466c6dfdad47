/*
 * Provision, MS-ASPROV 3.1.5.1: the phone asks for the policy and gets it with a first key; it
 * applies the policy and acknowledges it with that key; it gets the second key, which from then on
 * comes with every request.
 *
 * The order of elements in answers is what Android needs: PolicyType before Data, and a PolicyKey
 * in the answer to an acknowledgment. In requests every order is taken, and the key that counts is
 * the one in the body. The policy asks for nothing, so a phone is let in whatever it says of it.
 */
#include "base/text.h"
#include "eas/mailbox_answer.h"
#include "eas/policy.h"

static const char type_wbxml[] = "MS-EAS-Provisioning-WBXML";
static const char type_wap[] = "MS-WAP-Provisioning-XML";

enum {
    PROVISION_PROTOCOL_ERROR = 2,
    POLICY_NONE = 2,
    POLICY_UNKNOWN_TYPE = 3,
    POLICY_WRONG_KEY = 5,
    ACKNOWLEDGED_LAST = 4,
};

struct policy_request {
    struct span type;
    bool is_acknowledgment; /* it has a Status */
    int status;             /* 1 to 4; 0: none of these */
    uint32_t key;           /* 0: none, or no number */
};

/* ---- reading --------------------------------------------------------------------------------- */

/* A decimal number, 0 when it is none or more than `most`. */
static uint32_t number_of(struct span text, uint32_t most)
{
    char digits[MAILBOX_TEXT_SIZE];
    int64_t number;
    if (!mailbox_text(text, digits) || text_parse_int(digits, 0, most, &number) != STATUS_OK)
        return 0;
    return (uint32_t)number;
}

static struct policy_request read_policy(const struct mailbox *mailbox,
                                         const struct wbxml_element *policy)
{
    const struct wbxml_document *document = mailbox->document;
    const struct wbxml_element *status = wbxml_find(document, policy, TAG_PROVISION_STATUS);
    const struct wbxml_element *key = wbxml_find(document, policy, TAG_PROVISION_POLICY_KEY);
    struct policy_request request = {
        .type = wbxml_text(wbxml_find(document, policy, TAG_PROVISION_POLICY_TYPE)),
        .is_acknowledgment = status != NULL,
        .status = (int)number_of(wbxml_text(status), ACKNOWLEDGED_LAST),
        .key = number_of(wbxml_text(key), UINT32_MAX),
    };
    if (key == NULL && mailbox->call->has_policy_key)
        request.key = mailbox->call->policy_key;
    return request;
}

/* ---- answering ------------------------------------------------------------------------------- */

static void open_policy(struct mailbox *mailbox, int status)
{
    bool wap = mailbox->call->version < EAS_12_0;
    wbxml_open(&mailbox->writer, TAG_PROVISION_POLICIES);
    wbxml_open(&mailbox->writer, TAG_PROVISION_POLICY);
    wbxml_write_text(&mailbox->writer, TAG_PROVISION_POLICY_TYPE, wap ? type_wap : type_wbxml);
    wbxml_write_number(&mailbox->writer, TAG_PROVISION_STATUS, status);
}

static void close_policy(struct mailbox *mailbox)
{
    wbxml_close(&mailbox->writer);
    wbxml_close(&mailbox->writer);
}

static void write_key(struct mailbox *mailbox, uint32_t key)
{
    wbxml_write_number(&mailbox->writer, TAG_PROVISION_POLICY_KEY, key);
}

static void refuse_policy(struct mailbox *mailbox, int status)
{
    open_policy(mailbox, status);
    close_policy(mailbox);
}

static void write_document(struct mailbox *mailbox)
{
    const struct eas_policy_document neutral = eas_policy_neutral();
    eas_policy_write_data(&mailbox->writer, mailbox->call->version, &neutral);
}

/* A phone that asks again before it acknowledged gets the same key again: its answer was lost, or
 * two of its tasks ask at once. */
static void offer(struct mailbox *mailbox)
{
    struct eas_reply *reply = mailbox->reply;
    if (reply->provisioning.offered == 0) {
        reply->provisioning.offered = mailbox->call->fresh_key;
        reply->provisioning_changed = true;
    }
    open_policy(mailbox, EAS_STATUS_OK);
    write_key(mailbox, reply->provisioning.offered);
    write_document(mailbox);
    close_policy(mailbox);
}

static void acknowledge(struct mailbox *mailbox, const struct policy_request *request)
{
    struct eas_reply *reply = mailbox->reply;
    if (request->key == 0 || request->key != reply->provisioning.offered) {
        refuse_policy(mailbox, POLICY_WRONG_KEY);
        return;
    }
    reply->provisioning = (struct eas_provisioning){.agreed = mailbox->call->fresh_key};
    reply->provisioning_changed = true;
    reply->acknowledged = request->status;
    open_policy(mailbox, EAS_STATUS_OK);
    write_key(mailbox, reply->provisioning.agreed);
    close_policy(mailbox);
}

static bool is_type_of_version(const struct mailbox *mailbox, struct span type)
{
    return span_equal_text(type, mailbox->call->version < EAS_12_0 ? type_wap : type_wbxml);
}

static void answer_policy(struct mailbox *mailbox, const struct policy_request *request)
{
    if (!is_type_of_version(mailbox, request->type))
        refuse_policy(mailbox, POLICY_UNKNOWN_TYPE);
    else if (mailbox->call->without_policy)
        refuse_policy(mailbox, POLICY_NONE);
    else if (request->is_acknowledgment)
        acknowledge(mailbox, request);
    else
        offer(mailbox);
}

/* Of the two phases only the first must say what the phone is. */
static bool lacks_information(const struct mailbox *mailbox, bool informed,
                              const struct policy_request *request)
{
    return mailbox->call->device_information_required && mailbox->call->version >= EAS_14_1 &&
           !informed && !request->is_acknowledgment;
}

static void write_information_status(struct mailbox *mailbox)
{
    wbxml_open(&mailbox->writer, TAG_SETTINGS_DEVICE_INFORMATION);
    wbxml_write_number(&mailbox->writer, TAG_SETTINGS_STATUS, EAS_STATUS_OK);
    wbxml_close(&mailbox->writer);
}

static void answer(struct mailbox *mailbox, bool with_information,
                   const struct policy_request *request)
{
    mailbox_open(mailbox);
    if (with_information)
        write_information_status(mailbox);
    mailbox_status(mailbox, EAS_STATUS_OK);
    if (request != NULL)
        answer_policy(mailbox, request);
    mailbox_close(mailbox);
}

/* Without Policies the phone asks whether it shall wipe itself, or says that it did: it shall not,
 * and was never told to. */
enum status mailbox_provision(struct mailbox *mailbox)
{
    const struct wbxml_document *document = mailbox->document;
    const struct wbxml_element *root = mailbox->root;
    const struct wbxml_element *policies = wbxml_find(document, root, TAG_PROVISION_POLICIES);
    const struct wbxml_element *policy = wbxml_find(document, policies, TAG_PROVISION_POLICY);
    const struct wbxml_element *information =
        wbxml_find(document, root, TAG_SETTINGS_DEVICE_INFORMATION);
    const struct policy_request request = read_policy(mailbox, policy);
    bool informed = mailbox_read_information(mailbox, information);
    if (root == NULL || (policies != NULL && policy == NULL) ||
        (request.is_acknowledgment && request.status == 0))
        mailbox_answer_status(mailbox, PROVISION_PROTOCOL_ERROR);
    else if (policy != NULL && lacks_information(mailbox, informed, &request))
        mailbox_answer_status(mailbox, EAS_STATUS_DEVICE_INFORMATION_REQUIRED);
    else
        answer(mailbox, information != NULL, policy == NULL ? NULL : &request);
    return STATUS_OK;
}
