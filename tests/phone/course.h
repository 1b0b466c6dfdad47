/* What a phone does: asks for its folders until it is let in, and provisions itself when told to.
 */
#pragma once

#include "device.h"
#include "line.h"

struct course {
    struct line *line;
    struct device device;
    const char *user;
    char id[33];         /* DeviceId */
    const char *version; /* "14.1" */
    bool base64;         /* queries are packed; since 12.1 */
    int slow;            /* polls until a user has set a PIN */
    int drop_after;      /* requests until the certificate is gone */

    uint32_t key;      /* the policy key that it has; 0: none */
    uint32_t offered;  /* of a document that waits for its user */
    uint64_t carried;  /* what its document asks for */
    uint64_t demanded; /* likewise, where it is not to be ignored */
    int waits;         /* polls that are left to that */
    int requests;
    int documents; /* that came */
    uint64_t told; /* the policies that it was asked for, of all documents */
    bool wiped;    /* an answer held a tag of remote wipe */
};

enum course_step {
    COURSE_IN,      /* it got its folders */
    COURSE_AGAIN,   /* it was sent to Provision, and has done what it could */
    COURSE_LATER,   /* it was told to wait */
    COURSE_REFUSED, /* anything else */
    COURSE_FAILED,  /* no answer */
    COURSE_WIPE,    /* it was told to wipe itself, which nothing here may ever do */
};
/* One poll and what follows from it. Each document and what was said of it is a line of JSON on
 * standard output. `ret_http` is the last answer's. */
enum course_step course_poll(struct course *course, int *ret_http);
/* Which phone it is: "user":"ann@example.com","device":"SIM00000001" */
void course_append_name(struct buf *out, const struct course *course);
/* OPTIONS; false: the version is not offered. */
bool course_begin(struct course *course);
