#include "bench/run/sanitize.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"

/* Set in the program that was started anew, so that it is not started for ever. */
#define MARK "BENCH_SANITIZE_ENTERED"

/* Leaks are the harness's affair, not the kernels'. A report ends the process: after a bad access
 * nothing that follows means anything. */
#define ASAN_OPTIONS                                                                               \
    "detect_leaks=0:allocator_may_return_null=1:detect_stack_use_after_return=0:halt_on_error=1"
#define UBSAN_OPTIONS "halt_on_error=1:print_stacktrace=1"

/* Where the compiler of the cpu device keeps the runtime. The caller frees. */
static char *find_runtime(struct bench_err *err)
{
    const char *compiler = getenv("CXX") ? getenv("CXX") : "g++";
    const char *const argv[] = {compiler, "-print-file-name=libasan.so", NULL};
    struct bench_process_spec spec = {.argv = argv, .timeout_ms = 20000};
    struct bench_process_result result = {0};
    char *path = NULL;
    if (bench_process_run(&spec, &result, err) == BENCH_OK) {
        result.out[strcspn(result.out, "\n")] = '\0';
        if (result.exit_code == 0 && strchr(result.out, '/') != NULL &&
            bench_file_exists(result.out))
            path = bench_xstrdup(result.out);
        else
            bench_err_set(err, BENCH_EUNSUPPORTED,
                          "--sanitize: %s has no AddressSanitizer runtime (libasan.so); install "
                          "libasan (Debian: libgcc-12-dev), or set CXX to a g++ that has it",
                          compiler);
    }
    bench_process_result_fini(&result);
    return path;
}

static int start_anew(const char *runtime, int argc, char **argv, struct bench_err *err)
{
    char *self = bench_path_self();
    char **all = bench_xcalloc((size_t)argc + 2, sizeof *all);
    if (self == NULL) {
        free(all);
        return bench_err_set(err, BENCH_ERROR, "--sanitize: the program's own path is not known");
    }
    all[0] = self;
    memcpy(all + 1, argv, (size_t)argc * sizeof *all);
    setenv("LD_PRELOAD", runtime, 1);
    setenv("ASAN_OPTIONS", ASAN_OPTIONS, 1);
    setenv("UBSAN_OPTIONS", UBSAN_OPTIONS, 1);
    setenv(MARK, "1", 1);
    execv(self, all);
    int rc = bench_err_set(err, BENCH_ERROR, "--sanitize: %s cannot be started anew: %s", self,
                           strerror(errno));
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
                             "--sanitize: AddressSanitizer's runtime was not loaded by the dynamic "
                             "linker (is the program linked statically?)");
    char *runtime = find_runtime(err);
    if (runtime == NULL)
        return err->code;
    int rc = start_anew(runtime, argc, argv, err);
    free(runtime);
    return rc;
}
