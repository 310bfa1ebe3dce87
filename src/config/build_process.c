/*
 * The sections `retries`, `resources`, `inherit_env` and `secrets`, and
 * `budget.consecutive_failures`: what happens around a program, and what when it fails.
 *
 * None of it changes which points are chosen or what a value means, so a study may change it from
 * one run to the next. Defaults stand here and, for people, in the table of keys.
 */
#include "config/build.h"

#include <limits.h>
#include <math.h>
#include <string.h>

_Static_assert((int)ECOPT_CAUSE_TOLD < (int)ECOPT_CAUSES_MAX,
               "a cause has no place in the table of retries");

/* After this many failures in a row it is the program that fails and not a corner of the space. */
enum { CONSECUTIVE_DEFAULT = 10 };

/* Retries beyond this are a loop and no policy. */
enum { RETRIES_MAX = 100 };

/*
 * A cause that lies in the point or in the program comes again, and costs its joules again: no
 * retry. A signal from outside, a meter that did not answer and a worker that died say nothing of
 * the point. A trial that takes its worker down with it looks like one whose worker was just
 * unlucky; three times is enough to tell.
 */
static const struct {
    ecopt_cause cause;
    int64_t retries;
} defaults[] = {
    {ECOPT_CAUSE_EXIT, 0},   {ECOPT_CAUSE_SIGNAL, 1},       {ECOPT_CAUSE_TIMEOUT, 0},
    {ECOPT_CAUSE_MEMORY, 0}, {ECOPT_CAUSE_START, 0},        {ECOPT_CAUSE_NO_METRIC, 0},
    {ECOPT_CAUSE_METER, 1},  {ECOPT_CAUSE_NOT_A_NUMBER, 0}, {ECOPT_CAUSE_LOST, 3},
};

/* A whole number within `range`; without the key *ret keeps the caller's default. */
typedef struct whole_range {
    int64_t least, most;
    const char *hint;
} whole_range;

static void read_whole(eco_build *b, const eco_node *map, const char *key, whole_range range,
                       int64_t *ret)
{
    int64_t number = 0;
    eco_node *node = eco_field_get(map, key);
    if (!node || !eco_node_int(node, &number))
        return;
    if (number < range.least || number > range.most)
        eco_diagnosis_error(b->report, node, range.hint, "%s (%s) must lie between %lld and %lld",
                            key, node->text, (long long)range.least, (long long)range.most);
    else
        *ret = number;
}

static void read_failures(eco_build *b)
{
    ecopt_failure_policy *policy = &b->definition->failures;
    eco_node *map = eco_field_get(b->root, "retries");
    static const whole_range range = {0, RETRIES_MAX, "0: such a trial is not run again"};
    static const whole_range in_row = {0, INT_MAX, "0: never stop for it"};
    for (size_t i = 0; i < ECO_LEN(defaults); i++) {
        int64_t retries = defaults[i].retries;
        read_whole(b, map, ecopt_cause_name(defaults[i].cause), range, &retries);
        policy->retries[defaults[i].cause] = (int32_t)retries;
    }
    policy->consecutive = CONSECUTIVE_DEFAULT;
    read_whole(b, eco_field_get(b->root, "budget"), "consecutive_failures", in_row,
               &policy->consecutive);
}

/* A limit of 0 would let nothing run at all. What this machine has is not asked here: the file may
 * be checked on one and run on another. */
