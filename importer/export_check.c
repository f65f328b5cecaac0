/* Whether a compiler takes what is exported. A source that was measured does compile, but from its
 * files; exported it is one text, and what an #include means there is ours to get right. */
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "importer/export_impl.h"

/* Of an export without measurements, whose table has variants that suit no shape: until one of this
 * many compiles. */
#define MAX_TRIES 32

/* Was this implementation compiled in this dtype, in the variant of a row before? */
static bool is_repeated(const struct export_context *x, size_t row)
{
    for (size_t i = 0; i < row; i++) {
        if (x->rows[i].impl == x->rows[row].impl && x->rows[i].dtype == x->rows[row].dtype) {
            return true;
        }
    }
    return false;
}

/* The source itself is at fault; anything else is the system's failure. */
static bool is_refusal(int rc)
{
    return rc == BENCH_EINPUT || rc == BENCH_ENOTFOUND;
}

static int refused(struct export_context *x, const struct export_row *row,
                   const struct bench_err *why)
{
    bool refusal = is_refusal(why->code);
    return bench_err_set(
        x->err, refusal ? BENCH_EUNSUPPORTED : why->code,
        refusal ? "%s: exported as one text, '%s' does not compile for %s: %s"
                : "%s: whether '%s' compiles for %s as one text cannot be told: %s",
        row->impl->source, row->impl->name, bench_dtype_name(row->dtype), why->message);
}

static int check_implementation(struct export_context *x, const struct bench_implementation *impl,
                                const char *text)
{
    const struct export_row *first = NULL; /* that was refused, and why */
    struct bench_err why = {.code = 0};
    for (size_t i = 0, tries = 0; i < x->row_count && tries < MAX_TRIES; i++) {
        const struct export_row *row = &x->rows[i];
        if (row->impl != impl || (row->ndim >= 0 && is_repeated(x, i))) {
            continue;
        }
        struct bench_err err = {.code = 0};
        int rc = x->compiler(impl, row->dtype, row->variant, text, &err);
        tries++;
        if (rc == BENCH_EUNSUPPORTED) {
            if (x->unchecked == NULL) {
                x->unchecked = bench_xprintf("'%s': %s", impl->name, err.message);
            }
            return BENCH_OK;
        }
        if (rc != 0 && (row->ndim >= 0 || !is_refusal(rc))) {
            return refused(x, row, &err);
        }
        if (rc == 0 && row->ndim < 0) {
            return BENCH_OK;
        }
        if (rc != 0 && first == NULL) {
            first = row;
            why = err;
        }
    }
    return first != NULL ? refused(x, first, &why) : BENCH_OK;
}

int export_check_source(struct export_context *x, const char *source, const char *text)
{
    int rc = BENCH_OK;
    for (size_t i = 0; rc == 0 && x->compiler != NULL && i < x->impl_count; i++) {
        if (strcmp(x->impls[i]->source, source) == 0) {
            rc = check_implementation(x, x->impls[i], text);
        }
    }
    return rc;
}
