/*
 * Properties of the total over random machines whose energies are consistent: what contains uses at
 * least what is inside.  A failure prints its seed; ECOPT_PROP_SEED runs that one alone.
 */
#include "support/eco_test.h"

#include "core/rng.h"
#include "meter/source.h"
#include "meter/tally.h"

#include <stdlib.h>

enum { CASES = 2000 };

static const eco_source_ops SOURCE = {.kind = "made-up"};

typedef struct machine {
    eco_channel_set set;
    double energy_j[ECOPT_METER_SOURCES_MAX];
    ecopt_energy energy;
    eco_rng rng;
} machine;

static double between(machine *m, double lo, double hi)
{
    return lo + (hi - lo) * eco_rng_uniform(&m->rng);
}

static bool chance(machine *m, double p)
{
    return eco_rng_uniform(&m->rng) < p;
}

/* The hash in a name stands for the number i. */
static void add(machine *m, eco_scope scope, const char *name, int i, double energy_j)
{
    char domain[64];
    const char *hash = strchr(name, '#');
    if (hash)
        (void)snprintf(domain, sizeof domain, "%.*s%d%s", (int)(hash - name), name, i, hash + 1);
    else
        (void)snprintf(domain, sizeof domain, "%s", name);
    eco_channel *channel = eco_set_add(&m->set, &SOURCE, scope, domain);
    if (!channel)
        return;
    channel->quality = ECOPT_QUALITY_MEASURED_COUNTER;
    channel->gain_lo = 0.95;
    channel->gain_hi = 1.05;
    eco_counter_init(&channel->counter, 0, 0, 0.001);
    m->energy_j[channel - m->set.channels] = energy_j;
}

static void tally(machine *m)
{
    static eco_mark start[ECOPT_METER_SOURCES_MAX], end[ECOPT_METER_SOURCES_MAX];
    memset(start, 0, sizeof start);
    memset(end, 0, sizeof end);
    for (size_t i = 0; i < m->set.n_channels; i++) {
        start[i].is_primed = end[i].is_primed = true;
        end[i].time_s = 100;
        end[i].total.n[ECO_EVENT_OK] = isnan(m->energy_j[i]) ? 0u : 100u;
        end[i].total.energy_j = m->energy_j[i];
    }
    eco_tally_input input = {.channels = m->set.channels,
                             .n_channels = m->set.n_channels,
                             .start = start,
                             .end = end,
                             .span = {100, (double)NAN, (double)NAN, 0}};
    eco_tally(&input, &m->energy);
}

/* One to three packages; each other thing is there or not, in any order of its kinds. */
static void build(machine *m, uint64_t seed)
{
    memset(m, 0, sizeof *m);
    eco_rng_init(&m->rng, seed, ECO_STREAM_TEST, 8);
    m->set.is_selected = true;
    m->set.wish = (eco_wish)eco_rng_below(&m->rng, 3);
    int n_packages = 1 + (int)eco_rng_below(&m->rng, 3), n_cards = (int)eco_rng_below(&m->rng, 3);
    bool is_wide_first = chance(m, 0.5), has_dram = chance(m, 0.5), has_cores = chance(m, 0.5);
    double package_j[3], dram_j[3], card_j[2], packages_j = 0, all_j = 0;
    for (int i = 0; i < n_packages; i++) {
        package_j[i] = between(m, 100, 9000);
        dram_j[i] = between(m, 10, 900);
        packages_j += package_j[i];
        all_j += package_j[i] + dram_j[i];
    }
    for (int i = 0; i < n_cards; i++)
        all_j += card_j[i] = between(m, 100, 9000);
    double psys_j = packages_j * between(m, 1, 1.5), board_j = fmax(all_j, psys_j) * 1.2;
    for (int pass = 0; pass < 2; pass++) {
        if ((pass == 0) == is_wide_first) {
            if (chance(m, 0.5))
                add(m, ECO_SCOPE_PSYS, "psys", 0, psys_j);
            if (chance(m, 0.5))
                add(m, ECO_SCOPE_BOARD, "board", 0, board_j);
            for (int i = 0; i < 2 && (i == 1 || chance(m, 0.5)); i++)
                add(m, ECO_SCOPE_WALL, "wall #", i, 0.6 * board_j);
            continue;
        }
        for (int i = 0; i < n_packages; i++) {
            add(m, ECO_SCOPE_PACKAGE, "package-#", i, package_j[i]);
            if (has_dram)
                add(m, ECO_SCOPE_DRAM, "package-# dram", i, dram_j[i]);
            if (has_cores)
                add(m, ECO_SCOPE_PART, "package-# core", i, 0.7 * package_j[i]);
        }
        for (int i = 0; i < n_cards; i++)
            add(m, ECO_SCOPE_GPU, "gpu #", i, card_j[i]);
    }
    eco_topology_choose(&m->set);
    tally(m);
}

