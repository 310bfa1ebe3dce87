#include "trial/supervisor.h"

#include "trial/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Everything below runs between fork and exec, or in the forked supervisor: async-signal-safe calls
 * only.  _Exit is the end of that process, never of ECOpt.
 */

/* State of one supervisor; lives on its stack. */
typedef struct watch {
    const eco_supervisor_job *job;
    int signal_fd;
    pid_t main_pid;
    int main_status;
    bool is_main_gone;
    bool is_orphaned; /* ECOpt is gone */
} watch;

/* Closes first..last without relying on close_range, which old kernels and sandboxes lack. */
static void close_span(unsigned first, unsigned last, bool on_exec_only)
{
    if (first > last)
        return;
    if (close_range(first, last, on_exec_only ? CLOSE_RANGE_CLOEXEC : 0) == 0)
        return;
    struct rlimit limit;
    unsigned end = 1U << 16;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < end)
        end = (unsigned)limit.rlim_cur;
    for (unsigned fd = first; fd <= last && fd < end; fd++) {
        if (on_exec_only)
            (void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
        else
            (void)close((int)fd);
    }
}

/* Closes every descriptor but the n given ones (-1 entries are skipped). */
static void close_all_but(int *fds, size_t n)
{
    /* Insertion sort: qsort may allocate. */
    for (size_t i = 1; i < n; i++) {
        for (size_t j = i; j > 0 && fds[j - 1] > fds[j]; j--) {
            int swap = fds[j];
            fds[j] = fds[j - 1];
            fds[j - 1] = swap;
        }
    }
    unsigned next = 0;
    for (size_t i = 0; i < n; i++) {
        if (fds[i] < 0 || (unsigned)fds[i] < next)
            continue;
        if (fds[i] > 0)
            close_span(next, (unsigned)fds[i] - 1, false);
        next = (unsigned)fds[i] + 1;
    }
    close_span(next, ~0U, false);
}

/*
 * A failure is not looked at: the only one possible is that ECOpt is gone, which the next recv of a
 * command notices anyway.
 */
static void send_report(int sock_fd, const eco_report *report)
{
    ssize_t sent;
    do
        sent = send(sock_fd, report, sizeof *report, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
}

static void say_refused(int sock_fd, eco_start_step step, int error)
{
    eco_report report;
    memset(&report, 0, sizeof report);
    report.kind = ECO_REPORT_REFUSED;
    report.step = (int32_t)step;
    report.error = error;
    send_report(sock_fd, &report);
}

/* Tells ECOpt why there will be no program, and ends. */
static _Noreturn void give_up(int sock_fd, eco_start_step step)
{
    say_refused(sock_fd, step, errno);
    _Exit(127);
}

/* Puts fd in place `target`; sources were lifted above 2, so no target overwrites a source. */
static bool place_stream(int fd, int target)
{
    if (fd < 0)
        return true;
    return dup2(fd, target) == target;
}

/* A source may itself be 0, 1 or 2, when ECOpt was started with those closed. */
static int lift(int fd)
{
    return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

/*
 * The program of a trial starts with nothing ignored or blocked, whatever ECOpt's caller had set:
 * nohup and cron ignore signals, and a trial must not depend on who started the study.
 */
static void reset_signals(const sigset_t *mask)
{
    sigset_t none;
    struct sigaction fresh, now;
    memset(&fresh, 0, sizeof fresh);
    fresh.sa_handler = SIG_DFL;
    /*
     * With the caller's mask what is ignored stays so, as a shell has it.  Handlers go before the
     * mask does, not only by exec: a Ctrl-C in between would be eaten by a handler of ECOpt's.
     */
    for (int number = 1; number < NSIG; number++)
        if (!mask || (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN))
            (void)sigaction(number, &fresh, NULL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, mask ? mask : &none, NULL);
}

static void say_started(int sock_fd)
{
    eco_report report;
    memset(&report, 0, sizeof report);
    report.kind = ECO_REPORT_STARTED;
    report.pid = (int32_t)getpid();
    send_report(sock_fd, &report);
}

/*
 * The program's own process, up to exec.  It shares the supervisor's memory (vfork), so it changes
 * nothing but its own stack.  ECOpt learns the group before the program can do anything, so that it
 * can clean up even if the program kills the supervisor.
 */
static _Noreturn void become_program(const eco_supervisor_job *job, pid_t supervisor)
{
    /* A thread's death counts as the parent's, but the supervisor has only one. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || setpgid(0, job->group) != 0)
        give_up(job->sock_fd, ECO_STEP_SETUP);
    if (getppid() != supervisor)
        _Exit(127);
    if (job->cpus && sched_setaffinity(0, sizeof *job->cpus, job->cpus) != 0)
        give_up(job->sock_fd, ECO_STEP_SETUP);
    /* "0" is whoever writes it: a process of its own, although it shares our memory. */
    if (job->group_fd >= 0 && write(job->group_fd, "0", 1) != 1)
        give_up(job->sock_fd, ECO_STEP_SETUP);
    say_started(job->sock_fd);
    int in_fd = lift(job->in_fd), out_fd = lift(job->out_fd), err_fd = lift(job->err_fd);
    /* The socket may itself sit on 0..2 when the caller had those closed. */
    int sock_fd = lift(job->sock_fd);
    if (sock_fd < 0)
        give_up(job->sock_fd, ECO_STEP_SETUP);
    if (!place_stream(in_fd, 0) || !place_stream(out_fd, 1) || !place_stream(err_fd, 2))
        give_up(sock_fd, ECO_STEP_SETUP);
    close_span(3, ~0U, true);
    if (job->dir && chdir(job->dir) != 0)
        give_up(sock_fd, ECO_STEP_DIR);
    reset_signals(job->child_mask);
    (void)execve(job->path, job->argv, job->envp);
    give_up(sock_fd, ECO_STEP_EXEC);
}

/*
 * Starts the program.  vfork, as a second copy of ECOpt's page tables would double the cost of a
 * run; the child only makes system calls, and the supervisor sleeps until it has become the program
 * or ended.  (A tool that turns vfork into fork changes nothing: no memory is exchanged.)  The
 * analyser's rule that only exec may follow is POSIX's; Linux allows system calls, which is all
 * that become_program makes.
 */
static pid_t start_program(const eco_supervisor_job *job)
{
    pid_t supervisor = getpid();
    pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
    if (pid == 0)
        become_program(job, supervisor); /* NOLINT(clang-analyzer-unix.Vfork) */
    return pid;
}

/* Takes in everything that died.  Returns false when no child is left. */
static bool reap(watch *w)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
        if (pid == w->main_pid && pid > 0) {
            w->main_status = status;
            w->is_main_gone = true;
        }
        if (pid == 0)
            return true;
        if (pid < 0 && errno != EINTR)
            return false;
    }
}

