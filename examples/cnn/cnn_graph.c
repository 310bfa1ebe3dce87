/*
 * oneDNN keeps a cache of primitives, so building the same step twice costs little; what the graph
 * owns is released in the order steps, memories, descriptions, stream, engine.
 */
#include "cnn_graph.h"

#include <stdlib.h>
#include <string.h>

/* From libgomp, which oneDNN runs on.  Not by <omp.h>: that header belongs to one compiler. */
void omp_set_num_threads(int n);

struct cnn_graph {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_memory_t *mems;
    size_t n_mems;
    dnnl_primitive_desc_t *pds;
    size_t n_pds;
    cnn_desc desc;
};

cnn_status cnn_graph_check(dnnl_status_t status, const char *what, cnn_error *err)
{
    switch (status) {
    case dnnl_success:
        return CNN_OK;
    case dnnl_out_of_memory:
        return cnn_fail(err, CNN_E_INFEASIBLE, "out of memory for %s", what);
    case dnnl_unimplemented:
        return cnn_fail(err, CNN_E_INPUT, "oneDNN has no implementation of %s here", what);
    default:
        return cnn_fail(err, CNN_E_INPUT, "oneDNN refused %s (status %d)", what, (int)status);
    }
}

cnn_status cnn_graph_new(cnn_error *err, cnn_graph **ret_graph)
{
    cnn_graph *graph = calloc(1, sizeof *graph);
    if (graph == NULL)
        return cnn_fail(err, CNN_E_INPUT, "out of memory");
    dnnl_status_t status = dnnl_engine_create(&graph->engine, dnnl_cpu, 0);
    if (status == dnnl_success)
        status = dnnl_stream_create(&graph->stream, graph->engine, dnnl_stream_default_flags);
    if (status != dnnl_success) {
        cnn_graph_free(graph);
        return cnn_graph_check(status, "the CPU engine", err);
    }
    *ret_graph = graph;
    return CNN_OK;
}

void cnn_graph_free(cnn_graph *graph)
{
    if (graph == NULL)
        return;
    for (size_t i = 0; i < graph->n_mems; i++)
        (void)dnnl_memory_destroy(graph->mems[i]);
    for (size_t i = 0; i < graph->n_pds; i++)
        (void)dnnl_primitive_desc_destroy(graph->pds[i]);
    free(graph->mems);
    free(graph->pds);
    if (graph->stream != NULL)
        (void)dnnl_stream_destroy(graph->stream);
    if (graph->engine != NULL)
        (void)dnnl_engine_destroy(graph->engine);
    free(graph);
}

void cnn_graph_set_threads(int threads)
{
    omp_set_num_threads(threads);
}

cnn_desc *cnn_graph_desc(cnn_graph *graph)
{
    return &graph->desc;
}

cnn_status cnn_graph_describe(cnn_graph *graph, const_dnnl_primitive_attr_t attr,
                              const_dnnl_primitive_desc_t hint, const char *what, cnn_error *err,
                              const_dnnl_primitive_desc_t *ret_pd)
{
    /* Room first, so that nothing can be lost between creation and the owner's list. */
    void *grown = realloc(graph->pds, (graph->n_pds + 1) * sizeof(dnnl_primitive_desc_t));
    if (grown == NULL)
        return cnn_fail(err, CNN_E_INPUT, "out of memory");
    graph->pds = grown;
    dnnl_primitive_desc_t pd = NULL;
    CNN_TRY(cnn_graph_check(
        dnnl_primitive_desc_create(&pd, &graph->desc, attr, graph->engine, hint), what, err));
    graph->pds[graph->n_pds++] = pd;
    *ret_pd = pd;
    return CNN_OK;
}

