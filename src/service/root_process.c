/*
 * A process of many threads must not fork and go on; it may fork and exec. No descriptor but
 * standard error is handed on, and signals are as at the start of a program.
 */
#include "service/root_process.h"

#include "base/cleanup.h"
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

static int set_files(posix_spawn_file_actions_t *files)
{
    int error = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    return error;
}

static int set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(attributes, &all);
    if (error == 0)
        error =
            posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return error;
}

static int spawn(char *const words[], pid_t *ret_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    int error = set_files(&files);
    if (error == 0)
        error = set_signals(&attributes);
    if (error == 0)
        error = posix_spawn(ret_pid, "/proc/self/exe", &files, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

enum status root_process_publish(const struct service *service)
{
    char *words[] = {(char[]){"certferry"}, (char[]){"-c"},       service->config->file,
                     (char[]){"crl"},       (char[]){"publish"},  (char[]){"--ca"},
                     (char[]){"root"},      (char[]){"--if-due"}, NULL};
    pid_t pid;
    int error = spawn(words, &pid);
    if (error != 0) {
        errno = error;
        return status_fail_errno(STATUS_SIGNER,
                                 "the process for the root's list cannot be started");
    }
    int ended = 0;
    while (waitpid(pid, &ended, 0) < 0)
        if (errno != EINTR)
            return status_fail_errno(STATUS_SIGNER, "the process for the root's list is lost");
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != EXIT_SUCCESS)
        return status_fail(STATUS_SIGNER, "the process for the root's list failed");
    return STATUS_OK;
}
