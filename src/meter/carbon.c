/*
 * Lookup of a country in the carbon table (carbon_table.c).
 */
#include "meter/carbon.h"

#include <ecopt/meter.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The key is the code in upper case; rows begin with theirs. */
static int compare_code(const void *key, const void *row)
{
    return strcmp(key, ((const eco_carbon_row *)row)->iso3);
}

ecopt_status ecopt_carbon_factor(const char *iso3, double *ret_g_per_kwh, int *ret_year,
                                 const char **ret_source)
{
    char code[4] = {0};
    if (!iso3 || !ret_g_per_kwh)
        return ECOPT_E_ARG;
    /* A name, or a two-letter code, is simply not in the table. */
    if (strlen(iso3) != 3)
        return ECOPT_E_NOT_FOUND;
    for (int i = 0; i < 3; i++)
        code[i] = (char)toupper((unsigned char)iso3[i]);
    size_t n;
    const eco_carbon_row *table = eco_carbon_table(&n);
    const eco_carbon_row *row = bsearch(code, table, n, sizeof *table, compare_code);
    if (!row)
        return ECOPT_E_NOT_FOUND;
    *ret_g_per_kwh = row->g_per_kwh;
    if (ret_year)
        *ret_year = row->year;
    if (ret_source)
        *ret_source = row->source;
    return ECOPT_OK;
}
