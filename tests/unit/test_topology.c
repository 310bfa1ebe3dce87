/* Which channels make the total, which check it, and what is said of the others. */
#include "support/eco_test.h"

#include "meter/source.h"
#include "meter/tally.h"

static const eco_source_ops RAPL = {.kind = "rapl-perf", .counter_of = "rapl"};
static const eco_source_ops OTHER = {.kind = "other"};

/* A set of channels without hardware; freed by nobody, as it holds nothing. */
static eco_channel_set *new_set(eco_wish wish)
{
    static eco_channel_set set;
    memset(&set, 0, sizeof set);
    set.wish = wish;
    set.is_selected = true;
    return &set;
}

static eco_channel *add(eco_channel_set *set, eco_scope scope, const char *domain)
{
    eco_channel *channel =
        eco_set_add(set, scope >= ECO_SCOPE_PACKAGE ? &RAPL : &OTHER, scope, domain);
    assert_non_null(channel);
    channel->quality = ECOPT_QUALITY_MEASURED_COUNTER;
    channel->gain_lo = 0.9;
    channel->gain_hi = 1.1;
    return channel;
}

static const eco_channel *of(const eco_channel_set *set, const char *domain)
{
    for (size_t i = 0; i < set->n_channels; i++)
        if (strcmp(set->channels[i].domain, domain) == 0)
            return &set->channels[i];
    assert_true(false);
    return NULL;
}

/* Domains of the total, in order, separated by a plus. */
static void assert_total(const eco_channel_set *set, const char *expected)
{
    char text[512] = "";
    for (size_t i = 0; i < set->n_channels; i++)
        if (set->channels[i].is_counted) {
            (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                           text[0] ? " + " : "", set->channels[i].domain);
        }
    assert_string_equal(text, expected);
}

static void assert_why(const eco_channel_set *set, const char *domain, const char *expected)
{
    char text[192];
    eco_topology_explain(set, of(set, domain), text, sizeof text);
    assert_string_equal(text, expected);
}

static eco_relation relate(eco_scope scope_a, const char *a, eco_scope scope_b, const char *b)
{
    eco_channel_set *set = new_set(ECO_WISH_AUTO);
    add(set, scope_a, a);
    add(set, scope_b, b);
    eco_relation there = eco_topology_relation(&set->channels[0], &set->channels[1]);
    eco_relation back = eco_topology_relation(&set->channels[1], &set->channels[0]);
    /* A relation seen from the other end. */
    if (there == ECO_RELATION_INSIDE)
        assert_int_equal(back, ECO_RELATION_CONTAINS);
    else if (there == ECO_RELATION_CONTAINS)
        assert_int_equal(back, ECO_RELATION_INSIDE);
    else
        assert_int_equal(back, there);
    return there;
}

