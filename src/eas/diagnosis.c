/*
 * The last sighting says what the trouble is now; those before it say whether that is news. A
 * phone that comes back from trouble has none.
 */
#include "eas/diagnosis.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    ABORTS_MIN = 2,         /* one may be a bad line */
    FAILED_POSTS_MIN = 2,   /* likewise */
    RESUMED_MIN = 3,        /* requests before a single handshake is worth a word, */
    SESSION_AGE_MIN = 1800, /* and seconds since it */
    SAME_HANDSHAKE = 2,     /* seconds by which two reckonings of one handshake may differ */
};

static const char *const rule_texts[] = {
#define RULE_TEXT(name, text) [DIAGNOSIS_##name] = (text),
    DIAGNOSIS_TABLE(RULE_TEXT)
#undef RULE_TEXT
};

const char *diagnosis_rule_text(enum diagnosis_rule rule)
{
    return rule_texts[rule];
}

struct sightings {
    const struct diagnosis_sighting *all;
    size_t count;
};

/* ---- what a sighting is ---------------------------------------------------------------------- */

static bool is_in(const struct diagnosis_sighting *sighting)
{
    return !sighting->aborted && sighting->reason == VERDICT_ALLOWED;
}

static bool is_bare(const struct diagnosis_sighting *sighting)
{
    return !sighting->aborted && sighting->reason == VERDICT_NO_CERTIFICATE;
}

static bool is_unselected(const struct diagnosis_sighting *sighting)
{
    return sighting->aborted && sighting->asked;
}

static bool is_wrong_user(const struct diagnosis_sighting *sighting)
{
    return !sighting->aborted && sighting->reason == VERDICT_USER_MISMATCH;
}

/* What time changes about a certificate that was good. */
static bool is_out_of_date(const struct diagnosis_sighting *sighting)
{
    return !sighting->aborted &&
           (sighting->reason == VERDICT_EXPIRED || sighting->reason == VERDICT_REVOKED ||
            sighting->reason == VERDICT_REVOCATION_UNKNOWN);
}

static bool is_refused_with_certificate(const struct diagnosis_sighting *sighting)
{
    return !sighting->aborted && sighting->proof != DIAGNOSIS_PROOF_NONE && !is_in(sighting) &&
           !is_wrong_user(sighting);
}

static bool is_failed_post(const struct diagnosis_sighting *sighting)
{
    return !sighting->aborted && sighting->body >= 0 &&
           (sighting->http == 413 || sighting->cut_off);
}

static int64_t proved_at(const struct diagnosis_sighting *sighting)
{
    return sighting->at - sighting->session_age;
}

typedef bool is_kind(const struct diagnosis_sighting *sighting);

/* How many of the last sightings are of the kind, without a gap. */
static size_t trailing(struct sightings sightings, is_kind *is)
{
    size_t count = 0;
    while (count < sightings.count && is(&sightings.all[sightings.count - 1 - count]))
        count++;
    return count;
}

/* Notes what was good before the last `wrong` sightings. Whether anything was. */
static bool note_good_time(struct sightings sightings, size_t wrong, struct diagnosis *found)
{
    for (size_t i = 0; i < sightings.count - wrong; i++) {
        if (!is_in(&sightings.all[i]))
            continue;
        found->worked_until = sightings.all[i].at;
        if (sightings.all[i].proof != DIAGNOSIS_PROOF_NONE)
            found->presented_at = proved_at(&sightings.all[i]);
    }
    return found->presented_at != 0;
}

static void note_trouble(struct sightings sightings, size_t wrong, enum diagnosis_rule rule,
                         struct diagnosis *found)
{
    found->rule = rule;
    found->since = sightings.all[sightings.count - wrong].at;
    found->count = (int64_t)wrong;
    if (found->presented_at != 0)
        found->gap = found->since - found->presented_at;
}

/* ---- the rules ------------------------------------------------------------------------------- */

