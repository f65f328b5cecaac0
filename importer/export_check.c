/* Whether a compiler takes what is exported. A source that was measured does compile, but from its
 * files; exported it is one text, and what an #include means there is ours to get right. */
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "importer/export_impl.h"

/* Of an export without measurements, whose table has variants for other shapes, too. */
#define MAX_TRIES 32

/* Row `first` is the first of its implementation. */
static int check_kernel(struct export_context *x, size_t first, const char *text)
{
    struct bench_err why = {.code = 0};
    int rc = BENCH_OK;
    size_t tries = 0;
    for (size_t i = first; i < x->row_count && tries < MAX_TRIES; i++) {
        const struct export_row *row = &x->rows[i];
        if (row->impl != x->rows[first].impl || row->dtype != x->rows[first].dtype) {
            continue;
        }
        struct bench_err err = {.code = 0};
        rc = x->compiler(row->impl, row->dtype, row->variant, text, &err);
        if (rc == 0 || rc == BENCH_EUNSUPPORTED) {
            if (rc != 0 && x->unchecked == NULL) {
                x->unchecked = bench_xstrdup(err.message);
            }
            return BENCH_OK;
        }
        why = tries++ == 0 ? err : why;
        if (row->ndim >= 0 || rc == BENCH_EDISK) {
            break;
        }
    }
    bench_err_set(x->err, rc == BENCH_EDISK ? rc : BENCH_EUNSUPPORTED,
                  "%s: exported as one text, '%s' does not compile for %s: %s",
                  x->rows[first].impl->source, x->rows[first].impl->name,
                  bench_dtype_name(x->rows[first].dtype), why.message);
    return x->err != NULL ? x->err->code : BENCH_EUNSUPPORTED;
}

int export_check_source(struct export_context *x, const char *source, const char *text)
{
    for (size_t i = 0; x->compiler != NULL && x->unchecked == NULL && i < x->row_count; i++) {
        bool first = strcmp(x->rows[i].impl->source, source) == 0;
        for (size_t k = 0; first && k < i; k++) {
            first = x->rows[k].impl != x->rows[i].impl;
        }
        int rc = first ? check_kernel(x, i, text) : BENCH_OK;
        if (rc != 0) {
            return rc;
        }
    }
    return BENCH_OK;
}
