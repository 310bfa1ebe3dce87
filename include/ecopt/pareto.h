/*
 * Pareto fronts: dominance, non-dominated points, ranks, crowding, archive, hypervolume, picks,
 * quality indicators.
 *
 * Everything is MINIMISED: negate what should be large.  Points are rows of m doubles, row-major.
 * A point a dominates b when a <= b in every objective and a < b in at least one; equal points do
 * not dominate each other.  NaN is rejected everywhere (ECOPT_E_RANGE): decide yourself what a
 * failed trial means.  +inf is allowed and simply bad; -inf is rejected where a volume is asked
 * for. Calls are pure functions of their arguments; ctx serves workspace and error text, so one
 * thread per ctx.  Limits: 1 .. ECOPT_MAX_OBJECTIVES objectives, ECOPT_MAX_OBS points.
 */
#ifndef ECOPT_PARETO_H
#define ECOPT_PARETO_H

#include <ecopt/ctx.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ECOPT_MAX_OBJECTIVES = 16,
    ECOPT_MAX_OBS = 20000 /* points in one call */
};

/** How two points relate. */
typedef enum ecopt_dominance {
    ECOPT_DOMINANCE_NONE,   /* neither dominates */
    ECOPT_DOMINANCE_FIRST,  /* a dominates b */
    ECOPT_DOMINANCE_SECOND, /* b dominates a */
    ECOPT_DOMINANCE_EQUAL   /* a = b */
} ecopt_dominance;

/** Compares two points of m objectives; NaN in either gives ECOPT_DOMINANCE_NONE. */
ECOPT_API ecopt_dominance ecopt_dominance_compare(size_t m, const double *a, const double *b);

