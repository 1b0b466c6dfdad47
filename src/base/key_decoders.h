/*
 * An OpenSSL library context for reading certificates: it does what the default context does, but
 * of decoders has only those that read a public key (SubjectPublicKeyInfo, RFC 5280 4.1.2.7).
 *
 * For each public key of a certificate OpenSSL 3.0 lines up every decoder that it knows, 100 of
 * them, most of them of private keys, parameters and other encodings: half of what a TLS handshake
 * with a client certificate costs.
 */
#pragma once

/* The same at every call, made at the first, for the whole life of the process. NULL stands for the
 * default context: also where OpenSSL was configured with other providers (FIPS, a token), which
 * are to be used then. */
struct ossl_lib_ctx_st *key_decoders_context(void);
