/*
 * Carbon intensity of electricity per country, for the public ecopt_carbon_factor.
 *
 * The table is facts from Ember, "Yearly electricity data" (CC BY 4.0, ember-energy.org), and for
 * the rows marked OWID from Our World in Data (CC BY 4.0, ourworldindata.org): yearly mean, life
 * cycle, newest year that was published for the country.  Kept sorted by code for the binary
 * search.
 */
#include "meter/carbon.h"

#include <ecopt/meter.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define EMBER "Ember"
#define OWID  "OWID"

static const eco_carbon_row TABLE[] = {
    /* clang-format off */
    {"ABW", 550.0, 2022, EMBER}, {"AFG", 123.7, 2023, EMBER}, {"AGO", 167.2, 2023, EMBER},
    {"ALB", 24.4, 2023, EMBER}, {"ARE", 467.5, 2024, EMBER}, {"ARG", 344.8, 2024, EMBER},
    {"ARM", 243.5, 2024, EMBER}, {"ASM", 647.1, 2023, EMBER}, {"ATG", 611.1, 2023, EMBER},
    {"AUS", 553.8, 2024, EMBER}, {"AUT", 102.6, 2024, EMBER}, {"AZE", 632.9, 2024, EMBER},
    {"BDI", 230.8, 2023, EMBER}, {"BEL", 117.6, 2024, EMBER}, {"BEN", 590.0, 2023, EMBER},
    {"BFA", 554.9, 2023, EMBER}, {"BGD", 694.6, 2024, EMBER}, {"BGR", 264.2, 2024, EMBER},
    {"BHR", 902.4, 2023, EMBER}, {"BHS", 653.7, 2022, EMBER}, {"BIH", 638.0, 2024, EMBER},
    {"BLR", 323.6, 2024, EMBER}, {"BLZ", 155.6, 2023, EMBER}, {"BMU", 650.8, 2022, OWID},
    {"BOL", 468.0, 2024, EMBER}, {"BRA", 106.1, 2024, EMBER}, {"BRB", 600.0, 2023, EMBER},
    {"BRN", 892.7, 2023, EMBER}, {"BTN", 24.2, 2023, EMBER}, {"BWA", 849.4, 2023, EMBER},
    {"CAN", 185.0, 2024, EMBER}, {"CHE", 36.7, 2024, EMBER},
    {"CHL", 265.5, 2024, EMBER}, {"CHN", 557.5, 2024, EMBER}, {"CIV", 393.5, 2023, EMBER},
    {"CMR", 285.7, 2023, EMBER}, {"COD", 27.0, 2023, EMBER}, {"COG", 713.7, 2023, EMBER},
    {"COK", 250.0, 2022, EMBER}, {"COL", 285.8, 2024, EMBER}, {"COM", 642.9, 2023, EMBER},
    {"CPV", 480.0, 2022, EMBER}, {"CRI", 63.0, 2024, EMBER}, {"CUB", 639.0, 2023, EMBER},
    {"CYM", 642.9, 2023, EMBER}, {"CYP", 512.2, 2024, EMBER}, {"CZE", 413.9, 2024, EMBER},
    {"DEU", 342.1, 2024, EMBER}, {"DJI", 450.0, 2023, EMBER}, {"DMA", 600.0, 2023, EMBER},
    {"DNK", 143.3, 2024, EMBER}, {"DOM", 566.0, 2024, EMBER}, {"DZA", 633.6, 2023, EMBER},
    {"ECU", 209.7, 2024, EMBER}, {"EGY", 574.5, 2024, EMBER}, {"ERI", 590.9, 2023, EMBER},
    {"ESH", 666.7, 2009, OWID}, {"ESP", 146.2, 2024, EMBER}, {"EST", 341.0, 2024, EMBER},
    {"ETH", 23.6, 2023, EMBER}, {"FIN", 72.2, 2024, EMBER}, {"FJI", 278.3, 2023, EMBER},
    {"FLK", 1000.0, 2022, EMBER}, {"FRA", 44.2, 2024, EMBER}, {"FRO", 354.2, 2022, EMBER},
    {"GAB", 429.5, 2023, EMBER}, {"GBR", 215.8, 2024, EMBER}, {"GEO", 143.1, 2024, EMBER},
    {"GHA", 452.9, 2023, EMBER}, {"GIB", 600.0, 2022, OWID}, {"GIN", 182.7, 2023, EMBER},
    {"GLP", 493.9, 2022, EMBER}, {"GMB", 666.7, 2023, EMBER}, {"GNB", 625.0, 2022, EMBER},
    {"GNQ", 605.1, 2023, EMBER}, {"GRC", 319.8, 2024, EMBER}, {"GRD", 666.7, 2022, EMBER},
    {"GRL", 111.1, 2022, EMBER}, {"GTM", 272.7, 2023, EMBER}, {"GUF", 204.1, 2022, EMBER},
    {"GUM", 611.1, 2022, EMBER}, {"GUY", 634.3, 2023, EMBER}, {"HKG", 682.0, 2023, EMBER},
    {"HND", 289.5, 2023, EMBER}, {"HRV", 174.5, 2024, EMBER}, {"HTI", 534.6, 2022, EMBER},
    {"HUN", 182.8, 2024, EMBER}, {"IDN", 682.4, 2023, EMBER}, {"IND", 709.0, 2024, EMBER},
    {"IRL", 279.8, 2024, EMBER}, {"IRN", 648.7, 2024, EMBER}, {"IRQ", 689.4, 2023, EMBER},
    {"ISL", 28.3, 2023, EMBER}, {"ISR", 567.3, 2023, EMBER}, {"ITA", 287.8, 2024, EMBER},
    {"JAM", 561.2, 2022, EMBER}, {"JOR", 539.2, 2022, EMBER}, {"JPN", 483.7, 2024, EMBER},
    {"KAZ", 801.8, 2024, EMBER}, {"KEN", 84.8, 2024, EMBER}, {"KGZ", 152.7, 2024, EMBER},
    {"KHM", 497.5, 2024, EMBER}, {"KIR", 500.0, 2022, EMBER}, {"KNA", 636.4, 2022, EMBER},
    {"KOR", 415.6, 2024, EMBER}, {"KWT", 637.2, 2024, EMBER}, {"LAO", 232.1, 2023, EMBER},
    {"LBN", 369.5, 2023, EMBER}, {"LBR", 435.9, 2023, EMBER}, {"LBY", 830.5, 2023, EMBER},
    {"LCA", 650.0, 2022, EMBER}, {"LKA", 509.8, 2022, EMBER}, {"LSO", 20.8, 2022, EMBER},
    {"LTU", 139.3, 2024, EMBER}, {"LUX", 134.6, 2024, EMBER}, {"LVA", 136.2, 2024, EMBER},
    {"MAC", 449.0, 2022, EMBER}, {"MAR", 577.6, 2024, EMBER}, {"MDA", 629.6, 2024, EMBER},
    {"MDG", 477.3, 2022, EMBER}, {"MDV", 611.8, 2023, EMBER}, {"MEX", 483.1, 2024, EMBER},
    {"MKD", 569.0, 2024, EMBER}, {"MLI", 394.5, 2023, EMBER}, {"MLT", 484.2, 2024, EMBER},
    {"MMR", 569.7, 2024, EMBER}, {"MNE", 413.5, 2024, EMBER}, {"MNG", 784.0, 2024, EMBER},
    {"MOZ", 127.8, 2023, EMBER}, {"MRT", 481.7, 2022, EMBER}, {"MSR", 1000.0, 2022, EMBER},
    {"MTQ", 516.8, 2022, EMBER}, {"MUS", 633.0, 2023, EMBER}, {"MWI", 54.6, 2022, EMBER},
    {"MYS", 604.4, 2024, EMBER}, {"NAM", 47.6, 2023, EMBER}, {"NCL", 585.8, 2022, EMBER},
    {"NER", 687.5, 2023, EMBER}, {"NGA", 507.9, 2024, EMBER}, {"NIC", 288.3, 2023, EMBER},
    {"NLD", 252.7, 2024, EMBER}, {"NOR", 30.8, 2024, EMBER}, {"NPL", 23.4, 2022, EMBER},
    {"NRU", 750.0, 2023, EMBER}, {"NZL", 120.1, 2024, EMBER}, {"OMN", 545.3, 2024, EMBER},
    {"PAK", 398.6, 2024, EMBER}, {"PAN", 258.7, 2023, EMBER}, {"PER", 263.3, 2024, EMBER},
    {"PHL", 613.4, 2024, EMBER}, {"PNG", 513.7, 2023, EMBER}, {"POL", 615.0, 2024, EMBER},
    {"PRI", 664.5, 2024, EMBER}, {"PRK", 344.3, 2022, EMBER}, {"PRT", 111.8, 2024, EMBER},
    {"PRY", 24.9, 2023, EMBER}, {"PSE", 460.8, 2022, EMBER}, {"PYF", 436.6, 2022, EMBER},
    {"QAT", 602.8, 2024, EMBER}, {"REU", 525.2, 2022, EMBER}, {"ROU", 245.6, 2024, EMBER},
    {"RUS", 446.2, 2024, EMBER}, {"RWA", 301.9, 2023, EMBER}, {"SAU", 692.0, 2024, EMBER},
    {"SDN", 214.3, 2023, EMBER}, {"SEN", 535.4, 2023, EMBER}, {"SGP", 498.7, 2024, EMBER},
    {"SHN", 1000.0, 2022, OWID}, {"SLB", 636.4, 2023, EMBER}, {"SLE", 47.6, 2023, EMBER},
    {"SLV", 99.3, 2024, EMBER}, {"SOM", 523.8, 2023, EMBER}, {"SPM", 600.0, 2022, EMBER},
    {"SRB", 670.8, 2024, EMBER}, {"SSD", 610.2, 2023, EMBER}, {"STP", 555.6, 2022, EMBER},
    {"SUR", 383.2, 2023, EMBER}, {"SVK", 96.5, 2024, EMBER}, {"SVN", 227.1, 2024, EMBER},
    {"SWE", 35.9, 2024, EMBER}, {"SWZ", 142.9, 2023, EMBER}, {"SYC", 571.4, 2023, EMBER},
    {"SYR", 682.3, 2022, EMBER}, {"TCA", 653.9, 2023, EMBER}, {"TCD", 615.4, 2022, EMBER},
    {"TGO", 478.3, 2023, EMBER}, {"THA", 555.4, 2024, EMBER}, {"TJK", 98.7, 2024, EMBER},
    {"TKM", 1306.3, 2023, EMBER}, {"TLS", 666.7, 2022, OWID}, {"TON", 571.4, 2023, EMBER},
    {"TTO", 682.1, 2023, EMBER}, {"TUN", 560.2, 2024, EMBER}, {"TUR", 469.7, 2024, EMBER},
    {"TWN", 635.1, 2024, EMBER}, {"TZA", 371.6, 2023, EMBER}, {"UGA", 57.4, 2022, EMBER},
    {"UKR", 250.5, 2022, EMBER}, {"URY", 96.7, 2024, EMBER}, {"USA", 383.6, 2024, EMBER},
    {"UZB", 1121.2, 2023, EMBER}, {"VCT", 600.0, 2023, EMBER}, {"VEN", 180.2, 2023, EMBER},
    {"VGB", 647.1, 2023, EMBER}, {"VIR", 641.8, 2023, EMBER}, {"VNM", 486.1, 2024, EMBER},
    {"VUT", 500.0, 2023, EMBER}, {"WLD", 472.9, 2024, EMBER}, {"WSM", 400.0, 2023, EMBER},
    {"XKX", 958.7, 2024, EMBER}, {"YEM", 586.3, 2023, EMBER}, {"ZAF", 713.9, 2024, EMBER},
    {"ZMB", 111.0, 2023, EMBER}, {"ZWE", 298.4, 2023, EMBER},
    /* clang-format on */
};

const eco_carbon_row *eco_carbon_table(size_t *ret_n)
{
    *ret_n = sizeof TABLE / sizeof TABLE[0];
    return TABLE;
}

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
