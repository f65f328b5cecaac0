#include "bench/run/sanitize.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/device/cpu/sanitize.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* Set in the program that was started anew, so that it is not started for ever. */
#define MARK "BENCH_SANITIZE_ENTERED"

static int start_anew(int argc, char **argv, struct bench_err *err)
{
    char **environment = NULL;
    int rc = bench_cpu_sanitizer_env(&environment, err);
    if (rc != BENCH_OK)
        return bench_err_prefix(err, "--sanitize: ");
    for (char **e = environment; *e != NULL; e++)
        putenv(*e); /* the text now belongs to the environment */
    free(environment);
    setenv(MARK, "1", 1);

    char *self = bench_path_self();
    char **all = bench_xcalloc((size_t)argc + 2, sizeof *all);
    all[0] = self;
    memcpy(all + 1, argv, (size_t)argc * sizeof *all);
    if (self != NULL)
        execv(self, all);
    rc = bench_err_set(err, BENCH_ERROR, "--sanitize: the program cannot be started anew: %s",
                       self ? strerror(errno) : "its own path is not known");
    free(all);
    free(self);
    return rc;
}

int bench_sanitize_enter(int argc, char **argv, struct bench_err *err)
{
    if (dlsym(RTLD_DEFAULT, "__asan_init") != NULL) {
        unsetenv("LD_PRELOAD"); /* compilers that we start need none of this */
        return BENCH_OK;
    }
    if (getenv(MARK) != NULL)
        return bench_err_set(err, BENCH_ERROR,
                             "--sanitize: AddressSanitizer's library was not loaded by the dynamic "
                             "linker (is the program linked statically?)");
    return start_anew(argc, argv, err);
}
