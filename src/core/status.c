#include <ecopt/status.h>

const char *ecopt_status_name(ecopt_status status)
{
    switch (status) {
#define STATUS_NAME(name, value, message) \
    case ECOPT_##name:                    \
        return "ECOPT_" #name;
        ECOPT_STATUS_MAP(STATUS_NAME)
#undef STATUS_NAME
    }
    return "ECOPT_STATUS_OUT_OF_RANGE";
}

const char *ecopt_status_message(ecopt_status status)
{
    switch (status) {
#define STATUS_MESSAGE(name, value, message) \
    case ECOPT_##name:                       \
        return message;
        ECOPT_STATUS_MAP(STATUS_MESSAGE)
#undef STATUS_MESSAGE
    }
    return "status out of range";
}
