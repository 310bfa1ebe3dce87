/*
 * Units of the built-in metrics, from one table.
 *
 * Only the last part of a name is compared, and as a whole: "my_energy_j" is the user's own.
 *
 * A prefix such as "train." names the phase; everything up to the last dot is part of it, since
 * phase names may hold dots themselves.
 */
#include "core/dimension.h"

#include <string.h>

eco_dimension eco_dimension_of(const char *metric, size_t *ret_phase_length)
{
    static const char *const names[] = {"",
#define DIMENSION_NAME(name, text, unit) text,
                                        ECO_DIMENSION_MAP(DIMENSION_NAME)
#undef DIMENSION_NAME
    };
    const char *dot = metric ? strrchr(metric, '.') : NULL;
    const char *last = dot ? dot + 1 : metric;
    if (ret_phase_length)
        *ret_phase_length = dot ? (size_t)(dot - metric) : 0;
    for (size_t i = 1; last && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(last, names[i]) == 0)
            return (eco_dimension)i;
    return ECO_DIMENSION_NONE;
}

const char *eco_dimension_unit(eco_dimension dimension)
{
    switch (dimension) {
    case ECO_DIMENSION_NONE:
        break;
#define DIMENSION_UNIT(name, text, unit) \
    case ECO_DIMENSION_##name:           \
        return unit;
        ECO_DIMENSION_MAP(DIMENSION_UNIT)
#undef DIMENSION_UNIT
    }
    return "";
}

bool eco_dimension_has_energy(eco_dimension dimension)
{
    return dimension == ECO_DIMENSION_ENERGY || dimension == ECO_DIMENSION_POWER ||
           dimension == ECO_DIMENSION_CARBON || dimension == ECO_DIMENSION_COST ||
           dimension == ECO_DIMENSION_ENERGY_PER_SAMPLE ||
           dimension == ECO_DIMENSION_SAMPLES_PER_ENERGY;
}
