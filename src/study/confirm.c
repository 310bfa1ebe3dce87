/*
 * Which points are measured anew, and in which order.
 *
 * Choosing and reporting must not use the same numbers: whoever reports the values by which the
 * best were chosen reports their luck, too. So there are two stages, a screening that joins the
 * search's values to choose by, and rounds that only report. A single stage would do half of the
 * job: of 50 equal configurations those that come on when the winner falls are themselves the
 * luckiest of the rest, and the best of several fresh means is again the best by luck.
 *
 * Values are held in memory until the end and stored point by point, each in one transaction: a
 * process that is killed meanwhile leaves the front as it was. What a run has spent is stored
 * behind the run, in an attempt that counts as lost until its point is stored; of a killed one the
 * joules of the run that was under way alone are not known, as those of any killed trial are.
 */
#include "study/confirm.h"

#include "core/fs.h"
#include "core/rng.h"
#include "pareto/cost.h"

#include <ecopt/pareto.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* One confirmation under way. */
typedef struct confirmation {
    const eco_confirm_run *run;
    ecopt_study *study;
    ecopt_snapshot *snapshot;  /* owned */
    eco_confirm_point *points; /* owned: trials that may be on the front */
    size_t n;
    size_t *order;  /* owned, n: work of the rounds */
    size_t *front;  /* owned, n */
    double *cost;   /* owned, n x m */
    double *x;      /* owned: codes of one point */
    double spent_j; /* of the whole study, this included */
    bool is_screened, is_stopped, is_budget_spent;
} confirmation;

/* True when a confirmation has failed on this trial before: it is not tried at every run. */
static bool has_failed(const ecopt_trial *trial)
{
    for (size_t i = 0; i < trial->n_decisions; i++)
        if (strcmp(trial->decisions[i].kind, "confirm") == 0 &&
            strcmp(trial->decisions[i].verdict, "not measured") == 0)
            return true;
    return false;
}

/* A trial that is complete, keeps the constraints and was not passed over; with its values. */
static bool point_take(const ecopt_definition *definition, const ecopt_trial *trial,
                       eco_confirm_point *ret)
{
    if (trial->state != ECOPT_TRIAL_COMPLETE || trial->is_outside || trial->is_passed_over)
        return false;
    for (size_t c = 0; c < definition->n_constraints; c++) {
        const ecopt_constraint *constraint = &definition->constraints[c];
        const ecopt_metric_value *metric = ecopt_trial_metric(trial, constraint->metric);
        bool holds =
            metric && (constraint->relation == ECOPT_AT_LEAST ? metric->value >= constraint->bound
                                                              : metric->value <= constraint->bound);
        if (!holds)
            return false;
    }
    *ret = (eco_confirm_point){.trial = trial};
    for (size_t k = 0; k < definition->n_objectives; k++) {
        const ecopt_objective *objective = &definition->objectives[k];
        const ecopt_metric_value *metric = ecopt_trial_metric(trial, objective->metric);
        ret->value[k] = metric ? metric->value : (double)NAN;
        if (isnan(eco_cost(objective, ret->value[k])))
            return false;
    }
    if (trial->n_confirmed > 0)
        ret->place = ECO_CONFIRM_DONE;
    else if (has_failed(trial))
        ret->place = ECO_CONFIRM_FAILED;
    return true;
}

/* Room for all trials, of which a few will be on the front: simpler than counting twice. */
static ecopt_status points_take(confirmation *c)
{
    ecopt_ctx *ctx = c->study->ctx;
    size_t room = c->snapshot->n_trials + 1, m = c->study->problem.n_objectives;
    c->points = eco_alloc(ctx, room, sizeof *c->points);
    c->order = eco_alloc(ctx, room, sizeof *c->order);
    c->front = eco_alloc(ctx, room, sizeof *c->front);
    c->cost = eco_alloc(ctx, room * m, sizeof *c->cost);
    c->x = eco_alloc(ctx, ecopt_space_n_params(c->study->definition->space) + 1, sizeof *c->x);
    if (!c->points || !c->order || !c->front || !c->cost || !c->x)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < c->snapshot->n_trials; i++)
        c->n += point_take(c->study->definition, &c->snapshot->trials[i], &c->points[c->n]);
    c->spent_j = c->snapshot->spent_energy_j;
    return ECOPT_OK;
}

