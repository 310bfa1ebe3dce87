#include "curve/curve.h"

#include "num/special.h"
#include "num/student.h"

#include <math.h>
#include <string.h>

/* Shapes: powers of the step, the inverse logarithm, exponentials, the straight line. */
enum { N_POWERS = 4, N_RATES = 4, N_SHAPES = N_POWERS + N_RATES + 2, N_NOISES = 6 };
enum { N_CELLS = N_SHAPES * N_NOISES };

static const double powers[N_POWERS] = {0.25, 0.5, 1, 2};
/* Time constants as shares of the whole training. */
static const double rates[N_RATES] = {0.03, 0.1, 0.3, 1};
/* Noise as shares of the scatter of ends and gains. */
static const double noises[N_NOISES] = {0.005, 0.015, 0.05, 0.15, 0.4, 1};

/* Pseudo-counts: of all cells together before any curve was seen, and of the calibration. */
static const double CELLS_PRIOR = 3, CALIBRATION_PRIOR = 1;
/* A training that diverged may end anywhere; so far out nothing is told from infinity. */
static const double COST_MOST = 1e6;
/* Bounds of what the calibration may do to the scale. */
static const double SCALE_LEAST = 0.25, SCALE_MOST = 6;
/* Width of what is like a curve, as a share of the standard deviation of all. */
static const double LIKENESS = 0.4;

/* End and gain of one curve or the usual ones: mean and covariance. */
typedef struct pair {
    double mean[2];
    double cov[3]; /* ee, eg, gg */
} pair;

struct eco_curve_model {
    double n_steps, first;
    double centre, scale; /* inside, costs are (cost - centre) / scale */
    pair usual;
    double log_weight[N_CELLS];
    size_t n;
    eco_curve *curves; /* owned, costs as inside */
};

/* The newest point of each part of the axis: a late point tells most of the end. */
void eco_curve_thin(size_t n, const double *steps, const double *costs, double until,
                    eco_curve *ret_curve)
{
    double low = 0, high = 0;
    *ret_curve = (eco_curve){.best = HUGE_VAL};
    for (size_t i = 0; i < n; i++) {
        if (!(steps[i] > 0) || steps[i] > until || !isfinite(costs[i]))
            continue;
        low = low > 0 ? low : steps[i];
        high = steps[i];
    }
    double width = log(high / low) / (ECO_CURVE_POINTS - 1);
    int last = -1;
    for (size_t i = 0; i < n; i++) {
        if (!(steps[i] > 0) || steps[i] > until || !isfinite(costs[i]))
            continue;
        /* Part 0 is the first step alone, the last part ends with the last one. */
        int part = steps[i] > low && width > 0 ? (int)ceil(log(steps[i] / low) / width - 1e-9) : 0;
        part = part < ECO_CURVE_POINTS ? part : ECO_CURVE_POINTS - 1;
        ret_curve->n += part != last;
        ret_curve->step[ret_curve->n - 1] = steps[i];
        ret_curve->cost[ret_curve->n - 1] = costs[i];
        ret_curve->best = fmin(ret_curve->best, costs[i]);
        last = part;
    }
}

/* A shape before it is normalised: any decreasing function of the step. */
static double raw_shape(const eco_curve_model *model, size_t shape, double step)
{
    if (shape < N_POWERS)
        return pow(step, -powers[shape]);
    if (shape < N_POWERS + N_RATES)
        return exp(-step / (rates[shape - N_POWERS] * model->n_steps));
    if (shape == N_POWERS + N_RATES)
        return 1 / log1p(step);
    return -step;
}

/* 1 at the first step, 0 at the last. */
static void shape_values(const eco_curve_model *model, size_t shape, const eco_curve *curve,
                         double *ret_h)
{
    double from = raw_shape(model, shape, model->first);
    double to = raw_shape(model, shape, model->n_steps);
    for (size_t i = 0; i < curve->n; i++) {
        double h = raw_shape(model, shape, curve->step[i]) - to;
        /* A training of one step has no shape. */
        ret_h[i] = from > to ? h / (from - to) : 0;
    }
}

