/*
 * The one result type of the whole program.
 *
 * Every function that can fail returns `enum status`; the compiler refuses a caller that ignores
 * it. A status is of one kind:
 *
 *   done     the function did what its header says;
 *   refusal  a documented answer to the caller's input (not found, forbidden, spent): it is
 * handled; usage    a command line that makes no sense, config: a configuration that makes no
 * sense; fault    memory, disk, library, signer: it passes up unchanged and becomes a 5xx or exit
 * code 4.
 *
 * The kind decides the exit code of a command (INTERFACE: 0 done, 1 refused, 2 usage,
 * 3 configuration, 4 fault). Output parameters are untouched unless the status is STATUS_OK.
 */
#pragma once

/* X(NAME, kind, HTTP status, sentence for a person without the detail) */
#define STATUS_TABLE(X)                                                                            \
    X(OK, DONE, 200, "Done.")                                                                      \
    X(INVALID, REFUSAL, 400, "The request is not valid.")                                          \
    X(UNAUTHENTICATED, REFUSAL, 401, "You are not logged in.")                                     \
    X(FORBIDDEN, REFUSAL, 403, "This is not allowed.")                                             \
    X(NOT_FOUND, REFUSAL, 404, "There is nothing here.")                                           \
    X(METHOD_NOT_ALLOWED, REFUSAL, 405, "This address does not answer that method.")               \
    X(CONFLICT, REFUSAL, 409, "This was changed or taken in the meantime.")                        \
    X(GONE, REFUSAL, 410, "This is no longer available.")                                          \
    X(LENGTH_REQUIRED, REFUSAL, 411, "The request does not say how long its body is.")             \
    X(TOO_LARGE, REFUSAL, 413, "The request is too large.")                                        \
    X(UNSUPPORTED_TYPE, REFUSAL, 415, "The request body is of a type that is not understood.")     \
    X(MISDIRECTED, REFUSAL, 421, "This server does not answer for that name.")                     \
    X(UNPROCESSABLE, REFUSAL, 422, "This contradicts an earlier request.")                         \
    X(TOO_MANY, REFUSAL, 429, "There were too many requests. Please wait a moment.")               \
    X(USAGE, USAGE, 400, "The command line is not valid.")                                         \
    X(CONFIG, CONFIG, 500, "The configuration is not valid.")                                      \
    X(NO_MEMORY, FAULT, 503, "The server is out of memory.")                                       \
    X(IO, FAULT, 500, "A file could not be read or written.")                                      \
    X(CRYPTO, FAULT, 500, "A cryptographic operation failed.")                                     \
    X(DATABASE, FAULT, 503, "The database cannot be used at the moment.")                          \
    X(DISK_FULL, FAULT, 503, "The server's disk is full.")                                         \
    X(SIGNER, FAULT, 503, "The signer cannot be used at the moment.")                              \
    X(CLOCK, FAULT, 503, "The server's clock is wrong, so nothing is signed.")                     \
    X(INTERNAL, FAULT, 500, "The server made a mistake.")

enum [[nodiscard]] status{
#define STATUS_ENUM(name, kind, http, sentence) STATUS_##name,
    STATUS_TABLE(STATUS_ENUM)
#undef STATUS_ENUM
};

enum status_kind {
    STATUS_KIND_DONE,
    STATUS_KIND_REFUSAL,
    STATUS_KIND_USAGE,
    STATUS_KIND_CONFIG,
    STATUS_KIND_FAULT,
};

/* The name without its prefix, e.g. "NOT_FOUND": for logs, JSON and the text catalogue. */
const char *status_name(enum status status);
enum status_kind status_kind(enum status status);
int status_http(enum status status);
int status_exit_code(enum status status);
/* One English sentence for a person, ending in a full stop; never NULL, never secret. */
const char *status_sentence(enum status status);

/*
 * Says once, where it happens, what exactly was wrong, and returns `status`:
 *     return status_fail(STATUS_NOT_FOUND, "no certificate has the serial %s", serial);
 * The detail belongs to the calling thread, like errno, until the next status_fail() on that
 * thread. It is one line, cut at STATUS_DETAIL_MAX bytes, and holds no secret: it is logged and
 * shown.
 */
enum { STATUS_DETAIL_MAX = 512 };
enum status status_fail(enum status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with ": strerror(errno)" added; ENOMEM and ENOSPC override `status` by their own. */
enum status status_fail_errno(enum status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The detail of the last failure on this thread, "" if none; valid until the next one. */
const char *status_detail(void);
void status_detail_clear(void);

/*
 * Returns from the calling function when `expression` is not STATUS_OK. Every resource in this code
 * base is freed by its declaration (base/cleanup.h), so leaving early is always safe.
 */
#define TRY(expression)                                                                            \
    do {                                                                                           \
        enum status try_status_ = (expression);                                                    \
        if (try_status_ != STATUS_OK)                                                              \
            return try_status_;                                                                    \
    } while (0)
