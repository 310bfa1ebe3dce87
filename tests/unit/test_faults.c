/*
 * What goes wrong with counters, one fault at a time, against the true energy; and the rules of
 * other tools as mutants: each of them must fail at least one of the cases that ours passes, or the
 * cases would prove nothing.
 */
#include "support/fake_meter.h"

#include <errno.h>

enum { STEPS = 40 };

#define STEP_S  0.25
#define POWER_W 50.0

/* A single package, its reading disturbed in the middle of a window of 10 s and 500 J. */
typedef struct disturbed {
    const char *name;
    uint64_t range_uj;
    double start_uj; /* counter at the start */
    int error;       /* of n_errors readings from step 20 on; 0 = none */
    bool on_open;    /* the path fails as well, once */
    int n_errors;
    double set_uj;       /* counter after step 20, < 0 = goes on */
    int n_blind;         /* steps from step 20 on in which nobody reads (a stalled sampler) */
    unsigned flags;      /* expected */
    double within_ratio; /* of the truth */
} disturbed;

/* The reset is seen 0.25 s after it: 12.5 J of 500 J are bounded, by the last power. */
static const disturbed CASES[] = {
    {"nothing", 262143328850u, 5e9, 0, false, 0, -1, 0, 0, 1e-6},
    {"wrap", 65532610987u, 65532610987.0 - 1e8, 0, false, 0, -1, 0, 0, 1e-6},
    {"wrap of a small range", 90000000u, 0, 0, false, 0, -1, 0, 0, 1e-6},
    {"input/output error", 262143328850u, 5e9, -EIO, false, 3, -1, 0, ECOPT_FLAG_MISS, 1e-6},
    {"permission lost", 262143328850u, 5e9, -EACCES, false, 3, -1, 0, ECOPT_FLAG_MISS, 1e-6},
    {"empty reading", 262143328850u, 5e9, -ENODATA, false, 1, -1, 0, ECOPT_FLAG_MISS, 1e-6},
    {"unplugged and back", 262143328850u, 5e9, -ENODEV, true, 2, -1, 0, ECOPT_FLAG_MISS, 1e-6},
    {"path gone and back", 262143328850u, 5e9, -ENOENT, true, 1, -1, 0, ECOPT_FLAG_MISS, 1e-6},
    {"driver reloaded: from 0", 262143328850u, 5e9, 0, false, 0, 0, 0,
     ECOPT_FLAG_RESET | ECOPT_FLAG_GAP, 1e-6},
    {"step back", 262143328850u, 5e9, 0, false, 0, 4e9, 0, ECOPT_FLAG_RESET | ECOPT_FLAG_GAP, 1e-6},
    {"jump ahead", 262143328850u, 5e9, 0, false, 0, 9e10, 0, ECOPT_FLAG_RESET | ECOPT_FLAG_GAP,
     1e-6},
    {"no range: 64 bits", 0, 5e9, 0, false, 0, -1, 0, 0, 1e-6},
    {"no range, from 0", 0, 5e9, 0, false, 0, 0, 0, ECOPT_FLAG_RESET | ECOPT_FLAG_GAP, 1e-6},
    {"sampler stalled", 262143328850u, 5e9, 0, false, 0, -1, 18, 0, 1e-6},
    {"failed reading over a wrap", 65532610987u, 65532610987.0 - 2.6e8, -EIO, false, 2, -1, 0,
     ECOPT_FLAG_MISS, 1e-6},
    /* 4.75 s unseen on a counter that wraps at 90 J: two wraps hide in one step. */
    {"two wraps in a stall", 90000000u, 0, 0, false, 0, -1, 18,
     ECOPT_FLAG_AMBIGUOUS | ECOPT_FLAG_GAP, 1e-6},
};

