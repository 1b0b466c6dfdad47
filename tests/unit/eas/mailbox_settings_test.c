#include "phone.h"

#include "base/text.h"

#include <criterion/criterion.h>

Test(mailbox_settings, answers_each_part_of_settings)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    /* UserInformation/Get, Oof/Get, DeviceInformation/Set/Model "X" */
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_SETTINGS,
                            HEAD "0012455d0701494701"
                                 "015648570358000101010"
                                 "1"),
                 STATUS_OK, "%s", status_detail());
    cr_expect_str_eq(SAID(&phone, TAG_SETTINGS_STATUS), "1");
    cr_expect_str_eq(SAID(&phone, TAG_SETTINGS_OOF, TAG_SETTINGS_GET, TAG_SETTINGS_OOF_STATE), "0");
    cr_expect_str_eq(SAID(&phone, TAG_SETTINGS_DEVICE_INFORMATION, TAG_SETTINGS_STATUS), "1");
    cr_expect_str_eq(SAID(&phone, TAG_SETTINGS_USER_INFORMATION, TAG_SETTINGS_GET,
                          TAG_SETTINGS_ACCOUNTS, TAG_SETTINGS_ACCOUNT, TAG_SETTINGS_EMAIL_ADDRESSES,
                          TAG_SETTINGS_PRIMARY_SMTP_ADDRESS),
                     "alice@example.test");
    cr_expect_str_eq(phone.reply.model, "X");
    phone.call.version = EAS_12_1;
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_SETTINGS, HEAD "0012455d070101"), STATUS_OK);
    cr_expect_str_eq(SAID(&phone, TAG_SETTINGS_USER_INFORMATION, TAG_SETTINGS_GET,
                          TAG_SETTINGS_EMAIL_ADDRESSES, TAG_SETTINGS_SMTP_ADDRESS),
                     "alice@example.test");
}

Test(mailbox_settings, lets_nothing_be_set)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    /* Oof/Set/OofState 1, DevicePassword/Set/Password "x" */
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_SETTINGS,
                            HEAD "001245494"
                                 "84a033100010101544855037800010101"
                                 "01"),
                 STATUS_OK, "%s", status_detail());
    cr_expect_str_eq(SAID(&phone, TAG_SETTINGS_OOF, TAG_SETTINGS_STATUS), "3");
    cr_expect_str_eq(SAID(&phone, TAG_SETTINGS_DEVICE_PASSWORD, TAG_SETTINGS_STATUS), "7");
}

Test(mailbox_settings, makes_one_short_line_of_what_a_phone_says_of_itself)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    char hex[1024] = HEAD "001245564857030a";
    for (int i = 0; i < 100; i++)
        strncat(hex, "c3ab", sizeof hex - strlen(hex) - 1);
    strncat(hex, "0001010101", sizeof hex - strlen(hex) - 1);
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_SETTINGS, hex), STATUS_OK, "%s", status_detail());
    cr_expect_leq(strlen(phone.reply.model), 64);
    cr_expect_eq(strncmp(phone.reply.model, "\\x0a", 4), 0);
    cr_expect(text_is_utf8(span_of_text(phone.reply.model)));
}
