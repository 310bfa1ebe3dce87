/*
 * ecopt-energyd, the whole program, in a folder of files: as root, and asked by users who may and
 * may not know.
 */
#include "support/eco_test.h"

#include "listener.h"
#include "meter/helper_text.h"
#include "meter/unix_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, GROUP = 65501 };

/* --- Who may ask ----------------------------------------------------------------------------- */

static void test_names_and_numbers(void **state)
{
    (void)state;
    static energyd_peers peers;
    memset(&peers, 0, sizeof peers);
    assert_null(energyd_peers_set_group(&peers, "root"));
    assert_int_equal(peers.group, 0);
    assert_null(energyd_peers_set_group(&peers, "65501"));
    assert_int_equal(peers.group, GROUP);
    static const char *const bad[] = {"", "no-such-group", "-1", "4294967295", "12x", "1 "};
    for (size_t i = 0; i < ECO_LEN(bad); i++) {
        assert_non_null(energyd_peers_set_group(&peers, bad[i]));
        assert_non_null(energyd_peers_add_user(&peers, bad[i]));
    }
    assert_int_equal(peers.group, GROUP);
    assert_int_equal(peers.n_users, 0);
    for (int i = 0; i < ENERGYD_USERS_MAX; i++)
        assert_null(energyd_peers_add_user(&peers, i % 2 ? "root" : "65534"));
    assert_non_null(energyd_peers_add_user(&peers, "root"));
}

/* --- The program ----------------------------------------------------------------------------- */

typedef struct program {
    char root[256], path[300], counter[400], log[300];
    pid_t pid;
} program;

static program p;

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
    (void)close(fd);
}

