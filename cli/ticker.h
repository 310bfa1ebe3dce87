/*
 * A call every so often while the main thread is busy in the library.
 *
 * The library reports events only, and between two of them a trial may take hours; a line with the
 * remaining time that stands still looks like a program that hangs.  So a thread calls `tick`
 * periodically.
 *
 * Call order: cli_ticker_start, cli_ticker_stop; stopping what was never started is allowed.
 * Threads: `tick` is called by the ticker's own thread with `mutex` held.  Whoever shares data with
 * it holds the mutex while touching that data; it is recursive, so that a function that has it may
 * call another one that takes it.  Signals are blocked in the ticker's thread: Ctrl-C is the main
 * thread's, whose waits it must interrupt.
 */
#ifndef CLI_TICKER_H
#define CLI_TICKER_H

#include <pthread.h>
#include <stdbool.h>

typedef struct cli_ticker {
    pthread_mutex_t mutex;
    bool is_running; /* the thread is there; owner's thread only */
    bool is_ending;  /* the thread shall leave; under the mutex */
    pthread_t thread;
    pthread_cond_t wake; /* is_ending was set; of the monotonic clock */
    long period_ms;
    void (*tick)(void *user);
    void *user;
} cli_ticker;

/**
 * Starts to call tick(user) every `period_ms` milliseconds, the first time after one period.
 *
 * @param[out] ticker  must stay where it is until cli_ticker_stop
 * @return false when no thread can be made: then nothing ticks and nothing needs to be stopped
 */
bool cli_ticker_start(cli_ticker *ticker, long period_ms, void (*tick)(void *user), void *user);

/** Waits for a tick that is going on and ends the thread; a zeroed struct is allowed. */
void cli_ticker_stop(cli_ticker *ticker);

#endif
