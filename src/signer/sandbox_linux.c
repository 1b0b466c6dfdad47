/*
 * The sandbox on Linux: prctl, resource limits and a seccomp filter.
 *
 * The list below is what OpenSSL, glibc's allocator and our loop really use once everything that is
 * opened lazily (the OpenSSL configuration, the zone file that the first gmtime_r() looks for) has
 * been touched; signer.c does that before it comes here. Randomness comes by getrandom(2), so that
 * reseeding needs no file. The filter kills the process rather than returning an error: a signer
 * that tries anything else is no longer ours.
 *
 * Not allowed on purpose: close, dup and poll (nothing to close, one thing to read), prctl, mlock
 * (the heap is locked before), any open, any socket, clone, execve, ptrace, process_vm_readv, kill.
 */
#include "signer/sandbox.h"

#include "base/cleanup.h"
#include "signer/sandbox_sanitizer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { SIGNER_SOCKET = 3 };

static enum status limit(int resource, rlim_t most, const char *what)
{
    struct rlimit bound = {.rlim_cur = most, .rlim_max = most};
    if (setrlimit(resource, &bound) != 0)
        return status_fail_errno(STATUS_SIGNER, "the limit of %s cannot be set", what);
    return STATUS_OK;
}

/* The socket first: without standard descriptors it may itself be one of their numbers. */
static enum status arrange_descriptors(int socket)
{
    if (socket != SIGNER_SOCKET && dup2(socket, SIGNER_SOCKET) < 0)
        return status_fail_errno(STATUS_SIGNER, "the socket cannot be arranged");
    int null defer(close) = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return status_fail_errno(STATUS_SIGNER, "/dev/null cannot be opened");
    if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        return status_fail_errno(STATUS_SIGNER, "descriptors cannot be arranged");
    return STATUS_OK;
}

static enum status set_process(const char *process_name)
{
    bool failed = prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0 ||
                  prctl(PR_SET_NAME, process_name) != 0;
    if (failed)
        return status_fail_errno(STATUS_SIGNER, "the signer cannot be set apart");
    static const int parents_signals[] = {SIGINT,  SIGTERM, SIGHUP, SIGQUIT,
                                          SIGPIPE, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof parents_signals / sizeof parents_signals[0]; i++)
        if (signal(parents_signals[i], SIG_IGN) == SIG_ERR)
            return status_fail_errno(STATUS_SIGNER, "a signal cannot be left to the parent");
    return STATUS_OK;
}

enum status sandbox_prepare(const char *process_name, int socket, int *ret_socket)
{
    TRY(set_process(process_name));
    TRY(arrange_descriptors(socket));
    if (close_range(SIGNER_SOCKET + 1, ~0U, 0) != 0)
        return status_fail_errno(STATUS_SIGNER, "descriptors cannot be closed");
    TRY(limit(RLIMIT_CORE, 0, "core dumps"));
    *ret_socket = SIGNER_SOCKET;
    return STATUS_OK;
}

/*
 * Allowed with any argument. futex: pthread_once() wakes after OpenSSL's run-once initialisers.
 * mremap: realloc() of a large CRL. sysinfo: qsort() asks for the size of memory before it sorts
 * one. clock_gettime, gettimeofday, time: where there is no vDSO clock. getpid: OpenSSL notices a
 * fork by it.
 */
static const int calls[] = {
    SCMP_SYS(read),   SCMP_SYS(recvfrom),       SCMP_SYS(brk),
    SCMP_SYS(munmap), SCMP_SYS(mremap),         SCMP_SYS(madvise),
    SCMP_SYS(futex),  SCMP_SYS(getrandom),      SCMP_SYS(sysinfo),
    SCMP_SYS(getpid), SCMP_SYS(clock_gettime),  SCMP_SYS(gettimeofday),
    SCMP_SYS(time),   SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(exit),   SCMP_SYS(exit_group),     SCMP_SYS(restart_syscall),
#ifdef SANITIZER_CALLS
    SANITIZER_CALLS,
#endif
};

static struct scmp_arg_cmp equals(unsigned argument, scmp_datum_t value)
{
    return (struct scmp_arg_cmp){.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value};
}

static struct scmp_arg_cmp masked(unsigned argument, scmp_datum_t mask, scmp_datum_t value)
{
    return (struct scmp_arg_cmp){
        .arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

/* Memory that cannot be run, and only memory: no file is mapped. */
static int allow_memory(scmp_filter_ctx filter)
{
    int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                                  masked(2, PROT_EXEC, 0), masked(3, MAP_ANONYMOUS, MAP_ANONYMOUS));
    return failed |
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, masked(2, PROT_EXEC, 0));
}

/* To the socket and to standard error, and to no address. */
static int allow_output(scmp_filter_ctx filter)
{
    int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 2,
                                  equals(0, SIGNER_SOCKET), equals(4, 0));
    return failed |
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, equals(0, STDERR_FILENO));
}

static void release_at(scmp_filter_ctx *filter)
{
    if (*filter != NULL)
        seccomp_release(*filter);
}

static enum status load_filter(void)
{
    scmp_filter_ctx filter defer(release) = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL)
        return status_fail(STATUS_SIGNER, "no memory for the seccomp filter");
    int failed = allow_memory(filter) | allow_output(filter);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    if (failed != 0)
        return status_fail(STATUS_SIGNER, "the seccomp filter cannot be built");
    int error = seccomp_load(filter); /* sets no_new_privs too */
    if (error != 0) {
        errno = -error;
        return status_fail_errno(STATUS_SIGNER, "the seccomp filter cannot be loaded");
    }
    return STATUS_OK;
}

enum status sandbox_enter(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return status_fail_errno(STATUS_SIGNER, "no_new_privs cannot be set");
    TRY(limit(RLIMIT_NOFILE, SIGNER_SOCKET + 1, "descriptors"));
    TRY(limit(RLIMIT_NPROC, 0, "processes"));
    TRY(limit(RLIMIT_FSIZE, 0, "file sizes"));
    return load_filter();
}

bool sandbox_is_single_thread(void)
{
    if (SANITIZER_THREADS)
        return true; /* its runtime has a thread of its own */
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL)
        return true;
    int count = 0;
    for (const struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks))
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count == 1;
}
