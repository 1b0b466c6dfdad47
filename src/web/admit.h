/*
 * Who calls: from the cookie of a request, or from its API key, to its caller. A cookie counts on
 * operators' pages only, a key on the API only.
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

/* The key of "Authorization: Bearer KEY" (RFC 6750 2.1); empty when there is none. */
struct span admit_bearer(const struct request *request);

/* The cookies of a new log-in; or its end. */
void admit_set_cookies(struct response *response, const struct login_begun *begun);
void admit_drop_cookie(struct response *response);
