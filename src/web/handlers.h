/*
 * The handlers, by their files: routes.c puts them into the one table. Private to this layer.
 *
 * A handler does four things: read, validate, call one use case, render.
 */
#pragma once

#include "http/router.h"

/* page_ca.c, page_guide.c */
route_handler page_ca;
route_handler page_guide;

/* page_link.c: GET and POST /l/{token}, POST /d/{ticket}/repack */
route_handler page_link;
route_handler page_link_claim;
route_handler page_repack;

/* ocsp.c */
route_handler ocsp_get;
route_handler ocsp_post;

/* auth_eas.c: below it, the original address as Envoy appends it */
#define AUTH_EAS "/auth/eas"
route_handler auth_eas;

/* page_login.c: GET and POST /admin/login, POST /admin/logout */
route_handler page_login;
route_handler page_login_try;
route_handler page_logout;
/* page_password.c: GET and POST /admin/password */
route_handler page_password;
route_handler page_password_change;
/* page_links.c, page_new_link.c, page_one_link.c: /admin/links and below */
route_handler page_links;
route_handler page_new_link;
route_handler page_new_link_make;
route_handler page_one_link;
route_handler page_link_cancel;
route_handler page_link_rearm;
/* page_mint.c: /admin/mint and below */
route_handler page_mint;
route_handler page_mint_make;
route_handler page_minted;
route_handler page_minted_file;
/* page_import.c: /admin/import and below */
route_handler page_import;
route_handler page_import_upload;
route_handler page_one_import;
route_handler page_import_report;
route_handler page_import_stop;
route_handler page_import_resume;
route_handler page_import_result;
route_handler page_import_erase;
/* page_home.c */
route_handler page_home;
/* page_people.c, page_person.c, page_certificate.c */
route_handler page_people;
route_handler page_person;
route_handler page_certificate;
/* page_revoke.c: POST /admin/certificates/{serial}/revoke, /admin/people/revoke, /admin/ca/publish
 */
route_handler page_revoke;
route_handler page_revoke_person;
route_handler page_publish;
/* page_audit.c */
route_handler page_audit;
/* page_settings.c: GET and POST /admin/settings */
route_handler page_settings;
route_handler page_settings_change;
/* page_devices.c, page_watch.c, page_device.c: /admin/devices and below */
route_handler page_devices;
route_handler page_watch;
route_handler page_device;
route_handler page_device_block;
route_handler page_device_unblock;
route_handler page_device_unpin;
/* page_policies.c, page_policy.c: /admin/policies and below */
route_handler page_policies;
route_handler page_policies_make;
route_handler page_policy;
route_handler page_policy_change;
route_handler page_policy_assign;
route_handler page_policy_unassign;
route_handler page_policy_default;
route_handler page_policy_no_default;
route_handler page_policy_remove;
/* page_probes.c, page_probe.c, page_probe_compare.c, page_probe_overview.c: /admin/probes and
 * below; page_probe_start.c: GET and POST /admin/devices/{id}/probe */
route_handler page_probes;
route_handler page_probes_import;
route_handler page_probe_delete;
route_handler page_probe;
route_handler page_probe_csv;
route_handler page_probe_json;
route_handler page_probe_stop;
route_handler page_probe_compare;
route_handler page_probe_overview;
route_handler page_probe_start;
route_handler page_probe_start_make;
/* page_authority.c */
route_handler page_authority;

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
route_handler file_ca;
route_handler file_bundle;
route_handler static_file;
route_handler static_openapi;
route_handler static_logo;

/* health.c: /healthz, /readyz and /metrics, for programs */
route_handler health_healthz;
route_handler health_readyz;
route_handler health_metrics;

/* eas.c, page_eas.c: /Microsoft-Server-ActiveSync */
route_handler eas_phone;
route_handler page_eas;
