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

static const char *const words[DIAGNOSIS_RULES] = {
#define RULE_WORD(name, word) [DIAGNOSIS_##name] = (word),
    DIAGNOSIS_RULE_TABLE(RULE_WORD)
#undef RULE_WORD
};

const char *diagnosis_rule_word(enum diagnosis_rule rule)
{
    return words[rule];
}

enum diagnosis_rule diagnosis_rule_of_word(const char *word)
{
    for (int i = 0; i < DIAGNOSIS_RULES; i++)
        if (strcmp(words[i], word) == 0)
            return (enum diagnosis_rule)i;
    return DIAGNOSIS_NONE;
}

struct sightings {
    const struct diagnosis_sighting *all;
    size_t count;
};

/* ---- what a sighting is ---------------------------------------------------------------------- */

static bool is_in(const struct diagnosis_sighting *sighting)
{
    return !sighting->failed && sighting->reason == VERDICT_ALLOWED;
}

static bool is_bare(const struct diagnosis_sighting *sighting)
{
    return !sighting->failed && sighting->reason == VERDICT_NO_CERTIFICATE;
}

static bool is_unselected(const struct diagnosis_sighting *sighting)
{
    return sighting->failed && sighting->asked;
}

static bool is_wrong_user(const struct diagnosis_sighting *sighting)
{
    return !sighting->failed && sighting->reason == VERDICT_USER_MISMATCH;
}

static bool is_refused_with_certificate(const struct diagnosis_sighting *sighting)
{
    return !sighting->failed && sighting->certificate != DIAGNOSIS_CERTIFICATE_NONE &&
           !is_in(sighting) && !is_wrong_user(sighting);
}

static bool is_failed_post(const struct diagnosis_sighting *sighting)
{
    return !sighting->failed && sighting->body > 0 && (sighting->http == 413 || sighting->cut_off);
}

static int64_t presented_at(const struct diagnosis_sighting *sighting)
{
    return sighting->at - sighting->session_age;
}

typedef bool is_kind(const struct diagnosis_sighting *sighting);

/* The last sightings, back to the first of the kind: all are of it, but for broken connections in
 * between, which say nothing. */
static size_t trailing(struct sightings sightings, is_kind *is)
{
    size_t count = 0;
    for (size_t back = 1; back <= sightings.count; back++) {
        const struct diagnosis_sighting *each = &sightings.all[sightings.count - back];
        if (is(each))
            count = back;
        else if (!each->failed)
            break;
    }
    return count;
}

/* Up to the last request: what broke after it may be a bad line. */
static struct sightings requested(struct sightings sightings)
{
    while (sightings.count > 0 && sightings.all[sightings.count - 1].failed)
        sightings.count--;
    return sightings;
}

/* What was good before the last `wrong` sightings; 0: nothing was. */
struct good_time {
    int64_t presented; /* when the certificate was last presented and let in */
    int64_t until;     /* when the phone was last let in */
};

static bool knows_handshake(const struct diagnosis_sighting *sighting)
{
    return sighting->certificate != DIAGNOSIS_CERTIFICATE_RESUMED || sighting->session_age > 0;
}

static struct good_time good_time_before(struct sightings sightings, size_t wrong)
{
    struct good_time good = {0};
    for (size_t i = 0; i < sightings.count - wrong; i++) {
        if (!is_in(&sightings.all[i]))
            continue;
        good.until = sightings.all[i].at;
        if (sightings.all[i].certificate == DIAGNOSIS_CERTIFICATE_NONE)
            continue;
        if (knows_handshake(&sightings.all[i]) || good.presented == 0)
            good.presented = presented_at(&sightings.all[i]);
    }
    return good;
}

static const struct diagnosis_sighting *last_of(struct sightings sightings)
{
    return &sightings.all[sightings.count - 1];
}

/* Of the last `wrong` sightings: first, last, how many are of the kind. */
static struct diagnosis finding_of(enum diagnosis_rule rule, struct sightings sightings,
                                   size_t wrong, is_kind *is)
{
    struct diagnosis finding = {.rule = rule,
                                .from = sightings.all[sightings.count - wrong].at,
                                .until = last_of(sightings)->at};
    for (size_t i = sightings.count - wrong; i < sightings.count; i++)
        finding.number += is(&sightings.all[i]);
    return finding;
}

/* ---- the rules ------------------------------------------------------------------------------- */

/* R1, R2. */
static bool find_bare(struct sightings all, struct diagnosis *found)
{
    const struct sightings sightings = requested(all);
    size_t wrong = trailing(sightings, is_bare);
    const struct good_time good = good_time_before(sightings, wrong);
    if (wrong == 0 || good.presented == 0)
        return false;
    bool password = false;
    for (size_t i = sightings.count - wrong; i < sightings.count; i++)
        password = password || sightings.all[i].password;
    *found = (struct diagnosis){
        .rule = password ? DIAGNOSIS_FELL_BACK_TO_PASSWORD : DIAGNOSIS_STOPPED_PRESENTING,
        .from = good.presented,
        .until = sightings.all[sightings.count - wrong].at,
        .number = good.until,
    };
    return true;
}

