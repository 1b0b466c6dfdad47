/* What the files of the mailbox share; private to them. */
#pragma once

#include "eas/mailbox.h"

struct mailbox {
    const struct eas_call *call;
    const struct wbxml_document *document; /* NULL: no body came */
    const struct wbxml_element *root;      /* NULL then */
    struct wbxml_writer writer;
    struct eas_reply *reply;
};

/* Status values at the root of an answer: MS-ASCMD 2.2.2. */
enum eas_status {
    EAS_STATUS_OK = 1,
    EAS_STATUS_COMMAND_NOT_SUPPORTED = 137,
};

/* Begins the answer: opens the command's root. */
void mailbox_open(struct mailbox *mailbox);
void mailbox_close(struct mailbox *mailbox);
/* Writes the status of the root, and notes it. */
void mailbox_status(struct mailbox *mailbox, int status);
/* The whole answer: a root with a status. */
void mailbox_answer_status(struct mailbox *mailbox, int status);
/* HTTP 503: not now, see eas/mailbox.h. */
void mailbox_answer_later(struct mailbox *mailbox);

/* The call as eas/provision.h takes it; and what it answers goes into the reply. */
struct eas_provision_call mailbox_provision_call(const struct mailbox *mailbox);
void mailbox_keep(struct mailbox *mailbox, const struct eas_provision_answer *answer);

/* A text of the phone's that may be sent back: 1 to 64 characters of UTF-8 without controls. */
enum { MAILBOX_TEXT_SIZE = 65 };
bool mailbox_text(struct span text, char ret_text[static MAILBOX_TEXT_SIZE]);

/* A DeviceInformation element; whether it said anything (a Set with a Model). */
bool mailbox_read_information(struct mailbox *mailbox, const struct wbxml_element *information);

/* What is answered when the phone may: a body is parsed, and its root is the command's. */
enum status mailbox_provision(struct mailbox *mailbox);
enum status mailbox_folder_sync(struct mailbox *mailbox);
enum status mailbox_sync(struct mailbox *mailbox);
enum status mailbox_estimate(struct mailbox *mailbox);
enum status mailbox_settings(struct mailbox *mailbox);