static void read_resources(eco_build *b)
{
    ecopt_resources *resources = &b->definition->resources;
    eco_node *map = eco_field_get(b->root, "resources");
    eco_node *memory = eco_field_get(map, "memory"), *required = eco_field_get(map, "required");
    /* Below it no program starts: most likely the unit was forgotten. */
    const double least_b = 1024.0 * 1024.0;
    static const char no_limit[] = "leave it out for no limit";
    if (memory && eco_field_size_b(memory, &resources->memory_b) &&
        !(resources->memory_b >= least_b && resources->memory_b < 1e18))
        eco_diagnosis_error(b->report, memory, "e.g. memory: 4GB; leave it out for no limit",
                            "a trial cannot run in %s", memory->text);
    read_whole(b, map, "cpus", (whole_range){1, 65536, no_limit}, &resources->cpus);
    read_whole(b, map, "gpus", (whole_range){1, 1024, no_limit}, &resources->gpus);
    read_whole(b, map, "pids", (whole_range){1, 4194304, no_limit}, &resources->pids);
    if (!required)
        return;
    (void)eco_node_bool(required, &resources->is_required);
    if (resources->is_required && map->n == 1)
        eco_diagnosis_warning(b->report, required->key, "add e.g. memory: 4GB",
                              "there is no limit that could be required");
}

/* Letters, digits and '_'; '*' stands at an end, at both, or alone. */
static bool is_pattern(const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        bool is_end = i == 0 || i == n - 1;
        bool is_word = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
                       (text[i] >= '0' && text[i] <= '9') || text[i] == '_';
        if (!is_word && !(text[i] == '*' && is_end))
            return false;
    }
    return n > 0 && !(text[0] >= '0' && text[0] <= '9');
}

/* A list of names or patterns; they stay texts, as what they match is known at the run only. */
static ecopt_status read_patterns(eco_build *b, eco_node *list, const char *const **ret_items,
                                  size_t *ret_n)
{
    const char **items = eco_arena_alloc(b->arena, list ? list->n + 1 : 1, sizeof *items);
    size_t n = 0;
    if (!items)
        return ECOPT_E_NOMEM;
    for (eco_node *item = list ? list->first : NULL; item; item = item->next) {
        if (item->is_bad)
            continue;
        if (!is_pattern(item->text))
            eco_diagnosis_error(b->report, item, "use letters, digits and '_', and '*' at an end",
                                "'%.80s' cannot be the name of a variable", item->text);
        items[n++] = item->text;
    }
    *ret_items = items;
    *ret_n = n;
    return ECOPT_OK;
}

/* What is of no use there: ECOpt sets its own variables anew for each phase. */
static void warn_own(eco_build *b, const eco_node *list)
{
    for (eco_node *item = list->first; item; item = item->next)
        if (!item->is_bad && strncmp(item->text, "ECOPT_", 6) == 0)
            eco_diagnosis_warning(b->report, item, "leave it out",
                                  "variables that begin with ECOPT_ are never inherited");
}

/* Without PATH a program is looked for in the system's folders only; most who forget it mean it. */
static void warn_path(eco_build *b, eco_node *list)
{
    const ecopt_environment *environment = &b->definition->environment;
    for (size_t i = 0; i < environment->n_inherited; i++)
        if (strcmp(environment->inherited[i], "PATH") == 0 || environment->inherited[i][0] == '*')
            return;
    for (size_t i = 0; i < b->definition->n_env; i++)
        if (strncmp(b->definition->env[i], "PATH=", 5) == 0)
            return;
    eco_diagnosis_warning(b->report, list->key, "add PATH to the list",
                          "the commands get no PATH: programs are found in /usr/local/bin, "
                          "/usr/bin and /bin only");
}

static ecopt_status read_environment(eco_build *b)
{
    ecopt_environment *environment = &b->definition->environment;
    eco_node *inherited = eco_field_get(b->root, "inherit_env");
    if (inherited && eco_node_is_null(inherited))
        inherited = NULL;
    environment->is_limited = inherited != NULL;
    ECO_TRY(read_patterns(b, inherited, &environment->inherited, &environment->n_inherited));
    ECO_TRY(read_patterns(b, eco_field_get(b->root, "secrets"), &environment->secrets,
                          &environment->n_secrets));
    if (inherited) {
        warn_path(b, inherited);
        warn_own(b, inherited);
    }
    return ECOPT_OK;
}

ecopt_status eco_build_process(eco_build *b)
{
    read_failures(b);
    read_resources(b);
    ECO_TRY(read_environment(b));
    return b->report->status;
}
