/*
 * What tests of the program share: stderr as text.
 */
#ifndef CLI_TEST_H
#define CLI_TEST_H

#include "support/eco_test.h"

#include <stdio.h>
#include <stdlib.h>

/** stderr while it is caught, and what came since. */
typedef struct cli_said {
    FILE *kept;
    char *text;
    size_t length;
} cli_said;

/** Catches what is written to the stream stderr (not to the descriptor 2). */
static inline void cli_said_start(cli_said *said)
{
    said->text = NULL;
    said->kept = stderr;
    stderr = open_memstream(&said->text, &said->length);
    assert_non_null(stderr);
}

/** Gives stderr back; the text is said->text until cli_said_release. */
static inline void cli_said_stop(cli_said *said)
{
    (void)fclose(stderr);
    stderr = said->kept;
}

static inline void cli_said_release(cli_said *said)
{
    free(said->text);
    said->text = NULL;
}

/** Stops, compares and releases. */
static inline void cli_said_is(cli_said *said, const char *expected)
{
    cli_said_stop(said);
    assert_string_equal(said->text, expected);
    cli_said_release(said);
}

#endif
