/*
 * The keys of the section `carbon`; field_table.c has all others and says how it is used.
 */
#include "config/field.h"

static const eco_field embodied_fields[] = {
    {.key = "total",
     .types = ECO_FIELD_MASS,
     .is_required = true,
     .doc = "CO2e of making and delivering the machine: 900g, 350kg, 1.2t",
     .example = "total: 350kg"},
    {.key = "lifetime",
     .types = ECO_FIELD_TIME,
     .is_required = true,
     .doc = "time that the machine will be in use: 4 years, 1500d",
     .example = "lifetime: 4 years"},
    {.key = 0},
};

/* One of country and intensity is needed, and price and currency go together, which a table of
 * single keys cannot say. */
const eco_field eco_field_carbon[] = {
    {.key = "country",
     .types = ECO_FIELD_TEXT,
     .doc = "ISO 3166-1 alpha-3 code; its yearly mean intensity is used",
     .example = "country: GBR"},
    {.key = "intensity",
     .types = ECO_FIELD_NUMBER,
     .fallback = "that of country",
     .doc = "carbon intensity of the electricity in g CO2e per kWh"},
    {.key = "pue",
     .types = ECO_FIELD_NUMBER,
     .fallback = "1",
     .doc = "power usage effectiveness of the building, at least 1"},
    {.key = "uncertainty",
     .types = ECO_FIELD_RATIO,
     .fallback = "15%, below 100 g/kWh 50%",
     .doc = "half width of the intensity, at most 1",
     .example = "uncertainty: 10%"},
    {.key = "wue",
     .types = ECO_FIELD_NUMBER,
     .fallback = "no water figures",
     .doc = "water usage effectiveness: litres per kWh of the computer",
     .example = "wue: 1.8"},
    {.key = "embodied",
     .types = ECO_FIELD_MAP,
     .fields = embodied_fields,
     .fallback = "no share of the machine's making",
     .doc = "carbon of making the machine, shared out by time",
     .example = "embodied: {total: 350kg, lifetime: 4 years}"},
    {.key = "price",
     .types = ECO_FIELD_NUMBER,
     .fallback = "no money figures",
     .doc = "price of a kWh, in currency",
     .example = "price: 0.28"},
    {.key = "currency",
     .types = ECO_FIELD_TEXT,
     .fallback = "needed with price",
     .doc = "currency of the price, printed as it is written",
     .example = "currency: GBP"},
    {.key = 0},
};
