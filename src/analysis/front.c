/*
 * The front of a study.
 *
 * Dominance is decided on the raw values (a log scale keeps the order), so that a value of 0 joules
 * cannot fall off the scale; only volume and knee need the modelled scale.
 */
#include "analysis/front.h"

#include "core/dimension.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double eco_objective_value(const ecopt_objective *objective, const ecopt_trial *trial)
{
    const ecopt_metric_value *metric = ecopt_trial_metric(trial, objective->metric);
    return metric ? metric->value : (double)NAN;
}

double eco_objective_u95(const ecopt_objective *objective, const ecopt_trial *trial)
{
    const ecopt_metric_value *metric = ecopt_trial_metric(trial, objective->metric);
    return metric ? metric->u95 : (double)NAN;
}

double eco_objective_minimised(const ecopt_objective *objective, double value)
{
    double scaled = value;
    if (objective->scale == ECOPT_SCALE_LOG)
        scaled = value < 0 ? (double)NAN : log10(value);
    return objective->goal == ECOPT_GOAL_MAX ? -scaled : scaled;
}

double eco_reference_value(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                           size_t objective)
{
    if (objective < snapshot->n_reference && !isnan(snapshot->reference[objective]))
        return snapshot->reference[objective];
    /* A threshold holds before the first trial has been asked for. */
    const ecopt_objective *given = &definition->objectives[objective];
    return given->has_threshold ? given->threshold : (double)NAN;
}

/* A missing metric or a NaN satisfies nothing. */
static bool satisfies(const ecopt_constraint *constraint, const ecopt_trial *trial)
{
    const ecopt_metric_value *metric = ecopt_trial_metric(trial, constraint->metric);
    if (!metric)
        return false;
    return constraint->relation == ECOPT_AT_MOST ? metric->value <= constraint->bound
                                                 : metric->value >= constraint->bound;
}

const ecopt_objective *eco_trial_missing(const ecopt_definition *definition,
                                         const ecopt_trial *trial)
{
    for (size_t i = 0; i < definition->n_objectives; i++)
        if (!isfinite(eco_objective_value(&definition->objectives[i], trial)))
            return &definition->objectives[i];
    return NULL;
}

const ecopt_constraint *eco_trial_broken(const ecopt_definition *definition,
                                         const ecopt_trial *trial)
{
    for (size_t i = 0; i < definition->n_constraints; i++)
        if (!satisfies(&definition->constraints[i], trial))
            return &definition->constraints[i];
    return NULL;
}

bool eco_trial_is_feasible(const ecopt_definition *definition, const ecopt_trial *trial)
{
    return trial->state == ECOPT_TRIAL_COMPLETE && !trial->is_outside &&
           !eco_trial_missing(definition, trial) && !eco_trial_broken(definition, trial);
}

/* Compared as read, without a scale: the threshold itself is still of use. */
bool eco_trial_is_of_use(const ecopt_definition *definition, const ecopt_trial *trial)
{
    for (size_t i = 0; i < definition->n_objectives; i++) {
        const ecopt_objective *objective = &definition->objectives[i];
        double value = eco_objective_value(objective, trial);
        bool is_worse = objective->goal == ECOPT_GOAL_MAX ? value < objective->threshold
                                                          : value > objective->threshold;
        if (objective->has_threshold && is_worse)
            return false;
    }
    return true;
}

size_t eco_energy_objective(const ecopt_definition *definition)
{
    size_t i = 0;
    while (i < definition->n_objectives &&
           !eco_dimension_has_energy(eco_dimension_of(definition->objectives[i].metric, NULL)))
        i++;
    return i;
}

/* Does an objective's number come from this phase?  Totals come from all. */
static bool comes_from(const char *metric, const char *phase)
{
    size_t length = 0;
    if (!eco_dimension_has_energy(eco_dimension_of(metric, &length)))
        return false;
    return length == 0 || (strlen(phase) == length && memcmp(metric, phase, length) == 0);
}

bool eco_trial_quality(const ecopt_definition *definition, const ecopt_trial *trial,
                       ecopt_quality *ret_quality)
{
    bool any_counts = eco_energy_objective(definition) == definition->n_objectives;
    bool is_known = false;
    ecopt_quality weakest = ECOPT_QUALITY_MEASURED_WALL;
    for (size_t i = 0; i < trial->n_phases; i++) {
        const ecopt_phase_record *phase = &trial->phases[i];
        bool counts = any_counts;
        for (size_t k = 0; !counts && k < definition->n_objectives; k++)
            counts = comes_from(definition->objectives[k].metric, phase->phase);
        if (!counts)
            continue;
        is_known = true;
        if (phase->energy.quality > weakest)
            weakest = phase->energy.quality;
    }
    if (is_known)
        *ret_quality = weakest;
    return is_known;
}

