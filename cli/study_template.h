/*
 * The study file that `ecopt init` writes; the text is cli/data/study.yaml, made into an array by
 * the build.
 */
#ifndef CLI_STUDY_TEMPLATE_H
#define CLI_STUDY_TEMPLATE_H

#include <stddef.h>

/** Text of the file, NUL-terminated. */
extern const char cli_study_template[];

/** Bytes without the NUL. */
extern const size_t cli_study_template_b;

#endif
