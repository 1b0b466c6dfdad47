/*
 * Provision, MS-ASPROV 3.1.5.1: the phone asks for the policy and gets it with a first key; it
 * applies the policy and acknowledges it with that key; it gets the second key, which from then on
 * comes with every request.
 *
 * What is answered is decided in eas/provision.c. Here is how it is read and written. The order of
 * elements in answers is what Android needs: PolicyType before Data, and a PolicyKey in the answer
 * to an acknowledgment. In requests every order is taken, and the key that counts is the one in the
 * body.
 */
#include "base/text.h"
#include "eas/mailbox_answer.h"
#include "eas/policy.h"

static const char type_wbxml[] = "MS-EAS-Provisioning-WBXML";
static const char type_wap[] = "MS-WAP-Provisioning-XML";

enum { PROVISION_PROTOCOL_ERROR = 2 };

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

static bool is_type_of_version(const struct mailbox *mailbox, struct span type)
{
    return span_equal_text(type, mailbox->call->version < EAS_12_0 ? type_wap : type_wbxml);
}

static enum eas_acknowledgment acknowledgment_of(const struct wbxml_element *status)
{
    uint32_t number = number_of(wbxml_text(status), EAS_ACK_MANAGED);
    if (status == NULL)
        return EAS_ACK_NONE;
    return number == 0 ? EAS_ACK_OTHER : (enum eas_acknowledgment)number;
}

static struct eas_provision_request read_policy(const struct mailbox *mailbox,
                                                const struct wbxml_element *policy, bool informed)
{
    const struct wbxml_document *document = mailbox->document;
    const struct wbxml_element *key = wbxml_find(document, policy, TAG_PROVISION_POLICY_KEY);
    struct eas_provision_request request = {
        .known_type = is_type_of_version(
            mailbox, wbxml_text(wbxml_find(document, policy, TAG_PROVISION_POLICY_TYPE))),
        .informed = informed,
        .acknowledgment = acknowledgment_of(wbxml_find(document, policy, TAG_PROVISION_STATUS)),
        .key = number_of(wbxml_text(key), UINT32_MAX),
    };
    if (key == NULL && mailbox->call->has_policy_key)
        request.key = mailbox->call->policy_key;
    return request;
}

/* ---- answering ------------------------------------------------------------------------------- */

static void write_policy(struct mailbox *mailbox, const struct eas_provision_answer *answer)
{
    struct wbxml_writer *writer = &mailbox->writer;
    int version = mailbox->call->version;
    wbxml_open(writer, TAG_PROVISION_POLICIES);
    wbxml_open(writer, TAG_PROVISION_POLICY);
    wbxml_write_text(writer, TAG_PROVISION_POLICY_TYPE, version < EAS_12_0 ? type_wap : type_wbxml);
    wbxml_write_number(writer, TAG_PROVISION_STATUS, answer->policy_status);
    if (answer->key != 0)
        wbxml_write_number(writer, TAG_PROVISION_POLICY_KEY, answer->key);
    if (answer->document)
        eas_policy_write_data(writer, version, &mailbox->call->rules.document);
    wbxml_close(writer);
    wbxml_close(writer);
}

static void write_information_status(struct mailbox *mailbox)
{
    wbxml_open(&mailbox->writer, TAG_SETTINGS_DEVICE_INFORMATION);
    wbxml_write_number(&mailbox->writer, TAG_SETTINGS_STATUS, EAS_STATUS_OK);
    wbxml_close(&mailbox->writer);
}

/* What is refused as a whole is not told that it was heard. */
static void write_answer(struct mailbox *mailbox, bool with_information,
                         const struct eas_provision_answer *answer)
{
    mailbox_open(mailbox);
    if (with_information && answer->status == EAS_STATUS_OK)
        write_information_status(mailbox);
    mailbox_status(mailbox, answer->status);
    if (answer->policy_status != 0)
        write_policy(mailbox, answer);
    mailbox_close(mailbox);
}

static enum status answer_policy(struct mailbox *mailbox, bool with_information,
                                 const struct eas_provision_request *request)
{
    const struct eas_provision_call call = mailbox_provision_call(mailbox);
    struct eas_provision_answer answer;
    TRY(eas_provision_answer(&mailbox->call->rules, &call, request, &mailbox->reply->provisioning,
                             &answer));
    mailbox_keep(mailbox, &answer);
    mailbox->reply->acknowledged = answer.acknowledged;
    mailbox->reply->offered = answer.document;
    if (answer.status != 0)
        write_answer(mailbox, with_information, &answer);
    return STATUS_OK;
}

/* Without Policies the phone asks whether it shall wipe itself, or says that it did: it shall not,
 * and was never told to. */
enum status mailbox_provision(struct mailbox *mailbox)
{
    const struct eas_provision_answer no_wipe = {.status = EAS_STATUS_OK};
    const struct wbxml_document *document = mailbox->document;
    const struct wbxml_element *root = mailbox->root;
    const struct wbxml_element *policies = wbxml_find(document, root, TAG_PROVISION_POLICIES);
    const struct wbxml_element *policy = wbxml_find(document, policies, TAG_PROVISION_POLICY);
    const struct wbxml_element *information =
        wbxml_find(document, root, TAG_SETTINGS_DEVICE_INFORMATION);
    bool informed = mailbox_read_information(mailbox, information);
    if (policy != NULL) {
        const struct eas_provision_request request = read_policy(mailbox, policy, informed);
        return answer_policy(mailbox, information != NULL, &request);
    }
    if (root == NULL || policies != NULL)
        mailbox_answer_status(mailbox, PROVISION_PROTOCOL_ERROR);
    else
        write_answer(mailbox, information != NULL, &no_wipe);
    return STATUS_OK;
}
