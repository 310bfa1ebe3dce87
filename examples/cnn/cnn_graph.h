/*
 * cnn_graph.h - lists of oneDNN primitives and the memories they work on.
 *
 * oneDNN (2.x C API) asks for four steps per operation: describe, let the library choose an
 * implementation and memory layouts, create the primitive, bind memories.  This file keeps those
 * steps in one place.  A `cnn_graph` owns the engine, the stream, every memory and every primitive
 * made through it; a `cnn_steps` is an ordered list of bound primitives that runs as a whole.
 *
 * Call order: cnn_graph_new; cnn_graph_memory, cnn_graph_describe, cnn_graph_add, cnn_graph_match
 * ... to build lists; cnn_graph_run as often as wanted; cnn_graph_free.
 * Building functions return CNN_E_INFEASIBLE when memory is short and CNN_E_INPUT otherwise.
 * One graph per thread; oneDNN itself runs on the OpenMP threads set by cnn_graph_set_threads.
 */
#ifndef CNN_GRAPH_H
#define CNN_GRAPH_H

#include "cnn_error.h"

#include <oneapi/dnnl/dnnl.h>
#include <stddef.h>

#define CNN_STEP_ARGS_MAX 5

/** A primitive with its memories. */
typedef struct cnn_step {
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t args[CNN_STEP_ARGS_MAX];
    int n_args;
} cnn_step;

/** Steps in the order in which they run; zero-initialise; memory owned by the graph's user
    until cnn_steps_release. */
typedef struct cnn_steps {
    cnn_step *items;
    int n, capacity;
} cnn_steps;

/** Room for any of the descriptions in use.  They are too large (5 KiB) for the stack. */
typedef union cnn_desc {
    dnnl_convolution_desc_t conv;
    dnnl_eltwise_desc_t eltwise;
    dnnl_pooling_desc_t pool;
    dnnl_inner_product_desc_t linear;
} cnn_desc;

/** Engine, stream and what was made on them; opaque but for `desc`. */
typedef struct cnn_graph cnn_graph;

/**
 * Opens the CPU engine.
 * @param[out] ret_graph  free with cnn_graph_free; unchanged on failure
 */
cnn_status cnn_graph_new(cnn_error *err, cnn_graph **ret_graph);

/** Destroys memories, descriptions, stream and engine; NULL is fine.  Release the steps first. */
void cnn_graph_free(cnn_graph *graph);

/** Number of OpenMP threads for all later runs of this thread, >= 1. */
void cnn_graph_set_threads(int threads);

/** A description to fill and to pass to cnn_graph_describe; one at a time, owned by the graph. */
cnn_desc *cnn_graph_desc(cnn_graph *graph);

/** Turns a oneDNN status into ours; `what` names the operation in the message. */
cnn_status cnn_graph_check(dnnl_status_t status, const char *what, cnn_error *err);

/**
 * Lets oneDNN choose an implementation for the description in cnn_graph_desc.
 *
 * @param[in]  attr    attributes such as a fused ReLU, or NULL
 * @param[in]  hint    forward description for a backward one, or NULL
 * @param[in]  what    name of the operation for messages
 * @param[out] ret_pd  owned by the graph
 */
cnn_status cnn_graph_describe(cnn_graph *graph, const_dnnl_primitive_attr_t attr,
                              const_dnnl_primitive_desc_t hint, const char *what, cnn_error *err,
                              const_dnnl_primitive_desc_t *ret_pd);

/**
 * New memory of a layout.
 *
 * @param[in]  handle   the caller's buffer, which must outlive the graph, or NULL: oneDNN allocates
 * @param[out] ret_mem  owned by the graph
 */
cnn_status cnn_graph_memory(cnn_graph *graph, const dnnl_memory_desc_t *md, void *handle,
                            cnn_error *err, dnnl_memory_t *ret_mem);

/** Layout of a memory; valid as long as the memory. */
const dnnl_memory_desc_t *cnn_graph_layout(dnnl_memory_t mem);

/** Layout that a description chose for one of its arguments, such as dnnl_query_src_md. */
const dnnl_memory_desc_t *cnn_graph_wanted(const_dnnl_primitive_desc_t pd, dnnl_query_t which);

/** Creates the primitive of `pd` and appends it, bound to n_args memories, to the list. */
cnn_status cnn_graph_add(cnn_steps *steps, const_dnnl_primitive_desc_t pd, int n_args,
                         const dnnl_exec_arg_t *args, cnn_error *err);

/** Appends a copy from one memory to another that changes the layout. */
cnn_status cnn_graph_reorder(cnn_graph *graph, cnn_steps *steps, dnnl_memory_t from,
                             dnnl_memory_t to, cnn_error *err);

/**
 * Makes `mem` available in a wanted layout: gives back `mem` itself when it has it, otherwise a new
 * memory and, appended to the list, the reorder that fills it.
 */
cnn_status cnn_graph_match(cnn_graph *graph, cnn_steps *steps, dnnl_memory_t mem,
                           const dnnl_memory_desc_t *wanted, cnn_error *err,
                           dnnl_memory_t *ret_mem);

/** Runs the list and waits for its end.  CNN_E_INPUT when oneDNN reports a failure. */
cnn_status cnn_graph_run(cnn_graph *graph, const cnn_steps *steps, cnn_error *err);

/** Destroys the primitives of a list and empties it; NULL is fine. */
void cnn_steps_release(cnn_steps *steps);

#endif
