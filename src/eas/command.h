/*
 * The commands and versions of Exchange ActiveSync, once (MS-ASHTTP 2.2.1.1.1, MS-ASCMD 2.2.2).
 *
 * The names that OPTIONS lists are those of an Exchange server, also where the small mailbox
 * answers "not supported" (status 137, or HTTP 501): phones have been seen to look for commands
 * there that they never send while an account is set up.
 */
#pragma once

#include "base/buf.h"
#include "base/span.h"
#include "eas/tags.h"

/*
 * X(NAME, name, code in a base64 query, tag of the root of an answer, tag of its status, served).
 * Code -1: the command has a name only. Tag 0: it answers without WBXML.
 */
#define EAS_COMMAND_TABLE(X)                                                                       \
    X(SYNC, "Sync", 0, TAG_AIR_SYNC_SYNC, TAG_AIR_SYNC_STATUS, true)                               \
    X(SEND_MAIL, "SendMail", 1, TAG_COMPOSE_SEND_MAIL, TAG_COMPOSE_STATUS, false)                  \
    X(SMART_FORWARD, "SmartForward", 2, TAG_COMPOSE_SMART_FORWARD, TAG_COMPOSE_STATUS, false)      \
    X(SMART_REPLY, "SmartReply", 3, TAG_COMPOSE_SMART_REPLY, TAG_COMPOSE_STATUS, false)            \
    X(GET_ATTACHMENT, "GetAttachment", 4, 0, 0, false)                                             \
    X(GET_HIERARCHY, "GetHierarchy", -1, 0, 0, false)                                              \
    X(CREATE_COLLECTION, "CreateCollection", -1, 0, 0, false)                                      \
    X(DELETE_COLLECTION, "DeleteCollection", -1, 0, 0, false)                                      \
    X(MOVE_COLLECTION, "MoveCollection", -1, 0, 0, false)                                          \
    X(FOLDER_SYNC, "FolderSync", 9, TAG_FOLDER_FOLDER_SYNC, TAG_FOLDER_STATUS, true)               \
    X(FOLDER_CREATE, "FolderCreate", 10, TAG_FOLDER_FOLDER_CREATE, TAG_FOLDER_STATUS, false)       \
    X(FOLDER_DELETE, "FolderDelete", 11, TAG_FOLDER_FOLDER_DELETE, TAG_FOLDER_STATUS, false)       \
    X(FOLDER_UPDATE, "FolderUpdate", 12, TAG_FOLDER_FOLDER_UPDATE, TAG_FOLDER_STATUS, false)       \
    X(MOVE_ITEMS, "MoveItems", 13, TAG_MOVE_MOVE_ITEMS, TAG_MOVE_STATUS, false)                    \
    X(GET_ITEM_ESTIMATE, "GetItemEstimate", 14, TAG_ESTIMATE_GET_ITEM_ESTIMATE,                    \
      TAG_ESTIMATE_STATUS, true)                                                                   \
    X(MEETING_RESPONSE, "MeetingResponse", 15, TAG_MEETING_MEETING_RESPONSE, TAG_MEETING_STATUS,   \
      false)                                                                                       \
    X(SEARCH, "Search", 16, TAG_SEARCH_SEARCH, TAG_SEARCH_STATUS, false)                           \
    X(SETTINGS, "Settings", 17, TAG_SETTINGS_SETTINGS, TAG_SETTINGS_STATUS, true)                  \
    X(PING, "Ping", 18, TAG_PING_PING, TAG_PING_STATUS, true)                                      \
    X(ITEM_OPERATIONS, "ItemOperations", 19, TAG_OPERATIONS_ITEM_OPERATIONS,                       \
      TAG_OPERATIONS_STATUS, false)                                                                \
    X(PROVISION, "Provision", 20, TAG_PROVISION_PROVISION, TAG_PROVISION_STATUS, true)             \
    X(RESOLVE_RECIPIENTS, "ResolveRecipients", 21, TAG_RECIPIENTS_RESOLVE_RECIPIENTS,              \
      TAG_RECIPIENTS_STATUS, false)                                                                \
    X(VALIDATE_CERT, "ValidateCert", 22, TAG_VALIDATE_VALIDATE_CERT, TAG_VALIDATE_STATUS, false)   \
    X(FIND, "Find", -1, TAG_FIND_FIND, TAG_FIND_STATUS, false)

enum eas_command {
    EAS_COMMAND_NONE, /* OPTIONS, GET */
#define EAS_COMMAND_ENUM(name, text, code, root, status, served) EAS_COMMAND_##name,
    EAS_COMMAND_TABLE(EAS_COMMAND_ENUM)
#undef EAS_COMMAND_ENUM
};

/* "Sync"; "" for NONE. */
const char *eas_command_name(enum eas_command command);
/* The root of its answer and the status in it; 0 when it answers without WBXML. */
uint16_t eas_command_root(enum eas_command command);
uint16_t eas_command_status(enum eas_command command);
/* Whether the mailbox answers it with more than that it is not supported. */
bool eas_command_is_served(enum eas_command command);
/* NONE: there is no such command. Letters in upper or lower case are the same. */
enum eas_command eas_command_of_name(struct span name);
enum eas_command eas_command_of_code(uint8_t code);

/* X(NAME, text, number): the protocol versions, oldest first; the number is ten times the text. */
#define EAS_VERSION_TABLE(X)                                                                       \
    X(2_5, "2.5", 25)                                                                              \
    X(12_0, "12.0", 120)                                                                           \
    X(12_1, "12.1", 121)                                                                           \
    X(14_0, "14.0", 140)                                                                           \
    X(14_1, "14.1", 141)                                                                           \
    X(16_0, "16.0", 160)                                                                           \
    X(16_1, "16.1", 161)

enum eas_version {
    EAS_VERSION_NONE,
#define EAS_VERSION_ENUM(name, text, number) EAS_##name = (number),
    EAS_VERSION_TABLE(EAS_VERSION_ENUM)
#undef EAS_VERSION_ENUM
};

/* 141 of "14.1", as in the header MS-ASProtocolVersion; 0: not one that is spoken here. */
int eas_version_of_text(struct span text);
/* 141 of the first byte of a base64 query, which exists since 12.1; else 0. */
int eas_version_of_byte(uint8_t byte);
/* "14.1"; "" for a number that is none. */
const char *eas_version_text(int version);

/* The values of MS-ASProtocolVersions and MS-ASProtocolCommands, with commas. */
void eas_append_versions(struct buf *out);
void eas_append_commands(struct buf *out);
