/*
 * Failure as one more limit: P(the trial works) of a Gaussian process classifier.
 */
#include "gp/classifier.h"
#include "sampler/mobo_model.h"

#include <math.h>
#include <string.h>

enum {
    ROWS_MAX = 300, /* trials that the classifier knows */
    LEARN_MAX = 120 /* trials that its length scales are learned from */
};

/* Trials chosen, in order of their numbers. */
typedef struct sample {
    size_t n;
    double *X, *y; /* n x d, n */
} sample;

/*
 * At most `most` trials: the rarer outcome has up to half of the places, and each outcome is
 * thinned evenly, for a border is drawn by both.
 */
static ecopt_status sample_take(eco_mobo *mobo, const eco_series *s, size_t most, sample *ret)
{
    size_t d = mobo->d, count[2] = {0}, wanted[2], seen[2] = {0};
    for (size_t i = 0; i < mobo->history->n; i++)
        if (!isnan(s->value[i]))
            count[s->value[i] > 0]++;
    size_t n = count[0] + count[1];
    size_t rare = count[1] < count[0] ? 1 : 0;
    wanted[rare] = count[rare] < most / 2 || n <= most ? count[rare] : most / 2;
    wanted[1 - rare] = n <= most ? count[1 - rare] : most - wanted[rare];
    *ret = (sample){.X = eco_arena_alloc(&mobo->arena, (wanted[0] + wanted[1]) * d, sizeof(double)),
                    .y = eco_arena_alloc(&mobo->arena, wanted[0] + wanted[1], sizeof(double))};
    if (!ret->X || !ret->y)
        return ECOPT_E_NOMEM;
    for (size_t i = 0; i < mobo->history->n; i++) {
        if (isnan(s->value[i]))
            continue;
        size_t k = s->value[i] > 0, at = seen[k]++;
        /* The first of those that share a place. */
        if (at > 0 && (at - 1) * wanted[k] / count[k] == at * wanted[k] / count[k])
            continue;
        memcpy(ret->X + ret->n * d, mobo->features + i * d, d * sizeof *ret->X);
        ret->y[ret->n++] = s->value[i];
    }
    return ECOPT_OK;
}

/* Many trials: length scales from some of them, the constant from as many as are kept. */
static ecopt_status learn(eco_mobo *mobo, const eco_series *s, eco_classifier *classifier,
                          const sample *all)
{
    if (all->n <= LEARN_MAX)
        return eco_classifier_fit(classifier, all->n, all->X, all->y, NULL);
    sample some;
    ECO_TRY(sample_take(mobo, s, LEARN_MAX, &some));
    ECO_TRY(eco_classifier_fit(classifier, some.n, some.X, some.y, NULL));
    double *theta = eco_arena_alloc(&mobo->arena, mobo->d + 2, sizeof *theta);
    if (!theta)
        return ECOPT_E_NOMEM;
    memcpy(theta, eco_classifier_theta(classifier), (mobo->d + 2) * sizeof *theta);
    return eco_classifier_fit(classifier, all->n, all->X, all->y, theta);
}

ecopt_status eco_mobo_failure_add(eco_mobo *mobo, const eco_series *series)
{
    sample all;
    ECO_TRY(sample_take(mobo, series, ROWS_MAX, &all));
    size_t n_labels = eco_space_n_labels(mobo->problem->space);
    const eco_classifier_options options = {.n_labels = n_labels};
    const eco_gp_options frozen = {.n_labels = n_labels, .is_plain = true};
    eco_classifier *classifier;
    eco_gp **gp = &mobo->fits[mobo->n_models];
    ECO_TRY(eco_gp_new(mobo->ctx, &frozen, all.n, mobo->d, gp));
    mobo->n_models++;
    ECO_TRY(eco_classifier_new(mobo->ctx, &options, all.n, mobo->d, &classifier));
    ecopt_status status = learn(mobo, series, classifier, &all);
    if (status == ECOPT_OK)
        status = eco_classifier_freeze(classifier, *gp);
    mobo->bound[mobo->n_limits++] = -eco_classifier_mean(classifier);
    mobo->has_failures = true;
    eco_classifier_free(classifier);
    return status;
}