/**
 * Non-dominated points of a set.
 *
 * m <= 3: sort and sweep, O(n log n); otherwise each point against the survivors, O(n^2 m).
 *
 * @param[in]  y          n x m points; NaN is rejected
 * @param[out] ret_index  room for n; indices of the non-dominated points, ascending; of equal
 *                        points only the first is listed
 * @param[out] ret_n      how many
 * @return ECOPT_OK, ECOPT_E_LIMIT (n, m), ECOPT_E_RANGE (NaN), ECOPT_E_NOMEM
 *
 * Source: Kung, Luccio, Preparata 1975, doi:10.1145/321906.321910 (m = 2, 3 sweeps).
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_nondominated(ecopt_ctx *ctx, size_t n, size_t m,
                                                       const double *y, size_t *ret_index,
                                                       size_t *ret_n);

/**
 * Ranks of non-dominated sorting: 0 for the front, 1 for the front of the rest, and so on.
 *
 * Equal points share a rank.  Points are taken in lexicographic order and each is put into the
 * first front that holds none of its dominators, found by bisection.  m = 1, 2: O(n log n), since
 * the newest point of a front answers for all of it; otherwise O(n^2 m) at worst, much less when
 * there are many fronts.
 *
 * @param[in]  y         n x m points; NaN is rejected, infinities are allowed
 * @param[out] ret_rank  n numbers, 0 .. number of fronts - 1; undefined on failure
 * @return ECOPT_OK, ECOPT_E_LIMIT (n, m), ECOPT_E_RANGE (NaN), ECOPT_E_NOMEM
 *
 * Source: Zhang, Tian, Cheng, Jin 2015 (ENS-BS), doi:10.1109/TEVC.2014.2308305.
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_nondominated_sort(ecopt_ctx *ctx, size_t n, size_t m,
                                                            const double *y, size_t *ret_rank);

/**
 * Crowding distance of the points of one front: how far apart the neighbours of each are.
 *
 * Sum over the objectives of the distance between the next smaller and the next larger value, in
 * units of the objective's range.  The first and last point of each objective get +inf; ties are
 * ordered by the other objectives in turn, then by index.  An objective in which all are equal has
 * no ends and counts 0.  Ranges are over finite values; a gap that reaches an infinite value is
 * +inf.  O(m n log n).
 *
 * @param[in]  y             n x m points, meant to be mutually non-dominated; NaN is rejected
 * @param[out] ret_distance  n numbers >= 0, dimensionless; all +inf for n <= 2; undefined on
 *                           failure
 * @return ECOPT_OK, ECOPT_E_LIMIT (n, m), ECOPT_E_RANGE (NaN), ECOPT_E_NOMEM
 *
 * Source: Deb, Pratap, Agarwal, Meyarivan 2002 (NSGA-II), doi:10.1109/4235.996017, section III.B.
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_crowding_distance(ecopt_ctx *ctx, size_t n, size_t m,
                                                            const double *y, double *ret_distance);

/**
 * Volume of objective space dominated by a set of points and bounded by a reference point.
 *
 * m = 2 and 3: sweeps, O(n log n).  m = 4: one such sweep per point, O(n^2 log n).  More
 * objectives: the volume a point adds is its box less the volume of the other points clipped to it,
 * one objective fewer at each step down to three; exact, exponential in m at worst, meant for m
 * <= 8. 10,000 points of 2 or 3 objectives and 1,000 of 4 take milliseconds.  Intermediate products
 * neither overflow nor vanish: objectives are scaled by powers of two first.
 *
 * @param[in]  y       n x m points, any order; points not below ref in every objective count 0;
 *                     n = 0 gives 0
 * @param[in]  ref     m finite coordinates
 * @param[out] ret_hv  >= 0, product of the m units; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_LIMIT (n, m), ECOPT_E_RANGE (NaN, -inf, ref not finite),
 *         ECOPT_E_NUMERIC (the volume overflows), ECOPT_E_NOMEM
 *
 * Source: Beume, Fonseca, Lopez-Ibanez, Paquete, Vahrenhold 2009, doi:10.1109/TEVC.2009.2015575
 * (m = 3); While, Bradstreet, Barone 2012 (WFG), doi:10.1109/TEVC.2010.2077298 (m >= 4).
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_hypervolume(ecopt_ctx *ctx, size_t n, size_t m,
                                                      const double *y, const double *ref,
                                                      double *ret_hv);

/**
 * Volume each point of the front alone dominates: what the front's hypervolume loses without it.
 *
 * Dominated points, points beyond ref and points that occur twice contribute 0, and dominated
 * points take nothing from others.  m = 2 and 3: O(n log n), sums of boxes without cancellation.
 * More: the point's own box minus the hypervolume of the other front points clipped to that box,
 * n hypervolumes in all.
 *
 * @param[in]  y, ref           as for ecopt_hypervolume
 * @param[out] ret_contribution n numbers >= 0; undefined on failure
 * @return as ecopt_hypervolume
 *
 * Source: Emmerich, Fonseca 2011, doi:10.1007/978-3-642-19893-9_9 (m = 3); While, Bradstreet,
 * Barone 2012 (WFG), doi:10.1109/TEVC.2010.2077298 (exclusive hypervolume, m >= 4).
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_hypervolume_contributions(ecopt_ctx *ctx, size_t n,
                                                                    size_t m, const double *y,
                                                                    const double *ref,
                                                                    double *ret_contribution);

/**
 * Knee of a front: the point that lies deepest below the plane through the extremes.
 *
 * Objectives are scaled to [0, 1] between the best and worst value on the front; the distance of a
 * point z to the plane sum z = 1 is (1 - sum z) / sqrt(m).  For m = 2 that plane is the chord of
 * the two extreme points.  Dominated points are ignored, an objective that does not vary counts 0,
 * ties go to the lowest index.
 *
 * @param[in]  y          n x m points, finite, n >= 1
 * @param[out] ret_index  row of the knee
 * @param[out] ret_depth  its signed distance, dimensionless (0 for a single point), or NULL
 * @return ECOPT_OK, ECOPT_E_ARG (n = 0), ECOPT_E_LIMIT, ECOPT_E_RANGE (not finite), ECOPT_E_NOMEM
 *
 * Source: Das 1999, doi:10.1007/BF01195985 (normal-boundary intersection, maximum bulge).
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_knee(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                               size_t *ret_index, double *ret_depth);

/**
 * Best point in one objective among those that keep bounds: "the best accuracy within 5 kJ".
 *
 * Ties go to the point that is better in the first other objective that differs, then to the lowest
 * index, so the pick is never dominated.
 *
 * @param[in]  y          n x m points; NaN is rejected, infinities are allowed
 * @param[in]  k          objective to be best in, 0 .. m - 1
 * @param[in]  bound      m largest allowed values, +inf for none (also of objective k)
 * @param[out] ret_index  row of the pick; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_ARG (k), ECOPT_E_LIMIT (n, m), ECOPT_E_RANGE (NaN),
 *         ECOPT_E_NOT_FOUND (no point keeps the bounds, or n = 0)
 *
 * Source: epsilon-constraint method, Haimes, Lasdon, Wismer 1971, doi:10.1109/TSMC.1971.4308298.
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_pick_within(ecopt_ctx *ctx, size_t n, size_t m,
                                                      const double *y, size_t k,
                                                      const double *bound, size_t *ret_index);

/**
 * Additive epsilon indicator: the smallest number that, added to every objective of every target,
 * makes the set dominate all of them weakly.
 *
 * max over targets r of min over points a of max over k of (a_k - r_k); 0 or less when the set is
 * as good as the targets everywhere.  O(n n_target m).
 *
 * @param[in]  y            n x m points, n >= 1; +inf is allowed
 * @param[in]  target       n_target x m finite points, n_target >= 1, e.g. the true front
 * @param[out] ret_epsilon  in the objectives' (common) unit, +inf if no point is finite; unchanged
 *                          on failure
 * @return ECOPT_OK, ECOPT_E_ARG (an empty set), ECOPT_E_LIMIT, ECOPT_E_RANGE
 *
 * Source: Zitzler, Thiele, Laumanns, Fonseca, Grunert da Fonseca 2003,
 * doi:10.1109/TEVC.2003.810758.
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_epsilon_additive(ecopt_ctx *ctx, size_t n, size_t m,
                                                           const double *y, size_t n_target,
                                                           const double *target,
                                                           double *ret_epsilon);

/**
 * Inverted generational distance: mean Euclidean distance from each target to the nearest point.
 *
 * Can prefer a set that another one dominates; ecopt_igd_plus cannot.
 *
 * @param[in]  y, target  as for ecopt_epsilon_additive
 * @param[out] ret_igd    >= 0; +inf if no point is finite; unchanged on failure
 * @return as ecopt_epsilon_additive
 *
 * Source: Coello Coello, Reyes Sierra 2004, doi:10.1007/978-3-540-24694-7_71.
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_igd(ecopt_ctx *ctx, size_t n, size_t m, const double *y,
                                              size_t n_target, const double *target,
                                              double *ret_igd);

/**
 * IGD+: as ecopt_igd, but only objectives in which the point is worse than the target count.
 *
 * Distance of a to target r: sqrt(sum over k of max(a_k - r_k, 0)^2).  A set that weakly dominates
 * another never has the larger value.
 *
 * @param[in]  y, target  as for ecopt_epsilon_additive
 * @param[out] ret_igd    >= 0; +inf if no point is finite; unchanged on failure
 * @return as ecopt_epsilon_additive
 *
 * Source: Ishibuchi, Masuda, Tanigaki, Nojima 2015, doi:10.1007/978-3-319-15892-1_8.
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_igd_plus(ecopt_ctx *ctx, size_t n, size_t m,
                                                   const double *y, size_t n_target,
                                                   const double *target, double *ret_igd);

/** Set of mutually non-dominated points that grows by one trial at a time. */
typedef struct ecopt_archive ecopt_archive;