static void test_relations(void **state)
{
    (void)state;
    static const struct {
        eco_scope scope_a;
        const char *a;
        eco_scope scope_b;
        const char *b;
        eco_relation relation;
    } cases[] = {
        {ECO_SCOPE_PACKAGE, "package-0", ECO_SCOPE_PACKAGE, "package-0", ECO_RELATION_SAME},
        {ECO_SCOPE_PACKAGE, "package-0", ECO_SCOPE_PACKAGE, "package-1", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_PACKAGE, "package-1", ECO_SCOPE_PACKAGE, "package-10", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_PACKAGE, "package-0-die-1", ECO_SCOPE_PACKAGE, "package-0", ECO_RELATION_INSIDE},
        {ECO_SCOPE_PACKAGE, "package-0-die-1", ECO_SCOPE_PACKAGE, "package-0-die-0",
         ECO_RELATION_DISJOINT},
        {ECO_SCOPE_PACKAGE, "package-0", ECO_SCOPE_WALL, "wall a", ECO_RELATION_INSIDE},
        {ECO_SCOPE_PACKAGE, "package-0", ECO_SCOPE_BOARD, "board", ECO_RELATION_INSIDE},
        {ECO_SCOPE_PACKAGE, "package-0", ECO_SCOPE_PSYS, "psys", ECO_RELATION_INSIDE},
        {ECO_SCOPE_PACKAGE, "package-0", ECO_SCOPE_DRAM, "package-0 dram", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_PSYS, "psys", ECO_SCOPE_DRAM, "package-0 dram", ECO_RELATION_OVERLAP},
        {ECO_SCOPE_PSYS, "psys", ECO_SCOPE_GPU, "gpu U", ECO_RELATION_OVERLAP},
        {ECO_SCOPE_PSYS, "psys", ECO_SCOPE_BOARD, "board", ECO_RELATION_INSIDE},
        {ECO_SCOPE_PSYS, "psys", ECO_SCOPE_MODULE, "module", ECO_RELATION_OVERLAP},
        {ECO_SCOPE_BATTERY, "BAT0", ECO_SCOPE_WALL, "wall a", ECO_RELATION_OVERLAP},
        {ECO_SCOPE_BATTERY, "BAT0", ECO_SCOPE_BATTERY, "BAT1", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_BATTERY, "BAT0", ECO_SCOPE_GPU, "gpu U", ECO_RELATION_CONTAINS},
        {ECO_SCOPE_WALL, "wall a", ECO_SCOPE_WALL, "wall b", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_WALL, "wall a", ECO_SCOPE_BOARD, "board", ECO_RELATION_CONTAINS},
        {ECO_SCOPE_MODULE, "module", ECO_SCOPE_GPU, "gpu U", ECO_RELATION_CONTAINS},
        {ECO_SCOPE_MODULE, "module U", ECO_SCOPE_GPU, "gpu U", ECO_RELATION_CONTAINS},
        {ECO_SCOPE_MODULE, "module U", ECO_SCOPE_GPU, "gpu V", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_MODULE, "module U", ECO_SCOPE_PACKAGE, "package-0", ECO_RELATION_CONTAINS},
        {ECO_SCOPE_MODULE, "module-1", ECO_SCOPE_PACKAGE, "package-1", ECO_RELATION_CONTAINS},
        {ECO_SCOPE_MODULE, "module-1", ECO_SCOPE_PACKAGE, "package-0", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_MODULE, "module", ECO_SCOPE_PART, "module VDD_CPU", ECO_RELATION_CONTAINS},
        {ECO_SCOPE_MODULE, "module 1", ECO_SCOPE_PART, "module 2 VDD", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_PART, "package-0 core", ECO_SCOPE_PACKAGE, "package-0", ECO_RELATION_INSIDE},
        {ECO_SCOPE_PART, "package-0 core", ECO_SCOPE_PACKAGE, "package-1", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_PART, "package-0 core", ECO_SCOPE_PSYS, "psys", ECO_RELATION_INSIDE},
        {ECO_SCOPE_PART, "package-0 core", ECO_SCOPE_DRAM, "package-0 dram", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_PART, "package-0 core", ECO_SCOPE_PART, "package-0 uncore",
         ECO_RELATION_DISJOINT},
        {ECO_SCOPE_PART, "amdgpu 0000:03", ECO_SCOPE_PACKAGE, "package-0", ECO_RELATION_OVERLAP},
        {ECO_SCOPE_PART, "amdgpu 0000:03", ECO_SCOPE_PSYS, "psys", ECO_RELATION_OVERLAP},
        {ECO_SCOPE_PART, "amdgpu 0000:03", ECO_SCOPE_PART, "package-0 uncore",
         ECO_RELATION_OVERLAP},
        {ECO_SCOPE_CPU, "cpu", ECO_SCOPE_PACKAGE, "package-0", ECO_RELATION_OVERLAP},
        {ECO_SCOPE_CPU, "cpu", ECO_SCOPE_GPU, "gpu U", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_DRAM, "dram", ECO_SCOPE_DRAM, "package-0 dram", ECO_RELATION_OVERLAP},
        {ECO_SCOPE_DRAM, "package-1 dram", ECO_SCOPE_DRAM, "package-0 dram", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_SUBJECT, "exec ./m", ECO_SCOPE_PACKAGE, "package-0", ECO_RELATION_DISJOINT},
        {ECO_SCOPE_RECORD, "slurm", ECO_SCOPE_PACKAGE, "package-0", ECO_RELATION_OVERLAP},
    };
    for (size_t i = 0; i < ECO_LEN(cases); i++) {
        eco_relation got = relate(cases[i].scope_a, cases[i].a, cases[i].scope_b, cases[i].b);
        if (got != cases[i].relation)
            print_error("%s, %s\n", cases[i].a, cases[i].b);
        assert_int_equal(got, cases[i].relation);
    }
}

