#include "core/ctx.h"

#include <ecopt/pareto.h>
#include <math.h>
#include <string.h>

struct ecopt_archive {
    ecopt_ctx *ctx; /* borrowed */
    size_t m;
    size_t n;
    size_t room;   /* points the arrays hold */
    double *y;     /* owned, room x m */
    long long *id; /* owned, room */
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
    archive->room = room;
    return ECOPT_OK;
}

/* Closes the gaps left by points that the new one dominates; order of arrival is kept. */
static void dominated_drop(ecopt_archive *archive, const double *y)
{
    size_t m = archive->m, kept = 0;
    for (size_t i = 0; i < archive->n; i++) {
        if (ecopt_dominance_compare(m, y, archive->y + i * m) == ECOPT_DOMINANCE_FIRST)
            continue;
        memmove(archive->y + kept * m, archive->y + i * m, m * sizeof *y);
        archive->id[kept++] = archive->id[i];
    }
    archive->n = kept;
}

ecopt_status ecopt_archive_add(ecopt_archive *archive, const double *y, long long id,
                               ecopt_archive_change *ret_change)
{
    size_t m = archive->m;
    for (size_t k = 0; k < m; k++)
        if (isnan(y[k]))
            return eco_fail(archive->ctx, ECOPT_E_RANGE, "objective %zu of point %lld is NaN", k,
                            id);
    for (size_t i = 0; i < archive->n; i++) {
        ecopt_dominance relation = ecopt_dominance_compare(m, archive->y + i * m, y);
        if (relation != ECOPT_DOMINANCE_FIRST && relation != ECOPT_DOMINANCE_EQUAL)
            continue;
        if (ret_change)
            *ret_change =
                relation == ECOPT_DOMINANCE_EQUAL ? ECOPT_ARCHIVE_EQUAL : ECOPT_ARCHIVE_DOMINATED;
        return ECOPT_OK;
    }
    ECO_TRY(room_for_one(archive));
    dominated_drop(archive, y);
    memcpy(archive->y + archive->n * m, y, m * sizeof *y);
    archive->id[archive->n++] = id;
    if (ret_change)
        *ret_change = ECOPT_ARCHIVE_ADDED;
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
