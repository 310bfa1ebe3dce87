#include "trial/process.h"

#include "core/clock.h"
#include "core/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Slots of the poll set. */
enum { SLOT_SOCK, SLOT_OUT, SLOT_ERR, N_SLOTS };

/* How often `stop` is looked at: a signal may arrive on another thread or just before poll. */
static const double stop_check_s = ECO_PROCESS_LOOK_S;

/* What is read after the tree has ended, if someone outside it holds the pipe and keeps writing. */
enum { LEFTOVER_CHUNKS = 256 };

/* One run; released by run_release. */
typedef struct run {
    ecopt_ctx *ctx;
    const eco_process_spec *spec;
    eco_process_result result;
    int fds[N_SLOTS];   /* our ends; -1 closed */
    int child[N_SLOTS]; /* the supervisor's ends */
    int null_fd;
    eco_cgroup group;
    int64_t n_oom; /* of the whole machine, before the run; -1 not known */
    char *chunk;   /* ECO_PROCESS_CHUNK_B */
    char *path;
    pid_t watch_pid;
    pid_t main_pid;
    bool is_over;
    double begin_s; /* monotonic */
    double tick_s;  /* when the next tick is due, INFINITY: never */
    double look_s;  /* when the next look is due, INFINITY: never */
    double term_s;  /* when TERM was sent, INFINITY: not */
    bool is_kill_sent;
    ecopt_status sink_status;
} run;

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void run_release(run *r)
{
    for (int i = 0; i < N_SLOTS; i++) {
        close_fd(&r->fds[i]);
        close_fd(&r->child[i]);
    }
    close_fd(&r->null_fd);
    eco_cgroup_close(&r->group);
    eco_free(r->ctx, r->chunk);
    eco_free(r->ctx, r->path);
}

/* In the program's environment, not in ours: a study that sets PATH means it for its programs. */
static const char *find_variable(const char *const *envp, const char *name)
{
    size_t n = strlen(name);
    const char *found = NULL;
    /* The last one wins: that is the one ECOpt added. */
    for (; *envp; envp++)
        if (strncmp(*envp, name, n) == 0 && (*envp)[n] == '=')
            found = *envp + n + 1;
    return found;
}

/* One PATH entry.  Returns false on no memory; *ret_path stays NULL when it is not there. */
static bool try_entry(ecopt_ctx *ctx, const char *entry, size_t n, const char *program,
                      char **ret_path, int *cause)
{
    struct stat info;
    char *path = n == 0 ? eco_asprintf(ctx, "./%s", program)
                        : eco_asprintf(ctx, "%.*s/%s", (int)n, entry, program);
    if (!path)
        return false;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
        if (access(path, X_OK) == 0) {
            *ret_path = path;
            return true;
        }
        *cause = EACCES;
    }
    eco_free(ctx, path);
    return true;
}

/*
 * Searching is done here and not by execvpe after the fork: that one allocates, which a child of a
 * process with threads must not, and it would fall back to running a text file by a shell.
 */
ecopt_status eco_process_find(ecopt_ctx *ctx, const char *program, const char *const *envp,
                              const char *dir, char **ret_path, int *ret_errno)
{
    char *path = NULL;
    int cause = ENOENT;
    if (strchr(program, '/')) {
        path = eco_strdup(ctx, program);
        if (!path)
            return ECOPT_E_NOMEM;
    }
    /* Without PATH, as POSIX has it, the system's default; "." is not in it. */
    const char *list = find_variable(envp, "PATH");
    const char *entry = list ? list : "/usr/local/bin:/usr/bin:/bin";
    while (!path && program[0]) {
        size_t n = strcspn(entry, ":");
        char *absolute = eco_strndup(ctx, entry, n);
        if (absolute && dir && absolute[0] != '/') {
            char *joined = eco_fs_join(ctx, dir, absolute[0] ? absolute : ".");
            eco_free(ctx, absolute);
            absolute = joined;
        }
        bool is_fine =
            absolute && try_entry(ctx, absolute, strlen(absolute), program, &path, &cause);
        eco_free(ctx, absolute);
        if (!is_fine)
            return ECOPT_E_NOMEM;
        if (entry[n] == '\0')
            break;
        entry += n + 1;
    }
    *ret_errno = path ? 0 : cause;
    if (path)
        *ret_path = path;
    return ECOPT_OK;
}

static ecopt_status fail_spawn(ecopt_ctx *ctx, const char *what)
{
    return eco_fail(ctx, ECOPT_E_SPAWN, "cannot make %s: %s", what, strerror(errno));
}

