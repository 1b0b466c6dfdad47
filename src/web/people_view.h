/*
 * Certificates, links and acts as rows of operators' pages: what is in the database put into the
 * fields of www/templates/records.fields, with the words of the catalogue for each state.
 */
#pragma once

#include "service/certificates.h"
#include "view/pages.h"
#include "web/desk_view.h"

/* An address with a value of any bytes in it, or "#" when it would be too long. */
enum { HREF_SIZE = 1024 };
void href_format(char ret_href[static HREF_SIZE], const char *before, const char *value);
/* The page of a person. A user with a slash or a backslash has it under another address, because no
 * path may hold one. */
void href_of_person(char ret_href[static HREF_SIZE], const char *user);

/* The form of a new link, filled in with all that a certificate says of its owner. */
void href_of_renewal(char ret_href[static HREF_SIZE], const struct certificate_row *row,
                     const char *sid);

/* Of a certificate at `now`: one that is issued may be over, or expire within a month. */
struct desk_state state_of_certificate(const struct certificate_row *row, int64_t now);

/* Rows and the addresses in them. */
struct certificate_lines {
    struct view_certificate_line *lines;
    size_t count;
    char (*hrefs)[HREF_SIZE];
};
void certificate_lines_clear(struct certificate_lines *lines);
CLEANUP_VALUE(struct certificate_lines, certificate_lines_clear)
/* The page must outlive the lines. */
enum status certificate_lines_make(const struct certificate_page *page, int64_t now,
                                   struct certificate_lines *ret_lines);

struct link_lines {
    struct view_link_line *lines;
    size_t count;
    char (*hrefs)[HREF_SIZE];
};
void link_lines_clear(struct link_lines *lines);
CLEANUP_VALUE(struct link_lines, link_lines_clear)
enum status link_lines_make(const struct enrolment_list *list, struct link_lines *ret_lines);

struct act_lines {
    struct view_act_line *lines;
    size_t count;
    char (*hrefs)[HREF_SIZE];
};
void act_lines_clear(struct act_lines *lines);
CLEANUP_VALUE(struct act_lines, act_lines_clear)
enum status act_lines_make(const struct audit_list *list, struct act_lines *ret_lines);

/* Why a certificate is revoked, by the names of RFC 5280, the likeliest first. */
enum { REASON_OPTIONS = 6 };
void reason_options(struct view_option ret_options[static REASON_OPTIONS]);
enum text_key reason_text(enum certificate_reason reason);
