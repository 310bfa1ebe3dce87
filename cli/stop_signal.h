/*
 * Signals that end the program, and what becomes of them.
 */
#ifndef CLI_STOP_SIGNAL_H
#define CLI_STOP_SIGNAL_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/** Processes that signals can be passed to. */
#define CLI_STOP_CHILDREN 256

/**
 * A study: the first of INT, TERM and HUP asks to finish, the second kills.  A second one that
 * comes at once counts as the first: batch systems signal a process and its group alike.
 *
 * @param[in] is_quiet  says nothing
 * @return the flag that the first one sets
 */
const volatile sig_atomic_t *cli_stop_signal_catch(bool is_quiet);

/** From now on such signals reach process `pid`, too: TERM for the first one, KILL for the second;
 * at once when the first was there already.  At most CLI_STOP_CHILDREN. */
void cli_stop_signal_pass_to(pid_t pid);

/** No longer: the process was waited for. */
void cli_stop_signal_forget(pid_t pid);

/**
 * A single command: INT and QUIT reach it from the terminal by themselves and are for it alone;
 * TERM and HUP come to ecopt only and ask to end it.
 *
 * @return the flag that TERM and HUP set
 */
const volatile sig_atomic_t *cli_stop_signal_leave(void);

/**
 * A recording: the first of INT, TERM and HUP ends it, the second kills.
 *
 * @return the flag that the first one sets
 */
const volatile sig_atomic_t *cli_stop_signal_end(void);

#endif
