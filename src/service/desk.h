/*
 * New links as an operator's page makes them: once for each form, however often it is sent, and
 * shown again to the same log-in for HANDOUT_KEPT (service/handout.h).
 */
#pragma once

#include "service/enrol.h"
#include "service/handout.h"

/* enrol_create(); *ret_id is the link's, the old one's when the form came before. */
enum status desk_create(const struct service *service, const struct handout_caller *caller,
                        const struct enrol_request *request, char ret_id[static ENROLMENT_ID_SIZE]);
/* enrol_rearm(), with `send` enrol_rearm_and_send(); the new link's id. */
enum status desk_rearm(const struct service *service, const struct handout_caller *caller,
                       const char *id, bool send, char ret_id[static ENROLMENT_ID_SIZE]);

/* Token and PIN of a link that this session made a moment ago. */
struct desk_secrets {
    struct handout handout;
    struct secret *token;
    struct secret *pin;
};
void desk_secrets_clear(struct desk_secrets *secrets);
CLEANUP_VALUE(struct desk_secrets, desk_secrets_clear)
/* NOT_FOUND, GONE: they are not shown any more, or never were here. */
enum status desk_secrets_of(const struct service *service, struct span session, const char *link_id,
                            struct desk_secrets *ret_secrets);
