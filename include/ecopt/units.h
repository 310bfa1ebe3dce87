/*
 * Units that people read, from the joules and seconds that the library holds.
 *
 * Pure functions; NaN gives NaN.  Inside the library everything is in SI units.
 */
#ifndef ECOPT_UNITS_H
#define ECOPT_UNITS_H

#ifdef __cplusplus
extern "C" {
#endif

/** Joules of one watt hour and of one kilowatt hour (exact). */
#define ECOPT_J_PER_WH  3600.0
#define ECOPT_J_PER_KWH 3600000.0

/** Watt hours of energy_j joules. */
static inline double ecopt_wh_from_j(double energy_j)
{
    return energy_j / ECOPT_J_PER_WH;
}

/** Joules of energy_wh watt hours. */
static inline double ecopt_j_from_wh(double energy_wh)
{
    return energy_wh * ECOPT_J_PER_WH;
}

/** Kilowatt hours of energy_j joules. */
static inline double ecopt_kwh_from_j(double energy_j)
{
    return energy_j / ECOPT_J_PER_KWH;
}

/** Joules of energy_kwh kilowatt hours. */
static inline double ecopt_j_from_kwh(double energy_kwh)
{
    return energy_kwh * ECOPT_J_PER_KWH;
}

/** Grams CO2-equivalent of energy_j joules at g_per_kwh grams per kilowatt hour. */
static inline double ecopt_carbon_g(double energy_j, double g_per_kwh)
{
    return ecopt_kwh_from_j(energy_j) * g_per_kwh;
}

/**
 * Half width that is assumed of a yearly mean of a country, as a share of it: 0.15, and 0.5 below
 * 100 g/kWh, where a few plants decide.  Two published tables differ by 4 % in the median and by
 * 50 % for one country in twenty (docs/energy.md, "Carbon and money"); so it is no bound.
 */
static inline double ecopt_carbon_uncertainty_ratio(double g_per_kwh)
{
    return g_per_kwh < 100 ? 0.5 : 0.15;
}

#ifdef __cplusplus
}
#endif

#endif
