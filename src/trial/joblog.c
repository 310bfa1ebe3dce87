#include <ecopt/process.h>

#include "core/fs.h"
#include "core/str.h"
#include "trial/pool.h"
#include "trial/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Most metrics of one line; keeps it far below what one write takes as a whole. */
enum { METRICS_MAX = 256 };

/*
 * Stricter than what is read back (pool.c): names come from the command line here, and a mistake is
 * told at once to the one who made it, instead of turning up as a missing metric after the trial.
 */
static ecopt_status check_name(ecopt_ctx *ctx, const char *name)
{
    size_t n = strlen(name);
    bool is_good = n > 0 && n <= ECO_POOL_NAME_MAX_B;
    for (size_t i = 0; i < n && is_good;) {
        size_t length = eco_utf8_length(name + i, n - i);
        is_good = length > 0 && (unsigned char)name[i] >= 0x20 && name[i] != 0x7f;
        i += length;
    }
    return is_good ? ECOPT_OK : eco_fail(ctx, ECOPT_E_NAME, "not a metric's name: '%s'", name);
}

/*
 * The number is parsed and printed anew: "0x10", "1_000" or "1,5" would make a line that is no
 * JSON, and only the reader would see that.  NaN and infinity pass, as they are the truth about a
 * failed training; the reader makes a failed trial of them and says why.
 */
static ecopt_status add_metric(ecopt_ctx *ctx, eco_str *out, const char *name, const char *value)
{
    char text[ECO_DOUBLE_TEXT_B];
    double number;
    ECO_TRY(check_name(ctx, name));
    if (!eco_parse_double(value, &number)) {
        if (strcasecmp(value, "nan") != 0 && strcasecmp(value, "-nan") != 0)
            return eco_fail(ctx, ECOPT_E_PARSE, "'%s' is not a number: '%s'", name, value);
        number = (double)NAN;
    }
    eco_format_double(number, text);
    eco_str_add_char(out, '"');
    for (const char *c = name; *c; c++) {
        if (*c == '"' || *c == '\\')
            eco_str_add_char(out, '\\');
        eco_str_add_char(out, *c);
    }
    eco_str_addf(out, "\": %s", text);
    return ECOPT_OK;
}

/* One write: with O_APPEND the kernel puts it behind whatever others wrote meanwhile. */
/*
 * O_CREAT without O_TRUNC: the first writer makes the file, whoever that is.  No lock is taken: on
 * local file systems a write with O_APPEND is atomic with regard to others, and programs that log
 * from many processes are the ones that cannot wait for each other.
 */
static ecopt_status append(ecopt_ctx *ctx, const char *path, const eco_str *line)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return eco_fail(ctx, errno == ENOENT ? ECOPT_E_NOT_FOUND : ECOPT_E_IO,
                        "cannot open '%s': %s", path, strerror(errno));
    ssize_t written;
    do
        written = write(fd, eco_str_text(line), line->length);
    while (written < 0 && errno == EINTR);
    /* A write that came short has already left half a line; the reader skips it with a note. */
    int cause = written < 0 ? errno : (size_t)written < line->length ? ENOSPC : 0;
    if (close(fd) != 0 && cause == 0)
        cause = errno;
    if (cause)
        return eco_fail(ctx, ECOPT_E_IO, "cannot write '%s': %s", path, strerror(cause));
    return ECOPT_OK;
}

ecopt_status ecopt_log_append(ecopt_ctx *ctx, const char *path, size_t n, const char *const *names,
                              const char *const *values)
{
    if (!path || !*path) {
        ecopt_status status = eco_fail(ctx, ECOPT_E_ARG, "$ECOPT_LOG is not set");
        return eco_hint(ctx, status, "this only works inside a program that ecopt runs");
    }
    if (n < 1 || n > METRICS_MAX)
        return eco_fail(ctx, ECOPT_E_ARG, "1 to %d metrics can be logged at once", METRICS_MAX);
    eco_str line = ECO_STR_INIT(ctx);
    ecopt_status status = ECOPT_OK;
    eco_str_add_char(&line, '{');
    for (size_t i = 0; i < n && status == ECOPT_OK; i++) {
        eco_str_add(&line, i ? ", " : "");
        status = add_metric(ctx, &line, names[i], values[i]);
    }
    eco_str_add(&line, "}\n");
    if (status == ECOPT_OK)
        status = eco_str_status(&line);
    if (status == ECOPT_OK)
        status = append(ctx, path, &line);
    eco_str_release(&line);
    return status;
}
