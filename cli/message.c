/*
 * Everything that is said goes through one function, for three reasons: a live line must be removed
 * first, the lines of two threads must not mix, and what programs print must not steer the
 * terminal.
 *
 * A message is put together in memory and written whole: it may be longer than any buffer that
 * would be reasonable here, and half of it on the screen would be worse than none.
 *
 * Control characters are replaced here and not by those who call, so that a new message cannot
 * forget it.
 */
#include "message.h"

#include "exit_code.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RED    "\033[1;31m"
#define YELLOW "\033[1;33m"
#define CYAN   "\033[36m"
#define RESET  "\033[0m"

/* NO_COLOR: https://no-color.org, counts when set and not empty. */
bool cli_wants_color(const char *mode, int fd)
{
    if (mode && strcmp(mode, "always") == 0)
        return true;
    if (mode && strcmp(mode, "never") == 0)
        return false;
    const char *no_color = getenv("NO_COLOR");
    if (no_color && no_color[0] != '\0')
        return false;
    const char *term = getenv("TERM");
    return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

/* Bytes above 0x7f stay: they are UTF-8, or what a file is named, and no terminal in use today
 * obeys the control characters of ISO 8859 there. In place and never longer, so it cannot fail
 * while an error is being told. */
void cli_sanitize(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if ((*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f)
            *c = '?';
}

/* No pointer, no second thread: nearly all commands, and all of them before and after a run. */
void cli_screen_lock(cli_state *cli)
{
    if (cli->screen)
        (void)pthread_mutex_lock(cli->screen);
}

void cli_screen_unlock(cli_state *cli)
{
    if (cli->screen)
        (void)pthread_mutex_unlock(cli->screen);
}

static void say(cli_state *cli, const char *color, const char *label, const char *format,
                va_list list) ECOPT_PRINTF(4, 0);

/* One message in one write, so that lines of several processes do not mix. The status line is wiped
 * first and is drawn again by the next tick, below the message. */
static void say(cli_state *cli, const char *color, const char *label, const char *format,
                va_list list)
{
    char *body = NULL;
    if (vasprintf(&body, format, list) < 0)
        return;
    cli_sanitize(body);
    cli_screen_lock(cli);
    if (cli->has_status_line) {
        fputs("\r\033[K", stderr);
        cli->has_status_line = false;
    }
    if (cli->has_color && color)
        fprintf(stderr, "%s%s%s%s\n", color, label, RESET, body);
    else
        fprintf(stderr, "%s%s\n", label, body);
    fflush(stderr);
    cli_screen_unlock(cli);
    free(body);
}

/* Also with -q: what went wrong is a result. */
void cli_error(cli_state *cli, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say(cli, RED, "error: ", format, list);
    va_end(list);
}

void cli_warning(cli_state *cli, const char *format, ...)
{
    if (cli->is_quiet)
        return;
    va_list list;
    va_start(list, format);
    say(cli, YELLOW, "warning: ", format, list);
    va_end(list);
}

/* With -q too: it belongs to the error above it, which is said with -q. */
void cli_hint(cli_state *cli, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say(cli, CYAN, " hint: ", format, list);
    va_end(list);
}

/* No label and no colour: it is the program speaking in its normal voice. */
void cli_note(cli_state *cli, const char *format, ...)
{
    if (cli->is_quiet)
        return;
    va_list list;
    va_start(list, format);
    say(cli, NULL, "", format, list);
    va_end(list);
}

/* The context has the words of the failure that was last; a status alone has but a general text,
 * and is all there is when memory ran out. */
int cli_fail(cli_state *cli, ecopt_status status)
{
    const char *message = ecopt_ctx_errmsg(cli->ctx);
    cli_error(cli, "%s", message[0] ? message : ecopt_status_message(status));
    const char *hint = ecopt_ctx_errhint(cli->ctx);
    if (hint[0])
        cli_hint(cli, "%s", hint);
    return cli_exit_of_status(status);
}

/* In the form of compilers (rustc's), which editors know how to jump to. The place follows on lines
 * of its own and so goes past the lock of the screen; files are read before a run, when there is
 * one thread only. */
void cli_diagnostic(void *user, const ecopt_diagnostic *diagnostic)
{
    cli_state *cli = user;
    const char *colon = diagnostic->key[0] ? ": " : "";
    if (diagnostic->is_error)
        cli_error(cli, "%s%s%s", diagnostic->key, colon, diagnostic->message);
    else
        cli_warning(cli, "%s%s%s", diagnostic->key, colon, diagnostic->message);
    /* With -q the place of a warning that was not said must not be said either. */
    if (!diagnostic->is_error && cli->is_quiet)
        return;

    if (diagnostic->line > 0)
        fprintf(stderr, "   --> %s:%zu:%zu\n", diagnostic->file, diagnostic->line,
                diagnostic->column);
    else
        fprintf(stderr, "   --> %s\n", diagnostic->file);
    /* A long line is shown around the place meant; the caret would be off with tabs. */
    if (diagnostic->source[0]) {
        char line[100];
        int n = snprintf(line, sizeof line, "%s", diagnostic->source);
        cli_sanitize(line);
        fprintf(stderr, "    |   %s%s\n", line, n >= (int)sizeof line ? "..." : "");
    }
    if (diagnostic->hint[0])
        fprintf(stderr, "    = hint: %s\n", diagnostic->hint);
}

/* An error that the library logs is not one of the command: that comes as a status.  So it is shown
 * as a warning and does not change the exit code. */
void cli_log(void *user, ecopt_log_level level, const char *message)
{
    cli_state *cli = user;
    if (level == ECOPT_LOG_ERROR || level == ECOPT_LOG_WARNING)
        cli_warning(cli, "%s", message);
    else if (cli->is_verbose)
        cli_note(cli, "%s: %s", level == ECOPT_LOG_INFO ? "info" : "debug", message);
}