static int make_tree(void **state)
{
    (void)state;
    char path[700];
    memset(&p, 0, sizeof p);
    p.pid = -1;
    eco_test_temp_dir(p.root);
    assert_int_equal(chmod(p.root, 0755), 0);
    static const char *const folders[] = {"sys", "sys/class", "sys/class/powercap",
                                          "sys/class/powercap/intel-rapl:0"};
    for (size_t i = 0; i < ECO_LEN(folders); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", p.root, folders[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    (void)snprintf(path, sizeof path, "%s/%s/name", p.root, folders[3]);
    write_text(path, "package-0\n");
    (void)snprintf(path, sizeof path, "%s/%s/max_energy_range_uj", p.root, folders[3]);
    write_text(path, "262143328850\n");
    (void)snprintf(p.counter, sizeof p.counter, "%s/%s/energy_uj", p.root, folders[3]);
    write_text(p.counter, "1000000\n");
    assert_int_equal(chmod(p.counter, 0400), 0);
    (void)snprintf(p.path, sizeof p.path, "%s/socket", p.root);
    (void)snprintf(p.log, sizeof p.log, "%s/log", p.root);
    return 0;
}

static int end_program(int signal_number)
{
    int status = 0;
    if (p.pid < 0)
        return -1;
    (void)kill(p.pid, signal_number);
    assert_int_equal(waitpid(p.pid, &status, 0), p.pid);
    p.pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int remove_tree(void **state)
{
    (void)state;
    if (p.pid >= 0)
        (void)end_program(SIGKILL);
    eco_test_remove_dir(p.root);
    return 0;
}

/* A leak is looked for by a process that the program may not start any more; its parts are tested
 * above. */
static void stop_leak_search(void)
{
    char options[512];
    const char *before = getenv("ASAN_OPTIONS");
    (void)snprintf(options, sizeof options, "%s:detect_leaks=0", before ? before : "");
    (void)setenv("ASAN_OPTIONS", options, 1);
}

static void start_program(const char *const *more)
{
    char group[16];
    (void)snprintf(group, sizeof group, "%d", geteuid() == 0 ? GROUP : (int)getegid());
    const char *argv[16] = {ENERGYD, "--root", p.root, "--socket", p.path, "--group", group};
    size_t n = 7;
    for (; more && *more; more++)
        argv[n++] = *more;
    char *copy[16];
    memcpy(copy, argv, sizeof copy);
    p.pid = fork();
    assert_true(p.pid >= 0);
    if (p.pid == 0) {
        int log = open(p.log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (log < 0 || dup2(log, 2) < 0)
            _exit(98);
        stop_leak_search();
        (void)execv(ENERGYD, copy);
        _exit(99);
    }
}

static long ask(eco_helper_answer *answer)
{
    static char text[ECO_HELPER_TEXT_B];
    long n = eco_unix_ask(p.path, 5, text, sizeof text);
    return n < 0 ? n : eco_helper_parse(text, answer);
}

/* Until it listens. */
static void wait_for_program(void)
{
    eco_helper_answer answer;
    long got = -1;
    for (int i = 0; i < 1000 && got != 0; i++) {
        got = ask(&answer);
        if (got != 0)
            (void)usleep(5000);
    }
    if (got != 0)
        print_error("no answer: %s\n", strerror((int)-got));
    assert_int_equal(got, 0);
}

static void need_root(void)
{
    if (geteuid() != 0)
        skip();
}

/* What somebody else is told: 0, or -errno. */
static int ask_as(uid_t uid, gid_t gid, gid_t other)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        eco_helper_answer answer;
        if (setgroups(other ? 1 : 0, &other) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
            _exit(200);
        _exit((int)-ask(&answer));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

static void test_who_is_answered(void **state)
{
    (void)state;
    need_root();
    static const char *const more[] = {"--user", "65533", NULL};
    struct stat info;
    start_program(more);
    wait_for_program();
    assert_int_equal(stat(p.path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0660);
    assert_int_equal(info.st_gid, GROUP);
    /* By its mode, the socket is closed to others. */
    assert_int_equal(ask_as(NOBODY, NOBODY, 0), -EACCES);
    assert_int_equal(ask_as(NOBODY, GROUP, 0), 0);
    assert_int_equal(ask_as(NOBODY, NOBODY, GROUP), 0);
    assert_int_equal(ask_as(NOBODY, NOBODY, GROUP + 1), -EACCES);
    /* And by what the kernel says of them, where somebody opened it to all. */
    assert_int_equal(chmod(p.path, 0666), 0);
    assert_int_equal(ask_as(NOBODY, NOBODY, 0), -EACCES);
    assert_int_equal(ask_as(NOBODY, NOBODY, GROUP + 1), -EACCES);
    assert_int_equal(ask_as(NOBODY, NOBODY, GROUP), 0);
    assert_int_equal(ask_as(65533, 65533, 0), 0);
    assert_int_equal(end_program(SIGTERM), 0);
}

/* A line of its status, as the kernel shows it. */
static void status_line(const char *name, char *text, size_t room_b)
{
    char path[64], line[256];
    text[0] = '\0';
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)p.pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            (void)snprintf(text, room_b, "%s", line + strlen(name));
    (void)fclose(file);
}

static void test_root_is_given_up(void **state)
{
    (void)state;
    need_root();
    char text[256];
    start_program(NULL);
    wait_for_program();
    status_line("Uid:", text, sizeof text);
    assert_string_equal(text, "\t65534\t65534\t65534\t65534\n");
    status_line("Gid:", text, sizeof text);
    assert_string_equal(text, "\t65534\t65534\t65534\t65534\n");
    status_line("Groups:", text, sizeof text);
    assert_int_equal(strspn(text, " \t\n"), strlen(text));
    static const char *const sets[] = {"CapPrm:", "CapEff:", "CapAmb:", "CapInh:"};
    for (size_t i = 0; i < ECO_LEN(sets); i++) {
        status_line(sets[i], text, sizeof text);
        assert_string_equal(text, "\t0000000000000000\n");
    }
    status_line("NoNewPrivs:", text, sizeof text);
    assert_string_equal(text, "\t1\n");
    status_line("Threads:", text, sizeof text);
    assert_string_equal(text, "\t1\n");
    /* The counter is for root, and is read on. */
    static eco_helper_answer before, after;
    assert_int_equal(ask(&before), 0);
    write_text(p.counter, "8000000\n");
    do
        assert_int_equal(ask(&after), 0);
    while (after.domains[0].time_us == before.domains[0].time_us);
    assert_int_equal(after.domains[0].energy_uj - before.domains[0].energy_uj, 7000000);
}

/* However often somebody asks: between two ticks there is one text, and ticks are a period apart.
 */
static void test_readings_are_quantised(void **state)
{
    (void)state;
    static eco_helper_answer answer;
    uint64_t last_us = 0;
    int n_ticks = 0;
    start_program(NULL);
    wait_for_program();
    for (int i = 0; n_ticks < 6 && i < 100000; i++) {
        assert_int_equal(ask(&answer), 0);
        uint64_t time_us = answer.domains[0].time_us;
        if (time_us == last_us)
            continue;
        /* A tick may be late, so the next may be less than a period behind it. */
        uint64_t tick = (time_us + 1000) / 100000, last = (last_us + 1000) / 100000;
        assert_true(last_us == 0 || tick > last);
        last_us = time_us;
        n_ticks++;
    }
    assert_int_equal(n_ticks, 6);
    assert_int_equal(end_program(SIGINT), 0);
}

static int connect_only(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    memcpy(address.sun_path, p.path, strlen(p.path) + 1);
    assert_int_equal(connect(fd, (struct sockaddr *)(void *)&address, sizeof address), 0);
    return fd;
}

static int count_descriptors(void)
{
    char path[64];
    int n = 0;
    for (int fd = 0; fd < 256; fd++) {
        struct stat info;
        (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)p.pid, fd);
        n += lstat(path, &info) == 0;
    }
    return n;
}

/* Those who connect and read nothing, send rubbish, or leave at once: nobody else waits for them.
 */
static void test_rude_clients(void **state)
{
    (void)state;
    static eco_helper_answer answer;
    static char rubbish[4096];
    int fds[300];
    start_program(NULL);
    wait_for_program();
    memset(rubbish, 'x', sizeof rubbish);
    int n_open = count_descriptors();
    for (size_t i = 0; i < ECO_LEN(fds); i++) {
        fds[i] = connect_only();
        if (i % 3 == 0)
            (void)send(fds[i], rubbish, sizeof rubbish, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (i % 7 == 0)
            (void)shutdown(fds[i], SHUT_RDWR);
    }
    for (int i = 0; i < 20; i++)
        assert_int_equal(ask(&answer), 0);
    for (size_t i = 0; i < ECO_LEN(fds); i++)
        (void)close(fds[i]);
    assert_int_equal(ask(&answer), 0);
    /* It keeps no descriptor of anybody. */
    assert_int_equal(count_descriptors(), n_open);
    assert_int_equal(end_program(SIGTERM), 0);
}

/* More at once than the queue holds: all are answered in the end. */
static void test_many_clients(void **state)
{
    (void)state;
    enum { N = 120 };
    pid_t children[N];
    start_program(NULL);
    wait_for_program();
    for (int i = 0; i < N; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            eco_helper_answer answer;
            long got = -1;
            for (int k = 0; k < 200 && got != 0; k++) {
                got = ask(&answer);
                if (got != 0)
                    (void)usleep(20000);
            }
            _exit(got == 0 ? 0 : 1);
        }
    }
    for (int i = 0; i < N; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_int_equal(end_program(SIGTERM), 0);
}

static int end_of_program(void)
{
    int status = 0;
    assert_int_equal(waitpid(p.pid, &status, 0), p.pid);
    p.pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A socket that was left behind is replaced; one that is listened at is not. */
static void test_sockets_that_are_there(void **state)
{
    (void)state;
    start_program(NULL);
    wait_for_program();
    (void)end_program(SIGKILL);
    start_program(NULL);
    wait_for_program();
    pid_t first = p.pid;
    start_program(NULL);
    assert_int_equal(end_of_program(), 1);
    p.pid = first;
    wait_for_program();
    assert_int_equal(end_program(SIGTERM), 0);
    assert_int_equal(unlink(p.path), 0);
    /* Anything else is left alone. */
    write_text(p.path, "mine\n");
    start_program(NULL);
    assert_int_equal(end_of_program(), 1);
    assert_int_equal(unlink(p.path), 0);
}

/* As systemd starts it: the socket is descriptor 3, and the path is systemd's. */
static void start_with_socket(const char *n_fds, int type, bool is_listening)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type, 0);
    memcpy(address.sun_path, p.path, strlen(p.path) + 1);
    assert_int_equal(bind(fd, (struct sockaddr *)(void *)&address, sizeof address), 0);
    if (is_listening)
        assert_int_equal(listen(fd, 5), 0);
    p.pid = fork();
    assert_true(p.pid >= 0);
    if (p.pid == 0) {
        char pid[16];
        (void)snprintf(pid, sizeof pid, "%d", (int)getpid());
        (void)setenv("LISTEN_PID", pid, 1);
        (void)setenv("LISTEN_FDS", n_fds, 1);
        stop_leak_search();
        if (fd != 3 && (dup2(fd, 3) < 0 || close(fd) != 0))
            _exit(97);
        (void)execl(ENERGYD, ENERGYD, "--root", p.root, "--group", "65501", (char *)NULL);
        _exit(99);
    }
    (void)close(fd);
}

static void test_a_socket_from_systemd(void **state)
{
    (void)state;
    start_with_socket("1", SOCK_STREAM, true);
    wait_for_program();
    assert_int_equal(end_program(SIGTERM), 0);
    /* It is not ours to remove. */
    assert_int_equal(unlink(p.path), 0);
    static const struct {
        const char *n_fds;
        int type;
        bool is_listening;
    } wrong[] = {{"2", SOCK_STREAM, true}, {"1", SOCK_DGRAM, false}, {"1", SOCK_STREAM, false}};
    for (size_t i = 0; i < ECO_LEN(wrong); i++) {
        start_with_socket(wrong[i].n_fds, wrong[i].type, wrong[i].is_listening);
        assert_int_equal(end_of_program(), 1);
        assert_int_equal(unlink(p.path), 0);
    }
}

static void test_wrong_options(void **state)
{
    (void)state;
    static const char *const usage[][3] = {
        {"--rate", "21", NULL},
        {"--rate", "0.5", NULL},
        {"--rate", "nan", NULL},
        {"--rate", "10x", NULL},
        {"--rate", "", NULL},
        {"--group", "no-such-group", NULL},
        {"--user", "no-one-here", NULL},
        {"--fast", NULL, NULL},
        {"more", NULL, NULL},
    };
    for (size_t i = 0; i < ECO_LEN(usage); i++) {
        start_program(usage[i]);
        assert_int_equal(end_of_program(), 2);
    }
    static const char *const help[] = {"--help", NULL}, *const version[] = {"--version", NULL};
    start_program(help);
    assert_int_equal(end_of_program(), 0);
    start_program(version);
    assert_int_equal(end_of_program(), 0);
    if (geteuid() != 0)
        return;
    static const char *const as_root[] = {"--run-as", "root", NULL};
    static const char *const as_none[] = {"--run-as", "no-one-here", NULL};
    start_program(as_root);
    assert_int_equal(end_of_program(), 1);
    start_program(as_none);
    assert_int_equal(end_of_program(), 1);
}

static void test_no_counter_and_no_place(void **state)
{
    (void)state;
    static const char *const nowhere[] = {"--socket", "/nonexistent/socket", NULL};
    start_program(nowhere);
    assert_int_equal(end_of_program(), 1);
    assert_int_equal(unlink(p.counter), 0);
    start_program(NULL);
    assert_int_equal(end_of_program(), 1);
}

#define PROGRAM_TEST(name) cmocka_unit_test_setup_teardown(name, make_tree, remove_tree)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_numbers),  PROGRAM_TEST(test_who_is_answered),
        PROGRAM_TEST(test_root_is_given_up),       PROGRAM_TEST(test_readings_are_quantised),
        PROGRAM_TEST(test_rude_clients),           PROGRAM_TEST(test_many_clients),
        PROGRAM_TEST(test_sockets_that_are_there), PROGRAM_TEST(test_a_socket_from_systemd),
        PROGRAM_TEST(test_wrong_options),          PROGRAM_TEST(test_no_counter_and_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
