/* A phone in a conversation with the mailbox: what is remembered of it, and the last answer. */
#pragma once

#include "eas/mailbox.h"

#define HEAD "03016a00"

/* Requests, as phones send them. */
#define INITIAL                                                                                    \
    HEAD "000e4546474803"                                                                          \
         "4d532d4541532d50726f766973696f6e696e672d5742584d4c000101010"                             \
         "1"
#define ACKNOWLEDGE(key, status)                                                                   \
    HEAD "000e4546474803"                                                                          \
         "4d532d4541532d50726f766973696f6e696e672d5742584d4c0001"                                  \
         "4903" key "00014b03" status "000101010"                                                  \
         "1"
#define KEY_HEX "31333037313939353834" /* 1307199584 */
#define FOLDER_SYNC                                                                                \
    HEAD "00075652033000010"                                                                       \
         "1"

struct phone {
    struct eas_query query;
    struct eas_call call;
    struct eas_reply reply;
    struct buf body;
    struct buf answer;
};

/* It was never here before, and has no policy key. */
struct phone phone_of(int version);
/* The server remembers these keys, for what it wants now; 0: none. */
void phone_has(struct phone *phone, uint32_t offered, uint32_t agreed);
/* It has the policy key 4711. */
struct phone phone_provisioned(int version);
void phone_clear(struct phone *phone);
CLEANUP_VALUE(struct phone, phone_clear)

/* Sends a body in hex; what is to be remembered is. */
enum status phone_send(struct phone *phone, enum eas_command command, const char *hex);
/* Sends it, and expects the answer in hex with HTTP 200. */
void phone_expect(struct phone *phone, enum eas_command command, const char *request,
                  const char *answer);
/* The text of the element that the tags below the root lead to in the last answer. */
const char *phone_said(struct phone *phone, const uint16_t *tags, size_t count);
#define SAID(phone, ...)                                                                           \
    phone_said(phone, (const uint16_t[]){__VA_ARGS__},                                             \
               sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t))
