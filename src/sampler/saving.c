/*
 * Two views of the next trial, and the more hopeful one counts.
 *
 * Blind: the trial is one more draw from the kind of points seen so far.  It needs no model, holds
 * from the first trial on, and is what a point of the initial design is.
 *
 * Modelled: a Gaussian process of ln(joules per request), one per limit, one of ln(cost of a
 * trial); the value of a measurement is looked at in many places and the best net one counts.
 */
#include "sampler/saving.h"

#include "core/arena.h"
#include "num/sobol.h"
#include "num/special.h"
#include "pareto/cost.h"
#include "sampler/mobo_data.h"
#include "sampler/points.h"
#include "sampler/saving_model.h"
#include "sampler/seen.h"

#include <ecopt/pareto.h>

#include <math.h>
#include <string.h>

/*
 * Before any trial has been seen the logarithm of its joules relative to the baseline's is taken to
 * be normal around 0 with this deviation, as if from so many trials.
 */
static const double PRIOR_SD = 0.5, PRIOR_MEAN_TRIALS = 1, PRIOR_SD_TRIALS = 3;

/* Share of the joules per request that a search is hoped to save. */
static const double STAKE = 0.25;

/* Weight of the view that the models are wrong. */
static const double DOUBT = 0.01;

enum {
    LATEST = 10,     /* trials that tell what the next one costs */
    MODEL_FROM = 3,  /* trials that a model is made of at least */
    TRUST_AFTER = 5, /* trials beyond the initial design before its models alone decide */
    LISTED = 1024,   /* places looked at of a list or a small space */
    SPREAD = 384,    /* of any other, all over it */
    NEAR = 128       /* around the best of these */
};

/* Joules of one request of a trial that may be deployed; NaN else. */
static double deployable_j(const eco_saving_input *input, const eco_observation *o)
{
    const eco_problem *problem = input->problem;
    bool is_good = eco_mobo_is_feasible(problem, o) && o->deployed_j > 0;
    for (size_t k = 0; k < problem->n_objectives && is_good; k++) {
        const ecopt_objective *objective = &problem->objectives[k];
        is_good = !objective->has_threshold ||
                  eco_observed_cost(problem, o, k) <= eco_cost(objective, objective->threshold);
    }
    return is_good ? o->deployed_j : (double)NAN;
}

/* Joules of one request of the baseline: as measured in the study, else as told beforehand. */
static double baseline_find(const eco_saving_input *input)
{
    const eco_history *history = input->history;
    for (size_t i = 0; i < history->n; i++) {
        const eco_observation *o = &history->observations[i];
        if (eco_space_equal(input->problem->space, o->x, input->baseline) && o->deployed_j > 0)
            return o->deployed_j;
    }
    return input->deployment->baseline_j;
}

/* Not known (0): none. */
static double overhead(const eco_saving_input *input)
{
    return input->overhead_ratio > 1 ? input->overhead_ratio : 1;
}

/* Mean joules of the latest trials, for a sampler soon has its own idea of where to look; failed
 * ones cost as well. */
static double cost_mean(const eco_saving_input *input)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = input->history->n; i > 0 && n < LATEST; i--) {
        double spent = input->history->observations[i - 1].spent_j;
        if (!(spent >= 0))
            continue;
        sum += spent;
        n++;
    }
    return n > 0 ? sum / (double)n * overhead(input) : input->deployment->trial_j;
}

/*
 * Expected improvement of a further draw.  ln(j / baseline) of deployable trials is normal with
 * unknown mean and variance, conjugate prior (Gelman et al. 2013, section 3.3); the predictive t is
 * replaced by a normal of its scale, and whether a draw is deployable is a Bernoulli with prior
 * Beta(1, 1).
 */
static double blind_gain(const eco_saving_input *input, double baseline_j, double current_j)
{
    const eco_history *history = input->history;
    double n = 0, sum = 0, squares = 0, n_all = 0;
    for (size_t i = 0; i < history->n; i++) {
        const eco_observation *o = &history->observations[i];
        if (eco_space_equal(input->problem->space, o->x, input->baseline))
            continue;
        double z = log(deployable_j(input, o) / baseline_j);
        n_all++;
        if (isnan(z))
            continue;
        n++;
        sum += z;
        squares += z * z;
    }
    double mean = sum / (PRIOR_MEAN_TRIALS + n);
    double spread = squares - (PRIOR_MEAN_TRIALS + n) * mean * mean;
    double variance = (PRIOR_SD_TRIALS * PRIOR_SD * PRIOR_SD + fmax(spread, 0)) /
                      (PRIOR_SD_TRIALS + n) * (1 + 1 / (PRIOR_MEAN_TRIALS + n));
    double gain =
        exp(eco_log_lognorm_gain(log(current_j / baseline_j), mean, sqrt(variance), NULL, NULL));
    return (1 + n) / (2 + n_all) * gain * baseline_j;
}

