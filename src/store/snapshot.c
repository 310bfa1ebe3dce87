/*
 * States by name, and what is common to all backends' snapshots: each is one arena behind one
 * handle, so that freeing is the same whoever filled it.
 */
#include <ecopt/snapshot.h>

#include "store/backend.h"

#include <string.h>

/* No default label: a state that is added without its word is a warning of the compiler. The text
 * behind the switch is for a number that is none of the enum's. */
const char *ecopt_trial_state_name(ecopt_trial_state state)
{
    switch (state) {
#define STATE_NAME(name, text) \
    case ECOPT_TRIAL_##name:   \
        return text;
        ECOPT_TRIAL_STATE_MAP(STATE_NAME)
#undef STATE_NAME
    }
    return "state out of range";
}

/* Exact words only. Stores and scripts of other versions are compared with them, so they are as
 * fixed as the schema. */
bool ecopt_trial_state_parse(const char *text, ecopt_trial_state *ret_state)
{
    /* In the order of the enum, from the same list as the names: the index is the state. */
    static const char *const names[] = {
#define STATE_TEXT(name, text) text,
        ECOPT_TRIAL_STATE_MAP(STATE_TEXT)
#undef STATE_TEXT
    };
    for (size_t i = 0; text && i < ECO_LEN(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_state = (ecopt_trial_state)i;
            return true;
        }
    }
    return false;
}

/* As for the states. */
const char *ecopt_cause_name(ecopt_cause cause)
{
    switch (cause) {
#define CAUSE_NAME(name, text) \
    case ECOPT_CAUSE_##name:   \
        return text;
        ECOPT_CAUSE_MAP(CAUSE_NAME)
#undef CAUSE_NAME
    }
    return "cause out of range";
}

/* Exact words, as fixed as those of the states. */
bool ecopt_cause_parse(const char *text, ecopt_cause *ret_cause)
{
    static const char *const names[] = {
#define CAUSE_TEXT(name, text) text,
        ECOPT_CAUSE_MAP(CAUSE_TEXT)
#undef CAUSE_TEXT
    };
    for (size_t i = 0; text && i < ECO_LEN(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_cause = (ecopt_cause)i;
            return true;
        }
    }
    return false;
}

/* As for the states. */
const char *ecopt_wanted_name(ecopt_wanted wanted)
{
    switch (wanted) {
#define WANTED_NAME(name, text) \
    case ECOPT_WANTED_##name:   \
        return text;
        ECOPT_WANTED_MAP(WANTED_NAME)
#undef WANTED_NAME
    }
    return "wish out of range";
}

/* A trial has tens of metrics and is asked for few: a search from the front is enough. */
const ecopt_metric_value *ecopt_trial_metric(const ecopt_trial *trial, const char *name)
{
    for (size_t i = 0; i < trial->n_metrics; i++)
        if (strcmp(trial->metrics[i].name, name) == 0)
            return &trial->metrics[i];
    return NULL;
}

/* The public pointer is the address of the whole, see backend.h. The handle that holds the arena is
 * no part of it and goes last. */
void ecopt_snapshot_free(ecopt_ctx *ctx, ecopt_snapshot *snapshot)
{
    if (!snapshot)
        return;
    eco_snapshot *whole = (eco_snapshot *)(void *)snapshot;
    eco_arena_release(&whole->arena);
    eco_free(ctx, whole);
}

/* As above. Rows, points and numbers are all in the arena, so there is nothing to walk. */
void eco_store_history_free(ecopt_ctx *ctx, eco_store_history *history)
{
    if (!history)
        return;
    eco_history_block *whole = (eco_history_block *)(void *)history;
    eco_arena_release(&whole->arena);
    eco_free(ctx, whole);
}

void eco_running_list_free(ecopt_ctx *ctx, eco_running_list *list)
{
    if (!list)
        return;
    /* The list is the first member of its block. */
    eco_running_block *block = (eco_running_block *)(void *)list;
    eco_arena_release(&block->arena);
    eco_free(ctx, block);
}
