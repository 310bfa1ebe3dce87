/*
 * Keys of what happens around a program and what when it fails: a part of the table in
 * field_table.c, read by build_process.c.
 */
#include "config/field.h"

/* The causes that may go away when the trial is run again; the numbers in the fallbacks are those
 * of build_process.c. */
const eco_field eco_field_retries[] = {
    {.key = "exit", .types = ECO_FIELD_INT, .fallback = "0", .doc = "it left with a status"},
    {.key = "signal", .types = ECO_FIELD_INT, .fallback = "1", .doc = "a signal ended it"},
    {.key = "timeout", .types = ECO_FIELD_INT, .fallback = "0", .doc = "it ran over its time"},
    {.key = "memory", .types = ECO_FIELD_INT, .fallback = "0", .doc = "it ran out of memory"},
    {.key = "start", .types = ECO_FIELD_INT, .fallback = "0", .doc = "it could not be started"},
    {.key = "no_metric", .types = ECO_FIELD_INT, .fallback = "0", .doc = "a metric was missing"},
    {.key = "not_a_number",
     .types = ECO_FIELD_INT,
     .fallback = "0",
     .doc = "a metric was no finite number"},
    {.key = "meter", .types = ECO_FIELD_INT, .fallback = "1", .doc = "its energy is not known"},
    {.key = "lost", .types = ECO_FIELD_INT, .fallback = "3", .doc = "who ran it died"},
    {.key = 0},
};

const eco_field eco_field_resources[] = {
    {.key = "memory",
     .types = ECO_FIELD_SIZE,
     .fallback = "no limit",
     .doc = "most memory of all processes of a trial together: 512MB, 4GiB",
     .example = "memory: 4GB"},
    {.key = "cpus",
     .types = ECO_FIELD_INT,
     .fallback = "all",
     .doc = "CPUs that a trial runs on",
     .example = "cpus: 2"},
    {.key = "gpus", .types = ECO_FIELD_INT, .fallback = "all", .doc = "GPUs that a trial sees"},
    {.key = "pids",
     .types = ECO_FIELD_INT,
     .fallback = "no limit",
     .doc = "most processes and threads of a trial at once"},
    {.key = "required",
     .types = ECO_FIELD_BOOL,
     .fallback = "false",
     .doc = "true: run nothing where one of these limits cannot be kept; false: warn"},
    {.key = 0},
};

const eco_field eco_field_variable = {
    .types = ECO_FIELD_TEXT,
    .doc = "name of a variable; a * at either end stands for anything",
};