static bool is_of_session(const struct diagnosis_sighting *sighting, int64_t presented)
{
    int64_t apart = presented_at(sighting) - presented;
    return is_in(sighting) && apart <= SAME_HANDSHAKE && apart >= -SAME_HANDSHAKE &&
           (sighting->certificate == DIAGNOSIS_CERTIFICATE_HANDSHAKE ||
            sighting->certificate == DIAGNOSIS_CERTIFICATE_RESUMED);
}

/* R3: nothing but requests on one session, long after its only handshake. */
static bool find_single_session(struct sightings sightings, struct diagnosis *found)
{
    int64_t presented = presented_at(last_of(sightings));
    int64_t resumed = 0;
    for (size_t i = 0; i < sightings.count; i++) {
        if (!is_of_session(&sightings.all[i], presented))
            return false;
        resumed += sightings.all[i].certificate == DIAGNOSIS_CERTIFICATE_RESUMED;
    }
    if (resumed < RESUMED_MIN || last_of(sightings)->session_age < SESSION_AGE_MIN)
        return false;
    *found = (struct diagnosis){.rule = DIAGNOSIS_SESSION_ONLY,
                                .from = presented,
                                .until = last_of(sightings)->at,
                                .number = resumed};
    return true;
}

/* What time does to a certificate needs no good time before it. */
static enum diagnosis_rule rule_of_refusal(enum verdict_reason reason, bool was_good)
{
    if (reason == VERDICT_EXPIRED)
        return DIAGNOSIS_EXPIRED_SINCE;
    if (reason == VERDICT_REVOKED)
        return DIAGNOSIS_REVOKED_SINCE;
    if (reason == VERDICT_REVOCATION_UNKNOWN)
        return DIAGNOSIS_UNCERTAIN_SINCE;
    return was_good ? DIAGNOSIS_REFUSED_SINCE : DIAGNOSIS_NONE;
}

/* R4. */
static bool find_refusal(struct sightings all, struct diagnosis *found)
{
    const struct sightings sightings = requested(all);
    size_t wrong = trailing(sightings, is_refused_with_certificate);
    if (wrong == 0)
        return false;
    const struct diagnosis_sighting *last = last_of(sightings);
    const struct good_time good = good_time_before(sightings, wrong);
    enum diagnosis_rule rule = rule_of_refusal(last->reason, good.presented != 0);
    if (rule == DIAGNOSIS_NONE)
        return false;
    *found = finding_of(rule, sightings, wrong, is_refused_with_certificate);
    found->until = good.until;
    if (rule == DIAGNOSIS_EXPIRED_SINCE)
        found->number = last->not_after;
    return true;
}

/* R5. */
static bool find_unselected(struct sightings sightings, struct diagnosis *found)
{
    size_t wrong = trailing(sightings, is_unselected);
    if (wrong == 0)
        return false;
    *found = finding_of(DIAGNOSIS_CANNOT_SELECT, sightings, wrong, is_unselected);
    return found->number >= ABORTS_MIN;
}

static void copy_text(const char *text, char ret_text[static DIAGNOSIS_TEXT_SIZE])
{
    snprintf(ret_text, DIAGNOSIS_TEXT_SIZE, "%s", text == NULL ? "" : text);
}

/* R6. */
static bool find_wrong_user(struct sightings all, struct diagnosis *found)
{
    const struct sightings sightings = requested(all);
    size_t wrong = trailing(sightings, is_wrong_user);
    if (wrong == 0)
        return false;
    bool unclear = last_of(sightings)->unclear;
    *found = finding_of(unclear ? DIAGNOSIS_UNKNOWN_DOMAIN : DIAGNOSIS_WRONG_USER, sightings, wrong,
                        is_wrong_user);
    copy_text(last_of(sightings)->identity, found->identity);
    copy_text(last_of(sightings)->user, found->user);
    return true;
}

/* R7: every body up to some size came, and none above it. */
static bool find_large_posts(struct sightings sightings, struct diagnosis *found)
{
    struct diagnosis finding = {.rule = DIAGNOSIS_LARGE_POSTS_FAIL, .number = INT64_MAX};
    int64_t passed = 0;
    int64_t count = 0;
    for (size_t i = 0; i < sightings.count; i++) {
        const struct diagnosis_sighting *each = &sightings.all[i];
        if (is_failed_post(each)) {
            finding.from = count == 0 ? each->at : finding.from;
            finding.until = each->at;
            finding.number = each->body < finding.number ? each->body : finding.number;
            count++;
        } else if (each->body > passed && is_in(each)) {
            passed = each->body;
        }
    }
    if (count < FAILED_POSTS_MIN || passed == 0 || passed >= finding.number)
        return false;
    *found = finding;
    return true;
}

