/*
 * The list of candidates that a study keeps.
 *
 * A study file names its list; the file may go or change while the study's trials stay.  So the
 * study's folder holds a copy of the list as it was when the study was opened last, and whatever
 * only looks at the study reads that (ecopt_definition_kept).
 *
 * Call order: eco_study_keep_list once, when the study is open and its definition has been found to
 * be this study's.  Owner: the study's folder.
 */
#ifndef ECO_STUDY_KEPT_LIST_H
#define ECO_STUDY_KEPT_LIST_H

#include "core/ctx.h"

#include <ecopt/study.h>

/** Name of the copy, in the study's folder. */
#define ECO_STUDY_LIST_FILE "candidates.csv"

/**
 * Makes the copy that of the study's definition.  Does nothing for a study without a list, and
 * writes nothing when the copy is the same already.
 *
 * A list that lacks a point which the study has tried is refused, and the copy stays as it is.
 *
 * @return ECOPT_OK, ECOPT_E_STORE_MISMATCH (a tried point is not in the list), ECOPT_E_STORE_...,
 *         ECOPT_E_IO, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_study_keep_list(ecopt_study *study);

#endif
