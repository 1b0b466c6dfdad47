/*
 * The limit of everything whose size an outsider chooses. Sizes are bytes unless the name says
 * otherwise. A limit that an admin may change is a configuration key; these are the bounds behind
 * all of them.
 */
#pragma once

enum {
    LIMIT_PATH = 4096,              /* a file name */
    LIMIT_CONFIG_FILE = 256 * 1024, /* certferry.conf */
    LIMIT_KEY_FILE = 64 * 1024,     /* PEM or DER of one private key */
    LIMIT_CERTIFICATE = 16 * 1024,  /* DER of one certificate */
    LIMIT_CHAIN_FILE = 256 * 1024,  /* certificates handed to import */
    LIMIT_CHAIN_LENGTH = 8,         /* certificates between a leaf and its anchor */
    LIMIT_PASSPHRASE = 1024,        /* a passphrase file */
    LIMIT_LOGO = 64 * 1024,         /* the organisation's logo */

    LIMIT_CLIENT_CERTIFICATES = 10,             /* certificates a TLS client may send */
    LIMIT_CLIENT_CERTIFICATE_BYTES = 32 * 1024, /* all of them together, as one TLS message */
    LIMIT_CLIENT_KEY_BITS = 8192,               /* of its RSA key */

    LIMIT_USER = 254,        /* a user name or UPN, RFC 5321 4.5.3.1.3 less the brackets */
    LIMIT_PERSON_NAME = 64,  /* characters of a commonName, RFC 5280 appendix A ub-common-name */
    LIMIT_OPERATOR = 64,     /* the name of an operator or of an API key */
    LIMIT_DEVICE_LABEL = 64, /* characters of a device's label */
    LIMIT_HOST = 253,        /* a DNS name */
    LIMIT_SID = 184,         /* "S-1-" and fifteen subauthorities */

    LIMIT_REQUEST_HEAD = 8 * 1024, /* request line and header lines */
    LIMIT_REQUEST_HEADERS = 48,    /* header lines; CivetWeb drops those after 64 silently */
    LIMIT_REQUEST_TARGET = 2048,   /* the request target */
    LIMIT_FORM_FIELDS = 64,        /* fields of a form */
    LIMIT_BODY_FORM = 8 * 1024,    /* a form on a public page */
    LIMIT_BODY_OCSP = 4 * 1024,    /* an OCSP request */
    LIMIT_BODY_JSON = 64 * 1024,   /* an API request */
    LIMIT_JSON_DEPTH = 4,          /* objects and lists inside one another in it */
    LIMIT_IDEMPOTENCY_KEY = 255,   /* the header Idempotency-Key */
    LIMIT_ANSWER_JSON = 4 << 20, /* an API answer: a page of PAGE_LIMIT_MOST of the longest rows */

    LIMIT_MINT_BATCH = 50, /* bundles at once for an admin to hand over */

    LIMIT_IMPORT_FILE = 16 * 1024 * 1024,   /* a CSV file of users */
    LIMIT_IMPORT_ROWS = 100000,             /* users in it */
    LIMIT_IMPORT_REPORT = 16 * 1024 * 1024, /* what is wrong with it */
    LIMIT_IMPORT_RESULT = 64 * 1024 * 1024, /* addresses and PINs of its links */

    LIMIT_PROBE_FILE = 64 * 1024,                          /* a probe of another site, as JSON */
    LIMIT_BODY_PROBE = LIMIT_PROBE_FILE + LIMIT_BODY_FORM, /* the form around it */

    LIMIT_BODY_IMPORT = LIMIT_IMPORT_FILE + LIMIT_BODY_FORM, /* the form around the file */
    LIMIT_BODY_ANY = LIMIT_BODY_IMPORT,                      /* any request body; routes set less */

    LIMIT_PAGE = 256 * 1024,          /* a rendered page */
    LIMIT_BUNDLE = 128 * 1024,        /* a .p12 or the .mobileconfig around it */
    LIMIT_PASSWORD_MIN = 12,          /* characters of an admin's own bundle password */
    LIMIT_PASSWORD_MAX = 128,         /* characters of any password */
    LIMIT_SIGNER_MESSAGE = 32 * 1024, /* one message between web and signer */
};
