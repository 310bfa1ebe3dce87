/*
 * The numbers that a rule decided by, as a line of text.  Pure but for the string; any thread.
 */
#ifndef ECO_REPORT_DECISION_TEXT_H
#define ECO_REPORT_DECISION_TEXT_H

#include "core/str.h"

/**
 * Adds "useless 0.976, confidence 0.95, ends (a (best 1))" of a JSON object; what is none is added
 * as it stands, cleaned of what a terminal would obey.
 */
void eco_decision_numbers(eco_str *str, const char *numbers);

#endif