/** What became of an added point. */
typedef enum ecopt_archive_change {
    ECOPT_ARCHIVE_ADDED,     /* it is on the front now; what it dominates was dropped */
    ECOPT_ARCHIVE_DOMINATED, /* an archived point is better: nothing changed */
    ECOPT_ARCHIVE_EQUAL      /* an archived point has the same values: nothing changed */
} ecopt_archive_change;

/**
 * Makes an empty archive of m objectives.
 *
 * @param[out] ret_archive  caller frees with ecopt_archive_free; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_LIMIT (m), ECOPT_E_NOMEM
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_archive_new(ecopt_ctx *ctx, size_t m,
                                                      ecopt_archive **ret_archive);

/** Frees an archive; NULL is allowed. */
ECOPT_API void ecopt_archive_free(ecopt_archive *archive);

/**
 * Offers a point.
 *
 * m = 2: bisection, and moving what follows; otherwise one pass over the front, O(n m).
 *
 * @param[in]  y           m values; copied
 * @param[in]  id          caller's name for it, e.g. the trial number
 * @param[out] ret_change  what happened, or NULL
 * @return ECOPT_OK, ECOPT_E_RANGE (NaN), ECOPT_E_NOMEM (archive unchanged)
 */
ECOPT_API ECOPT_NODROP ecopt_status ecopt_archive_add(ecopt_archive *archive, const double *y,
                                                      long long id,
                                                      ecopt_archive_change *ret_change);

/** Points on the front. */
ECOPT_API size_t ecopt_archive_count(const ecopt_archive *archive);

/** Values of front point i < count in the order of arrival; valid until the next add. */
ECOPT_API const double *ecopt_archive_values(const ecopt_archive *archive, size_t i);

/** Name of front point i < count. */
ECOPT_API long long ecopt_archive_id(const ecopt_archive *archive, size_t i);

#ifdef __cplusplus
}
#endif

#endif