cnn_status cnn_graph_memory(cnn_graph *graph, const dnnl_memory_desc_t *md, void *handle,
                            cnn_error *err, dnnl_memory_t *ret_mem)
{
    void *grown = realloc(graph->mems, (graph->n_mems + 1) * sizeof(dnnl_memory_t));
    if (grown == NULL)
        return cnn_fail(err, CNN_E_INPUT, "out of memory");
    graph->mems = grown;
    dnnl_memory_t mem = NULL;
    void *buffer = handle != NULL ? handle : DNNL_MEMORY_ALLOCATE;
    CNN_TRY(cnn_graph_check(dnnl_memory_create(&mem, md, graph->engine, buffer),
                            "the activations or weights", err));
    graph->mems[graph->n_mems++] = mem;
    *ret_mem = mem;
    return CNN_OK;
}

const dnnl_memory_desc_t *cnn_graph_layout(dnnl_memory_t mem)
{
    const dnnl_memory_desc_t *md = NULL;
    (void)dnnl_memory_get_memory_desc(mem, &md);
    return md;
}

const dnnl_memory_desc_t *cnn_graph_wanted(const_dnnl_primitive_desc_t pd, dnnl_query_t which)
{
    return dnnl_primitive_desc_query_md(pd, which, 0);
}

/* Doubles the room of a list. */
static cnn_status steps_grow(cnn_steps *steps, cnn_error *err)
{
    if (steps->n < steps->capacity)
        return CNN_OK;
    int capacity = steps->capacity == 0 ? 8 : 2 * steps->capacity;
    void *grown = realloc(steps->items, (size_t)capacity * sizeof *steps->items);
    if (grown == NULL)
        return cnn_fail(err, CNN_E_INPUT, "out of memory");
    steps->items = grown;
    steps->capacity = capacity;
    return CNN_OK;
}

cnn_status cnn_graph_add(cnn_steps *steps, const_dnnl_primitive_desc_t pd, int n_args,
                         const dnnl_exec_arg_t *args, cnn_error *err)
{
    CNN_TRY(steps_grow(steps, err));
    cnn_step step = {.n_args = n_args};
    memcpy(step.args, args, (size_t)n_args * sizeof *args);
    CNN_TRY(cnn_graph_check(dnnl_primitive_create(&step.primitive, pd), "a primitive", err));
    steps->items[steps->n++] = step;
    return CNN_OK;
}

cnn_status cnn_graph_reorder(cnn_graph *graph, cnn_steps *steps, dnnl_memory_t from,
                             dnnl_memory_t to, cnn_error *err)
{
    dnnl_primitive_desc_t pd = NULL;
    CNN_TRY(cnn_graph_check(dnnl_reorder_primitive_desc_create(&pd, cnn_graph_layout(from),
                                                               graph->engine, cnn_graph_layout(to),
                                                               graph->engine, NULL),
                            "a change of layout", err));
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    cnn_status status = cnn_graph_add(steps, pd, 2, args, err);
    (void)dnnl_primitive_desc_destroy(pd);
    return status;
}

cnn_status cnn_graph_match(cnn_graph *graph, cnn_steps *steps, dnnl_memory_t mem,
                           const dnnl_memory_desc_t *wanted, cnn_error *err, dnnl_memory_t *ret_mem)
{
    if (dnnl_memory_desc_equal(cnn_graph_layout(mem), wanted)) {
        *ret_mem = mem;
        return CNN_OK;
    }
    dnnl_memory_t copy = NULL;
    CNN_TRY(cnn_graph_memory(graph, wanted, NULL, err, &copy));
    CNN_TRY(cnn_graph_reorder(graph, steps, mem, copy, err));
    *ret_mem = copy;
    return CNN_OK;
}

cnn_status cnn_graph_run(cnn_graph *graph, const cnn_steps *steps, cnn_error *err)
{
    for (int i = 0; i < steps->n; i++) {
        const cnn_step *step = &steps->items[i];
        CNN_TRY(cnn_graph_check(
            dnnl_primitive_execute(step->primitive, graph->stream, step->n_args, step->args),
            "a step of the network", err));
    }
    return cnn_graph_check(dnnl_stream_wait(graph->stream), "a step of the network", err);
}

void cnn_steps_release(cnn_steps *steps)
{
    if (steps == NULL)
        return;
    for (int i = 0; i < steps->n; i++)
        (void)dnnl_primitive_destroy(steps->items[i].primitive);
    free(steps->items);
    *steps = (cnn_steps){0};
}