/* Owned workspace of ecopt_front_new and eco_front_history. */
typedef struct front_work {
    size_t n;      /* feasible trials */
    size_t *trial; /* their indices in the snapshot */
    double *y;     /* n x m, minimised, order as on the raw scale */
    size_t *index; /* rows of y on the front */
    double *z;     /* n x m, finite rows of the front on the modelled scale */
    size_t *z_row; /* place on the front of each row of z */
    double ref[ECOPT_MAX_OBJECTIVES];
    bool has_ref;
} front_work;

/* Frees all of it; parts that were never made are NULL. */
static void work_release(ecopt_ctx *ctx, front_work *work)
{
    eco_free(ctx, work->trial);
    eco_free(ctx, work->y);
    eco_free(ctx, work->index);
    eco_free(ctx, work->z);
    eco_free(ctx, work->z_row);
}

/*
 * Makes room for all trials at once; on failure work_release frees what is there.  A reference that
 * is not finite on the modelled scale (none kept, 0 on a log scale) is no reference.
 */
static ecopt_status work_init(ecopt_ctx *ctx, const ecopt_definition *definition,
                              const ecopt_snapshot *snapshot, front_work *work)
{
    size_t m = definition->n_objectives;
    memset(work, 0, sizeof *work);
    if (m < 1 || m > ECOPT_MAX_OBJECTIVES)
        return eco_fail(ctx, ECOPT_E_LIMIT, "%zu objectives given, 1 to %d are possible", m,
                        ECOPT_MAX_OBJECTIVES);
    work->trial = eco_alloc(ctx, snapshot->n_trials, sizeof *work->trial);
    work->y = eco_alloc(ctx, snapshot->n_trials * m, sizeof *work->y);
    work->index = eco_alloc(ctx, snapshot->n_trials, sizeof *work->index);
    work->z = eco_alloc(ctx, snapshot->n_trials * m, sizeof *work->z);
    work->z_row = eco_alloc(ctx, snapshot->n_trials, sizeof *work->z_row);
    if (!work->trial || !work->y || !work->index || !work->z || !work->z_row)
        return ECOPT_E_NOMEM;
    work->has_ref = true;
    for (size_t k = 0; k < m && work->has_ref; k++) {
        work->ref[k] = eco_objective_minimised(&definition->objectives[k],
                                               eco_reference_value(definition, snapshot, k));
        work->has_ref = isfinite(work->ref[k]);
    }
    return ECOPT_OK;
}

/* Value to be minimised in its own unit. */
static double raw_minimised(const ecopt_objective *objective, const ecopt_trial *trial)
{
    double value = eco_objective_value(objective, trial);
    return objective->goal == ECOPT_GOAL_MAX ? -value : value;
}

/* Row of the modelled scale; false when it is not finite there. */
static bool modelled_row(const ecopt_definition *definition, const ecopt_trial *trial, double *z)
{
    bool is_finite = true;
    for (size_t k = 0; k < definition->n_objectives; k++) {
        const ecopt_objective *objective = &definition->objectives[k];
        z[k] = eco_objective_minimised(objective, eco_objective_value(objective, trial));
        is_finite = is_finite && isfinite(z[k]);
    }
    return is_finite;
}

/* Insertion sort: fronts are short, it is stable, and ties keep the order of the ids. */
static void sort_front(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                       size_t *trials, size_t n)
{
    const ecopt_objective *last = &definition->objectives[definition->n_objectives - 1];
    for (size_t i = 1; i < n; i++) {
        size_t moved = trials[i];
        double value = eco_objective_value(last, &snapshot->trials[moved]);
        size_t k = i;
        while (k > 0 && eco_objective_value(last, &snapshot->trials[trials[k - 1]]) > value) {
            trials[k] = trials[k - 1];
            k--;
        }
        trials[k] = moved;
    }
}

/* Does a front point dominate a trial on the values themselves? */
static bool dominates(const ecopt_definition *definition, const ecopt_trial *point,
                      const ecopt_trial *trial)
{
    bool is_better = false;
    for (size_t k = 0; k < definition->n_objectives; k++) {
        double theirs = raw_minimised(&definition->objectives[k], point);
        double mine = raw_minimised(&definition->objectives[k], trial);
        if (theirs > mine)
            return false;
        is_better = is_better || theirs < mine;
    }
    return is_better;
}

/* An uncertainty that is not known widens nothing. */
static double half_width(const ecopt_objective *objective, const ecopt_trial *trial)
{
    double u95 = eco_objective_u95(objective, trial);
    return u95 > 0 ? u95 : 0;
}

