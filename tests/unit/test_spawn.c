#include "support/eco_test.h"

#include "meter/spawn.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct rig {
    char dir[256];
    char path[300];
} rig;

/* A program made of these lines of shell. */
static void write_program(rig *r, const char *lines)
{
    char text[1024];
    eco_test_temp_dir(r->dir);
    (void)snprintf(text, sizeof text, "#!/bin/sh\n%s\n", lines);
    eco_test_write_file(r->dir, "meter", text);
    (void)snprintf(r->path, sizeof r->path, "%s/meter", r->dir);
    assert_int_equal(chmod(r->path, 0755), 0);
}

static int run(const char *lines, double timeout_s, char *out, size_t room_b)
{
    rig r;
    write_program(&r, lines);
    const char *argv[] = {r.path, NULL};
    eco_spawn_request request = {argv, timeout_s};
    int status = eco_spawn_run(&request, out, room_b);
    eco_test_remove_dir(r.dir);
    return status;
}

static void test_output_and_status(void **state)
{
    (void)state;
    char out[64];
    assert_int_equal(run("echo 12.5", 10, out, sizeof out), 0);
    assert_string_equal(out, "12.5\n");
    assert_int_equal(run("echo some; exit 3", 10, out, sizeof out), 3);
    assert_string_equal(out, "some\n");
    assert_int_equal(run("kill -9 $$", 10, out, sizeof out), 128 + 9);
    assert_int_equal(run(":", 10, out, sizeof out), 0);
    assert_string_equal(out, "");
    /* In two portions. */
    assert_int_equal(run("printf 1; sleep 0.1; echo 2", 10, out, sizeof out), 0);
    assert_string_equal(out, "12\n");
}

static void test_what_it_is_given(void **state)
{
    (void)state;
    char out[400];
    /* Nothing to read, nobody listens to its complaints, no descriptor but the three. */
    assert_int_equal(run("cat; echo loud >&2; echo in $?", 10, out, sizeof out), 0);
    assert_string_equal(out, "in 0\n");
    int fd = dup(2);
    assert_int_equal(run("readlink /proc/self/fd/0 /proc/self/fd/2; ps -o pid=,pgid= -p $$ | "
                         "awk '{ print ($1 == $2) }'",
                         10, out, sizeof out),
                     0);
    (void)close(fd);
    assert_string_equal(out, "/dev/null\n/dev/null\n1\n");
}

static void test_programs_that_cannot_be_started(void **state)
{
    (void)state;
    char out[16] = "x";
    const char *argv[] = {"/nowhere/meter", NULL};
    eco_spawn_request request = {argv, 2};
    assert_int_equal(eco_spawn_run(&request, out, sizeof out), -ENOENT);
    assert_string_equal(out, "");
    argv[0] = "ecopt-no-such-program";
    assert_int_equal(eco_spawn_run(&request, out, sizeof out), -ENOENT);
    argv[0] = "/";
    assert_int_equal(eco_spawn_run(&request, out, sizeof out), -EACCES);
    rig r;
    write_program(&r, "echo 1");
    assert_int_equal(chmod(r.path, 0644), 0);
    argv[0] = r.path;
    assert_int_equal(eco_spawn_run(&request, out, sizeof out), -EACCES);
    eco_test_remove_dir(r.dir);
    const char *many[20] = {"/bin/echo"};
    for (int i = 1; i < 19; i++)
        many[i] = "x";
    request.argv = many;
    assert_int_equal(eco_spawn_run(&request, out, sizeof out), -E2BIG);
}

static void test_without_a_slash_it_is_looked_for(void **state)
{
    (void)state;
    char out[16];
    const char *argv[] = {"printf", "%s", "5", NULL};
    eco_spawn_request request = {argv, 10};
    assert_int_equal(eco_spawn_run(&request, out, sizeof out), 0);
    assert_string_equal(out, "5");
}

/* The program and what it started must be gone, and not merely be left alone. */
static void test_the_whole_group_goes_when_time_is_up(void **state)
{
    (void)state;
    rig r;
    char out[64], text[400], line[64] = "";
    (void)snprintf(text, sizeof text,
                   "sleep 60 & echo $! >$(dirname $0)/child\nmv $(dirname $0)/child $(dirname "
                   "$0)/pid\nwait");
    write_program(&r, text);
    const char *argv[] = {r.path, NULL};
    eco_spawn_request request = {argv, 1.0};
    assert_int_equal(eco_spawn_run(&request, out, sizeof out), -ETIMEDOUT);
    (void)snprintf(text, sizeof text, "%s/pid", r.dir);
    FILE *file = fopen(text, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    pid_t child = (pid_t)strtol(line, NULL, 10);
    /* A killed process is there until its new parent has looked. */
    bool is_gone = false;
    for (int i = 0; i < 500 && !is_gone; i++) {
        char command[200];
        (void)snprintf(command, sizeof command, "/proc/%d/stat", (int)child);
        file = fopen(command, "r");
        char state_text[200] = ") Z";
        if (file) {
            (void)!fgets(state_text, sizeof state_text, file);
            (void)fclose(file);
        }
        is_gone = strstr(state_text, ") Z") != NULL;
        (void)usleep(10000);
    }
    assert_true(is_gone);
    eco_test_remove_dir(r.dir);
}

static void test_closing_its_output_does_not_end_the_time(void **state)
{
    (void)state;
    char out[16];
    assert_int_equal(run("exec >&-; sleep 60", 0.5, out, sizeof out), -ETIMEDOUT);
    /* And a child that keeps it open does not prolong it. */
    assert_int_equal(run("sleep 5 & echo 7", 60, out, sizeof out), 0);
    assert_string_equal(out, "7\n");
}

static void test_too_much_output(void **state)
{
    (void)state;
    char out[9];
    assert_int_equal(run("printf 12345678", 10, out, sizeof out), 0);
    assert_string_equal(out, "12345678");
    assert_int_equal(run("printf 123456789", 10, out, sizeof out), -EMSGSIZE);
    assert_string_equal(out, "");
    assert_int_equal(run("yes", 10, out, sizeof out), -EMSGSIZE);
}

static void *run_blocked(void *arg)
{
    sigset_t all;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, NULL);
    char out[64];
    *(int *)arg = run("kill -TERM $$; echo alive", 10, out, sizeof out);
    return NULL;
}

/* The sampling threads block all signals; a program that inherited that could not be ended. */
static void test_signals_are_as_a_program_expects_them(void **state)
{
    (void)state;
    pthread_t thread;
    int status = 0;
    assert_int_equal(pthread_create(&thread, NULL, run_blocked, &status), 0);
    (void)pthread_join(thread, NULL);
    assert_int_equal(status, 128 + SIGTERM);
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
    char out[16];
    (void)sigaction(SIGCHLD, &ignore, &old);
    assert_int_equal(run("echo 1", 10, out, sizeof out), -ECHILD);
    (void)sigaction(SIGCHLD, &old, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_and_status),
        cmocka_unit_test(test_what_it_is_given),
        cmocka_unit_test(test_programs_that_cannot_be_started),
        cmocka_unit_test(test_without_a_slash_it_is_looked_for),
        cmocka_unit_test(test_the_whole_group_goes_when_time_is_up),
        cmocka_unit_test(test_closing_its_output_does_not_end_the_time),
        cmocka_unit_test(test_too_much_output),
        cmocka_unit_test(test_signals_are_as_a_program_expects_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
