#include "phone.h"

#include <criterion/criterion.h>

Test(mailbox_provision, offers_the_neutral_policy)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_14_0);
    phone_expect(
        &phone, EAS_COMMAND_PROVISION, INITIAL,
        "03016a00000e454b03310001464748034d532d4541532d50726f766973696f6e696e672d5742584d4c00"
        "014b0331000149033133303731393935383400014a4d4e033000014f0330000151033000015003300001"
        "5303310001141516175803310001195a033000015b033100015c033100015d033000015e033100015f03"
        "310001600331000161033100016203310001630331000164033200016503310001660330000167033100"
        "01680330000169033100016a033000016b032d3100016c032d3100016d033000016e033000016f033000"
        "0170033000017103320001720331000173033100017403310001750331000176033100010101010101");
    cr_expect_eq(phone.reply.status, 1);
    cr_expect(phone.reply.provisioning_changed);
    cr_expect_eq(phone.reply.provisioning.offered, 1307199584u);
    cr_expect_eq(phone.reply.provisioning.agreed, 0);
    cr_expect_eq(phone.reply.acknowledged, 0);
}

Test(mailbox_provision, gives_the_second_key_for_an_acknowledgment)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_14_1);
    phone_has(&phone, 1307199584, 0);
    phone.call.fresh_key = 3942919513u;
    phone_expect(
        &phone, EAS_COMMAND_PROVISION, ACKNOWLEDGE(KEY_HEX, "31"),
        "03016a00000e454b03310001464748034d532d4541532d50726f766973696f6e696e672d5742584d4c00"
        "014b033100014903333934323931393531330001010101");
    cr_expect(phone.reply.provisioning_changed);
    cr_expect_eq(phone.reply.provisioning.agreed, 3942919513u);
    cr_expect_eq(phone.reply.provisioning.offered, 0);
    cr_expect_eq(phone.reply.acknowledged, 1);
}

Test(mailbox_provision, lets_a_phone_in_whatever_it_says_of_a_policy_that_asks_for_nothing)
{
    static const char *const acknowledgments[] = {
        ACKNOWLEDGE(KEY_HEX, "31"), ACKNOWLEDGE(KEY_HEX, "32"), ACKNOWLEDGE(KEY_HEX, "33"),
        ACKNOWLEDGE(KEY_HEX, "34")};
    for (int i = 0; i < 4; i++) {
        struct phone phone defer(phone_clear) = phone_of(EAS_12_1);
        phone_has(&phone, 1307199584, 0);
        cr_assert_eq(phone_send(&phone, EAS_COMMAND_PROVISION, acknowledgments[i]), STATUS_OK);
        cr_expect_eq((int)phone.reply.acknowledged, i + 1);
        cr_expect_neq(phone.reply.provisioning.agreed, 0);
    }
}

#define WRONG_KEY                                                                                  \
    "03016a00000e454b03310001464748034d532d4541532d50726f766973696f6e696e672d5742584d4c00014b0335" \
    "0001010101"

Test(mailbox_provision, refuses_a_key_that_it_did_not_offer)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_14_1);
    phone_has(&phone, 5, 4711);
    phone_expect(&phone, EAS_COMMAND_PROVISION, ACKNOWLEDGE(KEY_HEX, "31"), WRONG_KEY);
    cr_expect_not(phone.reply.provisioning_changed);
    cr_expect_eq(phone.reply.provisioning.offered, 5);
    cr_expect_eq(phone.reply.provisioning.agreed, 4711);
    phone_has(&phone, 0, 0);
    phone_expect(&phone, EAS_COMMAND_PROVISION, ACKNOWLEDGE("30", "31"), WRONG_KEY);
    phone_expect(&phone, EAS_COMMAND_PROVISION, ACKNOWLEDGE("78", "31"), WRONG_KEY);
}

