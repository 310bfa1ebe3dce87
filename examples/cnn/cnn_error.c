/* Failure messages and exit statuses. */
#include "cnn_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

cnn_status(cnn_fail)(cnn_error *err, cnn_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return status;
}

/*
 * ecopt passes the status in the environment rather than fixing one number, because any fixed
 * number may already mean something else in a program that is older than ecopt.
 */
static int infeasible_exit(void)
{
    const char *text = getenv("ECOPT_EXIT_INFEASIBLE");
    if (text == NULL || *text == '\0')
        return 1;
    char *end = NULL;
    long value = strtol(text, &end, 10);
    return *end == '\0' && value >= 1 && value <= 255 ? (int)value : 1;
}

int cnn_exit_status(cnn_status status)
{
    switch (status) {
    case CNN_OK:
        return 0;
    case CNN_E_USAGE:
        return 2;
    case CNN_E_DIVERGED:
        return 3;
    case CNN_E_INFEASIBLE:
        return infeasible_exit();
    case CNN_E_INPUT:
        break; /* no default label: the compiler then names a status that is forgotten here */
    }
    return 1;
}
