/* Traces: any text is replayed or refused with a line; what is replayed keeps the rules that
 * every window keeps, for any window number and phase. */
#include "core/ctx.h"
#include "meter/replay.h"

#include "fuzz/fuzz.h"

#include <ecopt/meter.h>
#include <math.h>
#include <string.h>

static bool is_ratio(double value)
{
    return value >= 0 && value <= 1;
}

/* What holds for every window, live or replayed. */
static void check_window(const ecopt_energy *e)
{
    FUZZ_CHECK(isnan(e->energy_j) || (e->energy_j >= 0 && isfinite(e->energy_j)));
    FUZZ_CHECK(isnan(e->energy_j) || e->u95_j >= 0);
    FUZZ_CHECK(!isnan(e->energy_j) || e->quality == ECOPT_QUALITY_UNMEASURABLE);
    FUZZ_CHECK(e->time_s >= 0 && e->gap_s >= 0 && is_ratio(e->coverage_ratio));
    FUZZ_CHECK(e->flags & ECOPT_FLAG_REPLAY);
    FUZZ_CHECK(e->flags < 1u << ECOPT_FLAG_COUNT);
    FUZZ_CHECK(e->n_sources <= ECOPT_METER_SOURCES_MAX);
    FUZZ_CHECK(isnan(e->cpu_s) || e->cpu_s >= 0);
    FUZZ_CHECK(isnan(e->foreign_cpu_s) || e->foreign_cpu_s >= 0);
    /* The total is the sum of its parts. */
    double sum_j = 0;
    for (size_t i = 0; i < e->n_sources; i++) {
        FUZZ_CHECK(memchr(e->sources[i].name, '\0', sizeof e->sources[i].name));
        sum_j += e->sources[i].is_counted ? e->sources[i].energy_j : 0;
    }
    FUZZ_CHECK(isnan(e->energy_j) || fabs(sum_j - e->energy_j) <= 1e-9 * sum_j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ecopt_energy e;
    ecopt_ctx *ctx = NULL;
    eco_replay *replay = NULL;
    FUZZ_CHECK(ecopt_ctx_new(NULL, &ctx) == ECOPT_OK);
    char *text = eco_alloc(ctx, size + 1, 1);
    FUZZ_CHECK(text);
    memcpy(text, data, size);
    ecopt_status status = eco_replay_parse(ctx, "t.trace", text, size, &replay);
    FUZZ_CHECK(status == ECOPT_OK || status == ECOPT_E_PARSE || status == ECOPT_E_LIMIT);
    FUZZ_CHECK((status == ECOPT_OK) == (replay != NULL));
    FUZZ_CHECK(replay || strstr(ecopt_ctx_errmsg(ctx), "t.trace"));
    if (replay) {
        FUZZ_CHECK(eco_replay_count(replay) > 0);
        FUZZ_CHECK(eco_replay_quality(replay) <= ECOPT_QUALITY_UNMEASURABLE);
        for (int64_t i = 0; i < 5; i++) {
            eco_replay_get(replay, i * i * i, i % 2 ? "train" : "a,b", &e);
            check_window(&e);
        }
    }
    eco_replay_close(replay);
    eco_free(ctx, text);
    FUZZ_CHECK(eco_ctx_live_b(ctx) == 0);
    ecopt_ctx_free(ctx);
    return 0;
}