/* May the trial be better than a point that dominates it, in some objective? */
static bool may_be_better(const ecopt_definition *definition, const ecopt_trial *point,
                          const ecopt_trial *trial)
{
    for (size_t k = 0; k < definition->n_objectives; k++) {
        const ecopt_objective *objective = &definition->objectives[k];
        double behind = raw_minimised(objective, trial) - raw_minimised(objective, point);
        if (behind < half_width(objective, point) + half_width(objective, trial))
            return true;
    }
    return false;
}

bool eco_trial_is_unresolved(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                             const ecopt_front *front, size_t trial)
{
    const ecopt_trial *mine = &snapshot->trials[trial];
    bool is_dominated = false;
    if (!eco_trial_is_feasible(definition, mine) || mine->is_passed_over)
        return false;
    for (size_t i = 0; i < front->n; i++) {
        const ecopt_trial *point = &snapshot->trials[front->trials[i]];
        if (!dominates(definition, point, mine))
            continue;
        is_dominated = true;
        /* One point that is surely better everywhere settles it. */
        if (!may_be_better(definition, point, mine))
            return false;
    }
    return is_dominated;
}

size_t eco_count_unresolved(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                            const ecopt_front *front)
{
    size_t n = 0;
    for (size_t i = 0; i < snapshot->n_trials; i++)
        n += eco_trial_is_unresolved(definition, snapshot, front, i);
    return n;
}

/* Two points of different labels on one front, where joules count at all. */
static bool has_mixed_quality(const ecopt_definition *definition, const ecopt_snapshot *snapshot,
                              const size_t *trials, size_t n)
{
    if (eco_energy_objective(definition) == definition->n_objectives)
        return false;
    ecopt_quality first = ECOPT_QUALITY_UNMEASURABLE;
    bool has_first = false;
    for (size_t i = 0; i < n; i++) {
        ecopt_quality quality;
        if (!eco_trial_quality(definition, &snapshot->trials[trials[i]], &quality))
            continue;
        if (has_first && quality != first)
            return true;
        first = quality;
        has_first = true;
    }
    return false;
}

/* The knee of those points of `work->z` that are of use: what lies beyond a threshold is nobody's
 * best compromise, and as an extreme of the front it would pull the knee towards it. */
static ecopt_status find_knee(ecopt_ctx *ctx, const ecopt_definition *definition,
                              const ecopt_snapshot *snapshot, const front_work *work, size_t n,
                              ecopt_front *front)
{
    size_t m = definition->n_objectives, n_useful = 0, knee = 0;
    double *useful = eco_alloc(ctx, n * m + 1, sizeof *useful);
    size_t *place = eco_alloc(ctx, n + 1, sizeof *place);
    ecopt_status status = useful && place ? ECOPT_OK : ECOPT_E_NOMEM;
    front->knee = front->n;
    for (size_t i = 0; status == ECOPT_OK && i < n; i++) {
        if (!eco_trial_is_of_use(definition, &snapshot->trials[front->trials[work->z_row[i]]]))
            continue;
        memcpy(useful + n_useful * m, work->z + i * m, m * sizeof *useful);
        place[n_useful++] = work->z_row[i];
    }
    if (status == ECOPT_OK && n_useful >= 3 && m >= 2) {
        status = ecopt_knee(ctx, n_useful, m, useful, &knee, NULL);
        if (status == ECOPT_OK)
            front->knee = place[knee];
    }
    eco_free(ctx, useful);
    eco_free(ctx, place);
    return status;
}

/* Fills knee and hypervolume from the points of the front that are finite on the modelled scale. */
static ecopt_status measure_front(ecopt_ctx *ctx, const ecopt_definition *definition,
                                  const ecopt_snapshot *snapshot, front_work *work,
                                  ecopt_front *front)
{
    size_t m = definition->n_objectives;
    size_t n = 0;
    for (size_t i = 0; i < front->n; i++) {
        if (!modelled_row(definition, &snapshot->trials[front->trials[i]], work->z + n * m))
            continue;
        work->z_row[n++] = i;
    }
    ECO_TRY(find_knee(ctx, definition, snapshot, work, n, front));
    front->hypervolume = (double)NAN;
    if (work->has_ref)
        ECO_TRY(ecopt_hypervolume(ctx, n, m, work->z, work->ref, &front->hypervolume));
    return ECOPT_OK;
}

