/*
 * Probes as pages show them: words for what eas/probe.h and service/probe_sheet.h say, and rows of
 * lists. Tables, so that a new result or policy does not compile before it has its words.
 */
#pragma once

#include "service/probe_sheet.h"
#include "view/pages.h"
#include "web/desk_view.h"

#define PROBE_PAGE "/admin/probes/"

struct desk_state probe_state(const struct probe_sheet *sheet);
/* How an imported one, or one of ours that is over, came to its end. */
enum text_key probe_ending(const struct probe_sheet *sheet);

struct view_probe_result probe_result(struct eas_probe_entry entry);
/* What the policy means for a person. */
enum text_key probe_policy_text(enum eas_policy policy);
/* "0: harmless". */
enum text_key probe_risk_text(int64_t risk);
enum text_key probe_round_text(const char *kind);
/* Label and colour of an acknowledgment. */
struct desk_state probe_answer(int64_t acknowledgment);

/* What a person calls the device: its model, else its type, else its id; "?" for none of them,
 * which a file of another site may have. */
const char *probe_name(const struct probe_row *row);
/* Likewise its user. */
const char *probe_user(const struct probe_row *row);
/* All texts are the sheet's; `href` is the caller's. */
struct view_probe_facts probe_facts(const struct probe_sheet *sheet, const char *href);

/* Rows and the addresses in them. */
struct probe_lines {
    struct view_probe_line *lines;
    size_t count;
    char (*hrefs)[DESK_HREF_SIZE];
};
void probe_lines_clear(struct probe_lines *lines);
CLEANUP_VALUE(struct probe_lines, probe_lines_clear)
/* The list must outlive the lines. */
enum status probe_lines_make(const struct probe_sheet_list *list, struct probe_lines *ret_lines);
