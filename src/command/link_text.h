/* Enrolment links as text and as JSON, for the family of `certferry link` commands. */
#pragma once

#include "command/command.h"
#include "command/output.h"
#include "command/session.h"
#include "service/enrol.h"

/* Every field of the link; times as RFC 3339, null for what has not happened. */
json_t *link_json(const struct enrolment *link);
enum status link_print(const struct invocation *invocation, const struct enrolment *link);
/* A new link with its address and PIN, which are shown this once; with its QR code if `qr`. */
enum status link_print_created(const struct invocation *invocation, const struct session *session,
                               const struct enrol_created *created, bool qr);