static void add_laptop(eco_channel_set *set)
{
    add(set, ECO_SCOPE_PACKAGE, "package-0");
    add(set, ECO_SCOPE_PART, "package-0 core");
    add(set, ECO_SCOPE_PART, "package-0 uncore");
    add(set, ECO_SCOPE_PSYS, "psys");
    add(set, ECO_SCOPE_DRAM, "package-0 dram");
    add(set, ECO_SCOPE_GPU, "gpu U");
    add(set, ECO_SCOPE_BATTERY, "BAT0");
}

static void test_totals_of_a_laptop(void **state)
{
    (void)state;
    eco_channel_set *set = new_set(ECO_WISH_AUTO);
    add_laptop(set);
    eco_topology_choose(set);
    assert_total(set, "package-0 + package-0 dram + gpu U");
    assert_true(eco_topology_counts_gpu(set));
    assert_why(set, "package-0", "counted in the total");
    assert_why(set, "package-0 core", "inside 'rapl-perf package-0', not added");
    assert_why(set, "psys", "contains 'rapl-perf package-0', not added");
    assert_why(set, "BAT0", "contains 'rapl-perf package-0', not added");
    set->wish = ECO_WISH_PARTS;
    eco_topology_choose(set);
    assert_total(set, "package-0 + package-0 dram + gpu U");
    set->wish = ECO_WISH_WHOLE;
    eco_topology_choose(set);
    assert_total(set, "BAT0");
    assert_why(set, "psys", "inside 'other BAT0', not added");
    assert_true(eco_topology_counts_gpu(set));
    /* Whether psys holds the memory and the card is not known: neither is added. */
    set->n_channels--;
    eco_topology_choose(set);
    assert_total(set, "psys");
    assert_false(eco_topology_counts_gpu(set));
    assert_why(set, "package-0 dram", "may share energy with 'other psys', not added");
    assert_why(set, "package-0", "inside 'other psys', not added");
}

static void test_several_of_one_kind_add_up_or_check(void **state)
{
    (void)state;
    eco_channel_set *set = new_set(ECO_WISH_AUTO);
    add(set, ECO_SCOPE_WALL, "wall a");
    add(set, ECO_SCOPE_WALL, "wall b");
    add(set, ECO_SCOPE_BOARD, "board");
    add(set, ECO_SCOPE_BOARD, "board");
    add(set, ECO_SCOPE_GPU, "gpu U");
    eco_topology_choose(set);
    assert_total(set, "wall a + wall b");
    assert_why(set, "board", "inside 'other wall a', not added");
    assert_int_equal(set->channels[0].group, 3);
    assert_int_equal(set->channels[1].group, 0);
    /* One board; its second meter is a check of the first. */
    eco_channel_set *boards = new_set(ECO_WISH_AUTO);
    add(boards, ECO_SCOPE_BOARD, "board");
    add(boards, ECO_SCOPE_BOARD, "board");
    eco_topology_choose(boards);
    assert_total(boards, "board");
    assert_int_equal(boards->channels[1].check_of, 0);
    char why[192];
    eco_topology_explain(boards, &boards->channels[1], why, sizeof why);
    assert_string_equal(why, "checks 'other board', not added");
}

static void test_wishes_without_packages(void **state)
{
    (void)state;
    eco_channel_set *set = new_set(ECO_WISH_PARTS);
    add(set, ECO_SCOPE_WALL, "wall a");
    add(set, ECO_SCOPE_BOARD, "board");
    add(set, ECO_SCOPE_MODULE, "module U");
    add(set, ECO_SCOPE_GPU, "gpu U");
    add(set, ECO_SCOPE_GPU, "gpu V");
    assert_true(eco_topology_has_cpu(set));
    eco_topology_choose(set);
    /* The narrowest with the CPUs, and the card beside it. */
    assert_total(set, "module U + gpu V");
    assert_why(set, "gpu U", "inside 'other module U', not added");
    set->wish = ECO_WISH_AUTO;
    eco_topology_choose(set);
    assert_total(set, "wall a");
    add(set, ECO_SCOPE_CPU, "cpu");
    set->wish = ECO_WISH_PARTS;
    eco_topology_choose(set);
    assert_total(set, "gpu U + gpu V + cpu");
    set->wish = ECO_WISH_AUTO;
    eco_topology_choose(set);
    assert_total(set, "wall a");
}

