/*
 * The sampling threads and the windows.
 *
 * Fast sources have one thread, slow ones a second, which exists only where there is a slow source.
 * One lock guards the counters and the list of windows; it is held during the readings, which take
 * some tens of microseconds (a few milliseconds with NVML), so begin and end may wait that long for
 * the thread.  A lock-free scheme would gain nothing at 10 readings a second.
 *
 * Slow sources are read with only the lane's own lock held, before a window begins and after it
 * ends, so that what they take of time is not in it.
 */
#include "meter/session.h"

#include "core/rng.h"
#include "meter/edge.h"
#include "meter/lane.h"
#include "meter/load.h"
#include "meter/tally.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

/* BOOTTIME runs ahead of MONOTONIC in suspend only; less than this is reading one after the other.
 */
#define SUSPEND_MIN_S 0.05

/* Half width of the jitter: wide enough that no load of fixed period stays in step for long. */
#define JITTER_RATIO 0.25

/* What a window knows from its begin; its end is computed and given out at once. */
struct ecopt_window {
    ecopt_window *next, *previous; /* in the session's list of open windows */
    int64_t ordinal;
    char phase[ECO_TRACE_PHASE_B];
    unsigned flags;
    uint64_t n_suspend; /* of the session at begin */
    double time_s;
    eco_load_mark load;
    eco_mark start[ECOPT_METER_SOURCES_MAX];
};

struct eco_session {
    eco_session_options options;
    eco_load load;
    eco_lane lane;        /* its lock is taken before the next one */
    pthread_mutex_t lock; /* guards all below and the channels' counters */
    pthread_cond_t wake;  /* a window opened, or stop */
    pthread_t thread, slow_thread;
    bool is_stopping;
    ecopt_window *windows; /* open ones */
    double ahead_s;        /* BOOTTIME - MONOTONIC at the last reading */
    uint64_t n_suspend;
    uint64_t n_suspend_fast; /* of these the fast channels have been told */
    eco_rng rng;
};

/* Read one right after the other; see SUSPEND_MIN_S. */
static double clock_ahead_s(const eco_io *io)
{
    double monotonic_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
    return io->now(io->user, ECO_CLOCK_BOOTTIME) - monotonic_s;
}

/* Whether the machine slept since the last look; the lock is held.  It decides how the readings
 * that follow are judged, so it comes before them. */
static void note_suspend(eco_session *session)
{
    const eco_io *io = session->options.io;
    double ahead_s = clock_ahead_s(io);
    if (ahead_s - session->ahead_s > SUSPEND_MIN_S) {
        session->n_suspend++;
        if (session->options.recorder)
            eco_recorder_suspend(session->options.recorder, io->now(io->user, ECO_CLOCK_MONOTONIC));
    }
    session->ahead_s = ahead_s;
}

/* Reads every fast channel once; the lock is held.  Returns the time before the first reading: a
 * good reading is later, so a mark at that time needs no extrapolation. */
static double read_fast(eco_session *session)
{
    const eco_io *io = session->options.io;
    eco_channel_set *set = session->options.set;
    eco_recorder *recorder = session->options.recorder;
    note_suspend(session);
    bool has_slept = session->n_suspend > session->n_suspend_fast;
    session->n_suspend_fast = session->n_suspend;
    double start_s = io->now(io->user, ECO_CLOCK_MONOTONIC);
    for (size_t i = 0; i < set->n_channels; i++) {
        if (set->channels[i].ops->is_slow)
            continue;
        eco_reading reading;
        double time_s;
        eco_event event = eco_channel_read(io, &set->channels[i], has_slept, &reading, &time_s);
        if (recorder)
            eco_recorder_sample(recorder, time_s, &set->channels[i], &reading,
                                event != ECO_EVENT_MISS);
    }
    return start_s;
}

/* Waits for the next update of each fast counter; the lock is held, and kept: the sampling thread
 * has nothing to see meanwhile. */
static void wait_for_edges(const eco_session *session, bool is_begin)
{
    const eco_session_options *options = &session->options;
    if (options->edge_wait_s > 0)
        eco_edge_wait(options->io, options->set, options->recorder, options->edge_wait_s, is_begin);
}

