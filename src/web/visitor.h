/*
 * Who asks, as far as User-Agent and the client hints tell: only to put the right button first.
 * Nothing is refused by it.
 */
#pragma once

#include "http/request.h"
#include "view/platform.h"

struct visitor {
    enum platform platform;
    bool desktop;              /* shows a QR code for the phone */
    bool in_app;               /* a browser that cannot hand a file to the system */
    enum text_key in_app_text; /* what to do then; set only with in_app */
    const char *device;        /* a literal of a word or two for the help-desk: "iPhone" */
};

struct visitor visitor_of(const struct request *request);
/* The same from the values of User-Agent and Sec-CH-UA-Platform-Version, each may be empty. */
struct visitor visitor_from(struct span agent, struct span platform_version);