/* R1, R2. */
static bool find_bare(struct sightings sightings, struct diagnosis *found)
{
    size_t wrong = trailing(sightings, is_bare);
    if (wrong == 0 || !note_good_time(sightings, wrong, found))
        return false;
    bool password = false;
    for (size_t i = sightings.count - wrong; i < sightings.count; i++)
        password = password || sightings.all[i].password;
    note_trouble(sightings, wrong,
                 password ? DIAGNOSIS_PASSWORD_INSTEAD : DIAGNOSIS_STOPPED_PRESENTING, found);
    return true;
}

/* R3: nothing but requests on one session, long after its only handshake. */
static bool find_single_session(struct sightings sightings, struct diagnosis *found)
{
    const struct diagnosis_sighting *last = &sightings.all[sightings.count - 1];
    int64_t resumed = 0;
    for (size_t i = 0; i < sightings.count; i++) {
        const struct diagnosis_sighting *each = &sightings.all[i];
        int64_t apart = proved_at(each) - proved_at(last);
        if (!is_in(each) || each->proof == DIAGNOSIS_PROOF_NONE || apart > SAME_HANDSHAKE ||
            apart < -SAME_HANDSHAKE)
            return false;
        resumed += each->proof == DIAGNOSIS_PROOF_RESUMED;
    }
    if (resumed < RESUMED_MIN || last->session_age < SESSION_AGE_MIN)
        return false;
    *found = (struct diagnosis){.rule = DIAGNOSIS_SESSION_ONLY,
                                .presented_at = proved_at(last),
                                .worked_until = last->at,
                                .since = last->at,
                                .gap = last->session_age,
                                .count = resumed};
    return true;
}

/* R4: it was good once, or the reason is one that only time brings. */
static bool find_refusal(struct sightings sightings, struct diagnosis *found)
{
    const struct diagnosis_sighting *last = &sightings.all[sightings.count - 1];
    size_t wrong = trailing(sightings, is_refused_with_certificate);
    if (wrong == 0)
        return false;
    if (!note_good_time(sightings, wrong, found) && !is_out_of_date(last))
        return false;
    note_trouble(sightings, wrong, DIAGNOSIS_REFUSED_SINCE, found);
    found->reason = last->reason;
    found->not_after = last->not_after;
    return true;
}

/* R5. */
static bool find_unselected(struct sightings sightings, struct diagnosis *found)
{
    size_t wrong = trailing(sightings, is_unselected);
    if (wrong < ABORTS_MIN)
        return false;
    note_good_time(sightings, wrong, found);
    note_trouble(sightings, wrong, DIAGNOSIS_CANNOT_SELECT, found);
    return true;
}

/* R6. */
static bool find_wrong_user(struct sightings sightings, struct diagnosis *found)
{
    const struct diagnosis_sighting *last = &sightings.all[sightings.count - 1];
    size_t wrong = trailing(sightings, is_wrong_user);
    if (wrong == 0)
        return false;
    note_good_time(sightings, wrong, found);
    note_trouble(sightings, wrong, DIAGNOSIS_WRONG_USER, found);
    snprintf(found->identity, sizeof found->identity, "%s", last->identity);
    snprintf(found->user, sizeof found->user, "%s", last->user);
    return true;
}

/* R7: every body up to some size came, and none above it. */
static bool find_large_posts(struct sightings sightings, struct diagnosis *found)
{
    int64_t passed = -1;
    int64_t failed = INT64_MAX;
    int64_t count = 0;
    int64_t since = 0;
    for (size_t i = 0; i < sightings.count; i++) {
        const struct diagnosis_sighting *each = &sightings.all[i];
        if (is_failed_post(each)) {
            since = count == 0 ? each->at : since;
            failed = each->body < failed ? each->body : failed;
            count++;
        } else if (each->body > passed && is_in(each)) {
            passed = each->body;
        }
    }
    if (count < FAILED_POSTS_MIN || passed < 0 || passed >= failed)
        return false;
    *found = (struct diagnosis){.rule = DIAGNOSIS_LARGE_POSTS_FAIL,
                                .since = since,
                                .count = count,
                                .passed = passed,
                                .failed = failed};
    return true;
}

