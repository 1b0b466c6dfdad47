#include "eas/command.h"

#include <criterion/criterion.h>

Test(command, is_found_by_name_in_any_case_and_by_code)
{
    cr_expect_eq(eas_command_of_name(SPAN_LITERAL("FolderSync")), EAS_COMMAND_FOLDER_SYNC);
    cr_expect_eq(eas_command_of_name(SPAN_LITERAL("PING")), EAS_COMMAND_PING);
    cr_expect_eq(eas_command_of_name(SPAN_LITERAL("Pin")), EAS_COMMAND_NONE);
    cr_expect_eq(eas_command_of_name(SPAN_EMPTY), EAS_COMMAND_NONE);
    cr_expect_eq(eas_command_of_code(0), EAS_COMMAND_SYNC);
    cr_expect_eq(eas_command_of_code(20), EAS_COMMAND_PROVISION);
    cr_expect_eq(eas_command_of_code(22), EAS_COMMAND_VALIDATE_CERT);
    cr_expect_eq(eas_command_of_code(5), EAS_COMMAND_NONE);
    cr_expect_eq(eas_command_of_code(255), EAS_COMMAND_NONE);
}

Test(command, says_where_its_status_stands)
{
    cr_expect_str_eq(eas_command_name(EAS_COMMAND_PING), "Ping");
    cr_expect_str_empty(eas_command_name(EAS_COMMAND_NONE));
    cr_expect_eq(eas_command_root(EAS_COMMAND_FOLDER_SYNC), 0x0716);
    cr_expect_eq(eas_command_status(EAS_COMMAND_FOLDER_SYNC), 0x070c);
    cr_expect_eq(eas_command_root(EAS_COMMAND_SMART_REPLY), 0x1507);
    cr_expect_eq(eas_command_root(EAS_COMMAND_GET_ATTACHMENT), 0);
    cr_expect(eas_command_is_served(EAS_COMMAND_SYNC));
    cr_expect_not(eas_command_is_served(EAS_COMMAND_SEND_MAIL));
}

Test(command, knows_the_versions_and_no_others)
{
    cr_expect_eq(eas_version_of_text(SPAN_LITERAL("2.5")), EAS_2_5);
    cr_expect_eq(eas_version_of_text(SPAN_LITERAL("16.1")), EAS_16_1);
    cr_expect_eq(eas_version_of_text(SPAN_LITERAL("14.10")), EAS_VERSION_NONE);
    cr_expect_eq(eas_version_of_text(SPAN_LITERAL("1.0")), EAS_VERSION_NONE);
    cr_expect_eq(eas_version_of_text(SPAN_EMPTY), EAS_VERSION_NONE);
    cr_expect_eq(eas_version_of_byte(121), EAS_12_1);
    cr_expect_eq(eas_version_of_byte(120), EAS_VERSION_NONE);
    cr_expect_eq(eas_version_of_byte(25), EAS_VERSION_NONE);
    cr_expect_str_eq(eas_version_text(EAS_14_1), "14.1");
    cr_expect_str_empty(eas_version_text(0));
}

Test(command, lists_what_an_exchange_server_lists)
{
    struct buf versions defer(buf_clear) = BUF_INIT(256);
    struct buf commands defer(buf_clear) = BUF_INIT(1024);
    eas_append_versions(&versions);
    eas_append_commands(&commands);
    cr_expect_str_eq((const char *)versions.ptr, "2.5,12.0,12.1,14.0,14.1,16.0,16.1");
    cr_expect_str_eq(
        (const char *)commands.ptr,
        "Sync,SendMail,SmartForward,SmartReply,GetAttachment,GetHierarchy,CreateCollection,"
        "DeleteCollection,MoveCollection,FolderSync,FolderCreate,FolderDelete,FolderUpdate,"
        "MoveItems,GetItemEstimate,MeetingResponse,Search,Settings,Ping,ItemOperations,Provision,"
        "ResolveRecipients,ValidateCert,Find");
}