/*
 * Our end does not block: after the command has ended, someone outside its tree may still hold the
 * other end open, and waiting for the end of the stream would be waiting for them.
 */
static ecopt_status open_pipe(run *r, int slot)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail_spawn(r->ctx, "a pipe");
    r->fds[slot] = ends[0];
    r->child[slot] = ends[1];
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
        return fail_spawn(r->ctx, "a pipe");
    return ECOPT_OK;
}

static const char *system_root(const run *r)
{
    return r->spec->place ? r->spec->place->system_root : "";
}

/*
 * SEQPACKET keeps reports whole, so there is no half one to be put together, and its other end's
 * death is seen as an end of stream, as with a pipe.
 */
static ecopt_status run_init(run *r)
{
    int ends[2];
    r->chunk = eco_alloc(r->ctx, ECO_PROCESS_CHUNK_B, 1);
    if (!r->chunk)
        return ECOPT_E_NOMEM;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return fail_spawn(r->ctx, "a socket");
    r->fds[SLOT_SOCK] = ends[0];
    r->child[SLOT_SOCK] = ends[1];
    if (r->spec->sink) {
        ECO_TRY(open_pipe(r, SLOT_OUT));
        ECO_TRY(open_pipe(r, SLOT_ERR));
    }
    if (!r->spec->is_inherited || r->spec->is_muted) {
        r->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (r->null_fd < 0)
            return eco_fail(r->ctx, ECOPT_E_SPAWN, "cannot open '/dev/null': %s", strerror(errno));
    }
    r->n_oom = eco_system_oom_kills(system_root(r));
    return r->spec->place && r->spec->place->path
               ? eco_cgroup_open(r->spec->place, r->spec->limits, &r->group)
               : ECOPT_OK;
}

/*
 * What the group says is exact: it also has processes whose parents never waited for them.  A
 * killed process and a kill somewhere on the machine in the same time are no proof, and said as a
 * guess.
 */
static void take_use(run *r)
{
    eco_process_result *result = &r->result;
    eco_cgroup_use use = eco_cgroup_read(&r->group);
    if (!isnan(use.cpu_s))
        result->cpu_s = use.cpu_s;
    result->peak_b = use.peak_b;
    result->oom_kills = use.oom_kills;
    if (r->n_oom >= 0 && result->signal == SIGKILL)
        result->is_oom_near = eco_system_oom_kills(system_root(r)) > r->n_oom;
}

/* execve takes pointers to non-const for history's sake and writes to none of them. */
static char *const *as_exec_vector(const char *const *vector)
{
    union {
        const char *const *in;
        char *const *out;
    } same = {.in = vector};
    return same.out;
}

/*
 * fork and not posix_spawn: the supervisor is code of this library, not a file that would have to
 * be found, and it has to be there before the program is.  The price is one copy of our page
 * tables: by perf 0.3 of the 4 ms of CPU time that a trial of `true` costs in all.
 */
