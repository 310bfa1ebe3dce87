#include "core/ctx.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <string.h>

struct ecopt_archive {
    ecopt_ctx *ctx; /* borrowed */
    size_t m;
    size_t n;
    size_t room;   /* points the arrays hold */
    double *y;     /* owned, room x m, in the order of arrival, as id */
    long long *id; /* owned, room */
    size_t
        *place; /* owned, room: while points are dropped, 1 for those to go, then the new place */
    size_t *order; /* owned, room: m = 2 only, points by objective 0; objective 1 falls then */
};

ecopt_status ecopt_archive_new(ecopt_ctx *ctx, size_t m, ecopt_archive **ret_archive)
{
    if (m < 1 || m > ECOPT_MAX_OBJECTIVES)
        return eco_fail(ctx, ECOPT_E_LIMIT, "%zu objectives given, 1 to %d are possible", m,
                        ECOPT_MAX_OBJECTIVES);
    ecopt_archive *archive = eco_alloc(ctx, 1, sizeof *archive);
    if (!archive)
        return ECOPT_E_NOMEM;
    archive->ctx = ctx;
    archive->m = m;
    *ret_archive = archive;
    return ECOPT_OK;
}

void ecopt_archive_free(ecopt_archive *archive)
{
    if (!archive)
        return;
    eco_free(archive->ctx, archive->y);
    eco_free(archive->ctx, archive->id);
    eco_free(archive->ctx, archive->place);
    eco_free(archive->ctx, archive->order);
    eco_free(archive->ctx, archive);
}

static ecopt_status room_for_one(ecopt_archive *archive)
{
    if (archive->n < archive->room)
        return ECOPT_OK;
    size_t room = archive->room ? 2 * archive->room : 16;
    double *y = eco_realloc(archive->ctx, archive->y, room * archive->m, sizeof *y);
    if (!y)
        return ECOPT_E_NOMEM;
    archive->y = y;
    long long *id = eco_realloc(archive->ctx, archive->id, room, sizeof *id);
    if (!id)
        return ECOPT_E_NOMEM;
    archive->id = id;
    size_t *place = eco_realloc(archive->ctx, archive->place, room, sizeof *place);
    if (!place)
        return ECOPT_E_NOMEM;
    archive->place = place;
    size_t *order = eco_realloc(archive->ctx, archive->order, room, sizeof *order);
    if (!order)
        return ECOPT_E_NOMEM;
    archive->order = order;
    archive->room = room;
    return ECOPT_OK;
}

/* What the archive says of a new point, and which of its points the new one makes superfluous. */
typedef struct verdict {
    ecopt_archive_change change;
    size_t n_dropped; /* their `place` is 1, that of all others 0 */
    size_t at;        /* m = 2: where in `order` the new point belongs once they are gone */
} verdict;

/* Two objectives: only the neighbours in the order can dominate, and only a run that begins there
 * can be dominated. */
static verdict judge_2d(const ecopt_archive *archive, const double *y)
{
    size_t low = 0, high = archive->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (archive->y[2 * archive->order[middle]] < y[0])
            low = middle + 1;
        else
            high = middle;
    }
    verdict v = {.change = ECOPT_ARCHIVE_ADDED, .at = low};
    bool is_level = low < archive->n && archive->y[2 * archive->order[low]] == y[0];
    double right = is_level ? archive->y[2 * archive->order[low] + 1] : HUGE_VAL;
    if (low > 0 && archive->y[2 * archive->order[low - 1] + 1] <= y[1])
        v.change = ECOPT_ARCHIVE_DOMINATED;
    else if (is_level && right <= y[1])
        v.change = right == y[1] ? ECOPT_ARCHIVE_EQUAL : ECOPT_ARCHIVE_DOMINATED;
    if (v.change != ECOPT_ARCHIVE_ADDED)
        return v;
    size_t end = low;
    while (end < archive->n && archive->y[2 * archive->order[end] + 1] >= y[1])
        end++;
    v.n_dropped = end - low;
    for (size_t i = 0; v.n_dropped > 0 && i < archive->n; i++)
        archive->place[archive->order[i]] = i >= low && i < end;
    return v;
}

static verdict judge_any(const ecopt_archive *archive, const double *y)
{
    verdict v = {.change = ECOPT_ARCHIVE_ADDED};
    for (size_t i = 0; i < archive->n; i++) {
        const double *row = archive->y + i * archive->m;
        bool is_covered = true, covers = true;
        for (size_t k = 0; k < archive->m && (is_covered || covers); k++) {
            is_covered = is_covered && row[k] <= y[k];
            covers = covers && y[k] <= row[k];
        }
        if (is_covered) {
            v.change = covers ? ECOPT_ARCHIVE_EQUAL : ECOPT_ARCHIVE_DOMINATED;
            return v;
        }
        archive->place[i] = covers;
        v.n_dropped += covers;
    }
    return v;
}

/* Closes the gaps; the order of arrival is kept. */
static void dropped_close(ecopt_archive *archive, const verdict *v)
{
    size_t m = archive->m, kept = 0;
    for (size_t i = 0; i < archive->n; i++) {
        if (archive->place[i])
            continue;
        memmove(archive->y + kept * m, archive->y + i * m, m * sizeof *archive->y);
        archive->id[kept] = archive->id[i];
        archive->place[i] = kept++;
    }
    archive->n = kept;
    for (size_t i = 0; m == 2 && i < kept; i++) {
        size_t from = i < v->at ? i : i + v->n_dropped;
        archive->order[i] = archive->place[archive->order[from]];
    }
}

ecopt_status ecopt_archive_add(ecopt_archive *archive, const double *y, long long id,
                               ecopt_archive_change *ret_change)
{
    size_t m = archive->m;
    for (size_t k = 0; k < m; k++)
        if (isnan(y[k]))
            return eco_fail(archive->ctx, ECOPT_E_RANGE, "objective %zu of point %lld is NaN", k,
                            id);
    ECO_TRY(room_for_one(archive));
    verdict v = m == 2 ? judge_2d(archive, y) : judge_any(archive, y);
    if (ret_change)
        *ret_change = v.change;
    if (v.change != ECOPT_ARCHIVE_ADDED)
        return ECOPT_OK;
    if (v.n_dropped > 0)
        dropped_close(archive, &v);
    if (m == 2) {
        size_t *place = archive->order + v.at;
        memmove(place + 1, place, (archive->n - v.at) * sizeof *place);
        *place = archive->n;
    }
    memcpy(archive->y + archive->n * m, y, m * sizeof *y);
    archive->id[archive->n++] = id;
    return ECOPT_OK;
}

size_t ecopt_archive_count(const ecopt_archive *archive)
{
    return archive->n;
}

const double *ecopt_archive_values(const ecopt_archive *archive, size_t i)
{
    return archive->y + i * archive->m;
}

long long ecopt_archive_id(const ecopt_archive *archive, size_t i)
{
    return archive->id[i];
}
