/* A program outside the tree: it sees the installed headers and library and nothing else. */
#include <ecopt/ctx.h>
#include <ecopt/definition.h>
#include <ecopt/meter.h>
#include <ecopt/report.h>
#include <ecopt/snapshot.h>
#include <ecopt/space.h>
#include <ecopt/study.h>
#include <ecopt/units.h>
#include <ecopt/version.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    ecopt_ctx *ctx = NULL;
    if (ecopt_ctx_new(NULL, &ctx) != ECOPT_OK)
        return 1;
    ecopt_ctx_free(ctx);
    if (strcmp(ecopt_version(), ECOPT_VERSION_STRING) != 0)
        return 1;
    printf("%s\n%s", ecopt_version(), ecopt_build_features());
    return 0;
}
