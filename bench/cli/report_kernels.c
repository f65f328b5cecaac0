#include "bench/cli/report_kernels.h"

#include <stdlib.h>

#include "bench/report/kernels.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* All that the page is made of, owned. */
struct material {
    struct bench_operator **operators;
    size_t operator_count;
    struct bench_suite **suites;
    size_t suite_count;
    struct bench_outcome **runs;
    struct bench_tunings **tunings;
    size_t run_count;
};

static int read_operators(struct material *m, const char *kernels, struct bench_err *err)
{
    char **names = NULL;
    size_t count = 0;
    int rc = bench_operator_list(kernels, &names, &count, err);
    m->operators = bench_xcalloc(count + 1, sizeof(struct bench_operator *));
    for (size_t i = 0; i < count && rc == BENCH_OK; i++) {
        char *path = NULL;
        rc = bench_operator_locate(kernels, names[i], &path, err);
        if (rc == BENCH_OK)
            rc = bench_operator_read(path, &m->operators[m->operator_count], err);
        m->operator_count += rc == BENCH_OK;
        free(path);
    }
    bench_file_list_free(names, count);
    return rc;
}

/* In the order of their names. */
static int read_suites(struct material *m, const char *kernels, struct bench_err *err)
{
    char **names = NULL, *configs = bench_path_join(kernels, "../configs");
    size_t count = 0;
    int rc = bench_file_is_dir(configs) ? bench_file_list(configs, &names, &count, err) : BENCH_OK;
    m->suites = bench_xcalloc(count + 1, sizeof(struct bench_suite *));
    for (size_t i = 0; i < count && rc == BENCH_OK; i++) {
        if (!bench_str_ends(names[i], ".json") || bench_str_ends(names[i], ".schema.json"))
            continue;
        char *path = bench_path_join(configs, names[i]);
        rc = bench_suite_read(path, kernels, NULL, &m->suites[m->suite_count], err);
        m->suite_count += rc == BENCH_OK;
        free(path);
    }
    bench_file_list_free(names, count);
    free(configs);
    return rc;
}

/* The samples are not asked for; of the journals only what variants took. */
static int read_runs(struct material *m, const struct bench_report_kernels_options *o,
                     struct bench_err *err)
{
    int rc = BENCH_OK;
    m->runs = bench_xcalloc(o->run_count + 1, sizeof(struct bench_outcome *));
    m->tunings = bench_xcalloc(o->run_count + 1, sizeof(struct bench_tunings *));
    for (size_t i = 0; i < o->run_count && rc == BENCH_OK; i++) {
        m->run_count = i + 1;
        rc = bench_outcome_load(o->runs[i], o->flags | BENCH_OUTCOME_NO_JOURNAL, &m->runs[i], err);
        if (rc == BENCH_OK)
            rc = bench_tunings_read(m->runs[i]->folder, &m->tunings[i], err);
    }
    return rc;
}

static void material_fini(struct material *m)
{
    for (size_t i = 0; i < m->operator_count; i++)
        bench_operator_free(m->operators[i]);
    for (size_t i = 0; i < m->suite_count; i++)
        bench_suite_free(m->suites[i]);
    for (size_t i = 0; i < m->run_count; i++) {
        bench_outcome_free(m->runs[i]);
        bench_tunings_free(m->tunings[i]);
    }
    free(m->operators);
    free(m->suites);
    free(m->runs);
    free(m->tunings);
}

static void write_page(const struct material *m, bench_report_sink sink, void *context)
{
    const struct bench_kernels kernels = {
        .operators = (const struct bench_operator *const *)m->operators,
        .operator_count = m->operator_count,
        .suites = (const struct bench_suite *const *)m->suites,
        .suite_count = m->suite_count,
        .runs = (const struct bench_outcome *const *)m->runs,
        .tunings = (const struct bench_tunings *const *)m->tunings,
        .run_count = m->run_count,
    };
    bench_report_kernels(&kernels, sink, context);
}

int bench_cli_report_kernels(const struct bench_report_kernels_options *o, bench_report_sink sink,
                             void *context, struct bench_err *err)
{
    struct material m = {.run_count = 0};
    char *kernels = o->kernels ? bench_xstrdup(o->kernels) : NULL;
    int rc = kernels ? BENCH_OK : bench_path_find_home("kernels", &kernels, err);
    if (rc == BENCH_OK)
        rc = read_operators(&m, kernels, err);
    if (rc == BENCH_OK)
        rc = read_suites(&m, kernels, err);
    if (rc == BENCH_OK)
        rc = read_runs(&m, o, err);
    if (rc == BENCH_OK)
        write_page(&m, sink, context);
    material_fini(&m);
    free(kernels);
    return rc;
}
