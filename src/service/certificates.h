/*
 * Certificates as operators look for them: by user, name, mail, device and serial, by state, by
 * what expires first; and one with all that is known of it.
 */
#pragma once

#include "base/clock.h"
#include "pki/cert.h"
#include "service/audit.h"
#include "service/enrol.h"
#include "service/service.h"
#include "store/audit_store.h"
#include "store/certificate_store.h"

/* A certificate that ends within this time expires soon: seconds. */
enum { CERTIFICATES_SOON = 30 * CLOCK_DAY };

struct certificates_filter {
    const char *state;  /* "issued"; NULL or "" for all */
    const char *user;   /* this user, in any ASCII case; NULL or "" for all */
    const char *search; /* start of a serial or of a word of user, name, mail or device; NULL or ""
                           for all */
    int64_t expires_within; /* seconds from now, still valid, soonest first, without the other
                               filters; 0 for all */
};
/* INVALID: an unknown state, a search without letter or digit, a cursor that is none. */
enum status certificates_list(const struct service *service,
                              const struct certificates_filter *filter,
                              const struct page_request *page, struct certificate_page *ret_page);

/* One certificate. Of one that was reserved but never signed there is only the row. */
struct certificate_record {
    struct certificate_row row;
    struct certificate *certificate; /* NULL: never signed */
};
void certificate_record_clear(struct certificate_record *record);
CLEANUP_VALUE(struct certificate_record, certificate_record_clear)
/* The serial in any of the ways in which programs show it. NOT_FOUND. */
enum status certificates_show(const struct service *service, const char *serial,
                              struct certificate_record *ret_record);
/* Its rows of the audit, newest first. */
enum status certificates_history(const struct service *service, const char *serial,
                                 const struct page_request *page, struct audit_list *ret_list);

/* Why it was revoked, by its name in RFC 5280 5.3.1; "" when it is not. */
const char *certificates_reason(const struct certificate_row *row);

/*
 * A serial as it is stored (lower-case hexadecimal, two digits an octet) from what a person typed:
 * capitals, colons or spaces between octets, zeros in front, or one digit of the first octet only.
 * What is no hexadecimal comes through and will not be found.
 */
void certificates_append_serial(struct buf *serial, const char *text);