Test(mailbox_provision, takes_an_offered_key_once)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_14_1);
    phone_has(&phone, 1307199584, 0);
    phone.call.fresh_key = 99;
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_PROVISION, ACKNOWLEDGE(KEY_HEX, "31")), STATUS_OK);
    phone_expect(&phone, EAS_COMMAND_PROVISION, ACKNOWLEDGE(KEY_HEX, "31"), WRONG_KEY);
    cr_expect_eq(phone.reply.provisioning.agreed, 99);
}

Test(mailbox_provision, offers_the_same_key_until_it_is_acknowledged)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_14_1);
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_PROVISION, INITIAL), STATUS_OK);
    phone.call.fresh_key = 99;
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_PROVISION, INITIAL), STATUS_OK);
    cr_expect_eq(phone.reply.provisioning.offered, 1307199584u);
    cr_expect_not(phone.reply.provisioning_changed);
}

Test(mailbox_provision, takes_the_key_of_an_acknowledgment_from_the_address)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_12_1);
    phone_has(&phone, 1307199584, 0);
    phone.call.has_policy_key = true;
    phone.call.policy_key = 1307199584;
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_PROVISION,
                            HEAD "000e4546474803"
                                 "4d532d4541532d50726f766973696f6e696e672d5742584d4c0001"
                                 "4b0331000101010"
                                 "1"),
                 STATUS_OK);
    cr_expect_eq(phone.reply.acknowledged, 1);
}

Test(mailbox_provision, takes_an_acknowledgment_in_any_order)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_12_1);
    phone_has(&phone, 1307199584, 0);
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_PROVISION,
                            HEAD "000e4546474b033200014903" KEY_HEX "00014803"
                                 "4d532d4541532d50726f766973696f6e696e672d5742584d4c0001010101"),
                 STATUS_OK);
    cr_expect_eq(phone.reply.acknowledged, 2);
}

Test(mailbox_provision, calls_an_acknowledgment_without_sense_a_protocol_error)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_14_1);
    phone_has(&phone, 1307199584, 0);
    phone_expect(&phone, EAS_COMMAND_PROVISION, ACKNOWLEDGE(KEY_HEX, "35"),
                 "03016a00000e454b0332000101");
    cr_expect_eq(phone.reply.acknowledged, EAS_ACK_OTHER);
    cr_expect_eq(phone.call.provisioning.offered, 0, "its key is used up");
    cr_expect_eq(phone.call.provisioning.agreed, 0);
    phone_expect(&phone, EAS_COMMAND_PROVISION,
                 HEAD "000e4506"
                      "01",
                 "03016a00000e454b0332000101");
    phone_expect(&phone, EAS_COMMAND_PROVISION, "", "03016a00000e454b0332000101");
    cr_expect_eq(phone.reply.status, 2);
}

Test(mailbox_provision, has_no_wipe_pending)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_12_1);
    phone_expect(&phone, EAS_COMMAND_PROVISION, HEAD "000e05", "03016a00000e454b0331000101");
    /* a phone that says that it wiped itself, with a stray Status before it */
    phone_expect(&phone, EAS_COMMAND_PROVISION,
                 HEAD "000e454b033100014c4b03310001010"
                      "1",
                 "03016a00000e454b0331000101");
}

Test(mailbox_provision, has_no_policy_where_none_is_wanted)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_14_1);
    phone.call.rules.without_policy = true;
    phone_expect(
        &phone, EAS_COMMAND_PROVISION, INITIAL,
        "03016a00000e454b03310001464748034d532d4541532d50726f766973696f6e696e672d5742584d4c00"
        "014b03320001010101");
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_FOLDER_SYNC, FOLDER_SYNC), STATUS_OK);
    cr_expect_eq(phone.reply.status, 1);
}

