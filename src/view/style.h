/*
 * The style block of every page: the embedded certferry.css and one rule with the colours that are
 * computed from the organisation's. It stands inside each page, so that a page is one request; the
 * Content-Security-Policy names its hash, so that no other style runs.
 *
 * Whatever colour is configured, text on it and it on the page keep the contrast of WCAG 2.1 AA
 * (4.5 to 1): the accent is made darker on light pages and lighter on dark ones until it does, and
 * the text on it is black or white, whichever reads better.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"

struct view_style;

/* `color` is "#rrggbb". INVALID. Once, at start and on SIGHUP. */
enum status view_style_new(const char *color, struct view_style **ret_style);
void view_style_free(struct view_style *style);
CLEANUP_POINTER(struct view_style, view_style_free)

/* What stands between <style> and </style>. */
struct span view_style_text(const struct view_style *style);
/* Base64 of its SHA-256, for style-src of the policy. */
const char *view_style_hash(const struct view_style *style);
/* "#rrggbb" for the theme-color of light and of dark pages. */
const char *view_style_theme(const struct view_style *style, bool dark);

/* The contrast ratio of two "#rrggbb" colours by WCAG 2.1, 1 to 21; 0 when one is malformed. */
double view_contrast(const char *a, const char *b);
