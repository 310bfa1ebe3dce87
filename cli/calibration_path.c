#include "calibration_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MACHINE_PATH "/etc/ecopt/calibration"

static const char *text_of(const char *name)
{
    const char *text = getenv(name);
    return text && text[0] ? text : NULL;
}

/* XDG base directory specification 0.8; NULL when there is no home, or it is too long. */
static const char *own_path(char room[CLI_CALIBRATION_PATH_B])
{
    const char *config = text_of("XDG_CONFIG_HOME"), *home = text_of("HOME");
    if (!config && !home)
        return NULL;
    int n = config ? snprintf(room, CLI_CALIBRATION_PATH_B, "%s/ecopt/calibration", config)
                   : snprintf(room, CLI_CALIBRATION_PATH_B, "%s/.config/ecopt/calibration", home);
    return n > 0 && n < CLI_CALIBRATION_PATH_B ? room : NULL;
}

const char *cli_calibration_to_read(char room[CLI_CALIBRATION_PATH_B])
{
    const char *named = text_of("ECOPT_CALIBRATION"), *own = named ? NULL : own_path(room);
    return named ? named : own && access(own, F_OK) == 0 ? own : NULL;
}

const char *cli_calibration_to_write(char room[CLI_CALIBRATION_PATH_B])
{
    const char *named = text_of("ECOPT_CALIBRATION");
    return named ? named : geteuid() == 0 ? MACHINE_PATH : own_path(room);
}
