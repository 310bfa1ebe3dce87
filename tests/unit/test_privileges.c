/*
 * Descriptors that were opened by root keep working when root is given up: the mode of a file is
 * looked at when it is opened, and never again.
 *
 * A child opens a meter on counters of mode 0400, becomes nobody, and measures while the parent
 * moves the counter.  Needs root; skipped for anybody else.
 */
#include "support/eco_test.h"

#include <ecopt/meter.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

typedef struct machine {
    char root[256], counter[512];
    int to_child[2], to_parent[2];
} machine;

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_machine(machine *m)
{
    static const char *const folders[] = {"sys", "sys/class", "sys/class/powercap",
                                          "sys/class/powercap/intel-rapl:0"};
    char path[512];
    eco_test_temp_dir(m->root);
    /* The way is open for all: only the counter's own mode stands against nobody. */
    assert_int_equal(chmod(m->root, 0755), 0);
    for (size_t i = 0; i < ECO_LEN(folders); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", m->root, folders[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    (void)snprintf(path, sizeof path, "%s/%s/name", m->root, folders[3]);
    write_text(path, "package-0\n");
    (void)snprintf(path, sizeof path, "%s/%s/max_energy_range_uj", m->root, folders[3]);
    write_text(path, "262143328850\n");
    (void)snprintf(m->counter, sizeof m->counter, "%s/%s/energy_uj", m->root, folders[3]);
    write_text(m->counter, "1000000\n");
    assert_int_equal(chmod(m->counter, 0400), 0);
    assert_int_equal(pipe(m->to_child), 0);
    assert_int_equal(pipe(m->to_parent), 0);
}

static void remove_machine(const machine *m)
{
    eco_test_remove_dir(m->root);
    for (int i = 0; i < 2; i++) {
        (void)close(m->to_child[i]);
        (void)close(m->to_parent[i]);
    }
}

/* The child's own checks are exit codes: an assertion of cmocka would go on in the parent's name.
 */
static int measure_as_nobody(const machine *m)
{
    ecopt_ctx *ctx = NULL;
    ecopt_meter *meter = NULL, *second = NULL;
    ecopt_window *window = NULL;
    ecopt_energy energy;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    char byte = 0;
    options.system_root = m->root;
    options.sources = "rapl-powercap";
    if (ecopt_ctx_new(NULL, &ctx) != ECOPT_OK ||
        ecopt_meter_open(ctx, &options, &meter) != ECOPT_OK)
        return 2;
    if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        return 3;
    /* What is closed to nobody now ... */
    if (open(m->counter, O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES ||
        ecopt_meter_open(ctx, &options, &second) != ECOPT_E_METER_PERM)
        return 4;
    /* ... is read through what root opened. */
    if (ecopt_meter_begin(meter, NULL, &window) != ECOPT_OK ||
        write(m->to_parent[1], "b", 1) != 1 || read(m->to_child[0], &byte, 1) != 1 ||
        ecopt_meter_end(meter, window, 0, &energy) != ECOPT_OK)
        return 5;
    if (energy.quality != ECOPT_QUALITY_MEASURED_COUNTER || energy.flags & ECOPT_FLAG_MISS)
        return 6;
    /* 7 J, and nothing lost of them. */
    if (!(energy.energy_j > 6.99 && energy.energy_j < 7.01))
        return 7;
    int code = ecopt_meter_close(meter) == ECOPT_OK ? 0 : 8;
    ecopt_ctx_free(ctx);
    return code;
}

static void test_descriptors_outlive_root(void **state)
{
    (void)state;
    machine m;
    char byte = 0;
    int status = 0;
    if (geteuid() != 0)
        skip();
    make_machine(&m);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(measure_as_nobody(&m));
    /* Without the other ends a child that failed early would be waited for for ever. */
    (void)close(m.to_parent[1]);
    if (read(m.to_parent[0], &byte, 1) == 1) {
        (void)usleep(100 * 1000);
        /* In place, as the kernel does: a file that is empty for a moment would be a failed read.
         */
        int fd = open(m.counter, O_WRONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, "8", 1, 0), 1);
        (void)close(fd);
        assert_int_equal(write(m.to_child[1], "e", 1), 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    m.to_parent[1] = -1;
    remove_machine(&m);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_descriptors_outlive_root)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
