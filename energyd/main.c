/*
 * ecopt-energyd: reads RAPL's energy counters as root and tells a group what they say, at most so
 * many times a second.
 *
 * The counters are for root since 2020 because fast readings show what other programs compute
 * (CVE-2020-8694).  Here they are read at fixed moments whoever asks, ten times a second, and all
 * who ask in between get the same text: a client can neither time a reading nor have one made.
 *
 * Order: options, socket, counters, then root is given up for good; what is open stays open.  Then
 * one loop in one thread: a tick, answers, a tick.  Nothing is read from clients, nothing is
 * written but answers, nothing is allocated any more.  When no counter can be read for a while the
 * program ends, so that whoever watches it (systemd) starts it anew, as root.
 */
#include "counters.h"
#include "listener.h"

#include <ecopt/version.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <math.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Readings a second: more would tell more than joules (ENERGY side channels need hundreds and
 * more); fewer than one may miss a wrap of the counter. */
#define RATE_HZ     10.0
#define RATE_MIN_HZ 1.0
#define RATE_MAX_HZ 20.0

/* With nobody there, the counters are read so often only as wraps ask for. */
#define IDLE_PERIOD_S 1.0
#define IDLE_AFTER_S  10.0

/* Answers between two ticks; whoever comes later is answered after the next one. */
#define ANSWERS_PER_TICK 64

/* Without a good reading for so long, the program ends. */
#define DEAF_S 30.0

/* Of EX_USAGE and its kin in sysexits.h, as systemd shows them. */
enum { EXIT_USAGE = 2 };

typedef struct settings {
    const char *socket_path;
    const char *group;
    const char *run_as;
    const char *root;
    double rate_hz;
    energyd_peers peers;
} settings;

static volatile sig_atomic_t is_stopping;

static void stop(int number)
{
    (void)number;
    is_stopping = 1;
}

/* To the journal, or to who started it. */
static int complain(const char *what, const char *word, const char *why)
{
    fprintf(stderr, "ecopt-energyd: %s '%s': %s\n", what, word, why);
    return EXIT_FAILURE;
}

static void show_help(void)
{
    puts("usage: ecopt-energyd [OPTION]...\n"
         "Tells a group what RAPL's energy counters say, ten times a second.\n\n"
         "  --socket PATH   listen there; default " ECO_HELPER_PATH "\n"
         "                  (a socket from systemd goes before)\n"
         "  --group GROUP   whose members may ask; default energy\n"
         "  --user USER     may ask as well; may be repeated\n"
         "  --run-as USER   becomes this user when all is open; default nobody\n"
         "  --rate HZ       readings a second, 1 to 20; default 10\n"
         "  --root DIR      prefix of /sys and /proc, for tests\n"
         "  --help, --version\n\n"
         "See ecopt-energyd(8).");
}

static bool parse_rate(const char *word, double *ret_hz)
{
    char *end = NULL;
    double rate_hz = strtod(word, &end);
    if (end == word || *end != '\0' || !(rate_hz >= RATE_MIN_HZ && rate_hz <= RATE_MAX_HZ))
        return false;
    *ret_hz = rate_hz;
    return true;
}

/* -1 to go on, else an exit status. */
static int take_option(int option, settings *s)
{
    const char *problem = NULL;
    switch (option) {
    case 's':
        s->socket_path = optarg;
        return -1;
    case 'g':
        s->group = optarg;
        return -1;
    case 'u':
        problem = energyd_peers_add_user(&s->peers, optarg);
        if (problem)
            (void)complain("user", optarg, problem);
        return problem ? EXIT_USAGE : -1;
    case 'a':
        s->run_as = optarg;
        return -1;
    case 'r':
        if (parse_rate(optarg, &s->rate_hz))
            return -1;
        (void)complain("rate", optarg, "not a number from 1 to 20");
        return EXIT_USAGE;
    case 'R':
        s->root = optarg;
        return -1;
    case 'h':
        show_help();
        return EXIT_SUCCESS;
    case 'v':
        printf("ecopt-energyd %s\n", ECOPT_VERSION_STRING);
        return EXIT_SUCCESS;
    default:
        fputs("ecopt-energyd: try --help\n", stderr);
        return EXIT_USAGE;
    }
}