/* The front of the values to choose by. @return points on it, listed in c->front */
static ecopt_status find_front(confirmation *c, size_t *ret_n)
{
    const eco_problem *problem = &c->study->problem;
    size_t m = problem->n_objectives;
    for (size_t i = 0; i < c->n; i++) {
        /* In the end a point that nobody has looked at again is there by the luck of the search. */
        bool is_out = c->is_screened && c->points[i].place == ECO_CONFIRM_OPEN;
        for (size_t k = 0; k < m; k++)
            c->cost[i * m + k] =
                is_out ? HUGE_VAL : eco_cost(&problem->objectives[k], c->points[i].value[k]);
    }
    return ecopt_nondominated(c->study->ctx, c->n, m, c->cost, c->front, ret_n);
}

/* No further measurement: the user, or the joules. */
static bool is_over(confirmation *c)
{
    c->is_stopped = c->is_stopped || (c->run->stop && *c->run->stop != 0);
    c->is_budget_spent = c->is_budget_spent || c->spent_j >= c->study->definition->budget.energy_j;
    return c->is_stopped || c->is_budget_spent;
}

/* Said at once, and kept for the record: the point keeps the value of the search. */
static ecopt_status fail_point(confirmation *c, eco_confirm_point *point, const char *reason)
{
    point->place = ECO_CONFIRM_FAILED;
    point->reason = eco_strdup(c->study->ctx, reason);
    eco_log(c->study->ctx, ECOPT_LOG_WARNING, "trial %lld cannot be measured again: %s",
            (long long)point->trial->id, reason);
    return point->reason ? ECOPT_OK : ECOPT_E_NOMEM;
}

/* Joules of a run count towards the budget; what was not metered does not. */
static void add_spent(confirmation *c, const eco_outcome *outcome)
{
    for (size_t i = 0; i < outcome->n_phases; i++) {
        double energy_j = outcome->phases[i].energy.energy_j;
        if (!isnan(energy_j))
            c->spent_j = (isnan(c->spent_j) ? 0 : c->spent_j) + energy_j;
    }
}

/* The measured phases of one point once, in its folder `dir`. */
static ecopt_status run_in(confirmation *c, eco_confirm_point *point, int64_t round,
                           const char *dir)
{
    const ecopt_definition *definition = c->study->definition;
    const eco_trial_part part = {definition->repeats.n_phases, definition->repeats.phases, round};
    eco_trial_request request = c->run->base ? *c->run->base : (eco_trial_request){.keep_fd = -1};
    eco_outcome *outcome = NULL;
    request.definition = definition;
    request.trial = point->trial->id;
    request.x = c->x;
    request.seed = eco_study_trial_seed(c->study, point->trial->id);
    request.dir = dir;
    request.meter = c->run->meter;
    request.stop = c->run->stop;
    request.on_phase = c->run->on_phase;
    request.user = c->run->user;
    request.guide = NULL;
    request.part = &part;
    ECO_TRY(ecopt_space_parse_point(c->study->ctx, definition->space, point->trial->point, c->x));
    if (c->run->on_trial)
        c->run->on_trial(c->run->user, point->trial->id, point->trial->point);
    ECO_TRY(eco_confirm_begin(c->study, point));
    ECO_TRY(eco_trial_run(c->study->ctx, &request, &outcome));
    add_spent(c, outcome);
    bool is_good = outcome->state == ECOPT_TRIAL_COMPLETE;
    /* A run that was broken off measured something else than the others. */
    c->is_stopped = c->is_stopped || outcome->state == ECOPT_TRIAL_ABANDONED;
    ecopt_status status = eco_confirm_spent(c->study, point, outcome);
    if (status == ECOPT_OK && !is_good && outcome->state != ECOPT_TRIAL_ABANDONED)
        status = fail_point(c, point, outcome->reason);
    if (status == ECOPT_OK && is_good)
        return eco_confirm_keep(c->study->ctx, point, outcome);
    eco_outcome_free(c->study->ctx, outcome);
    return status;
}

/* Told results have no folder, and folders may be gone: the point keeps the value of the search. */
static ecopt_status measure(confirmation *c, eco_confirm_point *point, int64_t round)
{
    ecopt_ctx *ctx = c->study->ctx;
    if (!point->trial->dir)
        return fail_point(c, point, "it was not run here");
    char *dir = eco_fs_join(ctx, c->study->dir, point->trial->dir);
    if (!dir)
        return ECOPT_E_NOMEM;
    ecopt_status status = access(dir, F_OK) == 0 ? run_in(c, point, round, dir)
                                                 : fail_point(c, point, "its folder is gone");
    eco_free(ctx, dir);
    return status;
}

