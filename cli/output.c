/*
 * Results are made in memory and written at the end.  A command that fails half way then leaves no
 * half of a table behind, and there is one place where a full disk has to be noticed.
 *
 * Files are replaced by rename, as the old content is often the only copy of an earlier result. The
 * new one is not synced to disk first: a power cut may lose what can be made again by the same
 * command, and waiting for the disk would be felt with each of them.
 *
 * Formats of results are the library's (report.h); what is made here is the JSON of the few
 * commands that have no report, with the same rules: null for what is not known, numbers that read
 * back the same.
 */
#include "output.h"

#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0 or errno. A short write is no error: pipes take what fits, and the rest is tried again, where a
 * full disk then shows. */
static int write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, text, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        text += n;
        length -= (size_t)n;
    }
    return 0;
}

/* For devices and pipes, where a rename would replace the device. Closing can fail too (a full disk
 * behind a network), and the first error is the one to tell. */
static int write_direct(const char *path, const char *text, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno;
    int error = write_all(fd, text, length);
    if (close(fd) < 0 && error == 0)
        error = errno;
    return error;
}

/* A new file of the same folder takes the name when it is complete. The temporary file is in the
 * folder of the target because a rename works only within a file system. It is made private and
 * gets its mode when it is complete. */
static int write_renamed(const char *path, const char *text, size_t length, mode_t mode)
{
    char *temporary = NULL;
    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        return ENOMEM;
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        int error = errno;
        free(temporary);
        return error;
    }
    int error = write_all(fd, text, length);
    if (error == 0 && fchmod(fd, mode) < 0)
        error = errno;
    if (close(fd) < 0 && error == 0)
        error = errno;
    /* Only a complete file takes the name; until then the old one stands there untouched. */
    if (error == 0 && rename(temporary, path) < 0)
        error = errno;
    if (error != 0)
        (void)unlink(temporary);
    free(temporary);
    return error;
}

/* Decides by what stands there now; a link is written through. The mask can only be read by setting
 * it; there is one thread here. What stands there keeps its mode, as rewriting in place would. */
static int write_file(const char *path, const char *text, size_t length)
{
    struct stat status;
    if (lstat(path, &status) < 0) {
        if (errno != ENOENT)
            return errno;
        mode_t mask = umask(0);
        (void)umask(mask);
        return write_renamed(path, text, length, 0666 & ~mask);
    }
    if (S_ISREG(status.st_mode))
        return write_renamed(path, text, length, status.st_mode & 07777);
    return write_direct(path, text, length);
}

/* A reader that has gone away (EPIPE) is no news to anybody, but it is not a success either. */
int cli_write(cli_state *cli, const char *path, const char *text, size_t length)
{
    bool is_stdout = !path || strcmp(path, "-") == 0;
    int error = is_stdout ? write_all(STDOUT_FILENO, text, length) : write_file(path, text, length);
    if (error == 0)
        return CLI_EXIT_OK;
    if (error != EPIPE) {
        if (is_stdout)
            cli_error(cli, "cannot write to stdout: %s", strerror(error));
        else
            cli_error(cli, "cannot write '%s': %s", path, strerror(error));
    }
    return CLI_EXIT_ERROR;
}

/* A missing -o is stdout, as is `-o -`. */
int cli_write_result(cli_state *cli, const cli_args *args, const char *text)
{
    return cli_write(cli, cli_args_text(args, "output"), text, strlen(text));
}

/* --json wins wherever it stands: it is the shorter way to say the same, not another option. */
ecopt_format cli_args_format(const cli_args *args)
{
    const char *format = cli_args_text(args, "format");
    if (cli_args_has(args, "json") || (format && strcmp(format, "json") == 0))
        return ECOPT_FORMAT_JSON;
    if (format && strcmp(format, "csv") == 0)
        return ECOPT_FORMAT_CSV;
    return ECOPT_FORMAT_TABLE;
}

/* Bytes of the UTF-8 character at `c`, 0 when it is malformed (RFC 3629; overlong forms and
 * surrogates are). */
static size_t utf8_length(const unsigned char *c)
{
    size_t length = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    if (c[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
        (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
        return 0;
    return length;
}

/* Bytes that are no UTF-8 become U+FFFD one by one, so that a file name in an old encoding cannot
 * make the whole document unreadable. */
void cli_json_string(FILE *file, const char *text)
{
    fputc('"', file);
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        size_t length = utf8_length(c);
        if (*c == '"' || *c == '\\')
            fprintf(file, "\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f)
            fprintf(file, "\\u%04x", *c);
        else if (length == 0)
            fputs("\\ufffd", file);
        else
            fwrite(c, 1, length, file);
        c += length > 0 ? length : 1;
    }
    fputc('"', file);
}

/* JSON has neither NaN nor infinity; null is how all our documents say not known. */
void cli_json_number(FILE *file, double number)
{
    if (!isfinite(number)) {
        fputs("null", file);
        return;
    }
    /* The shortest form that reads back the same. */
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        double back = strtod(text, NULL);
        if (!(back < number) && !(back > number))
            break;
    }
    fputs(text, file);
}
