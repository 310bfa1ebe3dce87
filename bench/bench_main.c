/* Command line of ecopt-bench. */
#include "options.h"
#include "problems.h"

#include <stdio.h>
#include <string.h>

/* A command, what it takes (letters of options.c), and what it does. */
typedef struct command {
    const char *name;
    const char *allowed;
    int (*run)(const bench_options *options);
    const char *summary;
} command;

static const command commands[] = {
    {"overhead", "nJ", bench_overhead, "cost per trial of running 'true' through a study"},
    {"workers", "nwJ", bench_workers, "trials a second of several workers on one study"},
    {"quality", "psfniatwTjmdJ", bench_quality,
     "hypervolume reached on test problems, and CPU per ask on the way"},
    {"suggest", "psfaTmdJ", bench_suggest, "CPU per suggestion and memory, up to 10,000 trials"},
    {"worth", "psfnjd", bench_worth,
     "search and deployment energy under the net-positive rule, against fixed numbers of trials"},
    {"meter", "sfcOJ", bench_meter, "joules of known loads through every kind of meter"},
    {"waste", "sfnaitdcJ", bench_waste,
     "joules and front of studies with and without the rules that save joules"},
    {"hypervolume", "J", bench_hypervolume, "CPU of hypervolumes and sorting of large sets"},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void usage(FILE *to)
{
    (void)fputs("usage: ecopt-bench COMMAND [OPTION]...\n", to);
    for (size_t i = 0; i < N_COMMANDS; i++)
        (void)fprintf(to, "  %-12s %s\n", commands[i].name, commands[i].summary);
    (void)fputs("ecopt-bench COMMAND --help lists its options\n", to);
}

static void help(const command *what)
{
    size_t n;
    const bench_problem *problems = bench_problems(&n);
    (void)printf("usage: ecopt-bench %s [OPTION]...\n%s\n", what->name, what->summary);
    options_help(what->allowed);
    if (!strchr(what->allowed, 'p'))
        return;
    (void)printf("problems:");
    for (size_t i = 0; i < n; i++)
        (void)printf(" %s", problems[i].name);
    (void)printf("\n");
}

int main(int argc, char **argv)
{
    bench_options options = {0};
    const command *what = NULL;
    if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    for (size_t i = 0; i < N_COMMANDS && argc >= 2; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            what = &commands[i];
    if (!what) {
        if (argc >= 2)
            (void)fprintf(stderr, "ecopt-bench: unrecognised command '%s'\n", argv[1]);
        usage(stderr);
        return 2;
    }
    if (!options_parse(what->name, what->allowed, argc - 2, argv + 2, &options)) {
        (void)fprintf(stderr, "ecopt-bench %s --help lists its options\n", what->name);
        return 2;
    }
    if (options.is_help) {
        help(what);
        return 0;
    }
    return what->run(&options);
}
