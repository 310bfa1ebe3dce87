/*
 * Grams CO2-equivalent of a study's joules, with what they rest on.
 *
 * A figure in grams is joules times a yearly mean of a whole country, so it never goes without its
 * factor, year, source and band (docs/energy.md, "Carbon").  Pure functions.
 */
#ifndef ECO_ANALYSIS_CARBON_FIGURE_H
#define ECO_ANALYSIS_CARBON_FIGURE_H

#include <ecopt/definition.h>

/** Half width of the band of a yearly mean, as a share of the figure: two tables of such means
 * differ by 4 % in the median and by 50 % for one country in twenty. */
#define ECO_CARBON_BAND_RATIO 0.15

typedef struct eco_carbon {
    double carbon_g;     /* NaN when the joules are */
    double u95_g;        /* the band of the factor; that of the joules is not in it */
    double g_per_kwh;    /* of the electricity, without PUE */
    double pue;          /* power usage effectiveness of the data centre, >= 1 */
    const char *country; /* NULL when the study file gives the intensity alone */
    int year;            /* of the factor; 0: not of the table */
    const char *source;  /* "Ember", "OWID" or "study file"; static storage */
} eco_carbon;

/**
 * Carbon of energy_j joules under the study's `carbon` section.
 *
 * @return true and fills *ret, or false (ret unchanged) when the study has no such section
 */
bool eco_carbon_of(const ecopt_definition *definition, double energy_j, eco_carbon *ret);

#endif