/* Feasible trials, the non-dominated ones among them, their order, and what is told of them. */
static ecopt_status find_front(ecopt_ctx *ctx, const ecopt_definition *definition,
                               const ecopt_snapshot *snapshot, front_work *work, ecopt_front *front,
                               size_t *trials)
{
    size_t m = definition->n_objectives;
    for (size_t i = 0; i < snapshot->n_trials; i++) {
        /* Values of the search flatter those that were chosen by them (winner's curse): beside
         * points that were measured afresh they do not count. */
        if (!eco_trial_is_feasible(definition, &snapshot->trials[i]) ||
            snapshot->trials[i].is_passed_over)
            continue;
        for (size_t k = 0; k < m; k++)
            work->y[work->n * m + k] =
                raw_minimised(&definition->objectives[k], &snapshot->trials[i]);
        work->trial[work->n++] = i;
    }
    if (work->n > 0)
        ECO_TRY(ecopt_nondominated(ctx, work->n, m, work->y, work->index, &front->n));
    for (size_t i = 0; i < front->n; i++)
        trials[i] = work->trial[work->index[i]];
    sort_front(definition, snapshot, trials, front->n);
    front->has_mixed_quality = has_mixed_quality(definition, snapshot, trials, front->n);
    return measure_front(ctx, definition, snapshot, work, front);
}

ecopt_status ecopt_front_new(ecopt_ctx *ctx, const ecopt_definition *definition,
                             const ecopt_snapshot *snapshot, ecopt_front **ret_front)
{
    front_work work;
    size_t *trials = NULL;
    ecopt_front *front = NULL;
    ecopt_status status = work_init(ctx, definition, snapshot, &work);
    if (status != ECOPT_OK)
        goto done;
    status = ECOPT_E_NOMEM;
    front = eco_alloc(ctx, 1, sizeof *front);
    trials = eco_alloc(ctx, snapshot->n_trials, sizeof *trials);
    if (!front || !trials)
        goto done;
    front->trials = trials;
    status = find_front(ctx, definition, snapshot, &work, front, trials);
    if (status == ECOPT_OK) {
        *ret_front = front;
        front = NULL;
        trials = NULL;
    }
done:
    work_release(ctx, &work);
    eco_free(ctx, front);
    eco_free(ctx, trials);
    return status;
}

void ecopt_front_free(ecopt_ctx *ctx, ecopt_front *front)
{
    if (!front)
        return;
    /* The array is ours; only readers see it as constant. */
    union {
        const size_t *shown;
        size_t *owned;
    } trials = {front->trials};
    eco_free(ctx, trials.owned);
    eco_free(ctx, front);
}

/* Adds one trial to the running archive; *ret_changed says whether the front moved. */
static ecopt_status history_step(ecopt_archive *archive, const ecopt_definition *definition,
                                 const ecopt_trial *trial, bool *ret_changed)
{
    double z[ECOPT_MAX_OBJECTIVES];
    *ret_changed = false;
    if (!eco_trial_is_feasible(definition, trial) || !modelled_row(definition, trial, z))
        return ECOPT_OK;
    ecopt_archive_change change;
    ECO_TRY(ecopt_archive_add(archive, z, trial->id, &change));
    *ret_changed = change == ECOPT_ARCHIVE_ADDED;
    return ECOPT_OK;
}

/* Hypervolume of what is archived now. */
static ecopt_status archive_volume(ecopt_ctx *ctx, const ecopt_archive *archive, size_t m,
                                   front_work *work, double *ret_hypervolume)
{
    *ret_hypervolume = (double)NAN;
    if (!work->has_ref)
        return ECOPT_OK;
    size_t n = ecopt_archive_count(archive);
    for (size_t i = 0; i < n; i++)
        memcpy(work->z + i * m, ecopt_archive_values(archive, i), m * sizeof *work->z);
    return ecopt_hypervolume(ctx, n, m, work->z, work->ref, ret_hypervolume);
}

ecopt_status eco_front_history(ecopt_ctx *ctx, const ecopt_definition *definition,
                               const ecopt_snapshot *snapshot, double *ret_hypervolume,
                               size_t *ret_size)
{
    front_work work;
    ecopt_archive *archive = NULL;
    size_t m = definition->n_objectives;
    double volume = (double)NAN;
    ecopt_status status = work_init(ctx, definition, snapshot, &work);
    if (status == ECOPT_OK)
        status = ecopt_archive_new(ctx, m, &archive);
    if (status == ECOPT_OK)
        status = archive_volume(ctx, archive, m, &work, &volume);
    for (size_t i = 0; status == ECOPT_OK && i < snapshot->n_trials; i++) {
        bool changed = false;
        status = history_step(archive, definition, &snapshot->trials[i], &changed);
        if (status == ECOPT_OK && changed)
            status = archive_volume(ctx, archive, m, &work, &volume);
        ret_hypervolume[i] = volume;
        ret_size[i] = status == ECOPT_OK ? ecopt_archive_count(archive) : 0;
    }
    ecopt_archive_free(archive);
    work_release(ctx, &work);
    return status;
}
