/*
 * The first signal asks, the second one insists.  A study that is stopped by the first has its
 * state saved; someone who presses Ctrl-C twice wants the prompt back more than that, and
 * everything that was complete is in the store anyway.
 */
#include "stop_signal.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* The only state a handler can reach. Never reset: a program that was told to stop does not start
 * anything new. */
static volatile sig_atomic_t is_stopping;

/* Only calls that are safe in a handler (write, signal, raise). The default handler comes back for
 * the second one, so that the parent sees a death by that signal. */
static void on_signal(int number)
{
    static const char text[] = "\nstopping: the current trial is put back, the state is saved "
                               "(once more to leave at once)\n";
    if (is_stopping) {
        /* The programs that run are ended by their supervisor when this process is gone. */
        (void)signal(number, SIG_DFL);
        (void)raise(number);
        return;
    }
    is_stopping = 1;
    ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);
    (void)n;
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
    (void)sigemptyset(&action.sa_mask);
    /* nohup: what was ignored stays ignored. */
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        (void)sigaction(number, &action, NULL);
}

/* HUP too: a closed terminal is as good a reason to save the state as Ctrl-C. */
const volatile sig_atomic_t *cli_stop_signal_catch(void)
{
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