static void test_dies_of_a_package_that_is_counted_whole(void **state)
{
    (void)state;
    eco_channel_set *set = new_set(ECO_WISH_AUTO);
    add(set, ECO_SCOPE_PACKAGE, "package-0");
    add(set, ECO_SCOPE_PACKAGE, "package-0-die-0");
    add(set, ECO_SCOPE_PACKAGE, "package-0-die-1");
    eco_topology_choose(set);
    assert_total(set, "package-0");
    assert_int_equal(set->channels[0].inner, 6);
}

static void test_what_is_never_added(void **state)
{
    (void)state;
    eco_channel_set *set = new_set(ECO_WISH_AUTO);
    add(set, ECO_SCOPE_PART, "amdgpu 0000:03");
    add(set, ECO_SCOPE_RECORD, "slurm");
    eco_topology_choose(set);
    assert_total(set, "");
    assert_why(set, "amdgpu 0000:03", "part of a source that is not there");
    assert_why(set, "slurm", "account of another program, not added");
    assert_false(eco_topology_has_cpu(set));
    add(set, ECO_SCOPE_PACKAGE, "package-0");
    set->is_selected = false;
    add(set, ECO_SCOPE_PACKAGE, "package-1");
    set->is_selected = true;
    add(set, ECO_SCOPE_PACKAGE, "package-2")->mirror_of = 2;
    add(set, ECO_SCOPE_SUBJECT, "exec ./m");
    eco_topology_choose(set);
    assert_total(set, "package-0 + exec ./m");
    assert_why(set, "exec ./m", "counted in the total, as it was named");
    assert_why(set, "package-1", "not selected by the options");
    assert_why(set, "package-2", "repeats 'rapl-perf package-0', not added");
    assert_why(set, "amdgpu 0000:03", "may share energy with 'rapl-perf package-0', not added");
    /* A record of the domain that is counted is a check of it. */
    eco_channel_set *node = new_set(ECO_WISH_AUTO);
    add(node, ECO_SCOPE_BOARD, "board");
    add(node, ECO_SCOPE_RECORD, "board");
    eco_topology_choose(node);
    assert_int_equal(node->channels[1].check_of, 0);
}

/* --- Windows over such a set ----------------------------------------------------------------- */

/* One window of 100 s with the joules given, one for each channel. */
static void tally(eco_channel_set *set, const double *energy_j, ecopt_energy *ret)
{
    static eco_mark start[ECOPT_METER_SOURCES_MAX], end[ECOPT_METER_SOURCES_MAX];
    memset(start, 0, sizeof start);
    memset(end, 0, sizeof end);
    eco_topology_choose(set);
    for (size_t i = 0; i < set->n_channels; i++) {
        eco_channel *channel = &set->channels[i];
        eco_counter_init(&channel->counter, 0, 0, 0.001);
        start[i].is_primed = end[i].is_primed = true;
        end[i].time_s = 100;
        /* A missing one was never read. */
        end[i].total.n[ECO_EVENT_OK] = isnan(energy_j[i]) ? 0u : 1u;
        end[i].total.energy_j = energy_j[i];
    }
    eco_tally_input input = {.channels = set->channels,
                             .n_channels = set->n_channels,
                             .start = start,
                             .end = end,
                             .span = {100, (double)NAN, (double)NAN, 0}};
    eco_tally(&input, ret);
}