/*
 * Bayesian regression on (end, gain), point after point, as a Kalman filter without motion: no
 * matrix is ever inverted.  Returns the log evidence.
 */
static double regress(const eco_curve *curve, const double *h, double noise, pair *state)
{
    double evidence = 0, *m = state->mean, *c = state->cov;
    for (size_t i = 0; i < curve->n; i++) {
        double to_end = c[0] + h[i] * c[1], to_gain = c[1] + h[i] * c[2];
        double s = to_end + h[i] * to_gain + noise * noise;
        double off = curve->cost[i] - m[0] - h[i] * m[1];
        evidence -= 0.5 * (off * off / s + log(2 * 3.14159265358979323846 * s));
        m[0] += to_end / s * off;
        m[1] += to_gain / s * off;
        c[0] -= to_end * to_end / s;
        c[1] -= to_end * to_gain / s;
        c[2] -= to_gain * to_gain / s;
    }
    return evidence;
}

/* What each cell says of the curve: log evidence, mean and variance of the last cost. */
typedef struct cells {
    double evidence[N_CELLS], mean[N_CELLS], variance[N_CELLS];
} cells;

static void cells_fill(const eco_curve_model *model, const eco_curve *curve, cells *ret)
{
    double h[ECO_CURVE_POINTS];
    for (size_t shape = 0; shape < N_SHAPES; shape++) {
        shape_values(model, shape, curve, h);
        for (size_t k = 0; k < N_NOISES; k++) {
            size_t cell = shape * N_NOISES + k;
            double noise = noises[k];
            pair state = model->usual;
            ret->evidence[cell] = regress(curve, h, noise, &state);
            ret->mean[cell] = state.mean[0];
            ret->variance[cell] = fmax(state.cov[0], 0) + noise * noise;
        }
    }
}

/* Mean and variance of the mixture. */
static void mix(const eco_curve_model *model, const eco_curve *curve, double *ret_mean,
                double *ret_variance)
{
    cells all;
    double weight[N_CELLS], mean = 0, variance = 0;
    cells_fill(model, curve, &all);
    for (size_t c = 0; c < N_CELLS; c++)
        weight[c] = model->log_weight[c] + all.evidence[c];
    double sum = eco_logsumexp(N_CELLS, weight);
    for (size_t c = 0; c < N_CELLS; c++)
        mean += exp(weight[c] - sum) * all.mean[c];
    for (size_t c = 0; c < N_CELLS; c++) {
        double off = all.mean[c] - mean;
        variance += exp(weight[c] - sum) * (all.variance[c] + off * off);
    }
    *ret_mean = mean;
    *ret_variance = variance;
}

static double last_cost(const eco_curve *curve)
{
    return curve->cost[curve->n - 1];
}

static double gain_of(const eco_curve *curve)
{
    return curve->cost[0] - last_cost(curve);
}

/* Halves, as a difference of two of the largest numbers is none. */
static double scaled(const eco_curve_model *model, double cost)
{
    double inside = 2 * ((0.5 * cost - 0.5 * model->centre) / model->scale);
    return fmin(fmax(inside, -COST_MOST), COST_MOST);
}

static void rescale(const eco_curve_model *model, eco_curve *curve)
{
    for (size_t i = 0; i < curve->n; i++)
        curve->cost[i] = scaled(model, curve->cost[i]);
}

/*
 * By the mean end, and the mean distance from it and from the mean gain: no squares, so that the
 * extremes of what a double holds are as good as anything.
 */
static void learn_scale(eco_curve_model *model)
{
    double n = (double)model->n, end = 0, gain = 0, spread = 0;
    for (size_t j = 0; j < model->n; j++) {
        end += last_cost(&model->curves[j]) / n;
        gain += gain_of(&model->curves[j]) / n;
    }
    for (size_t j = 0; j < model->n; j++)
        spread += 0.5 * (fabs(last_cost(&model->curves[j]) - end) / n +
                         fabs(gain_of(&model->curves[j]) - gain) / n);
    /* Curves that are all the same: a millionth of their size tells others from them. */
    double least = 1e-6 * fmax(fabs(end), fabs(gain));
    model->centre = end;
    model->scale = fmax(spread, least);
    if (!(model->scale > 0) || !isfinite(model->scale) || !isfinite(end)) {
        model->centre = isfinite(end) ? end : 0;
        model->scale = 1;
    }
    for (size_t j = 0; j < model->n; j++)
        rescale(model, &model->curves[j]);
}

