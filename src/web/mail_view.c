/* Tables, as for links: a new state does not compile before it has a name. */
#include "web/mail_view.h"

struct desk_state mail_view_state(enum mail_state state)
{
    static const struct desk_state states[MAIL_STATE_COUNT] = {
        [MAIL_QUEUED] = {.label = TEXT_MAILSTATE_QUEUED, .is_note = true},
        [MAIL_SENDING] = {.label = TEXT_MAILSTATE_SENDING, .is_note = true},
        [MAIL_SENT] = {.label = TEXT_MAILSTATE_SENT, .is_good = true},
        [MAIL_FAILED] = {.label = TEXT_MAILSTATE_FAILED, .is_bad = true},
        [MAIL_UNSURE] = {.label = TEXT_MAILSTATE_UNSURE, .is_bad = true},
        [MAIL_CANCELLED] = {.label = TEXT_MAILSTATE_CANCELLED},
    };
    return states[state];
}

enum text_key mail_view_kind(const char *kind)
{
    static const struct {
        const char *kind;
        enum text_key text;
    } kinds[] = {
        {"link", TEXT_MAILKIND_LINK},
        {"ca", TEXT_MAILKIND_CA},
        {"expiry", TEXT_MAILKIND_EXPIRY},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].text;
    return TEXT_MAILKIND_DIGEST; /* the only other one that the table allows */
}

bool mail_view_may_cancel(const struct mail_row *mail)
{
    return mail->state == MAIL_QUEUED || mail->state == MAIL_FAILED || mail->state == MAIL_UNSURE;
}

bool mail_view_may_retry(const struct mail_row *mail, int64_t now)
{
    return mail_view_may_cancel(mail) && mail->kept && mail->keep_until > now;
}
