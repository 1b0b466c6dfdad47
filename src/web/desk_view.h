/*
 * What the help-desk's pages share: the states of a link and of an import in words and colours, the
 * choices of the forms, who sent a form, and errors that a person can mend.
 */
#pragma once

#include "http/multipart.h"
#include "service/enrol.h"
#include "service/handout.h"
#include "service/import.h"
#include "web/admin.h"

/* What a state is called, and its colour: at most one of them. */
struct desk_state {
    enum text_key label;
    bool is_good;
    bool is_note;
    bool is_bad;
};
struct desk_state desk_state_of_link(enum link_state state);
struct desk_state desk_state_of_import(enum import_state state);

enum { DESK_PACKINGS = 3, DESK_LIFETIMES = 6, DESK_LANGUAGES = 3 };
/* `chosen` is the value that the form had, or "". */
void desk_packings(const char *chosen, struct view_option ret_choices[static DESK_PACKINGS]);
void desk_lifetimes(const char *chosen, struct view_option ret_choices[static DESK_LIFETIMES]);
/* Of a mail. */
void desk_languages(const char *chosen, struct view_option ret_choices[static DESK_LANGUAGES]);
/* Seconds of a lifetime's value, 0 for "" (as configured). INVALID. */
enum status desk_read_lifetime(const char *value, int64_t *ret_seconds);

/* An actor as people read it: "anna" of "operator:anna"; others as they are. */
const char *desk_actor(const char *created_by);
/* NULL for "": "not given". */
const char *desk_or_null(const char *text);

/* Who sent the form; `actor` is the caller's room for it. */
struct handout_caller desk_caller(const struct request *request, const struct form *form,
                                  struct actor *actor);
/* The cookie under which the log-in's handouts are sealed. */
struct span desk_session(const struct request *request);

/* "/admin/links/ID" and what follows. */
enum { DESK_HREF_SIZE = 96 };
void desk_href(char ret_href[static DESK_HREF_SIZE], const char *before, const char *id,
               const char *after);
/* A parameter of the path as a string: ids are short; a longer one is an id that does not exist. */
enum { DESK_ID_SIZE = 64 };
void desk_id(const struct request *request, char ret_id[static DESK_ID_SIZE]);
/* The form with a file that a browser sent; its parts point into the request's body. INVALID,
 * TOO_LARGE, UNSUPPORTED_TYPE. */
enum status desk_read_upload(struct request *request, struct multipart *ret_form);
/* 303 to a page of ours. */
void desk_go(struct response *response, const char *href);
