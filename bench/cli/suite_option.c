#include "bench/cli/suite_option.h"

#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

#define SUFFIX ".json"
/* A JSON Schema in configs/ is no suite. */
#define SCHEMA_SUFFIX ".schema.json"

/* What is in configs/: suites' names, without the suffix. The caller frees as a list of files. */
static void list_suites(const char *configs, char ***names, size_t *count)
{
    size_t kept = 0;
    if (bench_file_list(configs, names, count, NULL) != BENCH_OK) {
        *names = NULL;
        *count = 0;
    }
    for (size_t i = 0; i < *count; i++) {
        char *name = (*names)[i];
        if (bench_str_ends(name, SUFFIX) && !bench_str_ends(name, SCHEMA_SUFFIX)) {
            name[strlen(name) - strlen(SUFFIX)] = '\0';
            (*names)[kept++] = name;
        } else {
            free(name);
        }
    }
    *count = kept;
}

static int not_found(const char *given, const char *configs, struct bench_err *err)
{
    char **names = NULL;
    size_t count = 0;
    struct bench_str known;
    bench_str_init(&known);
    list_suites(configs, &names, &count);
    for (size_t i = 0; i < count; i++)
        bench_str_addf(&known, "%s%s", i > 0 ? ", " : "", names[i]);
    const char *near = bench_str_nearest(given, (const char *const *)names, count);
    int rc = bench_err_set(err, BENCH_ENOTFOUND,
                           "no suite '%s' in %s%s%s%s; there are: %s (a path of a suite file is "
                           "fine, too: with a '/' or " SUFFIX ")",
                           given, configs, near ? ", did you mean '" : "", near ? near : "",
                           near ? "'?" : "", count > 0 ? known.data : "none");
    bench_str_fini(&known);
    bench_file_list_free(names, count);
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
