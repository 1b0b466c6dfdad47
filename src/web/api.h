/*
 * What all answers of the API share: who acts, the query of a list, the body and its
 * Idempotency-Key, and lists.
 *
 * A handler reads, calls one use case, and writes JSON. Refusals are problem objects of
 * web/page_error.c; their detail begins with the name of the member, parameter or header that is
 * wrong.
 */
#pragma once

#include "http/request.h"
#include "http/response.h"
#include "service/audit.h"
#include "service/enrol.h"
#include "service/once.h"
#include "web/api_handlers.h"
#include "web/application.h"
#include "web/json.h"
#include "web/json_read.h"

#define API_ADDRESS "/api/"

/* Whether an address is one of the API, known or not. */
bool api_is_asked(const struct request *request);

/* "key:NAME", from the request's address; valid until the end of the request. */
struct actor api_actor(const struct request *request);

/* Status `http`, application/json, never cached; gives where to write. */
struct buf *api_begin(struct response *response, int http);

/* What stands for {name} in the address, an id or a serial. NOT_FOUND: nothing has so long a one.
 */
enum { API_ID_SIZE = PAGE_CURSOR_SIZE };
enum status api_id(const struct request *request, const char *name,
                   char ret_id[static API_ID_SIZE]);

/* The query of a list: limit, cursor and filters of `names`, which are the only ones; `user` and
 * `q` exclude each other. INVALID. */
enum status api_query(struct request *request, const char *const *names, size_t count,
                      const struct form **ret_query, struct page_request *ret_page);
/* ],"next":CURSOR}  */
void api_end_list(struct buf *out, const char *next);

/* The body into the record, by the table: see web/json_read.h. UNSUPPORTED_TYPE, INVALID. */
enum status api_body(struct request *request, const struct json_member *members, size_t count,
                     void *record, struct json_input **ret_input);

/* The request's Idempotency-Key in `once`; *ret_once is NULL when it has none. INVALID. */
enum status api_once(struct request *request, struct once *once, struct once **ret_once);
/* Says that the answer is that of before. */
void api_say_again(struct response *response);
