/*
 * The generic model, for machines without a counter (cloud guests): joules from CPU time.
 *
 *     E = time_s * idle_w + cpu_s * busy_w
 *     idle_w = ECO_MODEL_IDLE_W * number of CPUs
 *     busy_w = ECO_MODEL_BUSY_W
 *
 * cpu_s is the CPU time of the metered command tree when it is given (microseconds exact, so
 * programs of a few tenths of a second can be told apart), else the busy time of the whole guest
 * from /proc/stat.  The whole guest's idle power is charged, as a package counter would.
 *
 * Waiting for other programs lengthens time_s and nothing else, so the idle part may be too large
 * by up to wait_s * idle_w, never too small (wait_s: meter/load.h).  Any part of that is as likely
 * as any other: a rectangular distribution from -wait_s * idle_w to 0 beside the stated value, of
 * which 95 % lie within 0.95 wait_s * idle_w.  Joined in quadrature with the independent rest:
 *
 *     u95^2 = gap^2 + (1.96)^2 ((idle_w U_TIME_S)^2 + (busy_w u_cpu_s)^2)
 *             + (0.95 idle_w wait_s)^2
 *
 * Constants: watts per vCPU at idle and at full load of cloud machines by micro-architecture, 0.64
 * and 3.97 W (Cascade Lake) to 1.90 and 6.01 W (Haswell), from the Cloud Carbon Coefficients, which
 * rest on SPECpower (wall power of the server, shared out by vCPU).  The model takes the geometric
 * means of the ends.  The band joins, as independent factors on a log scale, those ends with the
 * p05 / p50 / p95 of 184 SPECpower servers since 2018: idle / (TDP chips) .12 / .19 / .44 and full
 * load / (TDP chips) .74 / 1.03 / 1.44.  Derivation and limits: docs/energy.md.
 */
#ifndef ECO_METER_MODEL_H
#define ECO_METER_MODEL_H

/** Power of an idle vCPU [W]: sqrt(0.64 * 1.90). */
#define ECO_MODEL_IDLE_W 1.1027

/** Power a busy vCPU takes more [W]: sqrt(3.97 * 6.01) - ECO_MODEL_IDLE_W. */
#define ECO_MODEL_BUSY_W 3.7819

/** Band of the idle part: ln(lo) = -hypot(ln(1.1027/.64), ln(.19/.12)), hi alike with 1.90, .44. */
#define ECO_MODEL_IDLE_GAIN_LO 0.4906
#define ECO_MODEL_IDLE_GAIN_HI 2.7199

/** Band of the busy part: ln(lo) = -hypot(ln(3.7819/3.33), ln(1.03/.74)), hi with 4.11, 1.44. */
#define ECO_MODEL_BUSY_GAIN_LO 0.7017
#define ECO_MODEL_BUSY_GAIN_HI 1.4124

/** Standard uncertainty of the window's ends against the command's: fork, exec, wait [s]. */
#define ECO_MODEL_U_TIME_S 0.0005

/** Share of a one-sided rectangular distribution that a 95 % interval from its end spans. */
#define ECO_MODEL_K95_ONE_SIDED 0.95

/** Resolution of the CPU time of a command (struct rusage) [s]. */
#define ECO_MODEL_CPU_STEP_S 1e-6

#endif