/* Feeds one case to `each`: what a reader would get at every step, 0 or -errno. */
static void play(const disturbed *fault, eco_fake *fake, void (*each)(void *arg, int step),
                 void *arg)
{
    for (int step = 1; step <= STEPS; step++) {
        eco_fake_advance(fake, STEP_S);
        if (step == 20 && fault->set_uj >= 0)
            fake->zones[0].energy_uj = fault->set_uj;
        if (step == 20 && fault->error != 0)
            eco_fake_add_fault(fake, "energy_uj", fault->error, true, fault->n_errors);
        if (step == 20 && fault->on_open)
            eco_fake_add_fault(fake, "energy_uj", -ENOENT, false, 1);
        if (step < 20 || step >= 20 + fault->n_blind)
            each(arg, step);
    }
}

static void build(const disturbed *fault, eco_fake *fake)
{
    eco_fake_init(fake);
    eco_fake_add_zone(fake, "intel-rapl:0", "package-0", fault->range_uj, POWER_W)->energy_uj =
        fault->start_uj;
}

static void sample(void *arg, int step)
{
    if (step < STEPS) /* the end of the window reads for itself */
        eco_meter_sample(arg);
}

static void test_each_fault_alone(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy e;
    for (size_t i = 0; i < ECO_LEN(CASES); i++) {
        const disturbed *fault = &CASES[i];
        ecopt_window *window = NULL;
        ecopt_ctx *ctx = eco_test_ctx();
        build(fault, &fake);
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
        assert_status(ctx, ecopt_meter_begin(meter, NULL, &window), ECOPT_OK);
        play(fault, &fake, sample, meter);
        assert_status(ctx, ecopt_meter_end(meter, window, 1, &e), ECOPT_OK);
        double truth_j = POWER_W * STEPS * STEP_S;
        bool is_close = fabs(e.energy_j - truth_j) <= fault->within_ratio * truth_j;
        if (!is_close || e.flags != fault->flags)
            fail_msg("'%s': %g J of %g J, flags %x instead of %x", fault->name, e.energy_j, truth_j,
                     e.flags, fault->flags);
        assert_true(fabs(e.energy_j - truth_j) <= e.u95_j);
        assert_int_equal(e.quality, ECOPT_QUALITY_MEASURED_COUNTER);
        assert_true(!(e.flags & ECOPT_FLAG_GAP) == (e.coverage_ratio > 1 - 1e-9));
        fake_meter_close(ctx, &fake, meter);
    }
}

/* How other tools turn readings into energy. */
typedef enum rule {
    DECREASE_IS_WRAP,  /* Kepler; failed readings are skipped */
    FAILED_READ_IS_0,  /* CodeCarbon, and every decrease is a wrap */
    DECREASE_DROPPED,  /* Scaphandre */
    DECREASE_IS_RESET, /* counts from 0 again, as Prometheus' rate() does */
    ENDS_ONLY,         /* last reading minus first one */
    RULES
} rule;

typedef struct mutant {
    eco_fake *fake;
    rule rule;
    uint64_t range_uj, first_uj, last_uj;
    double energy_uj;
} mutant;

/* The counter as the tool reads it: through the same io table, faults included. */
static void read_as(void *arg, int step)
{
    mutant *m = arg;
    uint64_t value = 0;
    int status = eco_io_u64(&m->fake->io, "/sys/class/powercap/intel-rapl:0/energy_uj", &value);
    (void)step;
    if (status < 0 && m->rule != FAILED_READ_IS_0)
        return;
    if (value >= m->last_uj)
        m->energy_uj += (double)(value - m->last_uj);
    else if (m->rule == DECREASE_IS_WRAP || m->rule == FAILED_READ_IS_0)
        m->energy_uj += (double)m->range_uj - (double)m->last_uj + (double)value;
    else if (m->rule == DECREASE_IS_RESET)
        m->energy_uj += (double)value;
    m->last_uj = value;
    if (m->rule == ENDS_ONLY)
        m->energy_uj = (double)value - (double)m->first_uj;
}