/* Absolute time on the monotonic clock for pthread_cond_timedwait. */
static struct timespec deadline_after(double wait_s)
{
    struct timespec when = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &when);
    double whole_s = floor(wait_s);
    when.tv_sec += (time_t)whole_s;
    when.tv_nsec += (long)(1e9 * (wait_s - whole_s));
    if (when.tv_nsec >= 1000000000L) {
        when.tv_nsec -= 1000000000L;
        when.tv_sec++;
    }
    return when;
}

/* Waits without a deadline while no window is open: an idle meter wakes nobody up. */
static void *run_thread(void *arg)
{
    eco_session *session = arg;
    (void)pthread_mutex_lock(&session->lock);
    while (!session->is_stopping) {
        if (!session->windows) {
            (void)pthread_cond_wait(&session->wake, &session->lock);
            continue;
        }
        /* A fixed seed: the jitter has to be uneven, not secret, and tests can be repeated. */
        double jitter = 1 + JITTER_RATIO * (2 * eco_rng_uniform(&session->rng) - 1);
        struct timespec when = deadline_after(jitter * session->options.interval_s);
        /* Spurious wake-ups and new windows do not shorten the interval. */
        int woken = 0;
        while (!session->is_stopping && session->windows && woken == 0)
            woken = pthread_cond_timedwait(&session->wake, &session->lock, &when);
        if (!session->is_stopping && session->windows)
            (void)read_fast(session);
    }
    (void)pthread_mutex_unlock(&session->lock);
    return NULL;
}

/* Reads the slow channels and takes both locks: lane.busy, then the session's. */
static void lock_and_read_slow(eco_session *session, eco_lane_mode mode)
{
    if (session->lane.n == 0) {
        (void)pthread_mutex_lock(&session->lock);
        return;
    }
    (void)pthread_mutex_lock(&session->lane.busy);
    eco_lane_fetch(&session->lane, mode);
    (void)pthread_mutex_lock(&session->lock);
}

/* Classifies what lock_and_read_slow brought. */
static void take_slow(eco_session *session)
{
    if (session->lane.n == 0)
        return;
    note_suspend(session);
    eco_lane_take(&session->lane, session->n_suspend, &session->rng, session->options.recorder);
}

static void unlock_slow(eco_session *session)
{
    (void)pthread_mutex_unlock(&session->lock);
    if (session->lane.n > 0)
        (void)pthread_mutex_unlock(&session->lane.busy);
}

/* Waits until a slow source is due while a window is open; false when there is nothing to do. */
static bool wait_for_due(eco_session *session)
{
    const eco_io *io = session->options.io;
    if (!session->windows) {
        (void)pthread_cond_wait(&session->wake, &session->lock);
        return false;
    }
    double wait_s = eco_lane_due_s(&session->lane) - io->now(io->user, ECO_CLOCK_MONOTONIC);
    if (wait_s > 0) {
        struct timespec when = deadline_after(wait_s);
        (void)pthread_cond_timedwait(&session->wake, &session->lock, &when);
        return false;
    }
    return true;
}

/* The lock is let go before the sources are asked: fast readings, begin of others' windows and the
 * program itself never wait for the network. */
static void *run_slow_thread(void *arg)
{
    eco_session *session = arg;
    (void)pthread_mutex_lock(&session->lock);
    while (!session->is_stopping) {
        if (!wait_for_due(session))
            continue;
        (void)pthread_mutex_unlock(&session->lock);
        lock_and_read_slow(session, ECO_LANE_DUE);
        /* A reading after the last window belongs to none. */
        take_slow(session);
        unlock_slow(session);
        (void)pthread_mutex_lock(&session->lock);
    }
    (void)pthread_mutex_unlock(&session->lock);
    return NULL;
}

/* Signals belong to the program's own threads: Ctrl-C must not land here. */
static int start_thread(eco_session *session, pthread_t *thread, void *(*run)(void *))
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(thread, NULL, run, session);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

/* The threads wake from any wait at once; a slow source may be being read, for its timeout. */
static void join_thread(eco_session *session, pthread_t thread)
{
    (void)pthread_mutex_lock(&session->lock);
    session->is_stopping = true;
    (void)pthread_cond_broadcast(&session->wake);
    (void)pthread_mutex_unlock(&session->lock);
    (void)pthread_join(thread, NULL);
}

static int start_threads(eco_session *session)
{
    int failure = start_thread(session, &session->thread, run_thread);
    if (failure != 0 || session->lane.n == 0)
        return failure;
    failure = start_thread(session, &session->slow_thread, run_slow_thread);
    if (failure != 0)
        join_thread(session, session->thread);
    return failure;
}