/* What a search that has models is hoped to save, shared out over the trials until it has them:
 * judged one by one the trials of the initial design would seldom be worth it. */
static double stake_gain(const eco_saving_input *input, const eco_saving *saving)
{
    size_t n = input->history->n, n_init = input->problem->n_init;
    return n < n_init ? STAKE * saving->current_j / (double)(n_init - n + 1) : 0;
}

/*
 * What a trial would gain if the models were wrong and it were one more of n exchangeable draws:
 * the least of n values of an exponential tail falls by s / n from one to the next, so n of them
 * have saved s (1 + 1/2 + ... + 1/n).  Models of few trials are too sure of themselves; this keeps
 * a search going that costs next to nothing beside what is at stake.
 */
static double doubt_gain(const eco_saving_input *input, const eco_saving *saving)
{
    double harmonic = 0, n = (double)input->history->n;
    for (size_t i = 1; i <= input->history->n; i++)
        harmonic += 1 / (double)i;
    double saved = saving->baseline_j - saving->current_j;
    return saved > 0 && n > 0 ? DOUBT * saved / (harmonic * (n + 1)) : 0;
}

/* The trial of the fewest joules per request that may be deployed.  The models' means decide where
 * there is one: of many noisy values the least is too good to be true. */
static void choose(const eco_saving_input *input, const double *means, eco_saving *saving)
{
    const eco_history *history = input->history;
    double least = saving->baseline_j;
    saving->chosen = history->n;
    for (size_t i = 0; i < history->n; i++) {
        const eco_observation *o = &history->observations[i];
        double j = deployable_j(input, o);
        if (isnan(j))
            continue;
        if (means && !eco_space_equal(input->problem->space, o->x, input->baseline))
            j = means[i];
        if (j < least) {
            least = j;
            saving->chosen = i;
        }
    }
    saving->current_j = least;
}

/* A place of the space and what a trial there promises. */
typedef struct prospect {
    double *x, *u, *f; /* n_params codes, n_dims, d features */
    double gain_j;     /* joules per request */
    double cost_j;
    double net_j; /* what it saves in all less what it costs */
} prospect;

/* A search for the best prospect. */
typedef struct outlook {
    const eco_saving_input *input;
    const eco_saving_models *models;
    eco_seen seen;
    const double *chosen; /* features of the configuration deployed now, NULL: no trial */
    double current_j;
    double cost_j;    /* mean of the trials so far, where no model of it is there */
    double n_waiting; /* trials until the sampler asks its models, this one included */
    prospect best, next;
} outlook;

/* Judges the place in next->x and keeps it when it is the best one so far. */
static void judge(outlook *o)
{
    prospect *next = &o->next, *best = &o->best;
    const ecopt_space *space = o->input->problem->space;
    if (!eco_space_is_allowed(space, next->x) || !eco_seen_is_new(&o->seen, next->x))
        return;
    eco_space_features(space, next->x, next->f);
    double cost_j = eco_saving_models_cost(o->models, next->f) * overhead(o->input);
    next->cost_j = isnan(cost_j) ? o->cost_j : cost_j;
    next->gain_j = eco_saving_models_holds(o->models, next->f) *
                   eco_saving_models_gain(o->models, next->f, o->chosen, o->current_j);
    /* The trials before it cost what trials do. */
    next->net_j = o->input->requests * next->gain_j - next->cost_j - (o->n_waiting - 1) * o->cost_j;
    if (!(next->net_j > best->net_j))
        return;
    memcpy(best->x, next->x, ecopt_space_n_params(space) * sizeof *best->x);
    best->gain_j = next->gain_j;
    best->cost_j = next->cost_j;
    best->net_j = next->net_j;
}

/* Points of a short list or a small space all, of a long one an even selection. */
static void look_at_list(outlook *o)
{
    const eco_problem *problem = o->input->problem;
    double n = eco_space_n_points(problem->space);
    eco_points_walk walk =
        eco_points_walk_begin(problem->seed ^ o->input->history->trial, (uint64_t)n);
    for (size_t i = 0; i < LISTED && (double)i < n; i++) {
        eco_points_at(problem->space, eco_points_walk_next(&walk), o->next.x);
        judge(o);
    }
}

