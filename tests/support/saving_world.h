/*
 * A made-up search with a deployment, for tests of src/sampler/saving.
 *
 * Call world_open, add and expect in any order, world_close; the test owns the world.
 */
#ifndef ECO_SAVING_WORLD_H
#define ECO_SAVING_WORLD_H

#include "support/eco_test.h"

#include "sampler/saving.h"
#include "space/space.h"

enum { SAVING_ROOM = 24 };

/* One parameter in [0, 1]; quality to be maximised, at least 0.5; joules per request. */
typedef struct world {
    ecopt_ctx *ctx;
    ecopt_space *space;
    ecopt_objective objectives[2];
    eco_problem problem;
    ecopt_deployment deployment;
    double baseline;
    double y_se[2]; /* of every trial */
    double x[SAVING_ROOM], y[SAVING_ROOM][2];
    eco_observation observations[SAVING_ROOM];
    eco_history history;
    eco_saving_input input;
} world;

static inline void world_open(world *w, size_t n_init, uint64_t seed)
{
    static const ecopt_param param = {.name = "x", .type = ECOPT_PARAM_FLOAT, .max = 1};
    memset(w, 0, sizeof *w);
    w->ctx = eco_test_ctx();
    assert_status(w->ctx, eco_space_new(w->ctx, &param, 1, &w->space), ECOPT_OK);
    w->objectives[0] = (ecopt_objective){
        .metric = "quality", .goal = ECOPT_GOAL_MAX, .has_threshold = true, .threshold = 0.5};
    w->objectives[1] = (ecopt_objective){.metric = "j", .goal = ECOPT_GOAL_MIN};
    w->problem = (eco_problem){.space = w->space,
                               .n_objectives = 2,
                               .objectives = w->objectives,
                               .n_init = n_init,
                               .seed = seed};
    w->deployment = (ecopt_deployment){
        .is_set = true, .requests = 1, .metric = "j", .baseline_j = NAN, .trial_j = NAN};
    w->baseline = 0.5;
    w->history = (eco_history){.observations = w->observations, .trial = 1};
    w->input = (eco_saving_input){.problem = &w->problem,
                                  .history = &w->history,
                                  .deployment = &w->deployment,
                                  .baseline = &w->baseline,
                                  .requests = 1};
}

static inline void world_close(world *w)
{
    eco_space_free(w->ctx, w->space);
    assert_int_equal(eco_ctx_live_b(w->ctx), 0);
    ecopt_ctx_free(w->ctx);
}

/* A trial; one without joules per request has failed. */
static inline void add(world *w, double x, double quality, double j, double spent_j)
{
    size_t i = w->history.n++;
    w->x[i] = x;
    w->y[i][0] = quality;
    w->y[i][1] = j;
    w->observations[i] =
        (eco_observation){.x = &w->x[i],
                          .y = w->y[i],
                          .y_se = w->y_se,
                          .state = isnan(j) ? ECO_OBSERVED_FAILED : ECO_OBSERVED_COMPLETE,
                          .spent_j = spent_j,
                          .deployed_j = j};
    w->history.trial = i + 2;
}

static inline eco_saving expect(world *w, double requests)
{
    eco_saving saving = {.gain_j = -1};
    w->input.requests = requests;
    assert_status(w->ctx, eco_saving_expect(w->ctx, &w->input, &saving), ECOPT_OK);
    return saving;
}

#endif
