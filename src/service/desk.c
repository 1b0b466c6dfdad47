/* The link and its handout are one transaction: a link whose PIN nobody saw is never made. */
#include "service/desk.h"

#include "service/background.h"
#include "store/db.h"

#include <stdio.h>

enum { PART_TOKEN, PART_PIN, PART_COUNT };

/* What is to be done; one of the two. */
struct act {
    const struct enrol_request *request;
    const char *rearmed_id;
    bool send; /* the new link of a rearmed one */
};

static enum status act_in(const struct service *service, struct db_tx *tx,
                          const struct handout_caller *caller, const struct act *act,
                          char ret_id[static ENROLMENT_ID_SIZE])
{
    struct enrol_created created defer(enrol_created_clear) = {0};
    TRY(act->request != NULL ? enrol_create_in(service, tx, caller->actor, act->request, &created)
                             : enrol_rearm_in(service, tx, caller->actor, act->rearmed_id,
                                              act->send, NULL, &created));
    const struct span parts[PART_COUNT] = {secret_span(created.token), secret_span(created.pin)};
    char handout[HANDOUT_ID_SIZE];
    TRY(handout_put(tx, caller, created.link.id, parts, PART_COUNT, handout));
    snprintf(ret_id, ENROLMENT_ID_SIZE, "%s", created.link.id);
    return STATUS_OK;
}

static enum status act_once(const struct service *service, const struct handout_caller *caller,
                            const struct act *act, char ret_id[static ENROLMENT_ID_SIZE])
{
    struct db_tx *tx defer(db_end) = NULL;
    TRY(db_begin(service->db, DB_WRITE, &tx));
    char handout[HANDOUT_ID_SIZE];
    enum status found = handout_find(tx, caller, handout, ret_id);
    if (found != STATUS_NOT_FOUND)
        return found;
    char id[ENROLMENT_ID_SIZE];
    TRY(act_in(service, tx, caller, act, id));
    TRY(db_commit(tx));
    background_wake(service, BACKGROUND_MAIL);
    memcpy(ret_id, id, sizeof id);
    return STATUS_OK;
}

enum status desk_create(const struct service *service, const struct handout_caller *caller,
                        const struct enrol_request *request, char ret_id[static ENROLMENT_ID_SIZE])
{
    const struct act act = {.request = request};
    return act_once(service, caller, &act, ret_id);
}

enum status desk_rearm(const struct service *service, const struct handout_caller *caller,
                       const char *id, bool send, char ret_id[static ENROLMENT_ID_SIZE])
{
    const struct act act = {.rearmed_id = id, .send = send};
    return act_once(service, caller, &act, ret_id);
}

void desk_secrets_clear(struct desk_secrets *secrets)
{
    handout_clear(&secrets->handout);
    secret_free(secrets->token);
    secret_free(secrets->pin);
    *secrets = (struct desk_secrets){0};
}

enum status desk_secrets_of(const struct service *service, struct span session, const char *link_id,
                            struct desk_secrets *ret_secrets)
{
    struct desk_secrets secrets defer(desk_secrets_clear) = {0};
    struct span parts[PART_COUNT];
    TRY(handout_open_link(service, session, link_id, parts, PART_COUNT, &secrets.handout));
    TRY(secret_copy(parts[PART_TOKEN], &secrets.token));
    TRY(secret_copy(parts[PART_PIN], &secrets.pin));
    *ret_secrets = secrets;
    secrets = (struct desk_secrets){0};
    return STATUS_OK;
}