/* First and last costs of the curves: mean and covariance of end and gain, wider for few curves. */
static void learn_usual(eco_curve_model *model)
{
    double n = (double)model->n, *m = model->usual.mean, *c = model->usual.cov;
    for (size_t j = 0; j < model->n; j++) {
        m[0] += last_cost(&model->curves[j]) / n;
        m[1] += gain_of(&model->curves[j]) / n;
    }
    for (size_t j = 0; j < model->n; j++) {
        double end = last_cost(&model->curves[j]) - m[0];
        double gain = gain_of(&model->curves[j]) - m[1];
        c[0] += end * end / n;
        c[1] += end * gain / n;
        c[2] += gain * gain / n;
    }
    /*
     * Shrunk towards uncorrelated ones with a share of 2 curves, and wider as the predictive
     * distribution of a normal sample is: (n + 1) / (n - 2).
     */
    double wider = (n + 1) / fmax(n - 2, 1), share = n / (n + 2);
    c[0] = wider * (c[0] + 0.01);
    c[1] = wider * share * c[1];
    c[2] = wider * (c[2] + 0.01);
}

/* Which shapes and noises explain the completed curves: posterior shares over pseudo-counts. */
static void learn_weights(eco_curve_model *model)
{
    double count[N_CELLS];
    for (size_t c = 0; c < N_CELLS; c++)
        count[c] = CELLS_PRIOR / N_CELLS;
    for (size_t j = 0; j < model->n; j++) {
        cells all;
        cells_fill(model, &model->curves[j], &all);
        double sum = eco_logsumexp(N_CELLS, all.evidence);
        for (size_t c = 0; c < N_CELLS; c++)
            count[c] += exp(all.evidence[c] - sum);
    }
    for (size_t c = 0; c < N_CELLS; c++)
        model->log_weight[c] = log(count[c] / (CELLS_PRIOR + (double)model->n));
}

ecopt_status eco_curve_model_new(ecopt_ctx *ctx, double n_steps, size_t n, const eco_curve *curves,
                                 eco_curve_model **ret_model)
{
    if (!(n_steps > 0) || !isfinite(n_steps))
        return eco_fail(ctx, ECOPT_E_ARG, "the number of steps of a trial must be above 0");
    eco_curve_model *model = eco_alloc(ctx, 1, sizeof *model);
    if (!model)
        return ECOPT_E_NOMEM;
    *model = (eco_curve_model){.n_steps = n_steps, .first = n_steps};
    model->curves = eco_alloc(ctx, ECO_CURVE_MAX, sizeof *model->curves);
    if (!model->curves) {
        eco_free(ctx, model);
        return ECOPT_E_NOMEM;
    }
    for (size_t j = n; j > 0 && model->n < ECO_CURVE_MAX; j--) {
        if (curves[j - 1].n == 0)
            continue;
        model->first = fmin(model->first, curves[j - 1].step[0]);
        model->curves[model->n++] = curves[j - 1];
    }
    if (model->n > 0) {
        learn_scale(model);
        learn_usual(model);
        learn_weights(model);
    }
    *ret_model = model;
    return ECOPT_OK;
}

void eco_curve_model_free(ecopt_ctx *ctx, eco_curve_model *model)
{
    if (!model)
        return;
    eco_free(ctx, model->curves);
    eco_free(ctx, model);
}

size_t eco_curve_model_count(const eco_curve_model *model)
{
    return model->n;
}

/* Where a curve is, and how far it came in the second half of its (logarithmic) way. */
typedef struct place {
    double now, gained;
} place;

static place place_of(const eco_curve *curve)
{
    size_t last = curve->n - 1;
    return (place){curve->cost[last], curve->cost[last / 2] - curve->cost[last]};
}

