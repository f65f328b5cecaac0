#include "bench/cli/suite_option.h"

#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

#define SUFFIX ".json"
/* A JSON Schema in configs/ is no suite. */
#define SCHEMA_SUFFIX ".schema.json"

/* "core, quick": what is in configs/. */
static void list_suites(const char *configs, struct bench_str *names)
{
    char **files = NULL;
    size_t count = 0;
    if (bench_file_list(configs, &files, &count, NULL) != BENCH_OK)
        return;
    for (size_t i = 0; i < count; i++)
        if (bench_str_ends(files[i], SUFFIX) && !bench_str_ends(files[i], SCHEMA_SUFFIX))
            bench_str_addf(names, "%s%.*s", names->len ? ", " : "",
                           (int)(strlen(files[i]) - strlen(SUFFIX)), files[i]);
    bench_file_list_free(files, count);
}

static int not_found(const char *given, const char *configs, struct bench_err *err)
{
    struct bench_str names;
    bench_str_init(&names);
    list_suites(configs, &names);
    int rc = bench_err_set(err, BENCH_ENOTFOUND,
                           "no suite '%s' in %s; there are: %s (a path of a suite file is fine, "
                           "too: with a '/' or " SUFFIX ")",
                           given, configs, names.len ? names.data : "none");
    bench_str_fini(&names);
    return rc;
}

int bench_suite_option_path(const char *given, char **path, struct bench_err *err)
{
    char *configs = NULL;
    if (strchr(given, '/') != NULL || bench_str_ends(given, SUFFIX)) {
        *path = bench_xstrdup(given);
        return BENCH_OK;
    }
    int rc = bench_path_find_home("configs", &configs, err);
    if (rc != BENCH_OK)
        return rc;
    char *found = bench_xprintf("%s/%s" SUFFIX, configs, given);
    if (bench_file_exists(found)) {
        *path = found;
    } else {
        rc = not_found(given, configs, err);
        free(found);
    }
    free(configs);
    return rc;
}

int bench_suite_option_read(const char *given, const char *kernels,
                            const struct bench_suite_filter *filter, struct bench_suite **suite,
                            struct bench_err *err)
{
    char *path = NULL, *found = NULL;
    int rc = bench_suite_option_path(given, &path, err);
    if (rc == BENCH_OK && kernels == NULL)
        rc = bench_path_find_home("kernels", &found, err);
    if (rc == BENCH_OK)
        rc = bench_suite_read(path, kernels ? kernels : found, filter, suite, err);
    free(path);
    free(found);
    return rc;
}
