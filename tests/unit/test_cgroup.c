/*
 * Where control groups are found, what is kept in them, and what is told where they are not.
 *
 * Machines are made up: a folder with the files that the kernel would show.  Files that appear in a
 * new group are what was written to the kernel.  The last tests ask the real machine and are
 * skipped where it allows nothing.
 */
#include "support/eco_test.h"
#include "trial/cgroup.h"
#include "trial/process.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A machine whose hierarchy lies in /cg and whose own group is /a/b. */
typedef struct machine {
    ecopt_ctx *ctx;
    char dir[256];
    eco_cgroup_place place;
} machine;

static const char mountinfo[] =
    "22 1 8:1 / / rw,relatime - ext4 /dev/root rw\n"
    "30 22 0:26 / /old\\040place rw - cgroup2 cgroup2 rw\n"
    "31 22 0:27 /other /elsewhere rw - cgroup2 cgroup2 rw\n"
    "32 22 0:26 / /cg rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

static void write_group(machine *m, const char *group, const char *there, const char *handed)
{
    char path[128];
    const struct {
        const char *name, *text;
    } files[] = {{"cgroup.controllers", there},
                 {"cgroup.subtree_control", handed},
                 {"cgroup.type", "domain\n"},
                 {"cgroup.procs", "4000001\n"}};
    for (size_t i = 0; i < ECO_LEN(files); i++) {
        (void)snprintf(path, sizeof path, "cg%s/%s", group, files[i].name);
        eco_test_write_file(m->dir, path, files[i].text);
    }
}

static int set_up(void **state)
{
    machine *m = calloc(1, sizeof *m);
    m->ctx = eco_test_ctx();
    eco_test_temp_dir(m->dir);
    eco_test_write_file(m->dir, "proc/self/cgroup", "0::/a/b\n");
    eco_test_write_file(m->dir, "proc/self/mountinfo", mountinfo);
    write_group(m, "", "cpuset cpu memory pids\n", "cpu memory\n");
    char path[400];
    (void)snprintf(path, sizeof path, "%s/cg/cgroup.type", m->dir);
    assert_int_equal(unlink(path), 0);
    write_group(m, "/a", "memory cpu pids\n", "memory cpu pids\n");
    write_group(m, "/a/b", "memory cpu pids\n", "");
    *state = m;
    return 0;
}

static int tear_down(void **state)
{
    machine *m = *state;
    eco_cgroup_release(&m->place);
    assert_int_equal(eco_ctx_live_b(m->ctx), 0);
    ecopt_ctx_free(m->ctx);
    eco_test_remove_dir(m->dir);
    free(m);
    return 0;
}

static void find(machine *m, bool wants_limits)
{
    eco_cgroup_release(&m->place);
    assert_status(m->ctx, eco_cgroup_find(m->ctx, m->dir, wants_limits, &m->place), ECOPT_OK);
}

static void expect_place(const machine *m, const char *group)
{
    char path[400];
    (void)snprintf(path, sizeof path, "%s/cg%s", m->dir, group);
    assert_non_null(m->place.path);
    assert_string_equal(m->place.path, path);
}

