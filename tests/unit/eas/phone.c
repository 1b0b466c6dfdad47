#include "phone.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>

struct phone phone_of(int version)
{
    struct phone phone = {
        .call = {.version = version,
                 .user = "alice@example.test",
                 .rules = eas_provision_neutral(),
                 .now = 1700000000,
                 .fresh_key = 1307199584},
        .body = BUF_INIT(1 << 20),
        .answer = BUF_INIT(EAS_ANSWER_MAX),
    };
    return phone;
}

/* By a handshake, so that the keys stand for the rules. */
void phone_has(struct phone *phone, uint32_t offered, uint32_t agreed)
{
    const struct eas_provision_call call = {.version = phone->call.version, .fresh_key = 1};
    const struct eas_provision_request request = {.known_type = true, .informed = true};
    const struct eas_provision_state none = {0};
    struct eas_provision_answer answer;
    cr_assert_eq(eas_provision_answer(&phone->call.rules, &call, &request, &none, &answer),
                 STATUS_OK);
    struct eas_provision_state *state = &phone->call.provisioning;
    *state = answer.state;
    memcpy(state->agreed_for, state->offered_for, sizeof state->agreed_for);
    state->offered = offered;
    state->agreed = agreed;
}

void phone_clear(struct phone *phone)
{
    buf_clear(&phone->body);
    buf_clear(&phone->answer);
}
enum status phone_send(struct phone *phone, enum eas_command command, const char *hex)
{
    buf_reset(&phone->body);
    buf_reset(&phone->answer);
    cr_assert_eq(text_decode_hex(span_of_text(hex), &phone->body), STATUS_OK, "%s", hex);
    phone->query.command = command;
    phone->call.query = &phone->query;
    phone->call.body = span_of(phone->body.ptr, phone->body.len);
    enum status status = eas_mailbox_answer(&phone->call, &phone->answer, &phone->reply);
    if (status == STATUS_OK)
        phone->call.provisioning = phone->reply.provisioning;
    return status;
}

void phone_expect(struct phone *phone, enum eas_command command, const char *request,
                  const char *answer)
{
    struct buf hex defer(buf_clear) = BUF_INIT(1 << 20);
    cr_assert_eq(phone_send(phone, command, request), STATUS_OK, "%s", status_detail());
    text_append_hex(&hex, span_of(phone->answer.ptr, phone->answer.len));
    cr_expect_str_eq(hex.ptr == NULL ? "" : (const char *)hex.ptr, answer);
    cr_expect_eq(phone->reply.http, 200);
}

struct phone phone_provisioned(int version)
{
    struct phone phone = phone_of(version);
    phone_has(&phone, 0, 4711);
    phone.call.has_policy_key = true;
    phone.call.policy_key = 4711;
    return phone;
}

const char *phone_said(struct phone *phone, const uint16_t *tags, size_t count)
{
    static char text[128];
    struct wbxml_document *document defer(wbxml_document_free) = NULL;
    cr_assert_eq(wbxml_parse(span_of(phone->answer.ptr, phone->answer.len), &document), STATUS_OK,
                 "%s", status_detail());
    const struct wbxml_element *element = wbxml_root(document);
    for (size_t i = 0; i < count; i++)
        element = wbxml_find(document, element, tags[i]);
    struct span span = wbxml_text(element);
    snprintf(text, sizeof text, "%.*s", (int)span.len, span.len == 0 ? "" : (const char *)span.ptr);
    return text;
}
