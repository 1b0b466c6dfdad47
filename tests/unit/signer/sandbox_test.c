/*
 * Children that lock themselves in and then try what somebody who has taken over the signer would
 * try. Each must be ended by the kernel at that very call.
 */
#include "signer/sandbox.h"

#include "base/cleanup.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void open_a_file(void)
{
    (void)!open("/etc/passwd", O_RDONLY);
}

static void create_a_file(void)
{
    (void)!open("/tmp/certferry-escape", O_WRONLY | O_CREAT, 0600);
}

static void make_a_socket(void)
{
    (void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void connect_somewhere(void)
{
    struct sockaddr address = {.sa_family = AF_UNIX};
    (void)!connect(3, &address, sizeof address);
}

static void send_to_an_address(void)
{
    struct sockaddr address = {.sa_family = AF_UNIX};
    (void)!sendto(3, "x", 1, MSG_NOSIGNAL, &address, sizeof address);
}

static void run_a_program(void)
{
    char *const arguments[] = {(char[]){"/bin/true"}, NULL};
    execve(arguments[0], arguments, NULL);
}

static void make_a_process(void)
{
    (void)!syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
}

static void trace_the_parent(void)
{
    (void)!ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void trace_itself(void)
{
    (void)!syscall(SYS_ptrace, PTRACE_TRACEME, 0, NULL, NULL);
}

static void read_another_process(void)
{
    char byte;
    struct iovec here = {&byte, 1};
    (void)!syscall(SYS_process_vm_readv, 1, &here, 1, &here, 1, 0);
}

static void make_executable_memory(void)
{
    (void)!mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void make_memory_executable(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)!mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void map_a_file(void)
{
    (void)!mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 0, 0);
}

static void become_dumpable(void)
{
    (void)!prctl(PR_SET_DUMPABLE, 1);
}

static void signal_another(void)
{
    (void)!syscall(SYS_kill, 1, 0);
}

static void write_elsewhere(void)
{
    (void)!syscall(SYS_write, 1, "x", 1);
}

static void pass_a_descriptor(void)
{
    struct msghdr message = {0};
    (void)!sendmsg(3, &message, MSG_NOSIGNAL);
}

static void raise_its_limits(void)
{
    (void)!syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, NULL);
}

static void use_io_uring(void)
{
    (void)!syscall(SYS_io_uring_setup, 1, NULL);
}

static void load_a_kernel_filter(void)
{
    (void)!syscall(SYS_bpf, 0, NULL, 0);
}

static const struct {
    const char *name;
    void (*act)(void);
} escapes[] = {
    {"open", open_a_file},
    {"create", create_a_file},
    {"socket", make_a_socket},
    {"connect", connect_somewhere},
    {"sendto an address", send_to_an_address},
    {"execve", run_a_program},
    {"clone", make_a_process},
    {"ptrace the parent", trace_the_parent},
    {"ptrace itself", trace_itself},
    {"process_vm_readv", read_another_process},
    {"mmap executable", make_executable_memory},
    {"mprotect executable", make_memory_executable},
    {"mmap a file", map_a_file},
    {"prctl dumpable", become_dumpable},
    {"kill", signal_another},
    {"write to another descriptor", write_elsewhere},
    {"sendmsg", pass_a_descriptor},
    {"prlimit", raise_its_limits},
    {"io_uring", use_io_uring},
    {"bpf", load_a_kernel_filter},
};

/* The wait status of a child that prepares, locks itself in and does `act`; 0 is "it came through".
 */
static int run_in_sandbox(void (*act)(void))
{
    int sockets[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        int number = -1;
        uint8_t bytes[16];
        bool ready = RAND_bytes(bytes, sizeof bytes) == 1 &&
                     sandbox_prepare("sandbox-test", sockets[1], &number) == STATUS_OK &&
                     number == 3 && sandbox_enter() == STATUS_OK;
        if (!ready)
            _exit(99);
        act();
        _exit(0);
    }
    int status = -1;
    cr_assert_eq(waitpid(child, &status, 0), child);
    close(sockets[0]);
    close(sockets[1]);
    return status;
}

Test(sandbox, every_way_out_ends_the_process)
{
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        int status = run_in_sandbox(escapes[i].act);
        cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "%s: wait status %#x",
                  escapes[i].name, (unsigned)status);
    }
}

static void compute(void)
{
    uint8_t bytes[64];
    bool random = RAND_poll() == 1 && RAND_bytes(bytes, sizeof bytes) == 1;
    void *large = malloc(8 << 20);
    void *larger = realloc(large, 16 << 20);
    bool memory = larger != NULL;
    free(larger);
    bool said = send(3, "x", 1, MSG_NOSIGNAL) == 1;
    if (!random || !memory || !said)
        _exit(1);
}

Test(sandbox, computing_reseeding_and_answering_go_on)
{
    cr_assert_eq(run_in_sandbox(compute), 0);
}

static void close_nothing_open(void)
{
    char byte;
    bool silent = read(0, &byte, 1) == 0;
    for (int fd = 4; fd < 64; fd++)
        silent = silent && read(fd, &byte, 1) < 0;
    if (!silent)
        _exit(1);
}

Test(sandbox, no_descriptor_but_the_socket_and_standard_error_is_open)
{
    cr_assert_eq(run_in_sandbox(close_nothing_open), 0);
}

Test(sandbox, a_prepared_process_cannot_be_dumped_and_dies_with_its_parent)
{
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        int number = -1;
        int death_signal = 0;
        struct rlimit core = {1, 1};
        bool good = sandbox_prepare("sandbox-test", dup(1), &number) == STATUS_OK &&
                    prctl(PR_GET_DUMPABLE) == 0 && prctl(PR_GET_PDEATHSIG, &death_signal) == 0 &&
                    death_signal == SIGKILL && getrlimit(RLIMIT_CORE, &core) == 0 &&
                    core.rlim_max == 0;
        _exit(good ? 0 : 1);
    }
    int status = -1;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
}
