#include "num/minimise.h"

#include <math.h>
#include <nlopt.h>
#include <string.h>

enum { MEMORY = 10 }; /* L-BFGS pairs; NLopt's own default can reach gigabytes for small d */

struct eco_minimiser {
    ecopt_ctx *ctx; /* borrowed */
    size_t d;
    nlopt_opt opt;                       /* owned */
    double *best_x;                      /* owned, d */
    double *x;                           /* owned, d */
    int evaluations;                     /* so far in this run */
    double best_value;                   /* +inf until a finite value was seen */
    const eco_minimise_problem *problem; /* during a run only */
};

/* What a value that is not finite is replaced by: above all others seen, yet safe to subtract. */
static double ceiling(const eco_minimiser *m)
{
    return isfinite(m->best_value) ? m->best_value + 1e6 * (1 + fabs(m->best_value)) : 1e100;
}

static double refuse(const eco_minimiser *m, unsigned n, double *grad)
{
    if (grad)
        memset(grad, 0, n * sizeof *grad);
    return ceiling(m);
}

static double evaluate(unsigned n, const double *x, double *grad, void *user)
{
    eco_minimiser *m = user;
    if (m->evaluations++ >= m->problem->max_evaluations) {
        /* NLopt looks at its own limit only between line searches. */
        nlopt_force_stop(m->opt);
        return refuse(m, n, grad);
    }
    double value = m->problem->fn(n, x, grad, m->problem->user);
    bool is_usable = isfinite(value);
    for (unsigned j = 0; grad && j < n; j++)
        is_usable = is_usable && isfinite(grad[j]);
    if (!is_usable)
        return refuse(m, n, grad);
    if (value < m->best_value) {
        m->best_value = value;
        memcpy(m->best_x, x, n * sizeof *x);
    }
    return value;
}

ecopt_status eco_minimiser_new(ecopt_ctx *ctx, size_t d, eco_minimiser **ret_minimiser)
{
    if (d == 0 || d > 100000)
        return eco_fail(ctx, ECOPT_E_ARG, "cannot minimise over %zu variables", d);
    eco_minimiser *m = eco_alloc(ctx, 1, sizeof *m);
    if (!m)
        return ECOPT_E_NOMEM;
    m->ctx = ctx;
    m->d = d;
    m->best_x = eco_alloc(ctx, d, sizeof *m->best_x);
    m->x = eco_alloc(ctx, d, sizeof *m->x);
    m->opt = m->best_x && m->x ? nlopt_create(NLOPT_LD_LBFGS, (unsigned)d) : NULL;
    if (!m->opt || nlopt_set_vector_storage(m->opt, MEMORY) < 0 ||
        nlopt_set_min_objective(m->opt, evaluate, m) < 0) {
        eco_minimiser_free(m);
        return eco_fail(ctx, ECOPT_E_NOMEM, "no memory for a minimiser of %zu variables", d);
    }
    *ret_minimiser = m;
    return ECOPT_OK;
}

void eco_minimiser_free(eco_minimiser *m)
{
    if (!m)
        return;
    nlopt_destroy(m->opt);
    eco_free(m->ctx, m->best_x);
    eco_free(m->ctx, m->x);
    eco_free(m->ctx, m);
}

static eco_minimise_end end_of(const eco_minimiser *m, nlopt_result result, int limit)
{
    if (m->evaluations >= limit)
        return ECO_MINIMISE_EVALUATIONS;
    return result > 0 ? ECO_MINIMISE_CONVERGED : ECO_MINIMISE_STALLED;
}

ecopt_status eco_minimiser_run(eco_minimiser *m, const eco_minimise_problem *problem, double *x,
                               double *ret_value, eco_minimise_end *ret_end)
{
    for (size_t j = 0; j < m->d; j++) {
        if (!(problem->lower[j] <= problem->upper[j]))
            return eco_fail(m->ctx, ECOPT_E_ARG, "bounds of variable %zu are in the wrong order",
                            j);
        m->x[j] = fmin(fmax(x[j], problem->lower[j]), problem->upper[j]);
    }
    m->problem = problem;
    m->evaluations = 0;
    m->best_value = HUGE_VAL;
    nlopt_set_lower_bounds(m->opt, problem->lower);
    nlopt_set_upper_bounds(m->opt, problem->upper);
    nlopt_set_maxeval(m->opt, problem->max_evaluations);
    nlopt_set_ftol_rel(m->opt, problem->rtol_value);
    nlopt_set_xtol_rel(m->opt, problem->rtol_x);
    double value;
    nlopt_result result = nlopt_optimize(m->opt, m->x, &value);
    m->problem = NULL;
    if (result == NLOPT_OUT_OF_MEMORY)
        return eco_fail(m->ctx, ECOPT_E_NOMEM, "no memory to minimise over %zu variables", m->d);
    if (result == NLOPT_INVALID_ARGS)
        return eco_fail(m->ctx, ECOPT_E_ARG, "cannot minimise: bounds or limits are invalid");
    if (!isfinite(m->best_value))
        return eco_fail(m->ctx, ECOPT_E_NUMERIC, "no finite value was found near the start");
    memcpy(x, m->best_x, m->d * sizeof *x);
    *ret_value = m->best_value;
    if (ret_end)
        *ret_end = end_of(m, result, problem->max_evaluations);
    return ECOPT_OK;
}