/* Points of the whole space, then around the best of them, ever nearer. */
static ecopt_status look_around(ecopt_ctx *ctx, outlook *o)
{
    const eco_problem *problem = o->input->problem;
    size_t d = eco_space_n_dims(problem->space);
    double *u = o->next.u;
    eco_sobol *sobol = NULL;
    eco_rng rng;
    eco_rng_init(&rng, problem->seed, ECO_STREAM_SAVING, o->input->history->trial);
    if (d <= ECO_SOBOL_MAX_DIM)
        ECO_TRY(eco_sobol_new(ctx, d, true, eco_rng_u64(&rng), &sobol));
    for (size_t i = 0; i < SPREAD; i++) {
        if (sobol)
            eco_sobol_get(sobol, (uint32_t)i, u);
        for (size_t k = 0; k < d && !sobol; k++)
            u[k] = eco_rng_uniform(&rng);
        eco_space_decode(problem->space, u, o->next.x);
        judge(o);
    }
    eco_sobol_free(sobol);
    for (size_t i = 0; i < NEAR && isfinite(o->best.net_j); i++) {
        double width = 0.2 * pow(0.02, (double)i / NEAR);
        eco_space_encode(problem->space, o->best.x, u);
        for (size_t k = 0; k < d; k++)
            u[k] = fmin(fmax(u[k] + width * eco_rng_normal(&rng), 0), 1);
        eco_space_decode(problem->space, u, o->next.x);
        judge(o);
    }
    return ECOPT_OK;
}

/* Costs that a deployed configuration may have at most, NaN: any.  The metric itself is what is
 * improved. */
static void bounds_fill(const eco_saving_input *input, const eco_saving *saving, double *ret_bounds)
{
    const eco_problem *problem = input->problem;
    for (size_t k = 0; k < problem->n_objectives; k++) {
        const ecopt_objective *objective = &problem->objectives[k];
        ret_bounds[k] =
            objective->has_threshold ? eco_cost(objective, objective->threshold) : (double)NAN;
        if (saving->is_knee)
            ret_bounds[k] =
                eco_observed_cost(problem, &input->history->observations[saving->chosen], k);
        if (strcmp(objective->metric, input->deployment->metric) == 0)
            ret_bounds[k] = (double)NAN;
    }
}

/* The knee of the front of the trials that may be deployed; while that front has less than three,
 * which have no knee, the one of the fewest joules, or the baseline. */
static ecopt_status choose_knee(ecopt_ctx *ctx, eco_arena *arena, const eco_saving_input *input,
                                eco_saving *saving)
{
    const eco_problem *problem = input->problem;
    const eco_history *history = input->history;
    size_t m = problem->n_objectives, n = 0, n_front = 0, knee = 0;
    double *costs = eco_arena_alloc(arena, history->n * m + 1, sizeof *costs), depth = 0;
    size_t *row = eco_arena_alloc(arena, history->n + 1, sizeof *row);
    size_t *front = eco_arena_alloc(arena, history->n + 1, sizeof *front);
    if (!costs || !row || !front)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < history->n; i++) {
        const eco_observation *o = &history->observations[i];
        bool is_usable = !isnan(deployable_j(input, o));
        for (size_t k = 0; k < m && is_usable; k++) {
            costs[n * m + k] = eco_observed_cost(problem, o, k);
            is_usable = isfinite(costs[n * m + k]);
        }
        row[n] = i;
        n += is_usable;
    }
    choose(input, NULL, saving);
    ECO_TRY(ecopt_nondominated(ctx, n, m, costs, front, &n_front));
    if (n_front < 3)
        return ECOPT_OK;
    ECO_TRY(ecopt_knee(ctx, n, m, costs, &knee, &depth));
    saving->chosen = row[knee];
    saving->is_knee = true;
    saving->current_j = history->observations[saving->chosen].deployed_j;
    return ECOPT_OK;
}

/* Chooses what would be deployed now, by the models where there are some. */
static ecopt_status choose_now(ecopt_ctx *ctx, eco_arena *arena, const eco_saving_input *input,
                               const eco_saving_models *models, eco_saving *saving)
{
    size_t n = input->history->n;
    if (input->deployment->choose == ECOPT_CHOOSE_KNEE)
        return choose_knee(ctx, arena, input, saving);
    double *means = eco_arena_alloc(arena, n + 1, sizeof *means);
    if (!means)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < n && models->joules; i++)
        means[i] = eco_saving_models_joules(models, models->features + i * models->d);
    choose(input, models->joules ? means : NULL, saving);
    return ECOPT_OK;
}

