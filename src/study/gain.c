#include "study/gain.h"

#include "core/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number and not what was made of it: the tolerance may be another one later. */
static const char numbers_head[] = "{\"gain_ratio\": ";

const ecopt_decision *eco_gain_note_fill(const ecopt_study *study, double gain_ratio,
                                         eco_gain_note *note)
{
    const ecopt_budget *budget = &study->definition->budget;
    bool is_known = isfinite(gain_ratio);
    if (!(budget->gain_ratio > 0))
        return NULL;
    if (is_known)
        (void)snprintf(note->numbers, sizeof note->numbers, "%s%.9g}", numbers_head, gain_ratio);
    else
        (void)snprintf(note->numbers, sizeof note->numbers, "%snull}", numbers_head);
    const char *verdict = !is_known                         ? "not known"
                          : gain_ratio < budget->gain_ratio ? "low"
                                                            : "enough";
    note->decision = (ecopt_decision){.kind = "gain",
                                      .verdict = verdict,
                                      .numbers = note->numbers,
                                      .decided_s = eco_clock_unix_s()};
    return &note->decision;
}

typedef struct row_count {
    double below;
    int64_t n, most;
} row_count;

/* A text that is not ours counts as not known. */
static double read_gain(const char *numbers)
{
    size_t head = sizeof numbers_head - 1;
    if (strncmp(numbers, numbers_head, head) != 0)
        return (double)NAN;
    char *end = NULL;
    double gain_ratio = strtod(numbers + head, &end);
    return end > numbers + head ? gain_ratio : (double)NAN;
}

static bool count_low(void *user, const ecopt_decision *decision)
{
    row_count *row = user;
    if (!(read_gain(decision->numbers) < row->below))
        return false;
    return ++row->n < row->most;
}

ecopt_status eco_gain_count(const ecopt_study *study, int64_t *ret_n)
{
    const ecopt_budget *budget = &study->definition->budget;
    row_count row = {.below = budget->gain_ratio, .most = budget->gain_trials};
    if (budget->gain_ratio > 0)
        ECO_TRY(eco_store_each_decision(study->store, "gain", count_low, &row));
    *ret_n = row.n;
    return ECOPT_OK;
}
