/*
 * cnn_error.h - how the functions of ecopt-cnn say that something went wrong.
 *
 * Every fallible function returns a cnn_status and takes a `cnn_error *` that receives one line of
 * text for a person.  Only main() prints it and turns the status into the exit status.  The error
 * is a plain struct of the caller: no allocation, nothing to free, one per thread.
 */
#ifndef CNN_ERROR_H
#define CNN_ERROR_H

/** Outcome of a call; the exit status of the program follows from it (see cnn_exit_status). */
typedef enum cnn_status {
    CNN_OK = 0,            /**< done */
    CNN_E_INPUT = -1,      /**< a file, the memory or oneDNN failed: exit 1 */
    CNN_E_USAGE = -2,      /**< the command line is wrong: exit 2 */
    CNN_E_DIVERGED = -3,   /**< the loss left the real numbers: exit 3 */
    CNN_E_INFEASIBLE = -4, /**< this configuration cannot work: exit $ECOPT_EXIT_INFEASIBLE or 1 */
} cnn_status;

/** Text of the latest failure; empty string when there was none. */
typedef struct cnn_error {
    char text[320];
} cnn_error;

/** Passes a failure on to the caller; only for functions that hold nothing to release. */
#define CNN_TRY(expr)                    \
    do {                                 \
        cnn_status try_status_ = (expr); \
        if (try_status_ != CNN_OK)       \
            return try_status_;          \
    } while (0)

/**
 * Writes the message (printf format) into `err` and returns `status`, so that a failing function
 * ends in one line.  A message longer than the buffer is cut.
 */
cnn_status cnn_fail(cnn_error *err, cnn_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__
/* The analyser looks at one file at a time, so it must be told that the argument is returned. */
#define cnn_fail(err, status, ...) ((void)(cnn_fail)((err), (status), __VA_ARGS__), (status))
#endif

/**
 * Exit status of the program for a status.
 *
 * ecopt sets the environment variable ECOPT_EXIT_INFEASIBLE to the exit status by which a trial
 * says "this point cannot work"; without it, or when it is no number in 1..255, such a trial exits
 * with 1 as any other failure.
 */
int cnn_exit_status(cnn_status status);

#endif
