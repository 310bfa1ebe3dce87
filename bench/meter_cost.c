/* The command `ecopt-bench meter --overhead`: what metering itself takes. */
#include "bench.h"
#include "sample.h"

#include <ecopt/meter.h>
#include <fcntl.h>
#include <libgen.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { N_ZONES = 4, N_SPAWNS = 60 };

/* How long the sampling thread is watched at each rate. */
#define WATCH_S 8.0

static bool write_text(const char *dir, int zone, const char *file, const char *text)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/sys/class/powercap/intel-rapl:%d/%s", dir, zone, file);
    FILE *to = fopen(path, "w");
    bool is_written = to && fputs(text, to) >= 0;
    return to && fclose(to) == 0 && is_written;
}

/* Four packages of files that a meter reads as it would read the kernel's. */
static bool make_tree(const char *dir)
{
    static const char *const FOLDERS[] = {"/sys", "/sys/class", "/sys/class/powercap"};
    char path[512], name[32];
    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++) {
        (void)snprintf(path, sizeof path, "%s%s", dir, FOLDERS[i]);
        if (mkdir(path, 0755) != 0)
            return false;
    }
    for (int i = 0; i < N_ZONES; i++) {
        (void)snprintf(path, sizeof path, "%s/sys/class/powercap/intel-rapl:%d", dir, i);
        (void)snprintf(name, sizeof name, "package-%d\n", i);
        if (mkdir(path, 0755) != 0 || !write_text(dir, i, "name", name) ||
            !write_text(dir, i, "max_energy_range_uj", "262143328850\n") ||
            !write_text(dir, i, "energy_uj", "5000000000\n"))
            return false;
    }
    return true;
}

/* CPU of this process while it only holds a window open, over the time. */
static double sampling_share(ecopt_ctx *ctx, const char *dir, double interval_s)
{
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = "rapl-powercap";
    options.system_root = dir;
    options.interval_s = interval_s;
    ecopt_meter *meter = NULL;
    ecopt_window *window = NULL;
    double share = (double)NAN;
    if (ecopt_meter_open(ctx, &options, &meter) == ECOPT_OK &&
        ecopt_meter_begin(meter, NULL, &window) == ECOPT_OK) {
        moment from = moment_now();
        (void)nanosleep(&(struct timespec){(time_t)WATCH_S, 0}, NULL);
        moment to = moment_now();
        share = (to.cpu_s - from.cpu_s) / (to.wall_s - from.wall_s);
        ecopt_meter_abandon(meter, window);
    } else {
        (void)fprintf(stderr, "ecopt-bench: %s\n", ecopt_ctx_errmsg(ctx));
    }
    (void)ecopt_meter_close(meter);
    return share;
}

/* Medians of a command whose streams go nowhere; NaN when it fails. */
typedef struct spawn_cost {
    double wall_ms, cpu_ms;
} spawn_cost;

static spawn_cost cost_of(char *const *argv)
{
    cost_list costs;
    spawn_cost cost = {(double)NAN, (double)NAN};
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    bool is_good = costs_init(&costs, N_SPAWNS);
    for (int i = 0; i < N_SPAWNS && is_good; i++) {
        moment before = moment_now();
        pid_t pid;
        int status = -1;
        is_good = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) == 0 &&
                  waitpid(pid, &status, 0) == pid && status == 0;
        if (is_good)
            costs_add(&costs, before, moment_now());
    }
    if (is_good) {
        cost.wall_ms = quantile(costs.wall_ms, costs.n, 0.5);
        cost.cpu_ms = quantile(costs.cpu_ms, costs.n, 0.5);
    }
    costs_release(&costs);
    (void)posix_spawn_file_actions_destroy(&actions);
    return cost;
}

/* The ecopt that was built beside this program. */
static spawn_cost cost_of_measure(void)
{
    char self[512], ecopt[600], measure[] = "measure", separator[] = "--", name[] = "true";
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return (spawn_cost){(double)NAN, (double)NAN};
    self[n] = '\0';
    (void)snprintf(ecopt, sizeof ecopt, "%s/ecopt", dirname(self));
    char *argv[] = {ecopt, measure, separator, name, NULL};
    return cost_of(argv);
}

static void print_field(const char *name, double value)
{
    if (isfinite(value))
        (void)printf("\"%s\": %.6g", name, value);
    else
        (void)printf("\"%s\": null", name);
}

int bench_meter_cost(const bench_options *options)
{
    char dir[256], name[] = "true";
    char *plain[] = {name, NULL};
    ecopt_ctx *ctx = NULL;
    if (ecopt_ctx_new(NULL, &ctx) != ECOPT_OK || !folder_make(dir)) {
        ecopt_ctx_free(ctx);
        return 1;
    }
    bool is_made = make_tree(dir);
    double share_10 = is_made ? sampling_share(ctx, dir, 0.1) : (double)NAN;
    double share_100 = is_made ? sampling_share(ctx, dir, 0.01) : (double)NAN;
    spawn_cost bare = cost_of(plain), metered = cost_of_measure();
    folder_remove(dir);
    ecopt_ctx_free(ctx);
    if (options->is_json) {
        (void)printf("{\"sources\": %d, ", N_ZONES);
        print_field("cpu_10hz_ratio", share_10);
        (void)printf(", ");
        print_field("cpu_100hz_ratio", share_100);
        (void)printf(", ");
        print_field("true_ms", bare.wall_ms);
        (void)printf(", ");
        print_field("measure_true_ms", metered.wall_ms);
        (void)printf(", ");
        print_field("true_cpu_ms", bare.cpu_ms);
        (void)printf(", ");
        print_field("measure_true_cpu_ms", metered.cpu_ms);
        (void)printf("}\n");
    } else {
        (void)printf("sampling %d files, CPU of one core: %.3f %% at 10 Hz, %.3f %% at 100 Hz\n",
                     N_ZONES, 100 * share_10, 100 * share_100);
        (void)printf("'true' %.2f ms, 'ecopt measure -- true' %.2f ms: adds %.2f ms, of them %.2f "
                     "ms CPU (medians of %d)\n",
                     bare.wall_ms, metered.wall_ms, metered.wall_ms - bare.wall_ms,
                     metered.cpu_ms - bare.cpu_ms, N_SPAWNS);
    }
    return isfinite(share_10 + share_100 + bare.wall_ms + metered.wall_ms) ? 0 : 1;
}
