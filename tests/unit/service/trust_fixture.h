/* A service that judges certificates of phones, with anchors of the test's choice. */
#pragma once

#include "fixture.h"
#include "service/trust_verdict.h"

struct trust_fixture {
    struct fixture at;
    struct service *service;
};

void trust_fixture_open(struct trust_fixture *fixture);
void trust_fixture_close(struct trust_fixture *fixture);

/* A certificate for the user, in `der`; its serial in `ret_serial`. */
void make_user(const struct trust_fixture *fixture, const char *user, struct buf *der,
               char ret_serial[static 64]);
void revoke_user_certificate(const struct trust_fixture *fixture, const char *serial);

/* Sets an option of the section anchor "NAME", a list with commas; the section is made by that. */
void set_anchor(const struct trust_fixture *fixture, const char *name, const char *key,
                const char *value);
/* Takes every section away. */
void clear_anchors(const struct trust_fixture *fixture);
/* Keeps the CRL file, DER or PEM, as the list of that anchor and source. */
void keep_crl(const struct trust_fixture *fixture, const char *anchor, const char *source,
              const char *path);
