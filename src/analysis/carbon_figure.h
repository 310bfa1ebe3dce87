/*
 * Grams CO2-equivalent of a study's joules, with what they rest on.
 *
 * A figure in grams is joules times a yearly mean of a whole country, so it never goes without its
 * factor, year, source and band (docs/energy.md, "Carbon and money").  Pure functions.
 */
#ifndef ECO_ANALYSIS_CARBON_FIGURE_H
#define ECO_ANALYSIS_CARBON_FIGURE_H

#include <ecopt/definition.h>

typedef struct eco_carbon {
    double carbon_g;          /* of the electricity; NaN when the joules are */
    double u95_g;             /* the band of the factor; that of the joules is not in it */
    double uncertainty_ratio; /* that band as a share of the figure */
    bool is_default_ratio;    /* it is the rule's (ecopt_carbon_uncertainty_ratio) */
    double g_per_kwh;         /* of the electricity, without PUE */
    double pue;               /* power usage effectiveness of the data centre, >= 1 */
    const char *country;      /* NULL when the study file gives the intensity alone */
    int year;                 /* of the factor; 0: not of the table */
    const char *source;       /* "Ember", "OWID" or "study file"; static storage */
    double embodied_g;        /* the machine's making, shared out by time; not in carbon_g */
    double water_l;           /* litres */
    double cost;              /* in `currency` of the definition */
} eco_carbon;

/**
 * Carbon, water and money of energy_j joules in time_s seconds under the study's `carbon` section.
 *
 *   carbon_g = kWh * PUE * g/kWh      water_l = kWh * WUE      cost = kWh * PUE * price
 *   embodied_g = total * time_s / lifetime (SCI, ISO/IEC 21031:2024, M = TE * TS with RS = 1)
 *
 * What the section does not give, or what the joules or seconds do not, is NaN.
 *
 * @return true and fills *ret, or false (ret unchanged) when the study has no such section
 */
bool eco_carbon_of(const ecopt_definition *definition, double energy_j, double time_s,
                   eco_carbon *ret);

#endif
