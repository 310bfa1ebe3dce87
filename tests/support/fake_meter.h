/*
 * Short forms for tests that open a meter on a made-up machine and measure a window.
 */
#ifndef ECO_FAKE_METER_H
#define ECO_FAKE_METER_H

#include "support/eco_test.h"
#include "support/fakesys.h"

#include "meter/handle.h"

/** Meter of the given sources and edges on a made-up machine, without a thread. */
static inline ecopt_meter *fake_meter_open_edges(ecopt_ctx *ctx, eco_fake *fake,
                                                 const char *sources, const char *edges)
{
    ecopt_meter *meter = NULL;
    ecopt_meter_options options = ECOPT_METER_OPTIONS_INIT;
    options.sources = sources;
    options.edges = edges;
    assert_status(ctx, eco_meter_open_on(ctx, &options, &fake->io, false, &meter), ECOPT_OK);
    return meter;
}

/** The same with edges as they are by default: counters are waited for. */
static inline ecopt_meter *fake_meter_open(ecopt_ctx *ctx, eco_fake *fake, const char *sources)
{
    return fake_meter_open_edges(ctx, fake, sources, NULL);
}

/** One window of n steps; every step is one reading. */
static inline void fake_meter_window(ecopt_ctx *ctx, ecopt_meter *meter, eco_fake *fake, int n,
                                     double step_s, ecopt_energy *ret)
{
    ecopt_window *window = NULL;
    assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
    for (int i = 0; i < n; i++) {
        eco_fake_advance(fake, step_s);
        if (i + 1 < n)
            eco_meter_sample(meter);
    }
    assert_status(ctx, ecopt_meter_end(meter, window, (double)NAN, ret), ECOPT_OK);
}

/** A source of a window by its name; fails if it is not there. */
static inline const ecopt_source_energy *fake_meter_part(const ecopt_energy *energy,
                                                         const char *name)
{
    for (size_t i = 0; i < energy->n_sources; i++)
        if (strcmp(energy->sources[i].name, name) == 0)
            return &energy->sources[i];
    print_error("no source '%s'\n", name);
    assert_true(false);
    return &energy->sources[0];
}

/** Closes all and checks that nothing was left open. */
static inline void fake_meter_close(ecopt_ctx *ctx, eco_fake *fake, ecopt_meter *meter)
{
    assert_status(ctx, ecopt_meter_close(meter), ECOPT_OK);
    assert_int_equal(fake->n_open, 0);
    assert_int_equal(eco_ctx_live_b(ctx), 0);
    eco_fake_release(fake);
    ecopt_ctx_free(ctx);
}

/** All of it at once: opens, measures a window of n readings, closes; fake and ctx are gone then.
 */
static inline void fake_meter_measure(ecopt_ctx *ctx, eco_fake *fake, ecopt_energy *ret,
                                      const char *sources, int n, double step_s)
{
    ecopt_meter *meter = fake_meter_open(ctx, fake, sources);
    fake_meter_window(ctx, meter, fake, n, step_s, ret);
    fake_meter_close(ctx, fake, meter);
}

#endif
