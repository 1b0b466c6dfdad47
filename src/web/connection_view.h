/*
 * Sightings as operators read them: by connection, each with what the TLS layer saw, and on it what
 * the phone asked and what it was told.
 */
#pragma once

#include "service/devices.h"
#include "view/pages.h"

struct connection_lines {
    struct view_connection *connections; /* the newest first, as the requests in each */
    size_t count;
    struct view_sighting_line *requests;
};
void connection_lines_clear(struct connection_lines *lines);
CLEANUP_VALUE(struct connection_lines, connection_lines_clear)
/* Whether the phone was let in and its request was not answered as part of every set-up: 449
 * (policies first), 501 (not served here) and 503 (nothing new) are such answers. */
bool connection_is_refused(const struct sighting_row *row);
/* The list must outlive the lines. */
enum status connection_lines_make(const struct sighting_list *list,
                                  struct connection_lines *ret_lines);
