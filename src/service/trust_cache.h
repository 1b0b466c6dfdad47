/*
 * Certificates whose path was found sound, by the hash of all that came with the question: to judge
 * the same phone again costs no signature. What may change meanwhile is not taken from here: the
 * result belongs to one trust set and to a span of time, and the record of a certificate is brought
 * up to date each time (trust_records.h). Bounded: a certificate may push out another.
 */
#pragma once

#include "base/cleanup.h"
#include "base/span.h"
#include "base/status.h"
#include "pki/path.h"
#include "service/trust_records.h"

enum { TRUST_KEY_SIZE = 32 };

struct trust_cache;

enum status trust_cache_new(struct trust_cache **ret_cache);
void trust_cache_free(struct trust_cache *cache);
CLEANUP_POINTER(struct trust_cache, trust_cache_free)

/* BLAKE2b (RFC 7693) of the certificates in their order, each behind its length. */
struct trust_key {
    uint8_t digest[TRUST_KEY_SIZE];
};
struct trust_key trust_key_of(const struct span *certificates, size_t count);

struct trust_entry {
    struct certificate *certificate; /* shared */
    struct path_result path;
    struct trust_record record;
};
void trust_entry_clear(struct trust_entry *entry);
CLEANUP_VALUE(struct trust_entry, trust_entry_clear)

/* A copy of what is kept, if it was put in with this generation and is good at `at`. */
bool trust_cache_find(struct trust_cache *cache, const struct trust_key *key, int64_t generation,
                      int64_t at, struct trust_entry *ret_entry);
/* Keeps a sound path; any other is not taken. */
void trust_cache_put(struct trust_cache *cache, const struct trust_key *key, int64_t generation,
                     const struct trust_entry *entry);
/* The record of a certificate that was found, brought up to date. */
void trust_cache_note(struct trust_cache *cache, const struct trust_key *key, int64_t generation,
                      const struct trust_record *record);
