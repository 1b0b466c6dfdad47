/*
 * For pki and signer only: the destructors of OpenSSL's types, the insides of the opaque types, and
 * how an OpenSSL error becomes a status.
 */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"
#include "pki/cert.h"
#include "pki/crl.h"
#include "pki/key.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/ocsp.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

CLEANUP_POINTER(ASN1_INTEGER, ASN1_INTEGER_free)
CLEANUP_POINTER(ASN1_OBJECT, ASN1_OBJECT_free)
CLEANUP_POINTER(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)
CLEANUP_POINTER(ASN1_TIME, ASN1_TIME_free)
CLEANUP_POINTER(ASN1_TYPE, ASN1_TYPE_free)
CLEANUP_POINTER(AUTHORITY_KEYID, AUTHORITY_KEYID_free)
CLEANUP_POINTER(BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free)
CLEANUP_POINTER(BIGNUM, BN_free)
CLEANUP_POINTER(BIO, BIO_free_all)
CLEANUP_POINTER(CMS_ContentInfo, CMS_ContentInfo_free)
CLEANUP_POINTER(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
CLEANUP_POINTER(EVP_KDF, EVP_KDF_free)
CLEANUP_POINTER(EVP_KDF_CTX, EVP_KDF_CTX_free)
CLEANUP_POINTER(EVP_PKEY, EVP_PKEY_free)
CLEANUP_POINTER(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
CLEANUP_POINTER(GENERAL_NAME, GENERAL_NAME_free)
CLEANUP_POINTER(GENERAL_NAMES, GENERAL_NAMES_free)
CLEANUP_POINTER(ISSUING_DIST_POINT, ISSUING_DIST_POINT_free)
CLEANUP_POINTER(OCSP_BASICRESP, OCSP_BASICRESP_free)
CLEANUP_POINTER(OCSP_CERTID, OCSP_CERTID_free)
CLEANUP_POINTER(OCSP_REQUEST, OCSP_REQUEST_free)
CLEANUP_POINTER(OCSP_RESPONSE, OCSP_RESPONSE_free)
CLEANUP_POINTER(PKCS12, PKCS12_free)
CLEANUP_POINTER(PKCS12_SAFEBAG, PKCS12_SAFEBAG_free)
CLEANUP_POINTER(PKCS7, PKCS7_free)
CLEANUP_POINTER(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)
CLEANUP_POINTER(X509, X509_free)
CLEANUP_POINTER(X509_ALGOR, X509_ALGOR_free)
CLEANUP_POINTER(X509_CRL, X509_CRL_free)
CLEANUP_POINTER(X509_EXTENSION, X509_EXTENSION_free)
CLEANUP_POINTER(X509_NAME, X509_NAME_free)
CLEANUP_POINTER(X509_PUBKEY, X509_PUBKEY_free)
CLEANUP_POINTER(X509_REVOKED, X509_REVOKED_free)
CLEANUP_POINTER(X509_SIG, X509_SIG_free)
CLEANUP_POINTER(X509_STORE, X509_STORE_free)
CLEANUP_POINTER(X509_STORE_CTX, X509_STORE_CTX_free)

/* Stacks own what is in them. */
typedef STACK_OF(PKCS12_SAFEBAG) safebag_stack;
typedef STACK_OF(PKCS7) pkcs7_stack;
typedef STACK_OF(X509) x509_stack;

static inline void safebag_stack_free(safebag_stack *bags)
{
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

static inline void pkcs7_stack_free(pkcs7_stack *safes)
{
    sk_PKCS7_pop_free(safes, PKCS7_free);
}

static inline void x509_stack_free(x509_stack *certificates)
{
    sk_X509_pop_free(certificates, X509_free);
}

CLEANUP_POINTER(safebag_stack, safebag_stack_free)
CLEANUP_POINTER(pkcs7_stack, pkcs7_stack_free)
CLEANUP_POINTER(x509_stack, x509_stack_free)

/* Returns `status` with `what` and the first reason of OpenSSL's error queue as its detail, and
 * empties the queue. */
enum status ossl_fail(enum status status, const char *what);

/* Borrowed; the owner stays the certificate or the key. */
X509 *certificate_x509(const struct certificate *certificate);
EVP_PKEY *private_key_pkey(const struct private_key *key);
X509_CRL *crl_x509(const struct crl *crl);
/* Takes over `pkey`, also when it fails. INVALID outside the limits of pki/key.h. */
enum status private_key_wrap(EVP_PKEY *take_pkey, struct private_key **ret_key);
/* The type by which a key is signed with: SHA-256, or SHA-384 for P-384. */
const EVP_MD *private_key_digest(const struct private_key *key);
/* RSA 2048..4096 with a sane exponent, P-256, P-384. INVALID. */
enum status pkey_check_limits(const EVP_PKEY *pkey);
