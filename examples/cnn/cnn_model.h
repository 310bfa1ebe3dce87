/*
 * cnn_model.h - a trained network in memory and on disk.
 *
 * The file describes itself: a text header (`head -12 FILE` shows it) with one "name value" line
 * per hyperparameter, an empty line, the parameters as little-endian 32-bit floats in the order of
 * cnn_arch.h, and the CRC-32 of all that as 4 little-endian bytes.  It is written to a temporary
 * name and renamed, so a reader never sees half a model.
 *
 * Ownership: cnn_model_load and cnn_train fill the caller's struct; cnn_model_release frees it.
 */
#ifndef CNN_MODEL_H
#define CNN_MODEL_H

#include "cnn_arch.h"
#include "cnn_feed.h"

/** Configuration, normalisation and parameters. */
typedef struct cnn_model {
    cnn_config config;
    cnn_scaling scaling;
    float *params;   /**< in the order of cnn_arch.h; owned */
    size_t n_params; /**< equals the arch's count */
} cnn_model;

/**
 * Writes the model.
 * @return CNN_OK; CNN_E_INPUT when the file cannot be written (the temporary file is removed)
 */
cnn_status cnn_model_save(const cnn_model *model, const char *path, cnn_error *err);

/**
 * Reads a model and checks it: header, ranges, size, checksum, finite parameters.
 *
 * @param[out] ret_model  caller releases; unchanged on failure
 * @return CNN_OK; CNN_E_INPUT when the file is missing, is no model or is damaged
 */
cnn_status cnn_model_load(const char *path, cnn_error *err, cnn_model *ret_model);

/** Frees the parameters and zeroes the struct; NULL and an all-zero struct are fine. */
void cnn_model_release(cnn_model *model);

#endif
