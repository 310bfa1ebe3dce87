/*
 * Ctrl-C and TERM: the first asks to finish, the second kills.
 */
#ifndef CLI_STOP_SIGNAL_H
#define CLI_STOP_SIGNAL_H

#include <signal.h>

/** Catches INT, TERM and HUP from now on. @return the flag that the first one sets */
const volatile sig_atomic_t *cli_stop_signal_catch(void);

#endif
