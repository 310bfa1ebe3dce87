#include "sampler/points.h"

static ecopt_status suggest(ecopt_ctx *ctx, const eco_problem *problem, const eco_history *history,
                            eco_suggestion *suggestion)
{
    suggestion->origin = "sobol";
    return eco_points_sobol(ctx, problem, history, suggestion->x);
}

const eco_sampler_ops eco_sampler_sobol = {
    .name = "sobol", .summary = "scrambled Sobol sequence, evenly spread", .suggest = suggest};
