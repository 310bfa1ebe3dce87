/*
 * Carbon from joules.
 *
 * The definition holds the intensity that counts; the table is asked again only for the year and
 * source of that very number, so that an intensity written by hand is not credited to the table.
 */
#include "analysis/carbon_figure.h"

#include <ecopt/units.h>
#include <math.h>

/* A factor of 0 was not given: its product is not known, which is not 0. */
static double product(double amount, double factor)
{
    return factor > 0 ? amount * factor : (double)NAN;
}

/*
 * Water is reckoned per kWh of the computer, since that is what a WUE is defined on; money per kWh
 * that comes through the building's meter.
 */
bool eco_carbon_of(const ecopt_definition *definition, double energy_j, double time_s,
                   eco_carbon *ret)
{
    const ecopt_carbon *set = &definition->carbon;
    double of_table = 0;
    int year = 0;
    const char *source = NULL;
    if (!set->is_set)
        return false;
    eco_carbon figure = {.g_per_kwh = set->intensity_g_per_kwh,
                         .pue = set->pue,
                         .uncertainty_ratio = set->uncertainty_ratio,
                         .is_default_ratio = !set->is_uncertainty_given,
                         .country = set->country,
                         .source = "study file"};
    if (set->country && ecopt_carbon_factor(set->country, &of_table, &year, &source) == ECOPT_OK &&
        of_table == set->intensity_g_per_kwh) {
        figure.year = year;
        figure.source = source;
    }
    figure.carbon_g = ecopt_carbon_g(energy_j * set->pue, set->intensity_g_per_kwh);
    figure.u95_g = set->uncertainty_ratio * figure.carbon_g;
    figure.water_l = product(ecopt_kwh_from_j(energy_j), set->wue_l_per_kwh);
    figure.cost = product(ecopt_kwh_from_j(energy_j) * set->pue, set->price_per_kwh);
    figure.embodied_g =
        set->lifetime_s > 0 ? product(time_s / set->lifetime_s, set->embodied_g) : (double)NAN;
    *ret = figure;
    return true;
}
