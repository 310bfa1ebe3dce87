#include "core/parallel.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct loop {
    eco_parallel_fn fn;
    void *user;
    size_t n;
    atomic_size_t next; /* first index nobody has taken */
} loop;

typedef struct loop_thread {
    loop *loop;
    size_t number;
    pthread_t id;
} loop_thread;

static void *loop_run(void *user)
{
    loop_thread *self = user;
    size_t i;
    while ((i = atomic_fetch_add(&self->loop->next, 1)) < self->loop->n)
        self->loop->fn(self->loop->user, self->number, i);
    return NULL;
}

void eco_parallel_for(size_t n_threads, size_t n, eco_parallel_fn fn, void *user)
{
    loop_thread threads[ECO_PARALLEL_MAX];
    loop shared = {.fn = fn, .user = user, .n = n};
    size_t started = 1;
    if (n_threads > n)
        n_threads = n;
    if (n_threads > ECO_PARALLEL_MAX)
        n_threads = ECO_PARALLEL_MAX;
    atomic_init(&shared.next, 0);
    for (; started < n_threads; started++) {
        threads[started] = (loop_thread){.loop = &shared, .number = started};
        if (pthread_create(&threads[started].id, NULL, loop_run, &threads[started]) != 0)
            break;
    }
    threads[0] = (loop_thread){.loop = &shared};
    (void)loop_run(&threads[0]);
    for (size_t t = 1; t < started; t++)
        (void)pthread_join(threads[t].id, NULL);
}
