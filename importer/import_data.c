/* Where an operator's Python code comes from, and whether it is the code that was measured. */
#include <stdlib.h>

#include "bench/util/mem.h"
#include "importer/import_impl.h"

static struct bench_measured_request measured_request(const struct import_context *x,
                                                      const struct import_item *item)
{
    return (struct bench_measured_request){.op = item->op,
                                           .facts = item->facts,
                                           .kernels_dir = x->request.kernels_dir,
                                           .hasher = x->request.hasher,
                                           .code_hasher = x->request.code_hasher};
}

/* Without operator data, the run itself has the code: in Python as it was measured, or CUDA C, of
 * which a Python module is made. */
static int data_of_run(const struct import_context *x, struct import_item *item,
                       struct bench_err *err)
{
    struct bench_export e;
    struct bench_measured_request measured = measured_request(x, item);
    if (bench_measured_read(&measured, &item->data, err) == 0) {
        return BENCH_OK;
    }
    int rc = bench_export_selected(item->op, x->request.kernels_dir, item->facts, x->request.hasher,
                                   x->request.compiler, &e, err);
    if (rc == BENCH_ENOTFOUND) {
        return bench_err_prefix(err, "no operator data was given with --operators, and ");
    }
    if (rc == 0 && e.unchecked != NULL) {
        char *remark = bench_xprintf("whether its sources compile was not tried: %s", e.unchecked);
        import_remark(item, remark);
        free(remark);
    }
    if (rc == 0) {
        bench_opdata_from_export(&e, &item->data);
    }
    return rc;
}

/* Where --operators has nothing, the run may: of operators in .py files, for example. */
static int hint_at_run(const struct import_context *x, const struct import_item *item,
                       struct bench_err *err)
{
    struct bench_opdata data = {.name = NULL};
    struct bench_measured_request measured = measured_request(x, item);
    struct bench_err why = *err;
    if (bench_measured_read(&measured, &data, NULL) != 0) {
        return err->code;
    }
    bench_err_set(err, why.code, "%s; without --operators, what was measured is imported (%s)",
                  why.message, data.origin);
    bench_opdata_fini(&data);
    return err->code;
}

static int find_data(const struct import_context *x, const struct bench_opdata_index *index,
                     struct import_item *item, struct bench_err *err)
{
    const char *path = NULL;
    if (x->request.operators_dir == NULL) {
        return data_of_run(x, item, err);
    }
    int rc = bench_opdata_index_find(index, item->op->name, item->selected->batch, &path, err);
    if (rc == BENCH_ENOTFOUND) {
        return hint_at_run(x, item, err);
    }
    return rc == 0 ? bench_opdata_read(path, &item->data, err) : rc;
}

/* The numbers must be of this code. */
static int check_measured(const struct import_context *x, struct import_item *item,
                          struct bench_err *err)
{
    struct bench_measured_request measured = measured_request(x, item);
    char *code = NULL;
    int rc = bench_measured_check(&measured, &item->data, &item->result->measured, &code, err);
    if (rc == 0 && x->request.only_measured && item->result->measured == BENCH_MEASURED_UNKNOWN) {
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: nothing says that its code is what was measured (not every case "
                           "has a source_hash), and --only-measured is given; measure it with "
                           "bench run",
                           item->data.origin);
    }
    if (code != NULL) {
        item->result->conflict_path = bench_xstrdup(item->data.label);
        item->result->conflict_old = code;
        item->result->conflict_new = bench_xstrdup(item->data.code);
    }
    return rc;
}

int import_read_data(const struct import_context *x, const struct bench_opdata_index *index,
                     struct import_item *item, struct bench_err *err)
{
    int rc = find_data(x, index, item, err);
    return rc == 0 ? check_measured(x, item, err) : rc;
}
