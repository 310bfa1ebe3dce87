#include "stop_signal.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* The only state a handler can reach. */
static volatile sig_atomic_t is_stopping;

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

const volatile sig_atomic_t *cli_stop_signal_catch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        /* nohup: what was ignored stays ignored. */
        struct sigaction old;
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
            continue;
        (void)sigaction(numbers[i], &action, NULL);
    }
    return &is_stopping;
}