/* Likeness of two places: 1 for the same, next to 0 beyond three widths. */
static double likeness(const place *a, const place *b, const place *width)
{
    double now = (a->now - b->now) / width->now;
    double gained = (a->gained - b->gained) / width->gained;
    return exp(-0.5 * (now * now + gained * gained));
}

/* One completed curve as it was at the step in question, and how wrong the answer was there. */
typedef struct lesson {
    place at;
    double off; /* in standard deviations of the answer */
} lesson;

static void learn_lessons(const eco_curve_model *model, double until, lesson *ret_lessons)
{
    for (size_t j = 0; j < model->n; j++) {
        const eco_curve *whole = &model->curves[j];
        eco_curve part;
        double mean, variance;
        eco_curve_thin(whole->n, whole->step, whole->cost, until, &part);
        mix(model, &part, &mean, &variance);
        ret_lessons[j].off = (last_cost(whole) - mean) / sqrt(variance);
        ret_lessons[j].at = part.n > 0 ? place_of(&part) : (place){0, 0};
    }
}

/* A share of the standard deviations of the places. */
static place lesson_width(size_t n, const lesson *lessons)
{
    place mean = {0, 0}, square = {0, 0};
    for (size_t j = 0; j < n; j++) {
        mean.now += lessons[j].at.now / (double)n;
        mean.gained += lessons[j].at.gained / (double)n;
    }
    for (size_t j = 0; j < n; j++) {
        double now = lessons[j].at.now - mean.now, gained = lessons[j].at.gained - mean.gained;
        square.now += now * now / (double)n;
        square.gained += gained * gained / (double)n;
    }
    return (place){LIKENESS * sqrt(square.now) + 1e-9, LIKENESS * sqrt(square.gained) + 1e-9};
}

/*
 * The same question asked of every completed curve, of which the answer is known: by how many
 * standard deviations was it off?  Curves that were at a like place count most, as a curve that has
 * come to rest is foreseen much better than one that climbs.  The mean of the errors shifts the
 * answer (a last phase with a smaller learning rate gains more than any shape foresees), the rest
 * scales it.  Both with pseudo-counts, so that few curves say little.
 */
static void calibrate(const eco_curve_model *model, const eco_curve *curve, eco_curve_end *end)
{
    lesson lessons[ECO_CURVE_MAX];
    double sum = 0, squares = 0, n = 0;
    place own = curve->n > 0 ? place_of(curve) : (place){0, 0};
    learn_lessons(model, curve->n > 0 ? curve->step[curve->n - 1] : 0, lessons);
    place width = lesson_width(model->n, lessons);
    for (size_t j = 0; j < model->n; j++) {
        double weight = likeness(&own, &lessons[j].at, &width), off = lessons[j].off;
        sum += weight * off;
        squares += weight * off * off;
        n += weight;
    }
    double shift = sum / (n + CALIBRATION_PRIOR);
    double spread = fmax(squares - n * shift * shift, 0);
    double scale = sqrt((CALIBRATION_PRIOR + spread) / (CALIBRATION_PRIOR + n));
    end->mean += shift * end->sd;
    end->sd *= fmin(fmax(scale, SCALE_LEAST), SCALE_MOST);
    end->freedom = CALIBRATION_PRIOR + n;
}

bool eco_curve_predict(const eco_curve_model *model, const eco_curve *curve, eco_curve_end *ret_end)
{
    double mean, variance;
    eco_curve inside = *curve;
    if (model->n < 2)
        return false;
    rescale(model, &inside);
    mix(model, &inside, &mean, &variance);
    eco_curve_end end = {.mean = mean, .sd = sqrt(variance)};
    calibrate(model, &inside, &end);
    end.mean = model->centre + model->scale * end.mean;
    end.sd = fmax(model->scale * end.sd, 1e-300);
    end.bound = curve->best;
    *ret_end = end;
    return true;
}

double eco_curve_end_quantile(const eco_curve_end *end, double p)
{
    return fmin(end->mean + end->sd * eco_student_quantile(p, end->freedom), end->bound);
}
