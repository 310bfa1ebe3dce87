#include "sampler/points.h"

#include <math.h>
#include <string.h>

static const eco_sampler_ops *const samplers[] = {&eco_sampler_mobo, &eco_sampler_sobol,
                                                  &eco_sampler_random, &eco_sampler_grid,
                                                  &eco_sampler_nsga2};

const eco_sampler_ops *eco_sampler_find(const char *name)
{
    for (size_t i = 0; i < ECO_LEN(samplers); i++)
        if (strcmp(samplers[i]->name, name) == 0)
            return samplers[i];
    return NULL;
}

const eco_sampler_ops *const *eco_sampler_list(size_t *ret_n)
{
    *ret_n = ECO_LEN(samplers);
    return samplers;
}

ecopt_status eco_sampler_suggest(ecopt_ctx *ctx, const eco_sampler_ops *sampler,
                                 const eco_problem *problem, const eco_history *history,
                                 eco_suggestion *suggestion)
{
    if (problem->n_objectives < 1)
        return eco_fail(ctx, ECOPT_E_ARG, "a problem needs an objective");
    if (!suggestion->x || !suggestion->reference)
        return eco_fail(ctx, ECOPT_E_ARG, "no room for the suggestion");
    eco_reference_point(problem, history, suggestion->reference);
    suggestion->gain_ratio = (double)NAN;
    return sampler->suggest(ctx, problem, history, suggestion);
}