static void test_parts_that_use_more_than_their_container(void **state)
{
    (void)state;
    static ecopt_energy e;
    eco_channel_set *set = new_set(ECO_WISH_AUTO);
    add(set, ECO_SCOPE_PACKAGE, "package-0");
    add(set, ECO_SCOPE_DRAM, "package-0 dram");
    add(set, ECO_SCOPE_WALL, "wall a");
    add(set, ECO_SCOPE_WALL, "wall b");
    /* 1100 J inside 600 + 800 J. */
    const double sound[] = {1000, 100, 600, 800};
    tally(set, sound, &e);
    assert_close(e.energy_j, 1100, 1e-12, 0);
    assert_int_equal(e.flags, 0);
    assert_close(e.gain_lo, 0.9, 1e-9, 0);
    /* Inside the bands of both: no statement. */
    const double close[] = {1000, 100, 400, 550};
    tally(set, close, &e);
    assert_int_equal(e.flags, 0);
    /* 1100 J of which the walls saw 700: the band now reaches down to them. */
    const double wrong[] = {1000, 100, 300, 400};
    tally(set, wrong, &e);
    assert_close(e.energy_j, 1100, 1e-12, 0);
    assert_int_equal(e.flags, ECOPT_FLAG_DISAGREE);
    assert_close(e.gain_lo, 700.0 / 1100, 1e-9, 0);
    assert_close(e.gain_hi, 1.1, 1e-9, 0);
    assert_int_equal(e.sources[3].flags, ECOPT_FLAG_DISAGREE);
    /* The walls are the total: their band reaches up to the parts. */
    set->wish = ECO_WISH_WHOLE;
    tally(set, wrong, &e);
    assert_close(e.energy_j, 700, 1e-12, 0);
    assert_int_equal(e.flags, ECOPT_FLAG_DISAGREE);
    assert_close(e.gain_hi, 1100.0 / 700, 1e-9, 0);
    /* Missing is no disagreement. */
    const double missing[] = {(double)NAN, 100, 300, 400};
    tally(set, missing, &e);
    assert_close(e.energy_j, 700, 1e-12, 0);
    assert_int_equal(e.flags, 0);
}

static void test_cores_that_use_more_than_their_package(void **state)
{
    (void)state;
    static ecopt_energy e;
    eco_channel_set *set = new_set(ECO_WISH_AUTO);
    add(set, ECO_SCOPE_PACKAGE, "package-0");
    add(set, ECO_SCOPE_PART, "package-0 core");
    add(set, ECO_SCOPE_PART, "package-0 uncore");
    const double sound[] = {1000, 700, 300};
    tally(set, sound, &e);
    assert_int_equal(e.flags, 0);
    /* One counter family: its common band is no excuse. */
    const double wrong[] = {1000, 700, 350};
    tally(set, wrong, &e);
    assert_int_equal(e.flags, ECOPT_FLAG_DISAGREE);
    assert_close(e.gain_hi, 1.1, 1e-9, 0);
    const double more[] = {1000, 900, 350};
    tally(set, more, &e);
    assert_close(e.gain_hi, 1.25, 1e-9, 0);
    assert_close(e.energy_j, 1000, 1e-12, 0);
}

static void test_sensors_of_one_domain_have_bands_of_their_own(void **state)
{
    (void)state;
    static ecopt_energy e;
    eco_channel_set *set = new_set(ECO_WISH_AUTO);
    add(set, ECO_SCOPE_BOARD, "board");
    add(set, ECO_SCOPE_BOARD, "board");
    const double close[] = {1000, 1150};
    tally(set, close, &e);
    assert_int_equal(e.flags, 0);
    const double low[] = {1000, 1300};
    tally(set, low, &e);
    assert_int_equal(e.flags, ECOPT_FLAG_DISAGREE);
    assert_close(e.gain_hi, 1.3, 1e-9, 0);
    assert_close(e.gain_lo, 0.9, 1e-9, 0);
    const double high[] = {1000, 500};
    tally(set, high, &e);
    assert_close(e.gain_lo, 0.5, 1e-9, 0);
    assert_close(e.energy_j, 1000, 1e-12, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relations),
        cmocka_unit_test(test_totals_of_a_laptop),
        cmocka_unit_test(test_several_of_one_kind_add_up_or_check),
        cmocka_unit_test(test_wishes_without_packages),
        cmocka_unit_test(test_dies_of_a_package_that_is_counted_whole),
        cmocka_unit_test(test_what_is_never_added),
        cmocka_unit_test(test_parts_that_use_more_than_their_container),
        cmocka_unit_test(test_cores_that_use_more_than_their_package),
        cmocka_unit_test(test_sensors_of_one_domain_have_bands_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