Test(mailbox_provision, knows_one_policy_type_for_each_version)
{
    static const char wap[] = HEAD "000e4546474803"
                                   "4d532d5741502d50726f766973696f6e696e672d584d4c0001010101";
    struct phone old defer(phone_clear) = phone_of(EAS_2_5);
    struct phone new defer(phone_clear) = phone_of(EAS_12_0);
    cr_assert_eq(phone_send(&old, EAS_COMMAND_PROVISION, wap), STATUS_OK);
    cr_expect_not_null(memmem(old.answer.ptr, old.answer.len, "<wap-provisioningdoc>", 21));
    cr_expect_neq(old.reply.provisioning.offered, 0);
    cr_assert_eq(phone_send(&new, EAS_COMMAND_PROVISION, wap), STATUS_OK);
    cr_expect_eq(new.reply.provisioning.offered, 0);
    cr_expect_not_null(memmem(new.answer.ptr, new.answer.len, "\x4b\x03\x33\x00\x01", 5));
    cr_assert_eq(phone_send(&old, EAS_COMMAND_PROVISION, INITIAL), STATUS_OK);
    cr_expect_not_null(memmem(old.answer.ptr, old.answer.len, "\x4b\x03\x33\x00\x01", 5));
}

#define INITIAL_TROPHY                                                                             \
    HEAD "000e45001256485703"                                                                      \
         "54726f7068790001"                                                                        \
         "5a0357696e646f77732050686f6e6520372e302e373030340001"                                    \
         "0101000e4647480"                                                                         \
         "34d532d4541532d50726f766973696f6e696e672d5742584d4c000101010"                            \
         "1"

Test(mailbox_provision, notes_what_the_phone_is_and_says_so)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_14_1);
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_PROVISION, INITIAL_TROPHY), STATUS_OK);
    cr_expect(phone.reply.information);
    cr_expect_str_eq(phone.reply.model, "Trophy");
    cr_expect_str_eq(phone.reply.os, "Windows Phone 7.0.7004");
    cr_expect_str_empty(phone.reply.agent);
    /* Settings:DeviceInformation with its Status comes before the Status of Provision */
    static const uint8_t start[] = {0x03, 0x01, 0x6a, 0x00, 0x00, 0x0e, 0x45, 0x00,
                                    0x12, 0x56, 0x46, 0x03, 0x31, 0x00, 0x01, 0x01,
                                    0x00, 0x0e, 0x4b, 0x03, 0x31, 0x00, 0x01};
    cr_expect_eq(memcmp(phone.answer.ptr, start, sizeof start), 0);
}

Test(mailbox_provision, offers_what_is_wanted_byte_for_byte)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_14_1);
    phone.call.rules.document = (struct eas_policy_document){
        .values = {[EAS_POLICY_PASSWORD_ENABLED] = "1", [EAS_POLICY_CAMERA] = "0"}};
    phone_expect(
        &phone, EAS_COMMAND_PROVISION, INITIAL_TROPHY,
        "03016a00000e450012564603310001010"
        "0"
        "0e4b03310001464748034d532d4541532d50726f766973696f6e696e672d5742584d4c00014b0331000149"
        "03313330373139393538340001"
        "4a4d4e033100015c03300001010101010"
        "1");
}

Test(mailbox_provision, refuses_who_applies_a_part_where_that_is_not_allowed)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_14_1);
    phone.call.rules.partial_allowed = false;
    phone_has(&phone, 1307199584, 0);
    phone_expect(&phone, EAS_COMMAND_PROVISION, ACKNOWLEDGE(KEY_HEX, "32"),
                 HEAD "000e454b033133390001"
                      "01");
}

Test(mailbox_provision, asks_what_the_phone_is_only_where_that_is_required)
{
    struct phone phone defer(phone_clear) = phone_of(EAS_14_1);
    phone.call.rules.information_required = true;
    phone_expect(&phone, EAS_COMMAND_PROVISION, INITIAL,
                 "03016a00000e454b033136350001"
                 "01");
    cr_expect_eq(phone.reply.status, 165);
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_PROVISION, INITIAL_TROPHY), STATUS_OK);
    cr_expect_eq(phone.reply.status, 1);
    phone.call.version = EAS_14_0;
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_PROVISION, INITIAL), STATUS_OK);
    cr_expect_eq(phone.reply.status, 1);
}
