/*
 * Mails in words and colours: what the list, a mail's own page and a link's page share.
 */
#pragma once

#include "service/mail_queue.h"
#include "web/desk_view.h"

struct desk_state mail_view_state(enum mail_state state);
enum text_key mail_view_kind(const char *kind);

/* What an operator may still do with it at `now`. */
bool mail_view_may_retry(const struct mail_row *mail, int64_t now);
bool mail_view_may_cancel(const struct mail_row *mail);
