/*
 * The signer: the one process that holds the issuing CA's key.
 *
 * WHY. The web process reads bytes from the whole internet. Were it to hold the CA key, one mistake
 * in it would let somebody walk away with the power to be every user of the organisation, for
 * years. So it does not hold it. Before it makes a thread or opens a listener it forks this
 * process, and from then on asks it, over one socket pair, for finished certificates.
 *
 * WHAT IT HOLDS. The issuing key and certificate, the URLs that go into certificates, the names
 * that a server certificate may carry, the number and date of the last CRL it has signed, the hash
 * of the one that is being made, and the key of the OCSP responder, which it makes itself and gives
 * to nobody. No database, no master key, no user's key, no listener, no file.
 *
 * WHO TALKS TO IT. The process that forked it and nobody else: there is no address to connect to,
 * and no other descriptor is open but standard error. When that process closes its end or dies,
 * the signer ends. When the signer dies, the client reports it and `serve` ends: a service manager
 * restarts both, and nobody goes on without half of the program.
 *
 * WHAT IT IS ASKED. A sign of life, a certificate of a profile from named fields, a CRL of its CA,
 * a key for the OCSP responder, or an OCSP answer (signer_msg.h). A CRL comes in pieces, since it
 * may have millions of entries: begun with its number, dates, and how many entries of how many
 * octets will follow, because DER puts a length before its content and the hash starts with it;
 * then the entries in chunks, each answered by its DER; then the end, which is signed only when
 * exactly what was announced has come. Between two pieces it answers other requests. It is never
 * handed bytes to sign, nor an extension, an issuer, a hash or a URL. It builds the TBSCertificate
 * itself, signs, verifies the signature, reads the finished DER again and compares it with the
 * request before it answers.
 *
 * WHAT AN ATTACKER INSIDE THE WEB PROCESS GETS. Certificates and CRLs within the policy, as long as
 * he stays and until he is noticed: user certificates for names of his choice (every one dated
 * within a day of now, not longer than the profile allows, with the CRL's address in it), and a CRL
 * that leaves an entry out. The answer to that is to revoke what the database does not know and to
 * publish a new CRL. It is stated here because no process boundary takes it away. The same of OCSP:
 * whether a certificate is good is the web process's word, since the database is there. So he can
 * have a revoked one called good, in an answer that is good for SIGNER_OCSP_LONGEST at most.
 *
 * WHAT HE DOES NOT GET. The key: it is in another process that cannot be traced or dumped, in
 * locked memory. A CA certificate, a server certificate for somebody else's name, a certificate on
 * the authority's own key, a backdated or ten-year one, a signature over anything else: there is no
 * request that says it. No right to answer OCSP after he was thrown out either: the certificate of
 * a responder is signed only on a key that was made here, and goes with this process. Code
 * execution here through a malformed message would have to come through one small strict decoder
 * (fuzzed) and OpenSSL's reader of public keys, and would find itself in the sandbox of
 * sandbox_linux.c: no file, no socket, no process, no executable page. What it could still do is
 * sign, or send the key back over the one socket; so the decoder is small.
 *
 * THE ROOT'S. `crl publish` forks a second one with the root's key, when that is here, which signs
 * revocation lists and nothing else (signer_options.crl_only) and ends with the command.
 *
 * ORDER OF THE START. Apart from the parent, then the files, then one signature of each kind (so
 * that OpenSSL and the C library have opened what they open lazily), then the sandbox, then ready.
 */
#include "signer/signer.h"

#include "base/secret.h"
#include "signer/sandbox.h"
#include "signer/signer_frame.h"
#include "signer/signer_msg.h"
#include "signer/signer_policy.h"

static const char process_name[] = "certferry-sign";

static enum status send_reply(int socket, enum status status, const char *detail,
                              struct span payload)
{
    struct buf reply defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
    signer_encode_reply(&reply, status, detail, payload);
    struct span message;
    TRY(buf_finish(&reply, &message));
    return frame_send(socket, message);
}

static enum status make_ready(const struct signer_options *options,
                              struct signer_authority **ret_authority)
{
    /* Locks are not inherited over fork(); a system that locks no memory was reported at start. */
    (void)secret_heap_lock_again();
    struct signer_authority *authority defer(signer_authority_free) = NULL;
    TRY(signer_authority_load(options, &authority));
    TRY(signer_authority_warm_up(authority));
    TRY(sandbox_enter());
    *ret_authority = take(authority);
    return STATUS_OK;
}

static enum status answer_one(struct signer_authority *authority, int socket)
{
    struct buf request defer(buf_clear) = BUF_INIT(SIGNER_REQUEST_MAX);
    TRY(frame_receive(socket, &request));
    struct span message;
    TRY(buf_finish(&request, &message));
    struct buf reply defer(buf_clear) = BUF_INIT(SIGNER_REPLY_MAX);
    signer_answer(authority, message, &reply);
    TRY(buf_finish(&reply, &message));
    return frame_send(socket, message);
}

static enum status serve(const struct signer_options *options, int socket)
{
    struct signer_authority *authority defer(signer_authority_free) = NULL;
    enum status status = make_ready(options, &authority);
    if (status != STATUS_OK)
        return send_reply(socket, status, status_detail(), SPAN_EMPTY);
    TRY(send_reply(socket, STATUS_OK, "",
                   certificate_info(signer_authority_certificate(authority))->der));
    while (status == STATUS_OK)
        status = answer_one(authority, socket);
    return status == STATUS_GONE ? STATUS_OK : status;
}

_Noreturn void signer_run(const struct signer_options *options, int socket)
{
    int number = -1;
    enum status status = sandbox_prepare(process_name, socket, &number);
    if (status != STATUS_OK)
        status = send_reply(socket, status, status_detail(), SPAN_EMPTY);
    else
        status = serve(options, number);
    _exit(status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}
