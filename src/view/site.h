/*
 * What is the same on every page, made once at start and again on SIGHUP; read by all threads.
 */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"
#include "view/pages.h"

struct site;

struct site_options {
    const char *name;    /* of the organisation */
    const char *color;   /* "#rrggbb" */
    const char *contact; /* free text, or ""; a telephone number or mail address becomes a link */
    bool logo;           /* the organisation has a logo, served at SITE_LOGO */
};

#define SITE_LOGO "/logo"

/* INVALID for the colour. The options' strings are copied. */
enum status site_new(const struct site_options *options, struct site **ret_site);
void site_free(struct site *site);
CLEANUP_POINTER(struct site, site_free)

/* For the `site` of every page. */
const struct view_site *site_view(const struct site *site);
/* The Content-Security-Policy of every page: its own style by its hash, our files, nothing else. */
const char *site_policy(const struct site *site);
/* The same for operators' pages, which have a style file too and scripts that fetch parts anew. */
const char *site_operator_policy(const struct site *site);