/* Text of a file below the machine's folder. */
static void expect_file(const machine *m, const char *name, const char *expected)
{
    char text[256] = "", path[512];
    (void)snprintf(path, sizeof path, "%s/%s", m->dir, name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("there is no %s", path);
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    (void)fclose(file);
    assert_string_equal(text, expected);
}

static void test_the_nearest_group_that_hands_down_is_taken(void **state)
{
    machine *m = *state;
    find(m, true);
    expect_place(m, "/a");
    assert_true(m->place.has[ECO_CONTROLLER_MEMORY]);
    assert_true(m->place.has[ECO_CONTROLLER_PIDS]);
    assert_false(m->place.has[ECO_CONTROLLER_CPUSET]);
    assert_string_equal(m->place.why[ECO_CONTROLLER_MEMORY], "");
    assert_non_null(
        strstr(m->place.why[ECO_CONTROLLER_CPUSET], "there is no cpuset controller in"));
    /* Without limits, too: a group with the memory controller tells when memory ran out. */
    find(m, false);
    expect_place(m, "/a");
    write_group(m, "/a", "memory pids\n", "");
    write_group(m, "", "memory pids\n", "");
    find(m, false);
    expect_place(m, "/a/b");
    assert_non_null(
        strstr(m->place.why[ECO_CONTROLLER_MEMORY], "memory controller is not handed down to"));
}

static void test_of_equal_groups_the_nearest(void **state)
{
    machine *m = *state;
    write_group(m, "", "memory pids\n", "memory pids\n");
    find(m, true);
    expect_place(m, "/a");
}

static void test_limits_reach_the_kernel(void **state)
{
    machine *m = *state;
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    CPU_SET(2, &cpus);
    CPU_SET(3, &cpus);
    CPU_SET(1023, &cpus);
    write_group(m, "/a", "memory pids cpuset\n", "memory pids cpuset\n");
    const eco_limits limits = {.memory_b = 4e9, .pids = 77, .cpus = &cpus};
    eco_cgroup group;
    char name[128], path[400];
    find(m, true);
    assert_status(m->ctx, eco_cgroup_open(&m->place, &limits, &group), ECOPT_OK);
    (void)snprintf(name, sizeof name, "ecopt-%ld-%ld", (long)getpid(), (long)gettid());
    assert_string_equal(group.name, name);
    static const struct {
        const char *name, *text;
    } written[] = {{"memory.max", "4000000000"},
                   {"memory.swap.max", "0"},
                   {"memory.oom.group", "1"},
                   {"pids.max", "77"},
                   {"cpuset.cpus", "0,2-3,1023"}};
    for (size_t i = 0; i < ECO_LEN(written); i++) {
        (void)snprintf(path, sizeof path, "cg/a/%s/%s", name, written[i].name);
        expect_file(m, path, written[i].text);
    }
    eco_cgroup_close(&group);
    (void)snprintf(path, sizeof path, "cg/a/%s/cgroup.kill", name);
    expect_file(m, path, "1");
    assert_int_equal(group.dir_fd, -1);
    eco_cgroup_close(&group); /* harmless */
}

/* Only what the place can keep is written. */
static void test_what_cannot_be_kept_is_left_out(void **state)
{
    machine *m = *state;
    const eco_limits limits = {.memory_b = 4e9, .pids = 77};
    eco_cgroup group;
    char path[400];
    write_group(m, "/a", "pids\n", "pids\n");
    write_group(m, "", "pids\n", "");
    find(m, true);
    expect_place(m, "/a");
    assert_status(m->ctx, eco_cgroup_open(&m->place, &limits, &group), ECOPT_OK);
    (void)snprintf(path, sizeof path, "%s/memory.max", group.name);
    assert_int_equal(faccessat(group.place_fd, path, F_OK, 0), -1);
    (void)snprintf(path, sizeof path, "%s/pids.max", group.name);
    assert_int_equal(faccessat(group.place_fd, path, F_OK, 0), 0);
    eco_cgroup_close(&group);
}

static void test_use_is_read(void **state)
{
    machine *m = *state;
    eco_cgroup group;
    char path[400];
    find(m, true);
    assert_status(m->ctx, eco_cgroup_open(&m->place, NULL, &group), ECOPT_OK);
    eco_cgroup_use use = eco_cgroup_read(&group);
    assert_true(isnan(use.cpu_s) && isnan(use.peak_b));
    assert_int_equal(use.oom_kills, 0);
    (void)snprintf(path, sizeof path, "cg/a/%s/cpu.stat", group.name);
    eco_test_write_file(m->dir, path, "usage_usec 2500000\nuser_usec 2000000\n");
    (void)snprintf(path, sizeof path, "cg/a/%s/memory.events", group.name);
    eco_test_write_file(m->dir, path,
                        "low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 1\n");
    (void)snprintf(path, sizeof path, "cg/a/%s/memory.peak", group.name);
    eco_test_write_file(m->dir, path, "123456789\n");
    use = eco_cgroup_read(&group);
    assert_close(use.cpu_s, 2.5, 1e-12, 0);
    assert_close(use.peak_b, 123456789, 0, 0);
    assert_int_equal(use.oom_kills, 2);
    eco_cgroup_close(&group);
    const eco_cgroup none = ECO_CGROUP_NONE;
    assert_true(isnan(eco_cgroup_read(&none).cpu_s));
}

/* A file longer than what is read at once, the key wherever it stands; keys that begin alike. */
static void test_numbers_of_long_files(void **state)
{
    machine *m = *state;
    static char text[4096];
    char path[400];
    (void)snprintf(path, sizeof path, "%s/proc/vmstat", m->dir);
    for (int at = 0; at < 100; at += 9) {
        size_t n = 0;
        for (int i = 0; i < 100; i++)
            n += (size_t)snprintf(text + n, sizeof text - n, "nr_oom_kill_%d %d\n", i, i);
        char *line = text;
        for (int i = 0; i < at; i++)
            line = strchr(line, '\n') + 1;
        memcpy(line, "oom_kill 7\n", 11);
        char *rest = line + 11;
        memset(rest, '1', strcspn(rest, "\n"));
        eco_test_write_file(m->dir, "proc/vmstat", text);
        assert_int_equal(eco_system_oom_kills(m->dir), 7);
    }
    eco_test_write_file(m->dir, "proc/vmstat", "nr_oom_kill 3\noom_kill_x 4\n");
    assert_int_equal(eco_system_oom_kills(m->dir), -1);
    eco_test_write_file(m->dir, "proc/vmstat", "oom_kill 12");
    assert_int_equal(eco_system_oom_kills(m->dir), 12);
    memset(text, 'a', sizeof text - 1); /* no line at all */
    eco_test_write_file(m->dir, "proc/vmstat", text);
    assert_int_equal(eco_system_oom_kills(m->dir), -1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(eco_system_oom_kills(m->dir), -1);
}

static void test_no_hierarchy(void **state)
{
    machine *m = *state;
    eco_test_write_file(m->dir, "proc/self/cgroup", "4:memory:/x\n1:cpu,cpuset:/\n");
    find(m, true);
    assert_null(m->place.path);
    assert_string_equal(m->place.why[0], "there is no cgroup v2 hierarchy");
    eco_test_write_file(m->dir, "proc/self/cgroup", "0::/a/b\n");
    eco_test_write_file(m->dir, "proc/self/mountinfo",
                        "22 1 8:1 / / rw - ext4 /dev/root rw\n\n-\n");
    find(m, true);
    assert_null(m->place.path);
}

/* Both versions beside each other: what version 1 holds cannot be had in version 2. */
static void test_hybrid(void **state)
{
    machine *m = *state;
    eco_test_write_file(m->dir, "proc/self/cgroup",
                        "9:name=systemd:/\n4:memory:/x\n2:cpu,cpuset:/\n0::/a/b\n");
    write_group(m, "/a", "hugetlb\n", "");
    write_group(m, "/a/b", "hugetlb\n", "");
    write_group(m, "", "hugetlb\n", "");
    find(m, true);
    expect_place(m, "/a/b");
    assert_string_equal(m->place.why[ECO_CONTROLLER_MEMORY],
                        "the memory controller is bound to cgroup v1");
    assert_string_equal(m->place.why[ECO_CONTROLLER_CPUSET],
                        "the cpuset controller is bound to cgroup v1");
    assert_non_null(strstr(m->place.why[ECO_CONTROLLER_PIDS], "there is no pids controller"));
}

/* In a container only a part of the hierarchy is mounted, and its root is our group. */
static void test_namespace(void **state)
{
    machine *m = *state;
    eco_test_write_file(m->dir, "proc/self/mountinfo",
                        "32 22 0:26 /a /cg rw - cgroup2 cgroup2 rw\n");
    write_group(m, "/b", "memory\n", "memory\n");
    find(m, true);
    expect_place(m, "/b");
}

/* Alone in our group, it is ours to arrange: a leaf for us, controllers for the others. */
static void test_alone_in_a_group(void **state)
{
    machine *m = *state;
    char procs[32], leaf[128], path[400];
    write_group(m, "/a", "memory pids\n", "");
    (void)snprintf(procs, sizeof procs, "%ld\n", (long)getpid());
    eco_test_write_file(m->dir, "cg/a/b/cgroup.procs", procs);
    find(m, false);
    assert_null(m->place.leaf); /* no limits, no arrangements */
    find(m, true);
    expect_place(m, "/a/b");
    (void)snprintf(leaf, sizeof leaf, "cg/a/b/ecopt-self-%ld", (long)getpid());
    (void)snprintf(path, sizeof path, "%s/cgroup.procs", leaf);
    expect_file(m, path, "0");
    assert_true(m->place.has[ECO_CONTROLLER_MEMORY] && m->place.has[ECO_CONTROLLER_PIDS]);
    assert_false(m->place.has[ECO_CONTROLLER_CPUSET]);
    /* "+memory", and "+pids" written over it: this is no kernel. */
    expect_file(m, "cg/a/b/cgroup.subtree_control", "+pidsry");
    /* The group of the trial move would be another run's. */
    char tried[400];
    (void)snprintf(tried, sizeof tried, "%s/cg/a/b/ecopt-%ld-%ld", m->dir, (long)getpid(),
                   (long)gettid());
    eco_test_remove_dir(tried);
    eco_cgroup_release(&m->place);
    expect_file(m, "cg/a/b/cgroup.subtree_control", "-pidsry");
}

/* Somebody else's process, or a group of theirs: nothing is arranged. */
static void test_not_alone(void **state)
{
    machine *m = *state;
    char procs[64];
    write_group(m, "/a", "memory pids\n", "");
    write_group(m, "", "memory pids\n", "");
    (void)snprintf(procs, sizeof procs, "%ld\n4000001\n", (long)getpid());
    eco_test_write_file(m->dir, "cg/a/b/cgroup.procs", procs);
    find(m, true);
    assert_null(m->place.leaf);
    assert_false(m->place.has[ECO_CONTROLLER_MEMORY]);
    (void)snprintf(procs, sizeof procs, "%ld\n", (long)getpid());
    eco_test_write_file(m->dir, "cg/a/b/cgroup.procs", procs);
    write_group(m, "/a/b/theirs", "", "");
    find(m, true);
    assert_null(m->place.leaf);
    assert_false(m->place.has[ECO_CONTROLLER_MEMORY]);
    expect_file(m, "cg/a/b/cgroup.subtree_control", "");
}

/* A group that takes no processes is passed over. */
static void test_threaded(void **state)
{
    machine *m = *state;
    eco_test_write_file(m->dir, "cg/a/b/cgroup.type", "threaded\n");
    find(m, false);
    expect_place(m, "/a");
    eco_test_write_file(m->dir, "cg/a/cgroup.type", "domain invalid\n");
    find(m, false);
    expect_place(m, "");
}

static ecopt_status find_in(ecopt_ctx *ctx, void *user)
{
    machine *m = user;
    eco_cgroup_place place = {.ctx = NULL};
    ecopt_status status = eco_cgroup_find(ctx, m->dir, true, &place);
    if (status == ECOPT_OK)
        eco_cgroup_release(&place);
    return status;
}

static void test_memory_runs_out_while_looking(void **state)
{
    machine *m = *state;
    char procs[32];
    (void)snprintf(procs, sizeof procs, "%ld\n", (long)getpid());
    eco_test_alloc_sweep(find_in, m);
    /* And where there is something to be arranged and undone. */
    write_group(m, "/a", "memory pids\n", "");
    eco_test_write_file(m->dir, "cg/a/b/cgroup.procs", procs);
    eco_test_alloc_sweep(find_in, m);
}

/* ---- the real machine ---- */

static void find_real(machine *m)
{
    assert_status(m->ctx, eco_cgroup_find(m->ctx, NULL, true, &m->place), ECOPT_OK);
    if (!m->place.path) {
        print_message("skipped: %s\n", m->place.why[0]);
        skip();
    }
}

static eco_process_result run_real(machine *m, const char *script, const eco_limits *limits)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const char *const envp[] = {"PATH=/usr/bin:/bin", NULL};
    eco_process_result result;
    eco_process_spec spec = {.argv = argv,
                             .envp = envp,
                             .keep_fd = -1,
                             .place = &m->place,
                             .limits = limits,
                             .timeout_s = 60,
                             .grace_s = 0.1};
    assert_status(m->ctx, eco_process_run(m->ctx, &spec, &result), ECOPT_OK);
    return result;
}

/* The program is in the group from its first instruction, and the group goes with it. */
static void test_a_program_runs_in_a_group_of_its_own(void **state)
{
    machine *m = *state;
    find_real(m);
    eco_process_result result =
        run_real(m, "grep -q '^0::.*/ecopt-[0-9]*-[0-9]*$' /proc/self/cgroup", NULL);
    assert_int_equal(result.exit_status, 0);
    char name[64], path[400];
    (void)snprintf(name, sizeof name, "ecopt-%ld-%ld", (long)getpid(), (long)gettid());
    (void)snprintf(path, sizeof path, "%s/%s", m->place.path, name);
    assert_int_equal(access(path, F_OK), -1);
}

/* A child whose parent ignores its death is not in the parent's sums; the group has it. */
static void test_cpu_time_of_children_nobody_waits_for(void **state)
{
    machine *m = *state;
    find_real(m);
    eco_process_result result =
        run_real(m, "trap '' CHLD; i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done", NULL);
    assert_true(result.cpu_s > 0);
}

static void test_a_daemon_does_not_escape(void **state)
{
    machine *m = *state;
    char path[400], script[512];
    find_real(m);
    (void)snprintf(path, sizeof path, "%s/pid", m->dir);
    (void)snprintf(script, sizeof script,
                   "setsid sh -c 'setsid sleep 600 & echo $! >%s' & wait; sleep 0.1", path);
    eco_process_result result = run_real(m, script, NULL);
    assert_int_equal(result.exit_status, 0);
    assert_int_equal(result.n_left, 0);
    char text[32] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    (void)fclose(file);
    long pid = strtol(text, NULL, 10);
    assert_true(pid > 1);
    (void)snprintf(path, sizeof path, "/proc/%ld", pid);
    assert_int_equal(access(path, F_OK), -1);
}

static void test_the_limit_of_memory(void **state)
{
    machine *m = *state;
    find_real(m);
    if (!m->place.has[ECO_CONTROLLER_MEMORY]) {
        print_message("skipped: %s\n", m->place.why[ECO_CONTROLLER_MEMORY]);
        skip();
    }
    const eco_limits limits = {.memory_b = 32e6};
    eco_process_result result =
        run_real(m, "x=$(head -c 200000000 /dev/zero | tr '\\0' a)", &limits);
    assert_true(result.oom_kills > 0);
    assert_int_equal(result.signal, SIGKILL);
}

static void test_affinity_needs_no_rights(void **state)
{
    machine *m = *state;
    cpu_set_t allowed, one;
    m->place = (eco_cgroup_place){.ctx = NULL};
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    size_t cpu = 0;
    while (!CPU_ISSET(cpu, &allowed))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    char script[128];
    (void)snprintf(script, sizeof script,
                   "grep -qx 'Cpus_allowed_list:[[:space:]]*%zu' "
                   "/proc/self/status",
                   cpu);
    const eco_limits limits = {.cpus = &one};
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const char *const envp[] = {"PATH=/usr/bin:/bin", NULL};
    eco_process_spec spec = {.argv = argv, .envp = envp, .keep_fd = -1, .limits = &limits};
    eco_process_result result;
    assert_status(m->ctx, eco_process_run(m->ctx, &spec, &result), ECOPT_OK);
    assert_int_equal(result.exit_status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_nearest_group_that_hands_down_is_taken),
        TEST(test_of_equal_groups_the_nearest),
        TEST(test_limits_reach_the_kernel),
        TEST(test_what_cannot_be_kept_is_left_out),
        TEST(test_use_is_read),
        TEST(test_numbers_of_long_files),
        TEST(test_no_hierarchy),
        TEST(test_hybrid),
        TEST(test_namespace),
        TEST(test_alone_in_a_group),
        TEST(test_not_alone),
        TEST(test_threaded),
        TEST(test_memory_runs_out_while_looking),
        TEST(test_a_program_runs_in_a_group_of_its_own),
        TEST(test_cpu_time_of_children_nobody_waits_for),
        TEST(test_a_daemon_does_not_escape),
        TEST(test_the_limit_of_memory),
        TEST(test_affinity_needs_no_rights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