static bool prospect_take(eco_arena *arena, const ecopt_space *space, prospect *p)
{
    p->x = eco_arena_alloc(arena, ecopt_space_n_params(space), sizeof *p->x);
    p->u = eco_arena_alloc(arena, eco_space_n_dims(space) + 1, sizeof *p->u);
    p->f = eco_arena_alloc(arena, eco_space_n_features(space) + 1, sizeof *p->f);
    p->net_j = -(double)INFINITY;
    return p->x && p->u && p->f;
}

/* The modelled view: replaces the blind one where it is more hopeful, and from some trials on in
 * any case.  Models of five noisy trials take all differences for noise and see nothing to gain. */
static ecopt_status look_ahead(ecopt_ctx *ctx, eco_saving_models *models, eco_saving *saving)
{
    const eco_saving_input *input = models->input;
    const ecopt_space *space = input->problem->space;
    size_t n = input->history->n, n_init = input->problem->n_init;
    outlook o = {.input = input, .models = models, .current_j = saving->current_j};
    o.cost_j = saving->cost_j;
    o.n_waiting = n < n_init ? (double)(n_init - n + 1) : 1;
    if (saving->chosen < n)
        o.chosen = models->features + saving->chosen * models->d;
    if (!prospect_take(models->arena, space, &o.best) ||
        !prospect_take(models->arena, space, &o.next))
        return ECOPT_E_NOMEM;
    ECO_TRY(eco_seen_init(models->arena, input->problem, input->history, &o.seen));
    if (eco_space_n_points(space) <= LISTED || eco_space_n_candidates(space) > 0)
        look_at_list(&o);
    else
        ECO_TRY(look_around(ctx, &o));
    bool is_modelled = n >= n_init + TRUST_AFTER;
    if (isfinite(o.best.net_j) && input->ret_x) {
        memcpy(input->ret_x, o.best.x, ecopt_space_n_params(space) * sizeof *o.best.x);
        saving->has_point = true;
    }
    if (isfinite(o.best.net_j) &&
        (is_modelled || o.best.net_j > input->requests * saving->gain_j - saving->cost_j)) {
        saving->gain_j = o.best.gain_j;
        saving->cost_j = o.best.cost_j;
        saving->is_worth = o.best.net_j > 0;
    }
    double doubt_j = doubt_gain(input, saving);
    if (!saving->is_worth && doubt_j > saving->gain_j) {
        saving->gain_j = doubt_j;
        saving->is_worth = input->requests * doubt_j > saving->cost_j;
    }
    return ECOPT_OK;
}

static ecopt_status expect(ecopt_ctx *ctx, eco_arena *arena, eco_saving_models *models,
                           eco_saving *saving)
{
    const eco_saving_input *input = models->input;
    double bounds[ECOPT_MAX_OBJECTIVES];
    ECO_TRY(choose_now(ctx, arena, input, models, saving));
    saving->gain_j = blind_gain(input, saving->baseline_j, saving->current_j);
    saving->gain_j = fmax(saving->gain_j, stake_gain(input, saving));
    saving->is_worth = !(input->requests * saving->gain_j <= saving->cost_j);
    if (!models->joules || isnan(saving->cost_j))
        return ECOPT_OK;
    bounds_fill(input, saving, bounds);
    ECO_TRY(eco_saving_models_limit(models, MODEL_FROM, bounds));
    return look_ahead(ctx, models, saving);
}

ecopt_status eco_saving_expect(ecopt_ctx *ctx, const eco_saving_input *input,
                               eco_saving *ret_saving)
{
    eco_arena arena = ECO_ARENA_INIT(ctx);
    eco_saving_models models = {.ctx = ctx};
    eco_saving saving = {.baseline_j = baseline_find(input),
                         .chosen = input->history->n,
                         .gain_j = (double)NAN,
                         .cost_j = cost_mean(input),
                         .is_worth = true};
    saving.current_j = saving.baseline_j;
    ecopt_status status = ECOPT_OK;
    if (!isnan(saving.baseline_j)) {
        status = eco_saving_models_init(ctx, &arena, input, MODEL_FROM, &models);
        if (status == ECOPT_OK)
            status = expect(ctx, &arena, &models, &saving);
    }
    eco_saving_models_release(&models);
    eco_arena_release(&arena);
    if (status == ECOPT_OK)
        *ret_saving = saving;
    return status;
}