/* -1 to go on, else an exit status. */
static int parse_options(int argc, char **argv, settings *s)
{
    static const struct option options[] = {
        {"socket", required_argument, NULL, 's'},
        {"group", required_argument, NULL, 'g'},
        {"user", required_argument, NULL, 'u'},
        {"run-as", required_argument, NULL, 'a'},
        {"rate", required_argument, NULL, 'r'},
        {"root", required_argument, NULL, 'R'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int code = take_option(option, s);
        if (code >= 0)
            return code;
    }
    if (optind < argc) {
        (void)complain("argument", argv[optind], "not taken");
        return EXIT_USAGE;
    }
    const char *problem = energyd_peers_set_group(&s->peers, s->group);
    if (problem) {
        (void)complain("group", s->group, problem);
        fputs("  make it (groupadd --system energy) or name another one with --group\n", stderr);
        return EXIT_USAGE;
    }
    return -1;
}

/* The user that is left when root is given up. */
static int find_user(const char *word, uid_t *ret_uid, gid_t *ret_gid)
{
    const struct passwd *entry = getpwnam(word);
    if (!entry || entry->pw_uid == 0)
        return complain("cannot run as", word, entry ? "it is root" : "no such user");
    *ret_uid = entry->pw_uid;
    *ret_gid = entry->pw_gid;
    return 0;
}

/* For good: real, effective and saved ids, so all capabilities go too.  What is left can neither
 * gain rights, nor start a process, nor leave an image of its memory. */
static int drop_root(const char *user, uid_t uid, gid_t gid)
{
    const struct rlimit none = {0, 0};
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
                           setresuid(uid, uid, uid) != 0 || setuid(0) == 0))
        return complain("cannot become", user, strerror(errno));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &none) != 0 || setrlimit(RLIMIT_NPROC, &none) != 0)
        return complain("cannot give up the rights of", user, strerror(errno));
    return 0;
}

/* The socket that was handed over, or one of our own. */
static int open_socket(const settings *s)
{
    const char *problem = NULL;
    int fd = energyd_take_over();
    if (fd == -2) {
        (void)complain("socket", "from systemd", "not one listening Unix stream socket");
        return -1;
    }
    if (fd >= 0)
        return fd;
    fd = energyd_listen(s->socket_path, &s->peers, &problem);
    if (fd < 0)
        fprintf(stderr, "ecopt-energyd: socket '%s': %s: %s\n", s->socket_path, problem,
                strerror(errno));
    return fd;
}

static double now_s(const energyd_counters *counters)
{
    return counters->io->now(counters->io->user, ECO_CLOCK_MONOTONIC);
}

/* Moments are multiples of the period since boot: nothing that a client does moves them. */
static double next_moment(double after_s, double period_s)
{
    return (floor(after_s / period_s) + 1) * period_s;
}

static struct timespec to_timespec(double time_s)
{
    double wait_s = fmax(0, time_s);
    return (struct timespec){(time_t)wait_s, (long)(1e9 * (wait_s - floor(wait_s)))};
}

/* What the loop knows. */
typedef struct server {
    energyd_counters *counters;
    energyd_peers *peers;
    int fd;
    double period_s;
    double due_s;     /* next tick */
    double tick_s;    /* last one */
    double active_s;  /* until then it ticks at its rate */
    int n_left;       /* answers until the next tick */
    bool was_refused; /* said so already */
} server;

static void tick(server *v)
{
    energyd_counters_tick(v->counters);
    v->tick_s = now_s(v->counters);
    v->due_s = next_moment(v->tick_s, v->tick_s < v->active_s ? v->period_s : IDLE_PERIOD_S);
    v->n_left = ANSWERS_PER_TICK;
}

