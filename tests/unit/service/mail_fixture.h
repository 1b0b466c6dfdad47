/* A service with mail switched on, to a server of the test or to none that answers. */
#pragma once

#include "fixture.h"
#include "service/mail_queue.h"
#include "service/mail_send.h"

/* `port` 0 is one where nobody listens. */
void mail_fixture_open(struct fixture *fixture, int port);
/* A link for ben@example.org, with its mail. */
struct enrol_created send_link(const struct fixture *fixture);
/* The CA certificates to ann@example.org: the id of the mail. */
void send_ca(const struct fixture *fixture, char ret_id[static MAIL_ID_SIZE]);
enum mail_state state_of_mail(const struct fixture *fixture, const char *id);
/* The whole mail, while it waits. */
struct secret *open_mail(const struct fixture *fixture, const char *id);
