/*
 * What a sanitizer's runtime needs inside the sandbox beyond sandbox_linux.c: nothing in a release
 * build. AddressSanitizer's allocator spins with sched_yield, and asks for the thread's id and the
 * time of its reports; ThreadSanitizer runs a background thread of its own that sleeps.
 */
#pragma once

#include <seccomp.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SANITIZER_THREADS 1
#endif
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZER_BUILD 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define SANITIZER_THREADS 1
#endif
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SANITIZER_BUILD 1
#endif

#ifndef SANITIZER_THREADS
#define SANITIZER_THREADS 0
#endif

#ifdef SANITIZER_BUILD
#define SANITIZER_CALLS                                                                            \
    SCMP_SYS(sched_yield), SCMP_SYS(gettid), SCMP_SYS(sigaltstack), SCMP_SYS(clock_nanosleep)
#endif
