/*
 * A signal handler with a timer would need no thread, but could do nothing: the main thread is in
 * the library, whose state must not be touched from a handler, and stdio is not safe there either.
 *
 * The tick runs with the mutex held, and whoever else writes to the screen takes the same one. So a
 * tick never sees half of an event and never draws into the middle of a message.
 */
#include "ticker.h"

#include <signal.h>
#include <string.h>
#include <time.h>

/* Moves `at` on by a period.  From the time that was meant, not from now: no drift. Nanoseconds are
 * kept below a second, as timed waits refuse more. */
static void advance(struct timespec *at, long period_ms)
{
    at->tv_sec += period_ms / 1000;
    at->tv_nsec += period_ms % 1000 * 1000000L;
    if (at->tv_nsec >= 1000000000L) {
        at->tv_sec++;
        at->tv_nsec -= 1000000000L;
    }
}

/* A machine that was asleep, or a tick that waited long, must not be followed by all the ticks that
 * were missed. */
static bool is_past(const struct timespec *at)
{
    struct timespec now;
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0 &&
           (now.tv_sec > at->tv_sec || (now.tv_sec == at->tv_sec && now.tv_nsec > at->tv_nsec));
}

/* Waits with a condition, not with a sleep, so that stopping does not take a period. The mutex is
 * let go of only while waiting, so stopping and ticking can never be at the same time. */
static void *run(void *user)
{
    cli_ticker *ticker = user;
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    (void)pthread_mutex_lock(&ticker->mutex);
    while (!ticker->is_ending) {
        do
            advance(&at, ticker->period_ms);
        while (is_past(&at));
        /* Woken by cli_ticker_stop or, as conditions may be, by nothing at all. */
        while (!ticker->is_ending &&
               pthread_cond_timedwait(&ticker->wake, &ticker->mutex, &at) == 0) {
        }
        if (!ticker->is_ending)
            ticker->tick(ticker->user);
    }
    (void)pthread_mutex_unlock(&ticker->mutex);
    return NULL;
}

/* The condition of the monotonic clock and the recursive mutex; false when there is no memory. What
 * was made before a failure is taken apart again: the caller has nothing to release then. */
static bool init_locks(cli_ticker *ticker)
{
    pthread_mutexattr_t kind;
    pthread_condattr_t clock;
    if (pthread_mutexattr_init(&kind) != 0)
        return false;
    (void)pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    bool has_mutex = pthread_mutex_init(&ticker->mutex, &kind) == 0;
    (void)pthread_mutexattr_destroy(&kind);
    bool has_wake = has_mutex && pthread_condattr_init(&clock) == 0;
    if (has_wake) {
        /* A clock that is set must not stop the line for an hour. */
        (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
        has_wake = pthread_cond_init(&ticker->wake, &clock) == 0;
        (void)pthread_condattr_destroy(&clock);
    }
    if (has_mutex && !has_wake)
        (void)pthread_mutex_destroy(&ticker->mutex);
    return has_wake;
}

/* Without the mask a Ctrl-C could be handled on this thread and not wake the main one from its
 * wait. */
bool cli_ticker_start(cli_ticker *ticker, long period_ms, void (*tick)(void *user), void *user)
{
    memset(ticker, 0, sizeof *ticker);
    ticker->period_ms = period_ms > 0 ? period_ms : 1;
    ticker->tick = tick;
    ticker->user = user;
    if (!init_locks(ticker))
        return false;

    /* A thread inherits the mask: blocked around its making, no signal can slip in. */
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    ticker->is_running = pthread_create(&ticker->thread, NULL, run, ticker) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!ticker->is_running) {
        (void)pthread_cond_destroy(&ticker->wake);
        (void)pthread_mutex_destroy(&ticker->mutex);
    }
    return ticker->is_running;
}

/* When it returns no tick is running and none will come, so what the tick draws from may be
 * freed. */
void cli_ticker_stop(cli_ticker *ticker)
{
    if (!ticker->is_running)
        return;
    (void)pthread_mutex_lock(&ticker->mutex);
    ticker->is_ending = true;
    (void)pthread_cond_signal(&ticker->wake);
    (void)pthread_mutex_unlock(&ticker->mutex);
    /* The mutex was let go of before, or the thread could never come to its end. */
    (void)pthread_join(ticker->thread, NULL);
    (void)pthread_cond_destroy(&ticker->wake);
    (void)pthread_mutex_destroy(&ticker->mutex);
    ticker->is_running = false;
}
