#include "sampler/points.h"

static ecopt_status suggest(ecopt_ctx *ctx, const eco_problem *problem, const eco_history *history,
                            eco_suggestion *suggestion)
{
    double *u = eco_alloc(ctx, eco_space_n_dims(problem->space), sizeof *u);
    if (!u)
        return ECOPT_E_NOMEM;
    eco_rng rng;
    eco_rng_init(&rng, problem->seed, ECO_STREAM_RANDOM_POINT, history->trial);
    ecopt_status status = eco_points_draw(ctx, problem, history, &rng, u, suggestion->x);
    eco_free(ctx, u);
    suggestion->origin = "random";
    return status;
}

const eco_sampler_ops eco_sampler_random = {
    .name = "random", .summary = "independent uniform points", .suggest = suggest};