/* Kills every direct child.  Their children are handed to us by the kernel as they die. */
/*
 * The kernel's own list needs no scan of /proc, and it names only direct children, so no process of
 * anyone else can be hit by a pid that was used again: until we wait for it, a child's pid is its
 * own.
 */
static int kill_children(void)
{
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    char text[1024];
    ssize_t n;
    pid_t pid = 0;
    int count = 0;
    while ((n = read(fd, text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                pid = pid * 10 + (text[i] - '0');
                continue;
            }
            if (pid > 1 && ++count > 0)
                (void)kill(pid, SIGKILL);
            pid = 0;
        }
    }
    (void)close(fd);
    return count;
}

static void drain_signals(int signal_fd)
{
    struct signalfd_siginfo info;
    while (read(signal_fd, &info, sizeof info) > 0)
        ;
}

/* core/clock.h is not used: it is not promised to be async-signal-safe. */
static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Kills until nothing is left.  Returns the number of processes that would not die. */
static int kill_tree(watch *w)
{
    const int step_ms = 10;
    int64_t give_up_ms = now_ms() + ECO_KILL_PATIENCE_MS;
    while (reap(w)) {
        /* All at once, before one of them can start another. */
        (void)eco_cgroup_kill(w->job->kill_fd);
        /* The group first: it stops a forking shell quicker than one child at a time. */
        if (w->job->group == 0 && !w->is_main_gone)
            (void)kill(-w->main_pid, SIGKILL);
        int left = kill_children();
        /* Without ECOpt there is nobody to tell, and the lock must outlive the tree. */
        if (!w->is_orphaned && now_ms() > give_up_ms)
            return left > 0 ? left : 1;
        struct pollfd wait = {w->signal_fd, POLLIN, 0};
        (void)poll(&wait, 1, step_ms);
        drain_signals(w->signal_fd);
    }
    return 0;
}

/* Asks the program to end; stopped processes are woken so that they can. */
static void ask_to_end(const watch *w)
{
    pid_t target = w->job->group == 0 ? -w->main_pid : w->main_pid;
    (void)kill(target, SIGTERM);
    (void)kill(target, SIGCONT);
}

/* Waits until the program ended or the tree has to be killed. */
/*
 * The signal descriptor is looked at first.  When program and ECOpt end at the same moment, the
 * program's status is taken and reported to nobody, which is right.
 */
