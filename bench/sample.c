#include "sample.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static double timeval_s(struct timeval tv)
{
    return (double)tv.tv_sec + 1e-6 * (double)tv.tv_usec;
}

moment moment_now(void)
{
    struct timespec ts;
    struct rusage self, children;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    (void)getrusage(RUSAGE_SELF, &self);
    (void)getrusage(RUSAGE_CHILDREN, &children);
    return (moment){.wall_s = (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec,
                    .cpu_s = timeval_s(self.ru_utime) + timeval_s(self.ru_stime) +
                             timeval_s(children.ru_utime) + timeval_s(children.ru_stime),
                    .max_rss_b = 1024.0 * (double)self.ru_maxrss};
}

void costs_add(cost_list *costs, moment from, moment to)
{
    costs->wall_ms[costs->n] = 1e3 * (to.wall_s - from.wall_s);
    costs->cpu_ms[costs->n] = 1e3 * (to.cpu_s - from.cpu_s);
    costs->n++;
}

bool costs_init(cost_list *costs, int room)
{
    *costs = (cost_list){.wall_ms = calloc((size_t)room, sizeof(double)),
                         .cpu_ms = calloc((size_t)room, sizeof(double))};
    return costs->wall_ms && costs->cpu_ms;
}

void costs_release(cost_list *costs)
{
    free(costs->wall_ms);
    free(costs->cpu_ms);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double quantile(double *values, int n, double q)
{
    if (n == 0)
        return (double)NAN;
    qsort(values, (size_t)n, sizeof *values, compare_doubles);
    return values[(int)(q * (n - 1) + 0.5)];
}

bool folder_make(char dir[256])
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(dir, 256, "%.200s/ecopt-bench-XXXXXX", base && *base ? base : "/tmp");
    if (mkdtemp(dir))
        return true;
    perror("ecopt-bench: cannot make a temporary folder");
    return false;
}

/* One step of the walk: files before the folder that holds them. */
static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

void folder_remove(const char *dir)
{
    if (nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0)
        (void)fprintf(stderr, "ecopt-bench: could not remove '%s'\n", dir);
}