/* Default attributes but for the clock of the condition. */
static void init_lock(eco_session *session)
{
    pthread_condattr_t attributes;
    (void)pthread_mutex_init(&session->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    /* A step of the wall clock must not stop or flood the sampling. */
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&session->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

/* The thread is gone, or never was. */
static void free_session(eco_session *session)
{
    (void)pthread_cond_destroy(&session->wake);
    (void)pthread_mutex_destroy(&session->lock);
    eco_lane_release(&session->lane);
    eco_load_close(session->options.io, &session->load);
    eco_free(session->options.ctx, session);
}

ecopt_status eco_session_start(const eco_session_options *options, eco_session **ret_session)
{
    /* All memory of a session is taken here and in begin; the thread takes none. */
    eco_session *session = eco_alloc(options->ctx, 1, sizeof *session);
    if (!session)
        return ECOPT_E_NOMEM;
    session->options = *options;
    session->ahead_s = clock_ahead_s(options->io);
    eco_load_open(options->io, &session->load);
    eco_heat_open(options->io, &session->load.heat);
    eco_rng_init(&session->rng, 0, ECO_STREAM_METER_JITTER, 0);
    init_lock(session);
    eco_lane_init(&session->lane, options->io, options->set);
    int failure = options->is_threaded ? start_threads(session) : 0;
    if (failure != 0) {
        free_session(session);
        return eco_fail(options->ctx, ECOPT_E_INTERNAL, "cannot start the sampling thread: %s",
                        strerror(failure));
    }
    *ret_session = session;
    return ECOPT_OK;
}

/* Puts a window in the list; it and all that were open share their joules from now on. */
static void link_window(eco_session *session, ecopt_window *window)
{
    window->next = session->windows;
    if (session->windows)
        session->windows->previous = window;
    session->windows = window;
    for (ecopt_window *other = window->next; other; other = other->next) {
        other->flags |= ECOPT_FLAG_OVERLAP;
        window->flags |= ECOPT_FLAG_OVERLAP;
    }
}

/* Takes a window out of the list; who stays keeps its flags. */
static void unlink_window(eco_session *session, ecopt_window *window)
{
    if (window->previous)
        window->previous->next = window->next;
    else
        session->windows = window->next;
    if (window->next)
        window->next->previous = window->previous;
}

ecopt_status eco_session_begin(eco_session *session, int64_t ordinal, const char *phase,
                               ecopt_window **ret_window)
{
    eco_channel_set *set = session->options.set;
    /* Allocated before the lock is taken: the thread never waits for memory. */
    ecopt_window *window = eco_alloc(session->options.ctx, 1, sizeof *window);
    if (!window)
        return ECOPT_E_NOMEM;
    window->ordinal = ordinal;
    window->flags = session->options.flags;
    eco_trace_phase(phase, window->phase);
    /* Slow ones first: the window begins when all is read. */
    lock_and_read_slow(session, ECO_LANE_ALL);
    /* Nobody watched the counters while no window was open. */
    for (size_t i = 0; i < set->n_channels && !session->windows; i++)
        eco_counter_forget(&set->channels[i].counter);
    take_slow(session);
    /* Not known is no failure: the window then carries no statement about others.  Before the wait,
     * so that little time passes between an update and the window. */
    (void)eco_load_read(session->options.io, &session->load, &window->load);
    wait_for_edges(session, true);
    window->time_s = read_fast(session);
    window->n_suspend = session->n_suspend;
    for (size_t i = 0; i < set->n_channels; i++)
        eco_counter_mark(&set->channels[i].counter, window->time_s, &window->start[i]);
    if (session->options.recorder)
        eco_recorder_begin(session->options.recorder, window->time_s, ordinal, window->phase);
    link_window(session, window);
    /* The threads may have been waiting for the first window. */
    (void)pthread_cond_broadcast(&session->wake);
    unlock_slow(session);
    *ret_window = window;
    return ECOPT_OK;
}

/* Marks of the slow channels, or of the others. */
static void mark_channels(const eco_session *session, bool is_slow, double time_s, eco_mark *end)
{
    const eco_channel_set *set = session->options.set;
    for (size_t i = 0; i < set->n_channels; i++)
        if (set->channels[i].ops->is_slow == is_slow)
            eco_counter_mark(&set->channels[i].counter, time_s, &end[i]);
}

/* What lies between the marks of a window's begin and `end`; the lock is held. */
static void tally_window(eco_session *session, const ecopt_window *window, const eco_mark *end,
                         const eco_load_mark *load, const eco_span *span, ecopt_energy *ret)
{
    eco_channel_set *set = session->options.set;
    eco_load_share share =
        eco_load_between(&session->load, &window->load, load, span->time_s, span->cpu_s);
    eco_tally_input input = {
        .channels = set->channels,
        .n_channels = set->n_channels,
        .start = window->start,
        .end = end,
        .span = {span->time_s, span->cpu_s, share.foreign_cpu_s, share.wait_s},
        .flags = window->flags |
                 (session->n_suspend > window->n_suspend ? ECOPT_FLAG_SUSPEND : 0u) |
                 (share.is_foreign ? ECOPT_FLAG_FOREIGN_LOAD : 0u) |
                 (share.is_throttled ? ECOPT_FLAG_THROTTLE : 0u),
    };
    eco_tally(&input, ret);
}

void eco_session_end(eco_session *session, ecopt_window *window, double cpu_s, ecopt_energy *ret)
{
    eco_channel_set *set = session->options.set;
    /* Everything of the fast ones happens under the lock, so no reading falls between the last one
     * and the marks. */
    eco_mark end[ECOPT_METER_SOURCES_MAX];
    (void)pthread_mutex_lock(&session->lock);
    /* Others are looked at just before the counters, as at the begin: the same offset at both ends.
     */
    eco_load_mark load;
    (void)eco_load_read(session->options.io, &session->load, &load);
    double time_s = read_fast(session);
    /* Behind the end: what is used meanwhile is kept out by the marks. */
    wait_for_edges(session, false);
    mark_channels(session, false, time_s, end);
    /* The window is over; the slow ones are asked behind its end and taken back to it. */
    if (session->lane.n > 0) {
        (void)pthread_mutex_unlock(&session->lock);
        lock_and_read_slow(session, ECO_LANE_ALL);
        take_slow(session);
        mark_channels(session, true, time_s, end);
    }
    eco_span span = {.time_s = time_s - window->time_s, .cpu_s = cpu_s};
    tally_window(session, window, end, &load, &span, ret);
    if (session->options.recorder) {
        ecopt_window_key key = {window->ordinal, window->phase};
        eco_recorder_end(session->options.recorder, time_s, &key, set, ret);
    }
    unlink_window(session, window);
    unlock_slow(session);
    eco_free(session->options.ctx, window);
}

/* The slow ones are not asked: their thread reads them while a window is open, and nobody waits
 * for a plug to show a line that is out of date a second later. */
void eco_session_peek(eco_session *session, const ecopt_window *window, double cpu_s,
                      ecopt_energy *ret)
{
    eco_mark end[ECOPT_METER_SOURCES_MAX];
    eco_load_mark load;
    (void)pthread_mutex_lock(&session->lock);
    (void)eco_load_read(session->options.io, &session->load, &load);
    double time_s = read_fast(session);
    mark_channels(session, false, time_s, end);
    mark_channels(session, true, time_s, end);
    eco_span span = {.time_s = time_s - window->time_s, .cpu_s = cpu_s};
    tally_window(session, window, end, &load, &span, ret);
    (void)pthread_mutex_unlock(&session->lock);
}

void eco_session_abandon(eco_session *session, ecopt_window *window)
{
    if (!window)
        return;
    (void)pthread_mutex_lock(&session->lock);
    /* The reader would keep it open and call every later window overlapped. */
    if (session->options.recorder)
        eco_recorder_drop(session->options.recorder, window->ordinal, window->phase);
    unlink_window(session, window);
    (void)pthread_mutex_unlock(&session->lock);
    eco_free(session->options.ctx, window);
}

void eco_session_sample(eco_session *session)
{
    lock_and_read_slow(session, ECO_LANE_DUE);
    take_slow(session);
    (void)read_fast(session);
    unlock_slow(session);
}

void eco_session_stop(eco_session *session)
{
    if (!session)
        return;
    if (session->options.is_threaded) {
        join_thread(session, session->thread);
        if (session->lane.n > 0)
            join_thread(session, session->slow_thread);
    }
    /* Windows that the caller forgot: their memory goes with the session. */
    while (session->windows)
        eco_session_abandon(session, session->windows);
    free_session(session);
}
