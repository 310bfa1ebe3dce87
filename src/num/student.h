/*
 * Student's t distribution, with any positive number of degrees of freedom.
 *
 * Pure functions, no state, no allocation.  The number of degrees of freedom need not be whole,
 * because the Welch-Satterthwaite formula gives fractions; INFINITY is the normal distribution.
 */
#ifndef ECO_NUM_STUDENT_H
#define ECO_NUM_STUDENT_H

/**
 * P(T > t), the upper tail; relative error <= 1e-11 for up to 1e4 degrees of freedom, 1e-7 beyond;
 * 0 where t^2 overflows.
 *
 * One half of the regularised incomplete beta function at freedom / (freedom + t^2)  (Abramowitz
 * and Stegun 26.7.1), by its continued fraction (26.5.8, evaluated by Lentz's method).
 *
 * @param[in] freedom  > 0, INFINITY is allowed; NaN otherwise
 */
double eco_student_tail(double t, double freedom);

/**
 * The t with P(T <= t) = p; relative error <= 1e-10 for up to 1e4 degrees of freedom, 1e-7 beyond.
 *
 * @param[in] p        0 < p < 1; NaN otherwise
 * @param[in] freedom  > 0, INFINITY is allowed; NaN otherwise
 */
double eco_student_quantile(double p, double freedom);

#endif
