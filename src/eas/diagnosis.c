/* A certificate that came in a handshake, and later a request without one. */
#include "eas/diagnosis.h"

#include "base/clock.h"

#include <string.h>

static const char *const words[] = {
#define WORD(name, word) word,
    DIAGNOSIS_RULE_TABLE(WORD)
#undef WORD
};

const char *diagnosis_rule_word(enum diagnosis_rule rule)
{
    return words[rule];
}

enum diagnosis_rule diagnosis_rule_of_word(const char *word)
{
    for (unsigned i = 0; i < DIAGNOSIS_RULES; i++)
        if (strcmp(words[i], word) == 0)
            return (enum diagnosis_rule)i;
    return DIAGNOSIS_NONE;
}

void diagnosis_of(const struct diagnosis_sighting *sightings, size_t count,
                  struct diagnosis *ret_diagnosis)
{
    struct diagnosis diagnosis = {.rule = DIAGNOSIS_NONE};
    int64_t presented_at = 0;
    for (size_t i = 0; i < count; i++) {
        const struct diagnosis_sighting *sighting = &sightings[i];
        if (sighting->failed)
            continue;
        if (sighting->certificate != DIAGNOSIS_CERTIFICATE_NONE) {
            diagnosis = (struct diagnosis){.rule = DIAGNOSIS_NONE};
            presented_at = sighting->at;
        } else if (presented_at != 0 && diagnosis.rule == DIAGNOSIS_NONE) {
            diagnosis = (struct diagnosis){
                .rule = sighting->password ? DIAGNOSIS_FELL_BACK_TO_PASSWORD
                                           : DIAGNOSIS_STOPPED_PRESENTING,
                .from = presented_at,
                .until = sighting->at,
                .number = sighting->at - presented_at,
            };
        }
    }
    *ret_diagnosis = diagnosis;
}

void diagnosis_append_sentence(struct buf *out, const struct diagnosis *diagnosis)
{
    char from[CLOCK_TEXT_SIZE];
    char until[CLOCK_TEXT_SIZE];
    if (diagnosis->rule == DIAGNOSIS_NONE)
        return;
    clock_format(diagnosis->from, from);
    clock_format(diagnosis->until, until);
    buf_printf(out, "The phone presented its certificate until %s, and came without it at %s%s.",
               from, until,
               diagnosis->rule == DIAGNOSIS_FELL_BACK_TO_PASSWORD ? ", with a password" : "");
}
