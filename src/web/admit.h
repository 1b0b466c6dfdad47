/*
 * Who is logged in: from the cookie of a request to its caller.
 */
#pragma once

#include "http/router.h"
#include "service/login.h"

#define ADMIT_COOKIE "__Host-session"
/* Sent by a page that refreshes itself: its requests do not keep a log-in from going idle. */
#define ADMIT_LIVE "Certferry-Live"

/* For the router: see struct router_options. */
enum status admit(struct request *request, const struct route *route, void *application);

/* The cookie of a new log-in; or its end. */
void admit_set_cookie(struct response *response, const struct secret *token);
void admit_drop_cookie(struct response *response);
