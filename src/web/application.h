/*
 * What every handler of the web layer is given as `application`, and the handlers themselves:
 * routes.c puts them into the one table. Private to this layer.
 *
 * A handler does four things: read, validate, call one use case, render.
 */
#pragma once

#include "config/config.h"
#include "http/router.h"
#include "service/distribute.h"
#include "service/entity_tag.h"
#include "service/service.h"
#include "view/site.h"
#include "web/web.h"

#include <stdatomic.h>

/* What pages and files are made of. Immutable; a reload puts a new one in its place, and the old
 * ones are kept to the end, since requests may still read them. */
struct content {
    struct distribution *distribution;
    struct site *site;
    struct buf logo;       /* empty: there is none */
    const char *logo_type; /* "image/svg+xml" */
    char logo_etag[ENTITY_TAG_SIZE];
    struct router_site names;
    struct network *proxies; /* of names, as is the next */
    const char **hosts;      /* the strings are the configuration's */
    struct content *previous;
};

/* From the service's present configuration. CONFIG, IO. */
enum status content_new(const struct service *service, struct content **ret_content);
/* With all before it. */
void content_free(struct content *content);
CLEANUP_POINTER(struct content, content_free)

struct web {
    const struct service *service;
    const char *static_folder; /* NULL: the embedded files */
    struct content *_Atomic content;
    struct router *router;
    atomic_int uploads;                   /* files that are being read: page_import.c */
    enum status (*reload)(void *context); /* as in struct web_options */
    void *reload_context;
};

const struct content *web_content(const struct web *web);
const struct config *web_config(const struct web *web);

/* routes.c */
extern const struct route web_routes[];
extern const size_t web_route_count;

/* page_ca.c, page_guide.c */
enum status page_ca(struct request *request, struct response *response, void *application);
enum status page_guide(struct request *request, struct response *response, void *application);
/* page_error.c: HTML, or problem+json (RFC 9457) for a client that prefers JSON. */
void page_error(struct request *request, struct response *response, enum status status,
                void *application);

/* page_link.c: GET and POST /l/{token}, POST /d/{ticket}/repack */
enum status page_link(struct request *request, struct response *response, void *application);
enum status page_link_claim(struct request *request, struct response *response, void *application);
enum status page_repack(struct request *request, struct response *response, void *application);

/* page_login.c: GET and POST /admin/login, POST /admin/logout */
enum status page_login(struct request *request, struct response *response, void *application);
enum status page_login_try(struct request *request, struct response *response, void *application);
enum status page_logout(struct request *request, struct response *response, void *application);
/* page_password.c: GET and POST /admin/password */
enum status page_password(struct request *request, struct response *response, void *application);
enum status page_password_change(struct request *request, struct response *response,
                                 void *application);
/* page_links.c, page_new_link.c, page_one_link.c: /admin/links and below */
enum status page_links(struct request *request, struct response *response, void *application);
enum status page_new_link(struct request *request, struct response *response, void *application);
enum status page_new_link_make(struct request *request, struct response *response,
                               void *application);
enum status page_one_link(struct request *request, struct response *response, void *application);
enum status page_link_cancel(struct request *request, struct response *response, void *application);
enum status page_link_rearm(struct request *request, struct response *response, void *application);
/* page_mint.c: /admin/mint and below */
enum status page_mint(struct request *request, struct response *response, void *application);
enum status page_mint_make(struct request *request, struct response *response, void *application);
enum status page_minted(struct request *request, struct response *response, void *application);
enum status page_minted_file(struct request *request, struct response *response, void *application);
/* page_import.c: /admin/import and below */
enum status page_import(struct request *request, struct response *response, void *application);
enum status page_import_upload(struct request *request, struct response *response,
                               void *application);
enum status page_one_import(struct request *request, struct response *response, void *application);
enum status page_import_report(struct request *request, struct response *response,
                               void *application);
enum status page_import_stop(struct request *request, struct response *response, void *application);
enum status page_import_resume(struct request *request, struct response *response,
                               void *application);
enum status page_import_result(struct request *request, struct response *response,
                               void *application);
enum status page_import_erase(struct request *request, struct response *response,
                              void *application);
/* page_home.c */
enum status page_home(struct request *request, struct response *response, void *application);
/* page_people.c, page_person.c, page_certificate.c */
enum status page_people(struct request *request, struct response *response, void *application);
enum status page_person(struct request *request, struct response *response, void *application);
enum status page_certificate(struct request *request, struct response *response, void *application);
/* page_revoke.c: POST /admin/certificates/{serial}/revoke, /admin/people/revoke, /admin/ca/publish
 */
enum status page_revoke(struct request *request, struct response *response, void *application);
enum status page_revoke_person(struct request *request, struct response *response,
                               void *application);
enum status page_publish(struct request *request, struct response *response, void *application);
/* page_audit.c */
enum status page_audit(struct request *request, struct response *response, void *application);
/* page_settings.c: GET and POST /admin/settings */
enum status page_settings(struct request *request, struct response *response, void *application);
enum status page_settings_change(struct request *request, struct response *response,
                                 void *application);
/* page_devices.c, page_authority.c */
enum status page_devices(struct request *request, struct response *response, void *application);
enum status page_authority(struct request *request, struct response *response, void *application);

/* page_operators.c */
route_handler page_operators;
route_handler page_operators_add;
route_handler page_operators_password;
route_handler page_operators_role;
route_handler page_operators_disable;
route_handler page_operators_enable;
route_handler page_operators_totp;
/* page_keys.c */
route_handler page_keys;
route_handler page_keys_add;
route_handler page_keys_revoke;
/* page_mails.c, page_one_mail.c: /admin/mail and below */
route_handler page_mails;
route_handler page_mails_test;
route_handler page_one_mail;
route_handler page_mail_retry;
route_handler page_mail_cancel;
/* page_certificate_login.c */
route_handler page_certificate_login;
route_handler page_certificate_login_try;
/* page_account.c */
route_handler page_account;
route_handler page_account_end;
route_handler page_account_end_others;
route_handler page_codes;
route_handler page_codes_begin;
route_handler page_codes_confirm;
route_handler page_codes_off;

/* file_ca.c, file_bundle.c, static.c */
enum status file_ca(struct request *request, struct response *response, void *application);
enum status file_bundle(struct request *request, struct response *response, void *application);
enum status static_file(struct request *request, struct response *response, void *application);
enum status static_logo(struct request *request, struct response *response, void *application);
