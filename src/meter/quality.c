/*
 * Labels, flags and sums of energies: the vocabulary of <ecopt/meter.h>.
 *
 * Names come from the maps in the header alone: what a report prints, a study file requires and a
 * trace holds is one text.  Sums follow the rule that a total may claim no more than its weakest
 * part: the label is the weaker one, NaN stays NaN, flags unite.
 */
#include <ecopt/meter.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Bit, name for tables and files, meaning for people. */
typedef struct flag_text {
    unsigned flag;
    const char *name;
    const char *meaning;
} flag_text;

static const flag_text FLAGS[] = {
#define FLAG_ROW(name, bit, text, meaning) {1u << (bit), text, meaning},
    ECOPT_FLAG_MAP(FLAG_ROW)
#undef FLAG_ROW
};

enum { FLAG_ROWS = sizeof FLAGS / sizeof FLAGS[0] };
_Static_assert((int)FLAG_ROWS == ECOPT_FLAG_COUNT, "ECOPT_FLAG_COUNT follows ECOPT_FLAG_MAP");

const char *ecopt_quality_name(ecopt_quality quality)
{
    switch (quality) {
#define QUALITY_CASE(name, value, text) \
    case ECOPT_QUALITY_##name:          \
        return text;
        ECOPT_QUALITY_MAP(QUALITY_CASE)
#undef QUALITY_CASE
    }
    return "(not a label)";
}

bool ecopt_quality_parse(const char *text, ecopt_quality *ret_quality)
{
    if (!text)
        return false;
    for (int i = ECOPT_QUALITY_MEASURED_WALL; i <= ECOPT_QUALITY_UNMEASURABLE; i++) {
        if (strcmp(text, ecopt_quality_name((ecopt_quality)i)) == 0) {
            *ret_quality = (ecopt_quality)i;
            return true;
        }
    }
    return false;
}

/* Row of exactly one bit; NULL for none, several or unnamed bits. */
static const flag_text *find_flag(unsigned flag)
{
    for (size_t i = 0; i < FLAG_ROWS; i++)
        if (FLAGS[i].flag == flag)
            return &FLAGS[i];
    return NULL;
}

const char *ecopt_flag_name(unsigned flag)
{
    const flag_text *row = find_flag(flag);
    return row ? row->name : "";
}

const char *ecopt_flag_meaning(unsigned flag)
{
    const flag_text *row = find_flag(flag);
    return row ? row->meaning : "";
}

void ecopt_flags_format(unsigned flags, char *text, size_t room_b)
{
    /* In the order of the bits, which is the order of the table in docs/energy.md.
     * Whole names only: a cut name would be another flag's. */
    size_t used = 0;
    if (room_b == 0)
        return;
    text[0] = '\0';
    for (size_t i = 0; i < FLAG_ROWS; i++) {
        if (!(flags & FLAGS[i].flag))
            continue;
        int n = snprintf(text + used, room_b - used, "%s%s", used ? "," : "", FLAGS[i].name);
        if (n < 0 || (size_t)n >= room_b - used)
            return;
        used += (size_t)n;
    }
}

void ecopt_energy_clear(ecopt_energy *energy)
{
    memset(energy, 0, sizeof *energy);
    energy->gain_lo = 1;
    energy->gain_hi = 1;
    energy->coverage_ratio = 1;
    energy->quality = ECOPT_QUALITY_MEASURED_WALL;
    /* Not measured here; the first term brings its own. */
    energy->foreign_cpu_s = (double)NAN;
}

/* Band of a sum: each part may be off by its own factor, so the ends add up weighted by joules. */
static double mixed_gain(double gain_a, double energy_a_j, double gain_b, double energy_b_j)
{
    /* Without joules there are no weights: the wider end, or nothing where energy is missing. */
    double total_j = energy_a_j + energy_b_j;
    if (!(total_j > 0))
        return energy_b_j >= 0 && energy_a_j >= 0 ? fmax(gain_a, gain_b) : (double)NAN;
    return (gain_a * energy_a_j + gain_b * energy_b_j) / total_j;
}

/* Parts of the same name add up over windows; a part only one window has stays as it is. */
static void add_source(ecopt_energy *sum, const ecopt_source_energy *term)
{
    for (size_t i = 0; i < sum->n_sources; i++) {
        ecopt_source_energy *mine = &sum->sources[i];
        if (strcmp(mine->name, term->name) != 0)
            continue;
        mine->gain_lo = mixed_gain(mine->gain_lo, mine->energy_j, term->gain_lo, term->energy_j);
        mine->gain_hi = mixed_gain(mine->gain_hi, mine->energy_j, term->gain_hi, term->energy_j);
        mine->energy_j += term->energy_j;
        mine->u95_j = hypot(mine->u95_j, term->u95_j);
        mine->gap_s += term->gap_s;
        mine->flags |= term->flags;
        if (term->quality > mine->quality)
            mine->quality = term->quality;
        return;
    }
    if (sum->n_sources < ECOPT_METER_SOURCES_MAX)
        sum->sources[sum->n_sources++] = *term;
}

void ecopt_energy_add(ecopt_energy *sum, const ecopt_energy *term)
{
    /* The first term is taken over as it is, its label and band with it. */
    bool is_first = sum->time_s == 0 && sum->energy_j == 0 && sum->n_sources == 0;
    if (is_first) {
        *sum = *term;
        return;
    }
    /* Bands first: they are weighted by the joules from before the sum. */
    sum->gain_lo = mixed_gain(sum->gain_lo, sum->energy_j, term->gain_lo, term->energy_j);
    sum->gain_hi = mixed_gain(sum->gain_hi, sum->energy_j, term->gain_hi, term->energy_j);
    /* Phases follow one another and have readings of their own at both ends, so their random errors
     * are independent; the shared end of two back-to-back windows makes this a little too large. */
    sum->energy_j += term->energy_j;
    sum->u95_j = hypot(sum->u95_j, term->u95_j);
    sum->time_s += term->time_s;
    sum->gap_s += term->gap_s;
    sum->coverage_ratio = sum->time_s > 0 ? fmax(0, 1 - sum->gap_s / sum->time_s) : 1;
    sum->cpu_s += term->cpu_s;
    sum->foreign_cpu_s += term->foreign_cpu_s;
    sum->flags |= term->flags;
    if (term->quality > sum->quality)
        sum->quality = term->quality;
    for (size_t i = 0; i < term->n_sources; i++)
        add_source(sum, &term->sources[i]);
}