/* Fisher and Yates: drift of the machine then favours nobody. */
static void shuffle(const confirmation *c, size_t n, int64_t round)
{
    eco_rng rng;
    eco_rng_init(&rng, c->study->definition->seed, ECO_STREAM_CONFIRM,
                 (uint64_t)c->snapshot->n_trials << 16 | (uint64_t)round);
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)eco_rng_below(&rng, i), moved = c->order[i - 1];
        c->order[i - 1] = c->order[k];
        c->order[k] = moved;
    }
}

/* One round over the n points in c->order. */
static ecopt_status run_round(confirmation *c, size_t n, int64_t round)
{
    shuffle(c, n, round);
    for (size_t i = 0; i < n && !is_over(c); i++) {
        eco_confirm_point *point = &c->points[c->order[i]];
        if (point->place != ECO_CONFIRM_FAILED)
            ECO_TRY(measure(c, point, round));
    }
    return ECOPT_OK;
}

/* The screening's measurement joins those of the search: a mean over all of them to choose by. */
static void take_screening(const confirmation *c, eco_confirm_point *point)
{
    const ecopt_definition *definition = c->study->definition;
    double n = 1;
    if (point->n_runs == 0)
        return;
    point->place = ECO_CONFIRM_SCREENED;
    for (size_t i = 0; i < point->trial->n_phases; i++)
        n = fmax(n, (double)point->trial->phases[i].repeat);
    for (size_t k = 0; k < definition->n_objectives; k++)
        for (size_t i = 0; i < point->runs[0]->n_metrics; i++)
            if (strcmp(point->runs[0]->metrics[i].name, definition->objectives[k].metric) == 0)
                point->value[k] =
                    (n * point->value[k] + point->runs[0]->metrics[i].value) / (n + 1);
}

/*
 * Measures the front once; points that come on by it as well, in at most ECO_CONFIRM_PASSES passes
 * and ECO_CONFIRM_GROWTH times as many points: what seems to come on is mostly what had luck in the
 * search, and has to lose it first.
 */
static ecopt_status screen(confirmation *c, eco_confirm_report *report)
{
    size_t n_screened = 0, most = 0;
    for (int pass = 0; pass < ECO_CONFIRM_PASSES && !is_over(c); pass++) {
        size_t n_front = 0, n = 0;
        ECO_TRY(find_front(c, &n_front));
        for (size_t i = 0; i < n_front; i++) {
            eco_confirm_point *point = &c->points[c->front[i]];
            point->was_on_front = point->was_on_front || pass == 0;
            if (point->place == ECO_CONFIRM_OPEN && (pass == 0 || n_screened + n < most))
                c->order[n++] = c->front[i];
        }
        if (n == 0)
            return ECOPT_OK;
        if (pass == 0)
            most = ECO_CONFIRM_GROWTH * n + 2;
        n_screened += n;
        ECO_TRY(run_round(c, n, 0));
        for (size_t i = 0; i < n; i++)
            if (c->points[c->order[i]].place == ECO_CONFIRM_OPEN)
                take_screening(c, &c->points[c->order[i]]);
    }
    report->is_budget_spent = c->is_budget_spent;
    return ECOPT_OK;
}

/* The front among what was screened: it is reported, whatever the rounds say. @return in *ret_n how
 * many points, listed in c->order */
static ecopt_status choose(confirmation *c, size_t *ret_n)
{
    size_t n_front = 0;
    c->is_screened = true;
    *ret_n = 0;
    ECO_TRY(find_front(c, &n_front));
    for (size_t i = 0; i < n_front; i++) {
        eco_confirm_point *point = &c->points[c->front[i]];
        if (point->place != ECO_CONFIRM_SCREENED)
            continue;
        point->place = ECO_CONFIRM_FINAL;
        c->order[(*ret_n)++] = c->front[i];
    }
    return ECOPT_OK;
}

