/*
 * What the program says to people: errors, warnings, hints and notes, all on stderr.
 *
 * Texts are lower case without full stop.  Control characters in them (they may quote file names
 * and what programs print) are replaced, so nothing can steer the terminal.  Colour only where
 * cli.has_color says so.  -q silences notes and warnings, never errors.
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "cli.h"

#include <ecopt/definition.h>

/** Decides on colour: "always", "never", or "auto": a terminal, no NO_COLOR, TERM not dumb. */
bool cli_wants_color(const char *mode, int fd);

/** `error: ...` */
void cli_error(cli_state *cli, const char *format, ...) ECOPT_PRINTF(2, 3);

/** `warning: ...`, not with -q. */
void cli_warning(cli_state *cli, const char *format, ...) ECOPT_PRINTF(2, 3);

/** ` hint: ...`, after an error or a warning. */
void cli_hint(cli_state *cli, const char *format, ...) ECOPT_PRINTF(2, 3);

/** A line without a label, not with -q. */
void cli_note(cli_state *cli, const char *format, ...) ECOPT_PRINTF(2, 3);

/** The library's last error with its hint. @return the exit code that belongs to it */
int cli_fail(cli_state *cli, ecopt_status status);

/** One remark about a study file with its place and hint; an ecopt_diagnostic_fn, user = cli. */
void cli_diagnostic(void *user, const ecopt_diagnostic *diagnostic);

/** The library's log; an ecopt_log_fn, user = cli. */
void cli_log(void *user, ecopt_log_level level, const char *message);

/**
 * Takes stderr and has_status_line for more than one message; nothing to do while there is one
 * thread.  May be nested; every lock is followed by its unlock.
 */
void cli_screen_lock(cli_state *cli);
void cli_screen_unlock(cli_state *cli);

/** Replaces control characters (all but newline and tab) in place by '?'. */
void cli_sanitize(char *text);

#endif
