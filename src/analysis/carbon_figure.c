/*
 * Carbon from joules.
 *
 * The definition holds the intensity that counts; the table is asked again only for the year and
 * source of that very number, so that an intensity written by hand is not credited to the table.
 */
#include "analysis/carbon_figure.h"

#include <ecopt/units.h>

bool eco_carbon_of(const ecopt_definition *definition, double energy_j, eco_carbon *ret)
{
    const ecopt_carbon *set = &definition->carbon;
    double of_table = 0;
    int year = 0;
    const char *source = NULL;
    if (!set->is_set)
        return false;
    eco_carbon figure = {.g_per_kwh = set->intensity_g_per_kwh,
                         .pue = set->pue,
                         .country = set->country,
                         .source = "study file"};
    if (set->country && ecopt_carbon_factor(set->country, &of_table, &year, &source) == ECOPT_OK &&
        of_table == set->intensity_g_per_kwh) {
        figure.year = year;
        figure.source = source;
    }
    figure.carbon_g = ecopt_carbon_g(energy_j * set->pue, set->intensity_g_per_kwh);
    figure.u95_g = ECO_CARBON_BAND_RATIO * figure.carbon_g;
    *ret = figure;
    return true;
}