/* Whatever was measured is stored, also after an interruption: it was paid for. */
static ecopt_status store_all(confirmation *c, eco_confirm_report *report)
{
    const char *why_left = c->is_stopped        ? "interrupted"
                           : c->is_budget_spent ? "the energy budget is spent"
                                                : NULL;
    for (size_t i = 0; i < c->n; i++) {
        const eco_confirm_point *point = &c->points[i];
        bool is_confirmed = point->place == ECO_CONFIRM_FINAL && point->n_runs > 1;
        report->n_points += is_confirmed;
        report->n_came_on += is_confirmed && !point->was_on_front;
        report->n_fell_off += point->place == ECO_CONFIRM_SCREENED && point->was_on_front;
        report->n_failed += point->place == ECO_CONFIRM_FAILED && point->reason;
        report->n_left += why_left && !is_confirmed && point->was_on_front &&
                          point->place != ECO_CONFIRM_DONE && point->place != ECO_CONFIRM_FAILED;
        /* One that was begun and brought nothing is lost, unless it is known why. */
        if (point->n_runs > 0 || point->reason || (point->attempt > 0 && why_left))
            ECO_TRY(eco_confirm_store(c->study, point, why_left));
    }
    return why_left || report->n_points == 0
               ? ECOPT_OK
               : eco_store_pass_over(c->study->store, (int64_t)c->snapshot->n_trials);
}

/* What was measured is stored also when a later step failed, and the first failure is told. */
static ecopt_status confirm(confirmation *c, eco_confirm_report *report)
{
    size_t n = 0;
    ECO_TRY(eco_store_snapshot(c->study->store, &c->snapshot));
    ECO_TRY(points_take(c));
    ecopt_status status = screen(c, report);
    if (status == ECOPT_OK && !is_over(c))
        status = choose(c, &n);
    for (int64_t r = 1; r <= c->study->definition->repeats.confirm && status == ECOPT_OK; r++)
        status = run_round(c, n, r);
    ecopt_status stored = store_all(c, report);
    report->is_budget_spent = c->is_budget_spent;
    return status == ECOPT_OK ? stored : status;
}

/* One process at a time, and the others need not wait: it is the same front. */
static ecopt_status take_lock(ecopt_study *study, int *ret_fd)
{
    char *path = eco_fs_join(study->ctx, study->dir, "confirm.lock");
    if (!path)
        return ECOPT_E_NOMEM;
    *ret_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    ecopt_status status = *ret_fd >= 0 ? ECOPT_OK
                                       : eco_fail(study->ctx, ECOPT_E_IO, "cannot open '%s': %s",
                                                  path, strerror(errno));
    eco_free(study->ctx, path);
    if (status == ECOPT_OK && flock(*ret_fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(*ret_fd);
        *ret_fd = -1;
    }
    return status;
}

/* The points borrow from the snapshot, so it goes last. */
static void release(confirmation *c)
{
    ecopt_ctx *ctx = c->study->ctx;
    for (size_t i = 0; i < c->n; i++)
        eco_confirm_release(ctx, &c->points[i]);
    eco_free(ctx, c->points);
    eco_free(ctx, c->order);
    eco_free(ctx, c->front);
    eco_free(ctx, c->cost);
    eco_free(ctx, c->x);
    ecopt_snapshot_free(ctx, c->snapshot);
}

ecopt_status eco_study_confirm(const eco_confirm_run *run, eco_confirm_report *ret_report)
{
    const ecopt_repeat_policy *policy = &run->study->definition->repeats;
    confirmation c = {.run = run, .study = run->study};
    eco_confirm_report report = {0};
    int fd = -1;
    *ret_report = report;
    if (policy->confirm == 0 || policy->n_phases == 0)
        return ECOPT_OK;
    ECO_TRY(take_lock(run->study, &fd));
    if (fd < 0)
        return ECOPT_OK;
    ecopt_status status = confirm(&c, &report);
    release(&c);
    (void)close(fd);
    if (status == ECOPT_OK)
        *ret_report = report;
    return status;
}

ecopt_status eco_confirm_reserve(ecopt_study *study, size_t front_size, double *ret_energy_j)
{
    const ecopt_repeat_policy *policy = &study->definition->repeats;
    double once_j = 0;
    for (size_t i = 0; i < policy->n_phases && policy->confirm > 0; i++) {
        double energy_j = 0;
        ECO_TRY(eco_store_get_phase_energy(
            study->store, study->definition->phases[policy->phases[i]].name, &energy_j));
        once_j += isnan(energy_j) ? 0 : energy_j;
    }
    /* The screening, and the rounds. */
    *ret_energy_j = once_j * (double)front_size * (double)(policy->confirm + 1);
    return ECOPT_OK;
}
