#include "trial/steps.h"

/* Room for the usual training at once. */
enum { ROOM_FIRST = 16 };

static ecopt_status grow(ecopt_ctx *ctx, eco_steps *steps)
{
    if (steps->n < steps->room)
        return ECOPT_OK;
    size_t room = steps->room ? 2 * steps->room : ROOM_FIRST;
    room = room < ECO_STEPS_MAX ? room : ECO_STEPS_MAX;
    ecopt_step_value *points = eco_realloc(ctx, steps->points, room, sizeof *points);
    if (!points)
        return ECOPT_E_NOMEM;
    steps->points = points;
    steps->room = room;
    return ECOPT_OK;
}

/* Keeps the points of even number.  The last one goes, as a newer one is about to come. */
static void thin(eco_steps *steps)
{
    for (size_t i = 0; i < ECO_STEPS_MAX / 2; i++)
        steps->points[i] = steps->points[2 * i];
    steps->n = ECO_STEPS_MAX / 2;
    steps->n_loose = steps->stride;
    steps->stride *= 2;
}

/* A loose end is the newest value between two that are kept; the next one takes its place. */
ecopt_status eco_steps_add(ecopt_ctx *ctx, eco_steps *steps, int64_t step, double value)
{
    size_t n = steps->n;
    while (steps->n > 0 && steps->points[steps->n - 1].step >= step)
        steps->n--;
    if (steps->n < n)
        steps->n_loose = 0;
    if (steps->n == 0) {
        steps->stride = 1;
        steps->n_loose = 0;
    }
    if (steps->n_loose > 0)
        steps->n--;
    if (steps->n == ECO_STEPS_MAX)
        thin(steps);
    ECO_TRY(grow(ctx, steps));
    bool is_first = steps->n == 0;
    steps->points[steps->n++] = (ecopt_step_value){.step = step, .value = value};
    steps->n_loose = is_first ? 0 : (steps->n_loose + 1) % steps->stride;
    return ECOPT_OK;
}

void eco_steps_release(ecopt_ctx *ctx, eco_steps *steps)
{
    eco_free(ctx, steps->points);
    *steps = (eco_steps){0};
}
