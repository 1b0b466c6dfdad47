/*
 * Passwords of both kinds: those of operators, kept as argon2id hashes, and those of bundles, given
 * to people once. Generated ones are drawn from text_alphabet (5 bits a letter) and shown in groups
 * of four.
 */
#pragma once

#include "base/buf.h"
#include "base/secret.h"
#include "base/status.h"

enum {
    PASSWORD_LETTERS = 20,    /* 100 bits */
    PASSWORD_GROUP = 4,       /* letters a group where it is shown */
    PASSWORD_HASH_SIZE = 128, /* of the stored text, with its NUL */
};

/*
 * A password for a bundle or a first log-in: small letters and digits, nothing that a phone's
 * keyboard hides. Where it is shown, the groups are set apart by space that is neither copied nor
 * typed.
 */
enum status password_generate(struct secret **ret_password);

/* An admin's own: LIMIT_PASSWORD_MIN..LIMIT_PASSWORD_MAX printable ASCII characters. INVALID says
 * which rule. */
enum status password_check(const struct secret *password);

/*
 * argon2id of libsodium at its interactive limits (50 ms, 64 MiB). Of any number of threads of the
 * process only so many compute at a time, in the order in which they came, and PASSWORD_WAITING
 * wait; the rest is told TOO_MANY at once: memory and waiting have a bound, whatever comes in.
 * Strangers who log in have places of their own, so that they keep nobody else waiting.
 */
enum password_lane { PASSWORD_KNOWN, PASSWORD_STRANGER };
enum { PASSWORD_KNOWN_PLACES = 2, PASSWORD_STRANGER_PLACES = 3, PASSWORD_WAITING = 32 };
enum status password_hash_in(enum password_lane lane, const struct secret *password,
                             char ret_hash[static PASSWORD_HASH_SIZE]);
/* UNAUTHENTICATED when it is not the password of `hash`. */
enum status password_verify_in(enum password_lane lane, const char *hash,
                               const struct secret *password);
/* For whoever is known: commands, and operators who are logged in. */
enum status password_hash(const struct secret *password, char ret_hash[static PASSWORD_HASH_SIZE]);
enum status password_verify(const char *hash, const struct secret *password);
/* The hash was made under weaker limits than today's: hash again after a good log-in. */
bool password_needs_rehash(const char *hash);
