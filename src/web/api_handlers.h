/* The handlers of the API; web/routes.c has their addresses and roles. */
#pragma once

#include "http/router.h"

/* api_links.c: /api/v1/links */
route_handler api_links_create;
route_handler api_links_list;
route_handler api_links_show;
route_handler api_links_cancel;
route_handler api_links_rearm;
/* api_bundles.c: POST /api/v1/bundles */
route_handler api_bundles_mint;
/* api_certificates.c: /api/v1/certificates */
route_handler api_certificates_list;
route_handler api_certificates_show;
route_handler api_certificates_revoke;
/* api_devices.c: /api/v1/devices */
route_handler api_devices_list;
route_handler api_devices_show;
route_handler api_devices_sightings;
/* api_probes.c: /api/v1/probes */
route_handler api_probes_start;
route_handler api_probes_list;
route_handler api_probes_csv;
route_handler api_probes_show;
route_handler api_probes_stop;
/* api_audit.c: GET /api/v1/audit */
route_handler api_audit_list;
