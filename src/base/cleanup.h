/*
 * Resources that free themselves: declare with the destructor, initialise on the same line, leave
 * by return.
 *
 *     struct buf *text defer(buf_free) = NULL;
 *     TRY(buf_new(LIMIT_PAGE, &text));
 *     ...
 *     *ret_text = take(text);              ownership leaves the function, the destructor sees NULL
 *
 * A module that owns a heap type says once in its header: CLEANUP_POINTER(struct buf, buf_free).
 * For a value that is cleared in place: CLEANUP_VALUE(struct thing, thing_clear). Destructors
 * accept NULL.
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#define defer(destructor) __attribute__((cleanup(destructor##_at)))

/* Gives the pointer away and leaves NULL behind. */
#define take(pointer)                                                                              \
    ({                                                                                             \
        __auto_type take_from_ = &(pointer);                                                       \
        __auto_type taken_ = *take_from_;                                                          \
        *take_from_ = NULL;                                                                        \
        taken_;                                                                                    \
    })

#define CLEANUP_POINTER(type, destructor)                                                          \
    static inline void destructor##_at(type **pointer)                                             \
    {                                                                                              \
        if (*pointer != NULL)                                                                      \
            destructor(*pointer);                                                                  \
    }

#define CLEANUP_VALUE(type, destructor)                                                            \
    static inline void destructor##_at(type *value)                                                \
    {                                                                                              \
        destructor(value);                                                                         \
    }

/* char *text defer(free) = NULL; */
static inline void free_at(void *pointer)
{
    free(*(void **)pointer);
}

/* int fd defer(close) = -1; */
static inline void close_at(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