/* Somebody is there.  After a rest the text is old: the next moment comes first. */
static void answer(server *v)
{
    double at_s = now_s(v->counters);
    v->active_s = at_s + IDLE_AFTER_S;
    if (at_s - v->tick_s > 1.5 * v->period_s) {
        v->due_s = next_moment(at_s, v->period_s);
        v->n_left = 0;
        return;
    }
    v->due_s = fmin(v->due_s, next_moment(v->tick_s, v->period_s));
    energyd_event event = energyd_answer(v->fd, v->peers, v->counters->text, v->counters->text_b);
    v->n_left--;
    if (event == ENERGYD_DENIED && !v->was_refused) {
        v->was_refused = true;
        fputs("ecopt-energyd: a user who is not in the group was refused\n", stderr);
    }
}

static int serve(server *v)
{
    sigset_t none;
    (void)sigemptyset(&none);
    tick(v);
    while (!is_stopping) {
        double at_s = now_s(v->counters);
        if (at_s - v->counters->good_s > DEAF_S) {
            fputs("ecopt-energyd: no counter can be read any more\n", stderr);
            return EXIT_FAILURE;
        }
        if (at_s >= v->due_s) {
            tick(v);
            continue;
        }
        struct pollfd event = {.fd = v->n_left > 0 ? v->fd : -1, .events = POLLIN};
        struct timespec wait = to_timespec(v->due_s - at_s);
        /* Signals come here only, so none is missed between the look at the flag and the wait. */
        if (ppoll(&event, 1, &wait, &none) > 0)
            answer(v);
    }
    return EXIT_SUCCESS;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop};
    sigset_t both;
    (void)sigemptyset(&action.sa_mask);
    (void)sigemptyset(&both);
    (void)sigaddset(&both, SIGTERM);
    (void)sigaddset(&both, SIGINT);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigprocmask(SIG_BLOCK, &both, NULL);
}

/* What is not served is said once, here. */
static void report(const energyd_counters *counters, double period_s)
{
    for (size_t i = 0; i < counters->set->n_channels; i++) {
        const eco_channel *channel = &counters->set->channels[i];
        if (channel->mirror_of >= 0)
            fprintf(stderr, "ecopt-energyd: '%s' repeats '%s', not served\n", channel->domain,
                    counters->set->channels[channel->mirror_of].domain);
    }
    fprintf(stderr, "ecopt-energyd: serving %zu counters of %s every %g s\n", counters->n,
            counters->set->channels[0].ops->kind, period_s);
}

/* From open counters to the end; all is closed by the caller. */
static int run(settings *s, ecopt_ctx *ctx, const eco_io *io, energyd_counters *counters)
{
    uid_t uid = 0;
    gid_t gid = 0;
    double period_s = 1 / s->rate_hz;
    if (geteuid() == 0 && find_user(s->run_as, &uid, &gid) != 0)
        return EXIT_FAILURE;
    if (energyd_counters_open(ctx, io, period_s, counters) != ECOPT_OK)
        return complain("cannot read", "RAPL", ecopt_ctx_errmsg(ctx));
    int fd = open_socket(s);
    if (fd < 0)
        return EXIT_FAILURE;
    int code = drop_root(s->run_as, uid, gid);
    if (code == 0) {
        report(counters, period_s);
        server v = {.counters = counters, .peers = &s->peers, .fd = fd, .period_s = period_s};
        code = serve(&v);
    }
    (void)close(fd);
    return code;
}

/* A stream closed by the caller would let a counter or the socket take its number. */
static void hold_standard_streams(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", O_RDWR);
}

int main(int argc, char **argv)
{
    settings *s = calloc(1, sizeof *s);
    energyd_counters *counters = calloc(1, sizeof *counters);
    ecopt_ctx *ctx = NULL;
    int code = EXIT_FAILURE;
    hold_standard_streams();
    if (!s || !counters || ecopt_ctx_new(NULL, &ctx) != ECOPT_OK)
        goto done;
    s->socket_path = ECO_HELPER_PATH;
    s->group = "energy";
    s->run_as = "nobody";
    s->rate_hz = RATE_HZ;
    code = parse_options(argc, argv, s);
    if (code < 0) {
        eco_io io = eco_io_files(s->root);
        catch_signals();
        code = run(s, ctx, &io, counters);
        energyd_counters_close(counters);
    }
done:
    ecopt_ctx_free(ctx);
    free(counters);
    free(s);
    return code;
}
