#include "phone.h"

#include <criterion/criterion.h>

Test(mailbox_sync, has_six_folders_and_then_no_changes)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_FOLDER_SYNC, FOLDER_SYNC), STATUS_OK);
    cr_expect_str_eq(SAID(&phone, TAG_FOLDER_STATUS), "1");
    cr_expect_str_eq(SAID(&phone, TAG_FOLDER_CHANGES, TAG_FOLDER_COUNT), "6");
    cr_expect_str_eq(SAID(&phone, TAG_FOLDER_CHANGES, TAG_FOLDER_ADD, TAG_FOLDER_DISPLAY_NAME),
                     "Inbox");
    cr_expect_str_eq(SAID(&phone, TAG_FOLDER_SYNC_KEY), "773010000");
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_FOLDER_SYNC,
                            HEAD "00075652033737333031303030300001"
                                 "01"),
                 STATUS_OK);
    cr_expect_str_eq(SAID(&phone, TAG_FOLDER_CHANGES, TAG_FOLDER_COUNT), "0");
    cr_expect_str_eq(SAID(&phone, TAG_FOLDER_SYNC_KEY), "773010000");
}

Test(mailbox_sync, lets_a_phone_of_another_server_begin_anew)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    phone_expect(&phone, EAS_COMMAND_FOLDER_SYNC,
                 HEAD "00075652033100010"
                      "1",
                 "03016a000007564c033900010"
                 "1");
    phone_expect(&phone, EAS_COMMAND_FOLDER_SYNC, HEAD "000716",
                 "03016a000007564c03313000010"
                 "1");
}

/* Sync/Collections/Collection/SyncKey "0", CollectionId "1" */
#define SYNC_OF(key, id) HEAD "455c4f4b03" key "00015203" id "0001010101"

Test(mailbox_sync, gives_each_empty_collection_the_next_key)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    phone_expect(&phone, EAS_COMMAND_SYNC, SYNC_OF("30", "31"),
                 HEAD "455c4f4b0337373330313030303100015203310001"
                      "4e03310001010101");
    phone_expect(&phone, EAS_COMMAND_SYNC, SYNC_OF("373733303130303031", "36"),
                 HEAD "455c4f4b0337373330313030303200015203360001"
                      "4e03310001010101");
    phone_expect(&phone, EAS_COMMAND_SYNC, SYNC_OF("373733393939393939", "36"),
                 HEAD "455c4f4b0337373330313030303100015203360001"
                      "4e03310001010101");
}

Test(mailbox_sync, names_the_class_up_to_12_0)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_12_0);
    phone_expect(&phone, EAS_COMMAND_SYNC,
                 HEAD "455c4f5003456d61696c00014b0330000152033100010101"
                      "01",
                 HEAD "455c4f5003456d61696c00014b0337373330313030303100015203310001"
                      "4e03310001010101");
}

Test(mailbox_sync, refuses_keys_and_folders_that_are_not_its_own)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    static const struct {
        const char *request;
        const char *status;
    } cases[] = {
        {SYNC_OF("31", "31"), "3"},  {SYNC_OF("373734303030303030", "31"), "3"},
        {SYNC_OF("30", "39"), "12"}, {SYNC_OF("", "31"), "4"},
        {SYNC_OF("30", ""), "4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_assert_eq(phone_send(&phone, EAS_COMMAND_SYNC, cases[i].request), STATUS_OK);
        cr_expect_str_eq(
            SAID(&phone, TAG_AIR_SYNC_COLLECTIONS, TAG_AIR_SYNC_COLLECTION, TAG_AIR_SYNC_STATUS),
            cases[i].status);
        cr_expect_str_eq(
            SAID(&phone, TAG_AIR_SYNC_COLLECTIONS, TAG_AIR_SYNC_COLLECTION, TAG_AIR_SYNC_SYNC_KEY),
            "0");
    }
}

Test(mailbox_sync, refuses_items_of_the_phone_one_by_one)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    /* Commands: Add ClientId "c1", Delete ServerId "x", Fetch ServerId "y" */
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_SYNC,
                            HEAD "455c4f4b033737333031303030310001520331000156"
                                 "474c036331000101"
                                 "494d0378000101"
                                 "4a4d0379000101"
                                 "01010101"),
                 STATUS_OK, "%s", status_detail());
    cr_expect_str_eq(SAID(&phone, TAG_AIR_SYNC_COLLECTIONS, TAG_AIR_SYNC_COLLECTION,
                          TAG_AIR_SYNC_RESPONSES, TAG_AIR_SYNC_ADD, TAG_AIR_SYNC_STATUS),
                     "6");
    cr_expect_str_eq(SAID(&phone, TAG_AIR_SYNC_COLLECTIONS, TAG_AIR_SYNC_COLLECTION,
                          TAG_AIR_SYNC_RESPONSES, TAG_AIR_SYNC_FETCH, TAG_AIR_SYNC_STATUS),
                     "8");
    cr_expect_str_eq(SAID(&phone, TAG_AIR_SYNC_COLLECTIONS, TAG_AIR_SYNC_COLLECTION,
                          TAG_AIR_SYNC_RESPONSES, TAG_AIR_SYNC_DELETE, TAG_AIR_SYNC_SERVER_ID),
                     "");
}

Test(mailbox_sync, lets_no_request_wait)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    /* a good key and HeartbeatInterval 600 */
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_SYNC,
                            HEAD "455c4f4b0337373330313030303100015203310001010169033630300001"
                                 "01"),
                 STATUS_OK, "%s", status_detail());
    cr_expect_eq(phone.reply.http, 503);
    cr_expect_eq(phone.reply.retry_after, 900);
    cr_expect_eq(phone.answer.len, 0);
    /* with the first key there is something to answer at once */
    cr_assert_eq(phone_send(&phone, EAS_COMMAND_SYNC,
                            HEAD "455c4f4b033000015203310001010169033630300001"
                                 "01"),
                 STATUS_OK);
    cr_expect_eq(phone.reply.http, 200);
}

Test(mailbox_sync, asks_for_the_whole_of_a_sync_that_refers_to_the_last)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_12_1);
    phone_expect(&phone, EAS_COMMAND_SYNC, "",
                 HEAD "454e03313300"
                      "0101");
    phone_expect(&phone, EAS_COMMAND_SYNC,
                 HEAD "4526"
                      "01",
                 HEAD "454e03313300"
                      "0101");
    phone.call.version = EAS_12_0;
    phone_has(&phone, 0, 4711);
    cr_expect_eq(phone_send(&phone, EAS_COMMAND_SYNC, ""), STATUS_INVALID);
}

Test(mailbox_sync, estimates_nothing)
{
    struct phone phone defer(phone_clear) = phone_provisioned(EAS_14_1);
    /* GetItemEstimate/Collections/Collection/AirSync:SyncKey, CollectionId "5" */
    phone_expect(&phone, EAS_COMMAND_GET_ITEM_ESTIMATE,
                 HEAD "000645474800004b033000010"
                      "0064a0335000101010"
                      "1",
                 HEAD "0006454d4e03310001484a033500014c03300001010101");
    cr_expect_eq(phone_send(&phone, EAS_COMMAND_GET_ITEM_ESTIMATE, ""), STATUS_INVALID);
}