/* Largest relative error of a rule over all cases. */
static double worst_of(rule which)
{
    static eco_fake fake;
    double worst = 0;
    for (size_t i = 0; i < ECO_LEN(CASES); i++) {
        build(&CASES[i], &fake);
        mutant m = {.fake = &fake, .rule = which, .range_uj = CASES[i].range_uj};
        m.first_uj = m.last_uj = (uint64_t)CASES[i].start_uj;
        play(&CASES[i], &fake, read_as, &m);
        double truth_j = POWER_W * STEPS * STEP_S;
        worst = fmax(worst, fabs(1e-6 * m.energy_uj - truth_j) / truth_j);
        eco_fake_release(&fake);
    }
    return worst;
}

static void test_rules_of_other_tools_fail_these_cases(void **state)
{
    (void)state;
    for (int i = 0; i < RULES; i++)
        if (worst_of((rule)i) < 0.02)
            fail_msg("rule %d passes all cases", i);
}

/* What the zones of a tree take together by a tool's choice of them [W]. */
static double sum_w(const eco_fake *fake, bool top_level_only, bool with_mmio)
{
    double power_w = 0;
    for (size_t i = 0; i < fake->n_zones; i++) {
        const char *zone = fake->zones[i].zone;
        const char *number = strchr(zone, ':') + 1;
        bool is_mmio = strstr(zone, "mmio") != NULL;
        if ((!top_level_only || !strchr(number, ':')) && (with_mmio || !is_mmio))
            power_w += fake->zones[i].power_w;
    }
    return power_w;
}

/* Power that the meter finds in one second. */
static double metered_w(eco_fake *fake)
{
    static ecopt_energy e;
    ecopt_ctx *ctx = eco_test_ctx();
    ecopt_meter *meter = fake_meter_open(ctx, fake, "rapl-powercap");
    fake_meter_window(ctx, meter, fake, 10, 0.1, &e);
    fake_meter_close(ctx, fake, meter);
    return e.energy_j;
}

static void test_choices_of_other_tools_count_wrong(void **state)
{
    (void)state;
    static eco_fake fake;
    const double laptop_w = 10, server_w = 80 + 70 + 8 + 7;
    eco_fake_init(&fake);
    eco_fake_laptop(&fake);
    /* All top-level zones: psys holds the package already. All zones: parts twice. */
    assert_true(sum_w(&fake, true, false) > 1.5 * laptop_w);
    assert_true(sum_w(&fake, false, true) > 2 * laptop_w);
    assert_close(metered_w(&fake), laptop_w, 1e-6, 0);
    eco_fake_init(&fake);
    eco_fake_server(&fake);
    /* Only top-level zones: dram lies one level below its package. */
    assert_true(sum_w(&fake, true, false) < 0.95 * server_w);
    assert_close(metered_w(&fake), server_w, 1e-6, 0);
}

/* A reading that fails never adds energy, whatever the source of it. */
static void test_a_failing_source_never_raises_the_total(void **state)
{
    (void)state;
    static eco_fake fake;
    static ecopt_energy sound, failing;
    for (int n = 1; n <= 12; n++) {
        ecopt_ctx *ctx = eco_test_ctx();
        eco_fake_init(&fake);
        eco_fake_server(&fake);
        ecopt_meter *meter = fake_meter_open(ctx, &fake, "rapl-powercap");
        fake_meter_window(ctx, meter, &fake, 10, 0.1, &sound);
        eco_fake_add_fault(&fake, "intel-rapl:1/energy_uj", -EIO, true, n);
        fake_meter_window(ctx, meter, &fake, 10, 0.1, &failing);
        /* Missing, or the same: the start of the window was not seen. */
        assert_true(isnan(failing.energy_j) || failing.energy_j <= sound.energy_j * (1 + 1e-9));
        /* The first fault only costs the wait for an update. */
        assert_true(n == 1 || failing.flags & (ECOPT_FLAG_MISS | ECOPT_FLAG_LOST));
        fake_meter_close(ctx, &fake, meter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_fault_alone),
        cmocka_unit_test(test_rules_of_other_tools_fail_these_cases),
        cmocka_unit_test(test_choices_of_other_tools_count_wrong),
        cmocka_unit_test(test_a_failing_source_never_raises_the_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