static void wait_for_end(watch *w)
{
    for (;;) {
        struct pollfd fds[2] = {{w->job->sock_fd, POLLIN, 0}, {w->signal_fd, POLLIN, 0}};
        (void)poll(fds, 2, -1);
        if (fds[1].revents) {
            drain_signals(w->signal_fd);
            (void)reap(w);
            if (w->is_main_gone)
                return;
        }
        if (!fds[0].revents)
            continue;
        char command = 0;
        ssize_t n = recv(w->job->sock_fd, &command, 1, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        w->is_orphaned = n <= 0;
        if (n <= 0 || command == ECO_COMMAND_KILL)
            return;
        ask_to_end(w);
    }
}

/*
 * Sum over all that was waited for.  max_rss is of the largest single process, as the kernel keeps
 * it; the sum over processes alive at one moment is not known to it.
 */
static void say_ended(const watch *w, int n_left)
{
    struct rusage use;
    eco_report report;
    memset(&use, 0, sizeof use);
    memset(&report, 0, sizeof report);
    (void)getrusage(RUSAGE_CHILDREN, &use);
    report.kind = ECO_REPORT_ENDED;
    report.pid = (int32_t)w->main_pid;
    report.wait_status = w->main_status;
    report.n_left = n_left;
    report.cpu_us = ((int64_t)use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 +
                    use.ru_utime.tv_usec + use.ru_stime.tv_usec;
    report.max_rss_kb = use.ru_maxrss;
    send_report(w->job->sock_fd, &report);
}

/* Number that field `index` (from 1) of a line of /proc/PID/stat has, or 0. */
static uintptr_t stat_field(const char *line, int index)
{
    /* The second field is the name in parentheses, which may hold blanks and parentheses. */
    const char *at = strrchr(line, ')');
    uintptr_t number = 0;
    for (int field = 2; at && field < index; field++)
        at = strchr(at + 1, ' ');
    for (at = at ? at + 1 : ""; *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (uintptr_t)(*at - '0');
    return number;
}

/*
 * Gives the supervisor a command line of its own in place of the copy of ECOpt's: whoever kills
 * "everything called ecopt" must not hit the one process that then cleans up.  proc(5) tells where
 * the text lies (fields 48 and 49); it is ours to write, as the fork gave us a copy of the page.
 */
static void take_own_name(void)
{
    char line[1024];
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
    if (fd >= 0)
        (void)close(fd);
    line[n > 0 ? n : 0] = '\0';
    uintptr_t start = stat_field(line, 48), end = stat_field(line, 49);
    if (start == 0 || end < start + sizeof ECO_SUPERVISOR_NAME)
        return;
    char *text = (char *)start; /* NOLINT(performance-no-int-to-ptr) */
    memset(text, 0, end - start);
    memcpy(text, ECO_SUPERVISOR_NAME, sizeof ECO_SUPERVISOR_NAME);
}

/* Session, group, signals and descriptors of the supervisor itself. */
/*
 * A session of its own keeps the terminal's Ctrl-C and hang-up from the supervisor: it has to live
 * until the last of the tree is gone.  In the inherited case the session must stay the caller's,
 * for job control, and a process group of its own does the same for signals from the keyboard.
 */
static bool settle(watch *w)
{
    const eco_supervisor_job *job = w->job;
    /* First of all let go of ECOpt's end of the socket, without which no death is noticed. */
    int kept[] = {0,
                  1,
                  2,
                  job->in_fd,
                  job->out_fd,
                  job->err_fd,
                  job->sock_fd,
                  job->keep_fd,
                  job->group_fd,
                  job->kill_fd,
                  job->place_fd};
    close_all_but(kept, sizeof kept / sizeof kept[0]);
    (void)prctl(PR_SET_NAME, ECO_SUPERVISOR_NAME);
    /* With an ignored SIGCHLD, children would vanish without being counted. */
    struct sigaction fresh;
    memset(&fresh, 0, sizeof fresh);
    fresh.sa_handler = SIG_DFL;
    (void)sigaction(SIGCHLD, &fresh, NULL);
    sigset_t child;
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    w->signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    bool is_apart = job->group == 0 ? setsid() >= 0 : setpgid(0, 0) == 0;
    return w->signal_fd >= 0 && is_apart && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
}

/*
 * Descriptors are let go of twice: before the program starts those it must not inherit, and after
 * it has started those that only it needs.  A pipe's end kept here would never show its end to
 * ECOpt.
 */
_Noreturn void eco_supervisor_run(const eco_supervisor_job *job)
{
    watch w;
    memset(&w, 0, sizeof w);
    w.job = job;
    if (!settle(&w)) {
        say_refused(job->sock_fd, ECO_STEP_SETUP, errno);
        _Exit(1);
    }
    w.main_pid = start_program(job);
    if (w.main_pid < 0) {
        say_refused(job->sock_fd, ECO_STEP_FORK, errno);
        _Exit(1);
    }
    int kept[] = {job->sock_fd, job->keep_fd, w.signal_fd, job->kill_fd, job->place_fd};
    close_all_but(kept, sizeof kept / sizeof kept[0]);
    /* Not earlier: the program's arguments may be a part of ECOpt's own. */
    take_own_name();
    wait_for_end(&w);
    int n_left = kill_tree(&w);
    /* What is normally ECOpt's, which still has to read what the group used. */
    if (w.is_orphaned && job->place_fd >= 0)
        (void)unlinkat(job->place_fd, job->group_name, AT_REMOVEDIR);
    say_ended(&w, n_left);
    _Exit(0);
}
