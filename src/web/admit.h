/*
 * Who is logged in: from the cookie of a request to its caller.
 */
#pragma once

#include "http/router.h"
#include "service/login.h"

#define ADMIT_COOKIE "__Host-session"
/* The mark of a browser in which somebody logged in: service/device_cookie.h. */
#define ADMIT_DEVICE_COOKIE "__Host-device"
/* Sent by a page that refreshes itself: its requests do not keep a log-in from going idle. */
#define ADMIT_LIVE "Certferry-Live"

/* For the router: see struct router_options. */
enum status admit(struct request *request, const struct route *route, void *application);

/* The cookies of a new log-in; or its end. */
void admit_set_cookies(struct response *response, const struct login_begun *begun);
void admit_drop_cookie(struct response *response);
