/*
 * The way to the process that holds the issuing key. signer.c says what that process is, and what
 * somebody inside this one can get from it.
 *
 * One signer serves one process: start it before any thread exists, use it from all threads (one
 * request at a time; the others wait), close it last. A signer that died, hangs or answers nonsense
 * is lost for good: from then on every call returns STATUS_SIGNER, signer_alive() is false and
 * signer_exit_fd() is readable, so that `serve` can end with a clear error.
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"
#include "pki/cert.h"
#include "pki/crl_stream.h"
#include "pki/ocsp_response.h"
#include "pki/profile.h"

struct signer;

/* Texts are read during signer_start() and not kept. */
struct signer_options {
    const char *certificate_path; /* the CA's certificate, PEM or DER */
    const char *key_path;         /* its key, PEM, mode 0600 or less */
    const char *passphrase_path;  /* NULL or "": the key is not encrypted */
    const char *crl_url;          /* what certificates say about their issuer, http:// only; */
    const char *issuer_url;       /* NULL or "" leaves one out */
    const char *ocsp_url;
    const char *const *server_hosts; /* the only names that a server certificate may carry, ended by
                                        NULL; NULL: no server certificate is signed */
    bool crl_only;                   /* signs revocation lists and nothing else: for the root */
};

/*
 * Forks the signer and waits until it has loaded the key, tried it and locked itself in. The caller
 * should have no other thread yet (a warning is logged). A refusal comes back with the signer's own
 * sentence: NOT_FOUND (no such file), FORBIDDEN (a key file that others may read; a wrong or
 * missing passphrase), INVALID (not a CA certificate, a key that is not its own, a bad URL);
 * faults: SIGNER, IO, CRYPTO.
 */
enum status signer_start(const struct signer_options *options, struct signer **ret_signer);

/* Ends the signer by closing its socket and waits for it. */
void signer_close(struct signer *signer);
CLEANUP_POINTER(struct signer, signer_close)

/*
 * A certificate of the profile user, server, operator or ocsp from these fields; the signer checks
 * all of them again and adds its own URLs, so the URLs in `fields` stay empty. The serial must
 * be durable in the database before this call. INVALID names the clause that is broken; SIGNER when
 * the signer is lost: whether it has signed is then unknown.
 */
enum status signer_issue(struct signer *signer, enum profile profile,
                         const struct certificate_fields *fields,
                         struct certificate **ret_certificate);

/*
 * A CRL of the CA in pieces, so that neither process ever holds more than one of them: begin, then
 * the entries in chunks, then end; each call appends the piece of DER that belongs there. What
 * comes back has been compared with what was asked for. The number must be higher and this_update
 * not earlier than of any list that this signer signed. CONFLICT: another list of this signer is
 * being made. INVALID names the clause; after any failure the list is lost, and its number with it.
 */
enum { SIGNER_CRL_CHUNK = 1800 };
struct signer_crl;
enum status signer_crl_begin(struct signer *signer, const struct crl_plan *plan,
                             struct signer_crl **ret_crl, struct buf *der);
/* At most SIGNER_CRL_CHUNK entries. */
enum status signer_crl_add(struct signer_crl *crl, const struct crl_entry *entries, size_t count,
                           struct buf *der);
enum status signer_crl_end(struct signer_crl *crl, struct buf *der);
/* Also in the middle: the signer gives it up with the next one. */
void signer_crl_free(struct signer_crl *crl);
CLEANUP_POINTER(struct signer_crl, signer_crl_free)

/*
 * Has the signer make the key pair of an OCSP responder and appends its SPKI. The private half
 * never leaves the signer; it waits there for signer_issue() of PROFILE_OCSP with this key, and
 * answers from then on instead of the one before.
 */
enum status signer_make_responder_key(struct signer *signer, struct buf *spki);

/*
 * Appends an OCSP answer about certificates of the issuing CA, signed by `responder`, which came
 * from signer_issue(). CONFLICT: the signer answers with another one by now, or has none.
 * INVALID: times that go back, lie too far from now or are too long (signer_responder.h).
 */
enum status signer_sign_ocsp(struct signer *signer, const struct certificate *responder,
                             const struct ocsp_fields *fields, struct buf *der);

/* Asks the signer for a sign of life; STATUS_SIGNER when there is none. */
enum status signer_ping(struct signer *signer);

/* The issuing certificate that the signer signs for; owned by the signer. */
const struct certificate *signer_certificate(const struct signer *signer);

/* False once the signer is lost. Takes no time, may be asked by /healthz. */
bool signer_alive(const struct signer *signer);
/* Readable (POLLIN) when the process has ended; to be polled, never read or closed. */
int signer_exit_fd(const struct signer *signer);
