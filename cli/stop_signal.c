/*
 * The first signal asks, the second one insists.  A study that is stopped by the first has its
 * state saved; someone who presses Ctrl-C twice wants the prompt back more than that, and
 * everything that was complete is in the store anyway.
 */
#include "stop_signal.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The only state a handler can reach. Never reset: a program that was told to stop does not start
 * anything new. */
static volatile sig_atomic_t is_stopping;

/* Set before the handlers are. */
static volatile sig_atomic_t is_silent;

/* Processes that are told, too; 0 is a free place. Written by one thread at a time between signals
 * and read by the handler: each place is one atomic number. */
static volatile sig_atomic_t children[CLI_STOP_CHILDREN];

/* When the first signal came, in milliseconds of the monotonic clock, cut to what an atomic number
 * holds: only differences of a moment matter. */
static volatile sig_atomic_t first_ms;

/* Within it a second signal is the first one that came twice. */
#define SAME_SIGNAL_MS 200

static sig_atomic_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (sig_atomic_t)((now.tv_sec % 1000000) * 1000 + now.tv_nsec / 1000000);
}

static void tell_children(int number)
{
    for (int i = 0; i < CLI_STOP_CHILDREN; i++)
        if (children[i] > 0)
            (void)kill((pid_t)children[i], number);
}

/* Only calls that are safe in a handler (write, signal, raise, kill, clock_gettime). The default
 * handler comes back for the second one, so that the parent sees a death by that signal. */
static void on_signal(int number)
{
    static const char text[] = "\nstopping: the current trial is put back, the state is saved "
                               "(once more to leave at once)\n";
    int before = errno;
    if (is_stopping) {
        if (now_ms() - first_ms < SAME_SIGNAL_MS) {
            errno = before;
            return;
        }
        /* The programs that run are ended by their supervisor when this process is gone. */
        tell_children(SIGKILL);
        (void)signal(number, SIG_DFL);
        (void)raise(number);
        return;
    }
    first_ms = now_ms();
    is_stopping = 1;
    tell_children(SIGTERM);
    if (!is_silent) {
        ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);
        (void)n;
    }
    errno = before;
}

void cli_stop_signal_pass_to(pid_t pid)
{
    for (int i = 0; i < CLI_STOP_CHILDREN; i++) {
        if (children[i] == 0) {
            children[i] = pid;
            break;
        }
    }
    /* A signal that came before the process was listed. */
    if (is_stopping)
        (void)kill(pid, SIGTERM);
}

void cli_stop_signal_forget(pid_t pid)
{
    for (int i = 0; i < CLI_STOP_CHILDREN; i++)
        if (children[i] == pid)
            children[i] = 0;
}

/* For `measure`: the flag is looked at between runs and while idle. */
static void on_end(int number)
{
    (void)number;
    is_stopping = 1;
}

/* For `record`: nothing is lost by ending, so nothing is said. */
static void on_enough(int number)
{
    is_stopping = 1;
    (void)signal(number, SIG_DFL);
}

/* Not SIG_IGN: that would be handed on to the command. */
static void on_nothing(int number)
{
    (void)number;
}

/* Without SA_RESTART: a wait has to come back so that the flag is looked at. */
static void catch_signal(int number, void (*handler)(int))
{
    struct sigaction action, old;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    /* One handler at a time: they share what they know of the first signal. */
    (void)sigfillset(&action.sa_mask);
    /* nohup: what was ignored stays ignored. */
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        (void)sigaction(number, &action, NULL);
}

/* HUP too: a closed terminal is as good a reason to save the state as Ctrl-C. */
const volatile sig_atomic_t *cli_stop_signal_catch(bool is_quiet)
{
    is_silent = is_quiet;
    catch_signal(SIGINT, on_signal);
    catch_signal(SIGTERM, on_signal);
    catch_signal(SIGHUP, on_signal);
    return &is_stopping;
}

/* Ctrl-C at the terminal reaches the command and ecopt alike.  The command decides what it means,
 * and ecopt has to live to report what it took. */
const volatile sig_atomic_t *cli_stop_signal_leave(void)
{
    catch_signal(SIGINT, on_nothing);
    catch_signal(SIGQUIT, on_nothing);
    catch_signal(SIGTERM, on_end);
    catch_signal(SIGHUP, on_end);
    return &is_stopping;
}

const volatile sig_atomic_t *cli_stop_signal_end(void)
{
    catch_signal(SIGINT, on_enough);
    catch_signal(SIGTERM, on_enough);
    catch_signal(SIGHUP, on_enough);
    return &is_stopping;
}