static ecopt_status fork_supervisor(run *r)
{
    const eco_process_spec *spec = r->spec;
    sigset_t all, before;
    eco_supervisor_job job = {
        .path = r->path,
        .argv = as_exec_vector(spec->argv),
        .envp = as_exec_vector(spec->envp),
        .dir = spec->dir,
        .in_fd = r->null_fd,
        .out_fd = spec->is_muted ? r->null_fd : r->child[SLOT_OUT],
        .err_fd = r->child[SLOT_ERR],
        .sock_fd = r->child[SLOT_SOCK],
        .keep_fd = spec->keep_fd,
        .group = spec->is_inherited ? getpgrp() : 0,
        .group_fd = r->group.procs_fd,
        .kill_fd = r->group.kill_fd,
        .place_fd = r->group.place_fd,
        .group_name = r->group.name,
        .cpus = spec->limits ? spec->limits->cpus : NULL,
        .child_mask = spec->is_inherited ? &before : NULL,
    };
    /* No handler of ours may run in the supervisor: it shares our descriptors for a moment. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        eco_supervisor_run(&job);
    int cause = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = cause;
    if (pid < 0)
        return fail_spawn(r->ctx, "a process");
    r->watch_pid = pid;
    for (int i = 0; i < N_SLOTS; i++)
        close_fd(&r->child[i]);
    close_fd(&r->null_fd);
    return ECOPT_OK;
}

/* MSG_NOSIGNAL: a supervisor that has just ended must not end us by SIGPIPE. */
static void send_command(run *r, char command)
{
    ssize_t sent;
    do
        sent = send(r->fds[SLOT_SOCK], &command, 1, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
}

static void send_kill(run *r)
{
    if (!r->is_kill_sent)
        send_command(r, ECO_COMMAND_KILL);
    r->is_kill_sent = true;
}

/*
 * rusage of the children that the supervisor waited for.  It has waited for all of the tree, as it
 * is the subreaper, so the sum also has what daemonised processes used.
 */
static void take_ended(run *r, const eco_report *report)
{
    eco_process_result *result = &r->result;
    r->is_over = true;
    result->is_started = true;
    result->n_left = report->n_left;
    result->cpu_s = (double)report->cpu_us * 1e-6;
    result->max_rss_b = (double)report->max_rss_kb * 1024.0;
    if (WIFSIGNALED(report->wait_status))
        result->signal = WTERMSIG(report->wait_status);
    else
        result->exit_status = WEXITSTATUS(report->wait_status);
}

/* The supervisor was killed by someone.  The program got KILL by its parent-death signal. */
static void take_loss(run *r)
{
    r->is_over = true;
    r->result.is_watch_lost = true;
    r->result.is_started = r->main_pid > 0;
    if (r->main_pid > 1 && !r->spec->is_inherited)
        (void)kill(-r->main_pid, SIGKILL);
    (void)eco_cgroup_kill(r->group.kill_fd);
}

/*
 * Everything that is no whole report counts as the supervisor's death: whatever else could be wrong
 * with the socket, nobody is watching the program any more.
 */
static void read_report(run *r)
{
    eco_report report;
    ssize_t n = recv(r->fds[SLOT_SOCK], &report, sizeof report, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n != (ssize_t)sizeof report) {
        take_loss(r);
        return;
    }
    if (report.kind == ECO_REPORT_STARTED) {
        r->main_pid = report.pid;
    } else if (report.kind == ECO_REPORT_REFUSED) {
        r->is_over = true;
        r->result.start_step = (eco_start_step)report.step;
        r->result.start_errno = report.error;
    } else {
        take_ended(r, &report);
    }
}

/* What the caller made of what the program said; a failure ends the program. */
static void take_status(run *r, ecopt_status status)
{
    r->sink_status = status;
    if (status != ECOPT_OK)
        send_kill(r);
}

/* Takes one chunk of a stream.  Returns false when there is nothing more to read now. */
static bool read_stream(run *r, int slot)
{
    if (r->fds[slot] < 0)
        return false;
    ssize_t n = read(r->fds[slot], r->chunk, ECO_PROCESS_CHUNK_B);
    if (n < 0 && errno == EINTR)
        return true;
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0) {
        close_fd(&r->fds[slot]);
        return false;
    }
    /* After a failure the output is still read, so that the program does not hang in a write. */
    if (r->sink_status == ECOPT_OK)
        take_status(r, r->spec->sink(r->spec->user, slot == SLOT_OUT ? 1 : 2, r->chunk, (size_t)n));
    return true;
}

/* Looks at clock and stop flag; returns how long poll may sleep [ms], -1 for ever. */
/*
 * Stop flag and limit send the same TERM; which of them was first is what the result says.  After
 * the KILL there is nothing more to wait for but the supervisor's report, which comes within its
 * own patience even if a process does not die.
 */
static int enforce_limits(run *r)
{
    const eco_process_spec *spec = r->spec;
    double now_s = eco_clock_monotonic_s();
    double sleep_s = spec->stop ? stop_check_s : (double)INFINITY;
    double limit_s = spec->timeout_s > 0 ? r->begin_s + spec->timeout_s : (double)INFINITY;
    double grace_s = spec->grace_s > 0 ? spec->grace_s : ECO_PROCESS_GRACE_S;
    if (isinf(r->term_s)) {
        bool is_stopped = spec->stop && *spec->stop;
        bool is_enough = spec->is_enough && *spec->is_enough;
        if (is_stopped || is_enough || now_s >= limit_s) {
            r->result.is_stopped = is_stopped;
            r->result.is_timed_out = !is_stopped && !is_enough;
            r->term_s = now_s;
            send_command(r, ECO_COMMAND_TERM);
        }
    }
    if (now_s >= r->term_s + grace_s)
        send_kill(r);
    if (isinf(r->term_s))
        sleep_s = fmin(sleep_s, limit_s - now_s);
    else if (!r->is_kill_sent)
        sleep_s = fmin(sleep_s, r->term_s + grace_s - now_s);
    sleep_s = fmin(sleep_s, fmin(r->tick_s, r->look_s) - now_s);
    if (isinf(sleep_s))
        return -1;
    return (int)fmin(ceil(fmax(sleep_s, 0.0) * 1e3), 3.6e6);
}

/* Late ones are left out, so that a machine that is busy is not kept busier. */
static void tick_if_due(run *r)
{
    double now_s = eco_clock_monotonic_s();
    if (now_s < r->tick_s)
        return;
    r->tick_s += r->spec->tick_s * ceil((now_s - r->tick_s + 1e-3) / r->spec->tick_s);
    r->spec->tick(r->spec->user);
}

/* By the clock and not by inotify: of that there are few on a machine, a network's folder has none,
 * and the stop flag is looked at as often. */
static void look_if_due(run *r)
{
    double now_s = eco_clock_monotonic_s();
    if (now_s < r->look_s || r->sink_status != ECOPT_OK)
        return;
    r->look_s = now_s + ECO_PROCESS_LOOK_S;
    take_status(r, r->spec->look(r->spec->user));
}

/*
 * Output is read before reports: when both are there, the output was first, and a report ends the
 * loop.  What is still in the pipes then is read behind the loop, up to a limit, for the same
 * reason that the pipes do not block.
 */
static void follow(run *r)
{
    while (!r->is_over) {
        struct pollfd fds[N_SLOTS];
        tick_if_due(r);
        look_if_due(r);
        int wait_ms = enforce_limits(r);
        for (int i = 0; i < N_SLOTS; i++)
            fds[i] = (struct pollfd){r->fds[i], POLLIN, 0};
        if (poll(fds, N_SLOTS, wait_ms) <= 0)
            continue;
        if (fds[SLOT_OUT].revents)
            (void)read_stream(r, SLOT_OUT);
        if (fds[SLOT_ERR].revents)
            (void)read_stream(r, SLOT_ERR);
        if (fds[SLOT_SOCK].revents)
            read_report(r);
    }
    /* The time ends with the tree, not with the reading of what it left in the pipes. */
    r->result.time_s = eco_clock_monotonic_s() - r->begin_s;
    for (int slot = SLOT_OUT; slot <= SLOT_ERR; slot++)
        for (int i = 0; i < LEFTOVER_CHUNKS && read_stream(r, slot); i++)
            ;
}

/*
 * A missing program is found before anything is forked; it is by far the commonest mistake, and the
 * message needs no second process.  Failures after that are told apart by who could mend them: a
 * program or folder that is wrong is the study's result, no process to be had is the machine's
 * error.
 */
ecopt_status eco_process_run(ecopt_ctx *ctx, const eco_process_spec *spec, eco_process_result *ret)
{
    run r = {.ctx = ctx,
             .spec = spec,
             .fds = {-1, -1, -1},
             .child = {-1, -1, -1},
             .null_fd = -1,
             .group = ECO_CGROUP_NONE,
             .n_oom = -1,
             .term_s = (double)INFINITY,
             .tick_s = (double)INFINITY,
             .look_s = (double)INFINITY,
             .result = {.exit_status = -1,
                        .cpu_s = (double)NAN,
                        .max_rss_b = (double)NAN,
                        .peak_b = (double)NAN}};
    if (!spec->argv || !spec->argv[0])
        return eco_fail(ctx, ECOPT_E_ARG, "there is no program to run");
    int missing = 0;
    r.result.started_s = eco_clock_unix_s();
    r.begin_s = eco_clock_monotonic_s();
    if (spec->tick_s > 0)
        r.tick_s = r.begin_s + spec->tick_s;
    if (spec->look)
        r.look_s = r.begin_s + ECO_PROCESS_LOOK_S;
    ECO_TRY(eco_process_find(ctx, spec->argv[0], spec->envp, spec->dir, &r.path, &missing));
    if (missing) {
        r.result.start_step = ECO_STEP_EXEC;
        r.result.start_errno = missing;
        *ret = r.result;
        return ECOPT_OK;
    }
    ecopt_status status = run_init(&r);
    if (status == ECOPT_OK)
        status = fork_supervisor(&r);
    if (status == ECOPT_OK) {
        follow(&r);
        while (waitpid(r.watch_pid, NULL, 0) < 0 && errno == EINTR)
            ;
        status = r.sink_status;
        take_use(&r);
    }
    run_release(&r);
    if (status == ECOPT_OK && !r.result.is_started &&
        (r.result.start_step == ECO_STEP_FORK || r.result.start_step == ECO_STEP_SETUP) &&
        !r.result.is_watch_lost)
        return eco_fail(ctx, ECOPT_E_SPAWN, "cannot start '%s': %s", spec->argv[0],
                        strerror(r.result.start_errno));
    if (status == ECOPT_OK)
        *ret = r.result;
    return status;
}