typedef bool find_rule(struct sightings sightings, struct diagnosis *found);

void diagnosis_of(const struct diagnosis_sighting *sightings, size_t count,
                  struct diagnosis *ret_diagnosis)
{
    static find_rule *const rules[] = {
        find_unselected, find_bare,        find_wrong_user,
        find_refusal,    find_large_posts, find_single_session,
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

static void append_story(struct buf *out, const struct diagnosis *diagnosis, const char *then)
{
    append_time(out, "The phone presented its certificate at ", diagnosis->from, "");
    append_time(out, ", was let in until ", diagnosis->number, "");
    append_time(out, ", and at ", diagnosis->until, then);
}

static void append_session(struct buf *out, const struct diagnosis *diagnosis, const char *end)
{
    append_time(out, "The phone proved itself once, at ", diagnosis->from,
                ", and every request since then was on that TLS session");
    append_time(out, ", the last at ", diagnosis->until, end);
}

static void append_refusal(struct buf *out, const struct diagnosis *diagnosis, const char *why)
{
    append_time(out, "The phone presents its certificate, which is refused since ", diagnosis->from,
                why);
    if (diagnosis->rule == DIAGNOSIS_EXPIRED_SINCE && diagnosis->number != 0)
        append_time(out, " It was valid until ", diagnosis->number, ".");
    if (diagnosis->until != 0)
        append_time(out, " The phone was let in until ", diagnosis->until, ".");
}

static void append_unselected(struct buf *out, const struct diagnosis *diagnosis, const char *end)
{
    append_time(out, "Since ", diagnosis->from, "");
    buf_printf(out,
               " the phone ends the connection when it is asked for a certificate (%" PRId64
               " times)%s",
               diagnosis->number, end);
}

static void append_wrong_user(struct buf *out, const struct diagnosis *diagnosis, const char *end)
{
    if (diagnosis->identity[0] == '\0' || diagnosis->user[0] == '\0')
        buf_append_text(out, end);
    else
        buf_printf(out, "The certificate is of %s, but the account on the phone is of %s.",
                   diagnosis->identity, diagnosis->user);
}

static void append_unknown_domain(struct buf *out, const struct diagnosis *diagnosis,
                                  const char *end)
{
    append_wrong_user(out, diagnosis,
                      "The certificate and the account on the phone are of the "
                      "same name.");
    buf_append_text(out, end);
}

static void append_large_posts(struct buf *out, const struct diagnosis *diagnosis, const char *end)
{
    buf_printf(out, "Requests of %" PRId64 " bytes and more do not come through, smaller ones do%s",
               diagnosis->number, end);
}

/* How each rule is told, and how the sentence ends. */
static const struct {
    void (*append)(struct buf *out, const struct diagnosis *diagnosis, const char *end);
    const char *end;
} sentences[DIAGNOSIS_RULES] = {
    [DIAGNOSIS_STOPPED_PRESENTING] = {append_story, " it connected without a certificate."},
    [DIAGNOSIS_FELL_BACK_TO_PASSWORD] = {append_story,
                                         " it connected without it, with a password only."},
    [DIAGNOSIS_SESSION_ONLY] = {append_session, ". Whether it presents its certificate again shows "
                                                "when the session ends."},
    [DIAGNOSIS_EXPIRED_SINCE] = {append_refusal, ": it has expired."},
    [DIAGNOSIS_REVOKED_SINCE] = {append_refusal, ": it was revoked."},
    [DIAGNOSIS_UNCERTAIN_SINCE] = {append_refusal, ": whether it was revoked is not known."},
    [DIAGNOSIS_REFUSED_SINCE] = {append_refusal, "."},
    [DIAGNOSIS_CANNOT_SELECT] = {append_unselected, ": it has none from a CA that is named to it, "
                                                    "or may not use its key."},
    [DIAGNOSIS_WRONG_USER] = {append_wrong_user, "The certificate is of another user than the "
                                                 "account on the phone."},
    [DIAGNOSIS_UNKNOWN_DOMAIN] = {append_unknown_domain,
                                  " Only the domain differs, and no setting says that both are "
                                  "the same."},
    [DIAGNOSIS_LARGE_POSTS_FAIL] = {append_large_posts,
                                    ": something in front asks for the certificate only after it "
                                    "has read the request."},
};

void diagnosis_append_sentence(struct buf *out, const struct diagnosis *diagnosis)
{
    if (diagnosis->rule != DIAGNOSIS_NONE)
        sentences[diagnosis->rule].append(out, diagnosis, sentences[diagnosis->rule].end);
}