/* What is counted is disjoint, and whatever is not has a reason among what is. */
static void total_is_disjoint(uint64_t seed)
{
    static machine m;
    build(&m, seed);
    double sum_j = 0;
    for (size_t i = 0; i < m.set.n_channels; i++) {
        const eco_channel *a = &m.set.channels[i];
        bool is_related = false;
        sum_j += a->is_counted ? m.energy_j[i] : 0;
        for (size_t k = 0; k < m.set.n_channels; k++) {
            const eco_channel *b = &m.set.channels[k];
            eco_relation relation = eco_topology_relation(a, b);
            if (k == i || !b->is_counted)
                continue;
            if (a->is_counted)
                assert_int_equal(relation, ECO_RELATION_DISJOINT);
            is_related = is_related || relation != ECO_RELATION_DISJOINT;
        }
        assert_true(a->is_counted || is_related);
    }
    assert_close(m.energy.energy_j, sum_j, 1e-12, 0);
    assert_true(m.energy.energy_j > 0);
}

/* Of a machine whose energies are consistent nothing is said to disagree. */
static void sound_machines_agree(uint64_t seed)
{
    static machine m;
    build(&m, seed);
    assert_int_equal(m.energy.flags & ECOPT_FLAG_DISAGREE, 0);
    assert_close(m.energy.gain_lo, 0.95, 1e-9, 0);
}

static void contained_source_changes_nothing(uint64_t seed)
{
    static machine m;
    build(&m, seed);
    double total_j = m.energy.energy_j;
    size_t n = m.set.n_channels;
    add(&m, ECO_SCOPE_PART, "package-# uncore", 0, 5);
    add(&m, ECO_SCOPE_PACKAGE, "package-#-die-0", 0, 50);
    add(&m, ECO_SCOPE_PART, "amdgpu #", 0, 20);
    /* No room left says nothing about the total. */
    if (m.set.n_channels == n || m.set.n_dropped > 0)
        return;
    eco_topology_choose(&m.set);
    tally(&m);
    assert_close(m.energy.energy_j, total_j, 1e-12, 0);
}

/* A source that is lost in a window: its total is missing, or not more than before. */
static void lost_source_never_raises_the_total(uint64_t seed)
{
    static machine m;
    build(&m, seed);
    double total_j = m.energy.energy_j;
    for (size_t i = 0; i < m.set.n_channels; i++) {
        double energy_j = m.energy_j[i];
        m.energy_j[i] = (double)NAN;
        tally(&m);
        if (m.set.channels[i].is_counted)
            assert_true(isnan(m.energy.energy_j) && (m.energy.flags & ECOPT_FLAG_LOST));
        else
            assert_close(m.energy.energy_j, total_j, 1e-12, 0);
        m.energy_j[i] = energy_j;
    }
}

/* A container that shows too little, or a part too much: said, and the band covers it. */
static void parts_above_their_container_are_flagged(uint64_t seed)
{
    static machine m;
    build(&m, seed);
    for (size_t i = 0; i < m.set.n_channels; i++) {
        const eco_channel *outer = &m.set.channels[i];
        double inner_j = 0, outer_j = 0, total_j = m.energy.energy_j;
        bool is_counted = false;
        if (outer->inner == 0)
            continue;
        for (size_t k = 0; k < m.set.n_channels; k++) {
            inner_j += outer->inner >> k & 1u ? m.energy_j[k] : 0;
            outer_j += outer->group >> k & 1u ? m.energy_j[k] : 0;
            is_counted = is_counted || (((outer->inner | outer->group) >> k & 1u) &&
                                        m.set.channels[k].is_counted);
        }
        double factor = 0.5 * inner_j / outer_j;
        for (size_t k = 0; k < m.set.n_channels; k++)
            m.energy_j[k] *= outer->group >> k & 1u ? factor : 1;
        tally(&m);
        assert_int_equal((m.energy.flags & ECOPT_FLAG_DISAGREE) != 0, is_counted);
        /* Joules stand as they were read. */
        if (is_counted && !outer->is_counted)
            assert_close(m.energy.energy_j, total_j, 1e-12, 0);
        for (size_t k = 0; k < m.set.n_channels; k++)
            m.energy_j[k] /= outer->group >> k & 1u ? factor : 1;
        tally(&m);
    }
}

static void for_all(void (*property)(uint64_t seed))
{
    const char *only = getenv("ECOPT_PROP_SEED");
    uint64_t first = only ? strtoull(only, NULL, 10) : 1, last = only ? first : CASES;
    for (uint64_t seed = first; seed <= last; seed++) {
        /* Printed before, as a failed assertion does not return. */
        if (seed % 500 == 1)
            print_message("seeds %llu..\n", (unsigned long long)seed);
        property(seed);
    }
}

#define PROPERTY(name)                    \
    static void test_##name(void **state) \
    {                                     \
        (void)state;                      \
        for_all(name);                    \
    }

PROPERTY(total_is_disjoint)
PROPERTY(sound_machines_agree)
PROPERTY(contained_source_changes_nothing)
PROPERTY(lost_source_never_raises_the_total)
PROPERTY(parts_above_their_container_are_flagged)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_total_is_disjoint),
        cmocka_unit_test(test_sound_machines_agree),
        cmocka_unit_test(test_contained_source_changes_nothing),
        cmocka_unit_test(test_lost_source_never_raises_the_total),
        cmocka_unit_test(test_parts_above_their_container_are_flagged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
