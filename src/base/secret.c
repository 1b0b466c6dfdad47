/*
 * Secrets on OpenSSL's secure heap: one arena between guard pages, mlock()ed and MADV_DONTDUMP.
 * When the heap was not made (a unit test) OpenSSL gives ordinary memory, and when it is full we
 * ask for some: a burst of claims must not fail for want of locked pages. It is wiped all the same.
 */
#include "base/secret.h"

#include "base/file.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

struct secret {
    size_t len;
    uint8_t bytes[];
};

enum { SECURE_HEAP_SMALLEST_BLOCK = 32 };

enum status secret_heap_init(size_t bytes, bool *ret_locked)
{
    if (prctl(PR_SET_DUMPABLE, 0) != 0)
        return status_fail_errno(STATUS_INTERNAL, "core dumps cannot be forbidden");
    int result = CRYPTO_secure_malloc_init(bytes, SECURE_HEAP_SMALLEST_BLOCK);
    if (result == 0 && CRYPTO_secure_malloc_initialized() == 0)
        return status_fail(STATUS_NO_MEMORY, "no secure heap of %zu bytes", bytes);
    *ret_locked = result == 1;
    return STATUS_OK;
}

/* OpenSSL does not tell where its arena is, but whether an address lies in it. mlock2() as it uses
 * itself; AddressSanitizer makes nothing of mlock(). */
static bool lock_arena_around(void *inside)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *begin = (char *)inside - (uintptr_t)inside % page;
    char *end = begin + page;
    while (CRYPTO_secure_allocated(begin - page) != 0)
        begin -= page;
    while (CRYPTO_secure_allocated(end) != 0)
        end += page;
    return mlock2(begin, (size_t)(end - begin), MLOCK_ONFAULT) == 0;
}

bool secret_heap_lock_again(void)
{
    if (CRYPTO_secure_malloc_initialized() == 0)
        return false;
    void *probe = OPENSSL_secure_malloc(SECURE_HEAP_SMALLEST_BLOCK);
    if (probe == NULL)
        return false;
    bool locked = lock_arena_around(probe);
    OPENSSL_secure_free(probe);
    return locked;
}

enum status secret_new(size_t len, struct secret **ret_secret)
{
    struct secret *secret = OPENSSL_secure_zalloc(sizeof *secret + len + 1);
    if (secret == NULL)
        secret = OPENSSL_zalloc(sizeof *secret + len + 1);
    if (secret == NULL)
        return status_fail(STATUS_NO_MEMORY, "no memory for a secret of %zu bytes", len);
    secret->len = len;
    *ret_secret = secret;
    return STATUS_OK;
}

enum status secret_copy(struct span bytes, struct secret **ret_secret)
{
    TRY(secret_new(bytes.len, ret_secret));
    if (bytes.len > 0)
        memcpy((*ret_secret)->bytes, bytes.ptr, bytes.len);
    return STATUS_OK;
}

void secret_free(struct secret *secret)
{
    if (secret == NULL)
        return;
    OPENSSL_secure_clear_free(secret, sizeof *secret + secret->len + 1);
}

uint8_t *secret_bytes(struct secret *secret)
{
    return secret->bytes;
}

struct span secret_span(const struct secret *secret)
{
    return span_of(secret->bytes, secret->len);
}

const char *secret_text(const struct secret *secret)
{
    return (const char *)secret->bytes;
}

enum status secret_read_file(const char *path, size_t max, bool text, struct secret **ret_secret)
{
    struct buf contents defer(buf_clear) = BUF_INIT(max);
    TRY(file_read(path, &contents));
    struct span bytes;
    TRY(buf_finish(&contents, &bytes));
    if (text && bytes.len > 0 && bytes.ptr[bytes.len - 1] == '\n')
        bytes.len--;
    if (text && bytes.len > 0 && bytes.ptr[bytes.len - 1] == '\r')
        bytes.len--;
    return secret_copy(bytes, ret_secret);
}

bool span_equal_constant_time(struct span a, struct span b)
{
    return a.len == b.len && CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0;
}
