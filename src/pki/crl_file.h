/*
 * A revocation list in a file, however long: what it says of itself and whether it is right,
 * without its entries in memory. The file may be replaced by another at any time; one that was
 * opened stays the same.
 */
#pragma once

#include "base/cleanup.h"
#include "base/status.h"
#include "pki/crl.h"

struct crl_file;

/* NOT_FOUND, IO, and INVALID for what is not one whole CRL; each names the path. The signature is
 * not looked at. */
enum status crl_file_open(const char *path, struct crl_file **ret_file);
void crl_file_close(struct crl_file *file);
CLEANUP_POINTER(struct crl_file, crl_file_close)

/* Number and times; `count` is 0. */
struct crl_info crl_file_info(const struct crl_file *file);
uint64_t crl_file_size(const struct crl_file *file);
/* The descriptor, for reading by offset; the file's. */
int crl_file_descriptor(const struct crl_file *file);
/* What stands before and behind the entries, number and signature among it: two lists that differ
 * anywhere differ here. Appended. */
void crl_file_append_frame(const struct crl_file *file, struct buf *bytes);

/* Reads all of it: issued and signed by `issuer`. INVALID says what is not, IO. */
enum status crl_file_verify(const struct crl_file *file, const struct certificate *issuer);
