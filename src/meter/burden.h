/*
 * A load of known share on every CPU this process may use: threads that spin and sleep by turns.
 *
 * Call order: start, then any time, stop.  Owner: the caller.  Threads: one per CPU, pinned, all
 * signals blocked.
 */
#ifndef ECO_METER_BURDEN_H
#define ECO_METER_BURDEN_H

#include "core/ctx.h"

typedef struct eco_burden eco_burden;

/** Starts threads that are busy for `share` (0..1) of each 20 ms.
 *  @return ECOPT_OK, ECOPT_E_INTERNAL (no thread), ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_burden_start(ecopt_ctx *ctx, double share, eco_burden **ret_burden);

/** Ends and joins the threads; NULL is allowed. */
void eco_burden_stop(eco_burden *burden);

#endif
