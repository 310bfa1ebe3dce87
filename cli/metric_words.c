/*
 * Values are finite numbers: NaN is how a missing value is kept, and a NaN that somebody typed
 * would silently become one.  A metric that comes twice is refused, as nobody can tell which is
 * right.
 */
#include "metric_words.h"

#include "message.h"
#include "quantity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One word into *ret; its name is a copy. The name ends at the first =, as no metric has one in its
 * name; the value is all the rest. */
static int read_word(cli_state *cli, const char *word, ecopt_metric_value *ret)
{
    const char *equals = strchr(word, '=');
    if (!equals || equals == word) {
        cli_error(cli, "'%s' is not METRIC=VALUE", word);
        return CLI_EXIT_USAGE;
    }
    double value = 0.0;
    if (!cli_parse_number(equals + 1, &value)) {
        cli_error(cli, "%.*s: '%s' is not a finite number", (int)(equals - word), word, equals + 1);
        return CLI_EXIT_USAGE;
    }
    ret->name = strndup(word, (size_t)(equals - word));
    ret->value = value;
    ret->u95 = (double)NAN;
    if (!ret->name) {
        cli_error(cli, "out of memory");
        return CLI_EXIT_ERROR;
    }
    return CLI_EXIT_OK;
}

/* Checked against each earlier word: there are a handful of them, a table would be longer. Room for
 * one more than none, so that a list without words is no failure. */
int cli_metric_words(cli_state *cli, char *const *words, size_t n, ecopt_metric_value **ret_metrics,
                     size_t *ret_n)
{
    ecopt_metric_value *metrics = calloc(n + 1, sizeof *metrics);
    if (!metrics) {
        cli_error(cli, "out of memory");
        return CLI_EXIT_ERROR;
    }
    int code = CLI_EXIT_OK;
    for (size_t i = 0; i < n && code == CLI_EXIT_OK; i++) {
        code = read_word(cli, words[i], &metrics[i]);
        for (size_t j = 0; j < i && code == CLI_EXIT_OK; j++) {
            if (strcmp(metrics[i].name, metrics[j].name) == 0) {
                cli_error(cli, "%s is given twice", metrics[i].name);
                code = CLI_EXIT_USAGE;
            }
        }
    }
    if (code != CLI_EXIT_OK) {
        cli_metric_words_free(metrics, n);
        return code;
    }
    *ret_metrics = metrics;
    *ret_n = n;
    return code;
}

/* Also for a list that was only begun: names that are not there yet are NULL. */
void cli_metric_words_free(ecopt_metric_value *metrics, size_t n)
{
    if (!metrics)
        return;
    for (size_t i = 0; i < n; i++) {
        union {
            const char *constant;
            char *owned;
        } name = {metrics[i].name}; /* the struct is the library's, the names are ours */
        free(name.owned);
    }
    free(metrics);
}
