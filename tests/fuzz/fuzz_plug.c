/*
 * Fuzz target for what is written to and by wall plugs: the first byte picks the kind of reply, or
 * the address.  What is taken must be in range, and an address must be whole.
 */
#include "meter/plug_text.h"

#include "fuzz/fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void read_address(const char *text)
{
    eco_plug_address address;
    const char *problem = eco_plug_address_parse(text, &address);
    if (problem) {
        FUZZ_CHECK(problem[0] != '\0');
        return;
    }
    FUZZ_CHECK(strncmp(address.base, "http", 4) == 0);
    FUZZ_CHECK(address.host[0] != '\0' && !strchr(address.host, '@'));
    FUZZ_CHECK(strstr(address.base, address.host) != NULL);
    FUZZ_CHECK(address.password[0] == '\0' || address.user[0] != '\0');
    FUZZ_CHECK(strlen(address.user) < ECO_PLUG_WORD_B);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    /* A block of exactly this size. */
    char *text = malloc(size);
    FUZZ_CHECK(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    unsigned kind = data[0] % (ECO_PLUG_COUNT + 1u);
    eco_plug_reply reply = {(double)NAN, (double)NAN};
    bool is_denied = false;
    if (kind == ECO_PLUG_COUNT) {
        read_address(text);
    } else if (!eco_plug_reply_parse((eco_plug_kind)kind, text, size - 1, &reply, &is_denied)) {
        FUZZ_CHECK(isfinite(reply.power_w));
        FUZZ_CHECK(reply.energy_j >= 0 && reply.energy_j <= 9e12);
        FUZZ_CHECK(!is_denied);
    } else {
        FUZZ_CHECK(isnan(reply.power_w));
    }
    free(text);
    return 0;
}
