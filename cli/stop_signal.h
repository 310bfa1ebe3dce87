/*
 * Signals that end the program, and what becomes of them.
 */
#ifndef CLI_STOP_SIGNAL_H
#define CLI_STOP_SIGNAL_H

#include <signal.h>

/**
 * A study: the first of INT, TERM and HUP asks to finish, the second kills.
 *
 * @return the flag that the first one sets
 */
const volatile sig_atomic_t *cli_stop_signal_catch(void);

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
