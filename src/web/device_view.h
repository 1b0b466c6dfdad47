/*
 * Devices as rows of operators' pages: their state, and the one sentence that explains them, in the
 * words of the catalogue. connection_view.h has what came on their connections.
 */
#pragma once

#include "service/devices.h"
#include "view/pages.h"
#include "web/desk_view.h"

#define DEVICE_PAGE "/admin/devices/"

/* The words that somebody who helps on the telephone needs for one thing that went wrong. */
struct device_words {
    enum text_key sentence;
    enum text_key next; /* what to do */
};
/* Of the reason of a verdict, as it is stored; "" (a handshake that failed) has its own. */
struct device_words device_words_of_reason(const char *reason);

struct desk_state device_state(const struct device_row *row);

/* The sentence of a device: its block, else its finding, else the reason of its last verdict. */
struct device_words device_words(const struct device_row *row, const struct diagnosis *finding);
/* The finding with its times and names, which must outlive the view. */
struct view_device_finding device_finding(const struct diagnosis *finding);

/* Rows and the addresses in them. */
struct device_lines {
    struct view_device_line *lines;
    size_t count;
    char (*hrefs)[DESK_HREF_SIZE];
};
void device_lines_clear(struct device_lines *lines);
CLEANUP_VALUE(struct device_lines, device_lines_clear)
/* The newest devices of a user, or that came with a certificate, for the page of either. */
enum { DEVICES_SHOWN = 20 };
enum status device_lines_of_user(const struct web *web, const char *user,
                                 struct device_list *ret_list, struct device_lines *ret_lines);
enum status device_lines_of_serial(const struct web *web, const char *serial,
                                   struct device_list *ret_list, struct device_lines *ret_lines);
/* The list must outlive the lines. */
enum status device_lines_make(const struct device_list *list, struct device_lines *ret_lines);