typedef bool find_rule(struct sightings sightings, struct diagnosis *found);

void diagnosis_of(const struct diagnosis_sighting *sightings, size_t count,
                  struct diagnosis *ret_diagnosis)
{
    static find_rule *const rules[] = {
        find_bare,    find_unselected,  find_wrong_user,
        find_refusal, find_large_posts, find_single_session,
    };
    const struct sightings all = {sightings, count};
    *ret_diagnosis = (struct diagnosis){.rule = DIAGNOSIS_NONE};
    for (size_t i = 0; count > 0 && i < sizeof rules / sizeof rules[0]; i++) {
        struct diagnosis found = {.rule = DIAGNOSIS_NONE};
        if (rules[i](all, &found)) {
            *ret_diagnosis = found;
            return;
        }
    }
}

/* ---- sentences ------------------------------------------------------------------------------- */

static void append_time(struct buf *out, const char *before, int64_t at, const char *after)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(at, text);
    buf_printf(out, "%s%s%s", before, text, after);
}

/* "The phone presented its certificate at ..., was let in until ..." and what came then. */
static void append_story(struct buf *out, const struct diagnosis *diagnosis, const char *then)
{
    append_time(out, "The phone presented its certificate at ", diagnosis->presented_at, "");
    append_time(out, ", was let in until ", diagnosis->worked_until, "");
    append_time(out, ", and at ", diagnosis->since, then);
}

static void append_refusal(struct buf *out, const struct diagnosis *diagnosis)
{
    append_time(out, "The phone presents its certificate, which is refused since ",
                diagnosis->since, ": ");
    buf_append_text(out, verdict_sentence(diagnosis->reason));
    if (diagnosis->reason == VERDICT_EXPIRED && diagnosis->not_after != 0)
        append_time(out, " It was valid until ", diagnosis->not_after, ".");
    if (diagnosis->worked_until != 0)
        append_time(out, " It was let in until ", diagnosis->worked_until, ".");
}

static void append_session(struct buf *out, const struct diagnosis *diagnosis)
{
    append_time(out, "The phone proved itself once, at ", diagnosis->presented_at,
                ", and every request since then was on that TLS session");
    append_time(out, ", the last at ", diagnosis->worked_until,
                ". Whether it presents its certificate again shows when the session ends.");
}

void diagnosis_append_sentence(struct buf *out, const struct diagnosis *diagnosis)
{
    switch (diagnosis->rule) {
    case DIAGNOSIS_NONE:
        return;
    case DIAGNOSIS_STOPPED_PRESENTING:
        append_story(out, diagnosis, " it connected without a certificate.");
        return;
    case DIAGNOSIS_PASSWORD_INSTEAD:
        append_story(out, diagnosis, " it connected without a certificate, with a password only.");
        return;
    case DIAGNOSIS_SESSION_ONLY:
        append_session(out, diagnosis);
        return;
    case DIAGNOSIS_REFUSED_SINCE:
        append_refusal(out, diagnosis);
        return;
    case DIAGNOSIS_CANNOT_SELECT:
        append_time(out, "Since ", diagnosis->since,
                    " the phone ends the connection when it is asked for a certificate");
        buf_printf(out,
                   " (%" PRId64 " times): it has none from a CA that is named to it, or may "
                   "not use its key.",
                   diagnosis->count);
        return;
    case DIAGNOSIS_WRONG_USER:
        buf_printf(out, "The certificate is of %s, but the account on the phone is of %s.",
                   diagnosis->identity, diagnosis->user);
        return;
    case DIAGNOSIS_LARGE_POSTS_FAIL:
        buf_printf(out,
                   "Requests of up to %" PRId64 " bytes come through, those of %" PRId64
                   " bytes and more do not: something in front asks for the certificate only "
                   "after it has read the request.",
                   diagnosis->passed, diagnosis->failed);
        return;
    }
}
