/*
 * What programs say: tagged lines, result files, log lines, JSON pointers.
 *
 *   [ecopt] {"accuracy": 0.93, "accuracy_u95": 0.01, "step": 4}      a line of stdout
 *   {"accuracy": 0.93, "test": {"loss": 0.2}}                         $ECOPT_RESULT
 *
 * Nested objects are flattened with '.': test.loss.  `x_u95` beside `x` is the 95 % uncertainty of
 * x.  "step", a whole number from 0, says when the values were taken: they are kept as points of a
 * curve, and the last one is the metric's value unless one comes without a step.  "phase" is
 * reserved and skipped.  NaN and Infinity, which are not JSON but which many programs print, are
 * understood as numbers that are not finite.  Anything else that is not a number is kept as a
 * remark.  Input is data from outside: its size and depth are limited, none of it can make ECOpt
 * fail but by want of memory.
 *
 * Threads: as the context.
 */
#ifndef ECO_TRIAL_PROTOCOL_H
#define ECO_TRIAL_PROTOCOL_H

#include "trial/pool.h"

/** Deepest nesting that is looked at. */
#define ECO_JSON_DEPTH_MAX 64

/**
 * Length of the tag when a line begins with "[ecopt]" and white space or '{', else 0.
 */
size_t eco_protocol_tag(const char *line, size_t n);

/**
 * One JSON object of a tagged line or of the log, without the tag.
 *
 * What is wrong with it becomes a note in the pool.  @return ECOPT_OK, ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_protocol_line(eco_pool *pool, size_t phase, const char *text,
                                            size_t n);

/** Every line of a text by eco_protocol_line (the log file). @return ECOPT_OK, ECOPT_E_NOMEM */
ECOPT_NODROP ecopt_status eco_protocol_log(eco_pool *pool, size_t phase, const char *text,
                                           size_t n);

/**
 * A whole result file.
 *
 * @param[in] path  for the message
 * @return ECOPT_OK, ECOPT_E_PARSE (empty, malformed, no object; with line and column),
 *         ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_protocol_result(eco_pool *pool, size_t phase, const char *path,
                                              const char *text, size_t n);

/**
 * Number at a JSON pointer (RFC 6901) of a document.
 *
 * @param[in]  path       for the message
 * @param[out] ret_value  NaN when the document says NaN or Infinity there; unchanged on failure
 * @return ECOPT_OK, ECOPT_E_PARSE (malformed document or pointer), ECOPT_E_NOT_FOUND (nothing
 *         there), ECOPT_E_RANGE (not a number), ECOPT_E_NOMEM
 */
ECOPT_NODROP ecopt_status eco_protocol_pointer(ecopt_ctx *ctx, const char *path, const char *text,
                                               size_t n, const char *pointer, double *ret_value);

#endif
