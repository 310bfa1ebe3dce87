/*
 * The meter with its machine given from outside, for tests; ecopt_meter_open passes the real one.
 */
#ifndef ECO_METER_HANDLE_H
#define ECO_METER_HANDLE_H

#include "meter/io.h"
#include "meter/topology.h"

#include <ecopt/meter.h>

/**
 * As ecopt_meter_open, on the given io (copied; its root wins over options->system_root).
 *
 * @param[in] is_threaded  false: counters are read at begin, end and eco_meter_sample only
 */
ECOPT_NODROP ecopt_status eco_meter_open_on(ecopt_ctx *ctx, const ecopt_meter_options *options,
                                            const eco_io *io, bool is_threaded,
                                            ecopt_meter **ret_meter);

/** As ecopt_meter_describe, on the given io. */
ECOPT_NODROP ecopt_status eco_meter_describe_on(ecopt_ctx *ctx, const ecopt_meter_options *options,
                                                const eco_io *io, ecopt_source_info *ret_infos,
                                                size_t *ret_n);

/** What source i of a window measures; live meters only. */
eco_scope eco_meter_scope(const ecopt_meter *meter, size_t i);

/**
 * What measures the machine without its discrete GPUs; live meters only.
 *
 * @param[out] source  names of those counted sources, joined by " + "
 * @param[out] ret_lo, ret_hi  their widest band
 * @return their weakest label; UNMEASURABLE when there is none
 */
ecopt_quality eco_meter_describe_host(const ecopt_meter *meter, char *source, size_t room_b,
                                      double *ret_lo, double *ret_hi);

/** Reads all counters now. */
void eco_meter_sample(ecopt_meter *meter);

#endif
