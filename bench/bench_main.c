/* Command line of ecopt-bench. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: ecopt-bench overhead [--trials N] [--json]\n"
                            "       ecopt-bench suggest [--json]\n"
                            "  overhead   cost per trial of running 'true' through a study\n"
                            "  suggest    CPU per suggestion and hypervolume on BraninCurrin\n";

/* -1 unless text is a whole number in 10..100000. */
static int count_parse(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    return *text != '\0' && *end == '\0' && value >= 10 && value <= 100000 ? (int)value : -1;
}

int main(int argc, char **argv)
{
    bench_options options = {.trials = 200};
    if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(usage, stdout);
        return 0;
    }
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            options.is_json = true;
        } else if (strcmp(argv[i], "--trials") == 0 && i + 1 < argc) {
            options.trials = count_parse(argv[++i]);
        } else {
            options.trials = -1;
        }
    }
    if (argc >= 2 && strcmp(argv[1], "overhead") == 0 && options.trials > 0)
        return bench_overhead(&options);
    if (argc >= 2 && strcmp(argv[1], "suggest") == 0 && options.trials > 0)
        return bench_suggest(&options);
    (void)fputs(usage, stderr);
    return 2;
}
