/*
 * The table behind ecopt_carbon_factor, for listing and for its test.
 */
#ifndef ECO_METER_CARBON_H
#define ECO_METER_CARBON_H

#include <stddef.h>

/** One country: ISO 3166-1 alpha-3 code, g CO2e per kWh, year of the figure, who published it. */
typedef struct eco_carbon_row {
    char iso3[4];
    double g_per_kwh;
    int year;
    const char *source;
} eco_carbon_row;

/** All rows, sorted by iso3; static storage. */
const eco_carbon_row *eco_carbon_table(size_t *ret_n);

#endif
