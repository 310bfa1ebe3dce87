/*
 * The public face of command_words: words that outlive the call, in one block.
 */
#include <ecopt/definition.h>

#include "config/command_words.h"

#include <string.h>

/* Pointers first, then the texts, so that one free is enough. */
static ecopt_status pack(ecopt_ctx *ctx, const char *const *words, size_t n, char ***ret_argv)
{
    size_t size_b = (n + 1) * sizeof(char *);
    for (size_t i = 0; i < n; i++)
        size_b += strlen(words[i]) + 1;
    char **argv = eco_alloc(ctx, size_b, 1);
    if (!argv)
        return ECOPT_E_NOMEM;
    char *text = (char *)(argv + n + 1);
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(words[i]) + 1;
        memcpy(text, words[i], length);
        argv[i] = text;
        text += length;
    }
    *ret_argv = argv;
    return ECOPT_OK;
}

ecopt_status ecopt_command_split(ecopt_ctx *ctx, const char *text, char ***ret_argv, size_t *ret_n)
{
    if (!text || !ret_argv)
        return eco_fail(ctx, ECOPT_E_ARG, "a command line and room for its words must be given");
    eco_arena arena = ECO_ARENA_INIT(ctx);
    eco_words_error error;
    const char *const *words = NULL;
    size_t n = 0;
    ecopt_status status = eco_words_split(&arena, text, &words, &n, &error);
    if (status == ECOPT_OK && n == 0)
        status = eco_fail(ctx, ECOPT_E_ARG, "the command line is empty");
    if (status == ECOPT_OK)
        status = pack(ctx, words, n, ret_argv);
    eco_arena_release(&arena);
    if (status == ECOPT_E_PARSE)
        return eco_hint(ctx, status, "no shell runs it: quote the character, or use sh -c '...'");
    if (status == ECOPT_OK && ret_n)
        *ret_n = n;
    return status;
}

void ecopt_command_free(ecopt_ctx *ctx, char **argv)
{
    eco_free(ctx, argv);
}
