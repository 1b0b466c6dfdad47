#include "phone.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(mailbox, sends_a_new_phone_to_provision_first)
{
    struct phone new defer(phone_clear) = phone_of(EAS_14_0);
    phone_expect(&new, EAS_COMMAND_FOLDER_SYNC, FOLDER_SYNC,
                 "03016a00000"
                 "7564c033134320001"
                 "01");
    cr_expect_eq(new.reply.status, 142);
    struct phone old defer(phone_clear) = phone_of(EAS_12_1);
    cr_assert_eq(phone_send(&old, EAS_COMMAND_FOLDER_SYNC, FOLDER_SYNC), STATUS_OK);
    cr_expect_eq(old.reply.http, 449);
    cr_expect_eq(old.reply.status, 142);
    cr_expect_eq(old.answer.len, 0);
}

Test(mailbox, tells_the_kinds_of_wrong_keys_apart)
{
    static const struct {
        uint32_t offered;
        uint32_t agreed;
        uint32_t sent;
        int status;
    } cases[] = {
        {0, 0, 0, 142},     {7, 0, 7, 142},     {7, 0, 0, 142},
        {0, 0, 4711, 143},  {7, 0, 4711, 143},  {0, 5, 4711, 144},
        {0, 4711, 4711, 1}, {7, 4711, 4711, 1}, {0, 4711, 0, 142},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct phone phone defer(phone_clear) = phone_of(EAS_16_1);
        phone_has(&phone, cases[i].offered, cases[i].agreed);
        phone.call.has_policy_key = true;
        phone.call.policy_key = cases[i].sent;
        cr_assert_eq(phone_send(&phone, EAS_COMMAND_FOLDER_SYNC, FOLDER_SYNC), STATUS_OK);
        cr_expect_eq(phone.reply.status, cases[i].status, "case %zu: %d", i, phone.reply.status);
        cr_expect_eq(phone.reply.provisioning.offered, cases[i].offered);
        cr_expect_eq(phone.reply.provisioning.agreed, cases[i].agreed);
        cr_expect_eq(phone.reply.provisioning.challenges, cases[i].status != 1, "counted");
    }
}

Test(mailbox, needs_no_key_for_ping_and_settings)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    phone.call.has_policy_key = false;
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_PING, ""), STATUS_OK);
    cr_expect_eq(phone.reply.http, 503);
    phone.call.provisioning.agreed = 0;
    phone_expect(&phone, EAS_COMMAND_PING, "",
                 "03016a00000d4547033134320001"
                 "01");
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_SETTINGS, HEAD "001205"), STATUS_OK);
    cr_expect_eq(phone.reply.status, 1);
}

Test(mailbox, says_what_it_does_not_support_as_each_version_says_it)
{
    for (int i = EAS_COMMAND_NONE + 1; i <= EAS_COMMAND_FIND; i++) {
        enum eas_command command = (enum eas_command)i;
        struct phone new defer(phone_clear) = phone_provisioned(EAS_14_1);
        struct phone old defer(phone_clear) = phone_provisioned(EAS_12_1);
        if (eas_command_is_served(command))
            continue;
        cr_assert_eq(phone_send(&new, command, "ffff"), STATUS_OK);
        cr_assert_eq(phone_send(&old, command, "ffff"), STATUS_OK);
        cr_expect_eq(new.reply.status, 137);
        cr_expect_eq(old.reply.http, 501);
        cr_expect_eq(old.answer.len, 0);
        if (eas_command_root(command) == 0)
            cr_expect_eq(new.reply.http, 501);
        else
            cr_expect_str_eq(SAID(&new, eas_command_status(command)), "137");
    }
}

Test(mailbox, answers_each_command_that_it_serves)
{
    for (int i = EAS_COMMAND_NONE + 1; i <= EAS_COMMAND_FIND; i++) {
        enum eas_command command = (enum eas_command)i;
        struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
        char hex[64];
        uint16_t root = eas_command_root(command);
        if (!eas_command_is_served(command))
            continue;
        snprintf(hex, sizeof hex, HEAD "00%02x%02x", root >> 8, root & 0xff);
        enum status status = phone_send(&phone, command, hex);
        cr_expect(status == STATUS_OK || command == EAS_COMMAND_GET_ITEM_ESTIMATE, "%s",
                  eas_command_name(command));
        cr_expect_neq(phone.reply.status, 137);
    }
}

Test(mailbox, refuses_bodies_that_are_none_of_the_command)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    cr_expect_eq(phone_send(&phone, EAS_COMMAND_PROVISION, FOLDER_SYNC), STATUS_INVALID);
    cr_expect_eq(phone_send(&phone, EAS_COMMAND_FOLDER_SYNC, "ffff"), STATUS_INVALID);
    cr_expect_eq(phone_send(&phone, EAS_COMMAND_PING, "00"), STATUS_INVALID);
    /* the inputs by which the usual library ends */
    cr_expect_eq(phone_send(&phone, EAS_COMMAND_PROVISION,
                            "03016a00000e454b02888080800001"
                            "01"),
                 STATUS_INVALID);
}

Test(mailbox, refuses_a_body_that_is_too_large_or_too_deep)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    struct buf deep defer(buf_clear) = BUF_INIT(1 << 20);
    struct eas_query query = {.command = EAS_COMMAND_PROVISION};
    phone.call.query = &query;
    buf_append(&deep, span_of("\x03\x01\x6a\x00\x00\x0e", 6));
    buf_append_repeated(&deep, 0x45, 1000);
    buf_append_repeated(&deep, 0x01, 1000);
    phone.call.body = span_of(deep.ptr, deep.len);
    cr_expect_eq(eas_mailbox_answer(&phone.call, &phone.answer, &phone.reply), STATUS_TOO_LARGE);
    buf_append_repeated(&deep, 0x01, EAS_BODY_MAX);
    phone.call.body = span_of(deep.ptr, deep.len);
    cr_expect_eq(eas_mailbox_answer(&phone.call, &phone.answer, &phone.reply), STATUS_TOO_LARGE);
    cr_expect_eq(phone.answer.len, 0);
}
