#include "options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum option_kind { COUNT, LIST, TEXT, FLAG } option_kind;

/* One option: its letter stands for it in the commands' lists. */
typedef struct option {
    char letter;
    option_kind kind;
    int least, most; /* COUNT and LIST */
    size_t offset;   /* of the field in bench_options */
    const char *name;
    const char *help;
} option;

static const option table[] = {
    {'p', TEXT, 0, 0, offsetof(bench_options, problems), "--problem",
     "NAME[,NAME...]   problems, or 'all'"},
    {'s', COUNT, 1, 1000, offsetof(bench_options, seeds), "--seeds", "N   how many seeds"},
    {'f', COUNT, 0, 1000000, offsetof(bench_options, first_seed), "--first-seed",
     "N   the first of them (default 1)"},
    {'n', COUNT, 1, 10000, offsetof(bench_options, trials), "--trials",
     "N   trials of each study (default: the last mark)"},
    {'i', COUNT, 1, 10000, offsetof(bench_options, init), "--init",
     "N   of them in the initial design (default 2(d+1))"},
    {'a', TEXT, 0, 0, offsetof(bench_options, sampler), "--sampler", "NAME   default mobo"},
    {'t', FLAG, 0, 0, offsetof(bench_options, has_no_threshold), "--no-threshold",
     "   do not tell the study the reference point"},
    {'w', COUNT, 1, 1000, offsetof(bench_options, workers), "--workers",
     "Q   points out at the same time, told in random order (default 1)"},
    {'j', COUNT, 1, 64, offsetof(bench_options, jobs), "--jobs",
     "N   seeds run side by side (default 1; more disturb the CPU figures)"},
    {'T', COUNT, 1, 256, offsetof(bench_options, threads), "--threads",
     "N   of the sampler (default 1)"},
    {'m', LIST, 1, 10000, offsetof(bench_options, marks), "--marks",
     "N[,N...]   numbers of trials to report at"},
    {'d', TEXT, 0, 0, offsetof(bench_options, data_dir), "--data",
     "DIR   folder of the measured tables (default ../shared/data)"},
    {'c', TEXT, 0, 0, offsetof(bench_options, meter_case), "--case",
     "NAME   only this backend, load or table"},
    {'O', FLAG, 0, 0, offsetof(bench_options, is_overhead), "--overhead",
     "   only what metering itself costs"},
    {'J', FLAG, 0, 0, offsetof(bench_options, is_json), "--json", "   one JSON document"},
    {'h', FLAG, 0, 0, offsetof(bench_options, is_help), "--help", "   this text"},
};

/* Reads the number at *text, which must be followed by a comma or the end. */
static bool count_read(const option *rule, const char **text, int *ret_value)
{
    char *end;
    long value = strtol(*text, &end, 10);
    if (end == *text || (*end != '\0' && *end != ',') || value < rule->least || value > rule->most)
        return false;
    *text = end;
    *ret_value = (int)value;
    return true;
}

static bool list_read(const option *rule, const char *text, bench_options *options)
{
    int n = 0, last = 0;
    for (;; text++) {
        if (n == BENCH_MAX_MARKS || !count_read(rule, &text, &options->marks[n]) ||
            options->marks[n] <= last)
            return false;
        last = options->marks[n++];
        options->n_marks = n;
        if (*text == '\0')
            return true;
    }
}

static bool value_read(const char *command, const option *rule, const char *text,
                       bench_options *options)
{
    const char *from = text;
    void *field = (char *)options + rule->offset;
    bool is_good = *text != '\0';
    if (rule->kind == TEXT)
        memcpy(field, &text, sizeof text);
    else if (rule->kind == COUNT)
        is_good = count_read(rule, &from, field) && *from == '\0';
    else
        is_good = list_read(rule, text, options);
    if (is_good)
        return true;
    if (rule->kind == TEXT)
        (void)fprintf(stderr, "ecopt-bench: %s: option '%s' is empty\n", command, rule->name);
    else
        (void)fprintf(stderr, "ecopt-bench: %s: option '%s' takes %s from %d to %d, not '%s'\n",
                      command, rule->name, rule->kind == LIST ? "ascending integers" : "an integer",
                      rule->least, rule->most, text);
    return false;
}

static const option *option_find(const char *allowed, const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, name) == 0 &&
            (table[i].letter == 'h' || strchr(allowed, table[i].letter)))
            return &table[i];
    return NULL;
}

bool options_parse(const char *command, const char *allowed, int argc, char **argv,
                   bench_options *ret_options)
{
    for (int i = 0; i < argc; i++) {
        const option *rule = option_find(allowed, argv[i]);
        if (!rule) {
            (void)fprintf(stderr, "ecopt-bench: %s: unrecognised argument '%s'\n", command,
                          argv[i]);
            return false;
        }
        if (rule->kind == FLAG) {
            *(bool *)((char *)ret_options + rule->offset) = true;
            continue;
        }
        if (++i == argc) {
            (void)fprintf(stderr, "ecopt-bench: %s: option '%s' needs a value\n", command,
                          rule->name);
            return false;
        }
        if (!value_read(command, rule, argv[i], ret_options))
            return false;
    }
    return true;
}

void options_help(const char *allowed)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].letter == 'h' || strchr(allowed, table[i].letter))
            (void)printf("  %s %s\n", table[i].name, table[i].help);
}
