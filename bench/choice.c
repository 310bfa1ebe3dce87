#include "choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool choice_add(choice *chosen, const bench_problem *problem)
{
    if (chosen->n == MAX_CHOSEN) {
        (void)fprintf(stderr, "ecopt-bench: more than %d problems\n", MAX_CHOSEN);
        return false;
    }
    chosen->list[chosen->n++] = problem;
    return true;
}

/* All tables whose name is `name` or begins with it and a dash ("Zeus"): none without the data. */
static bool choice_add_tables(choice *chosen, const char *name)
{
    size_t length = strlen(name);
    int before = chosen->n;
    bool is_good = true;
    for (size_t i = 0; i < chosen->tables.n && is_good; i++) {
        const char *own = chosen->tables.problems[i].name;
        if (strncmp(own, name, length) == 0 && (own[length] == '\0' || own[length] == '-'))
            is_good = choice_add(chosen, &chosen->tables.problems[i]);
    }
    if (is_good && chosen->n == before)
        (void)fprintf(stderr, "ecopt-bench: '%s' is left out: there is no such table\n", name);
    return is_good;
}

/* One name; complains when it is wrong. */
static bool choice_add_name(choice *chosen, const char *name)
{
    size_t n;
    const bench_problem *all = bench_problems(&n);
    const bench_problem *problem = bench_problem_find(name);
    bool is_good = true;
    if (problem)
        return choice_add(chosen, problem);
    if (tables_owns(name))
        return choice_add_tables(chosen, name);
    if (strcmp(name, "all") != 0) {
        (void)fprintf(stderr, "ecopt-bench: there is no problem '%s'\n", name);
        return false;
    }
    for (size_t i = 0; i < n && is_good; i++)
        is_good = choice_add(chosen, &all[i]);
    for (size_t i = 0; i < chosen->tables.n && is_good; i++)
        is_good = choice_add(chosen, &chosen->tables.problems[i]);
    return is_good;
}

/* Reads the tables only where one may be asked for; complaints and what is missing go to stderr. */
static bool choice_fill(const bench_options *options, const char *names, choice *chosen)
{
    const char *dir = options->data_dir ? options->data_dir : getenv("ECOPT_SHARED_DATA");
    char *copy = strdup(names);
    bool is_good = copy != NULL;
    if (strstr(names, "all") || strstr(names, "EC-NAS") || strstr(names, "Zeus"))
        tables_load(dir && *dir ? dir : "../shared/data", &chosen->tables);
    for (char *rest = copy, *name; is_good && (name = strsep(&rest, ",")) != NULL;)
        is_good = choice_add_name(chosen, name);
    free(copy);
    return is_good;
}

choice *choice_new(const bench_options *options, const char *fallback)
{
    choice *chosen = calloc(1, sizeof *chosen);
    if (chosen && choice_fill(options, options->problems ? options->problems : fallback, chosen))
        return chosen;
    choice_free(chosen);
    return NULL;
}

void choice_free(choice *chosen)
{
    if (chosen)
        tables_release(&chosen->tables);
    free(chosen);
}
