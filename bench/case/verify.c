#include "bench/case/verify.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/case/support.h"

int bench_verify_oracle(struct bench_session *s, const struct bench_callable *oracle,
                        const struct bench_case_data *data, struct bench_err *err)
{
    const struct bench_case *c = data->plan;
    int rc = BENCH_OK;
    /* An oracle that forgets an element must not find the right answer of the last case there. */
    for (size_t i = 0; rc == BENCH_OK && i < c->op->output_count; i++) {
        bool is_float = bench_dtype_is_float(c->outputs[i].dtype);
        enum bench_dtype dtype = is_float ? BENCH_FLOAT64 : c->outputs[i].dtype;
        rc = bench_support_poison(s, data->set->wants[i], dtype,
                                  (size_t)c->outputs[i].numel * bench_dtype_bytes(dtype), err);
    }
    if (rc == BENCH_OK)
        rc = bench_callable_reset(s, oracle, err);
    if (rc == BENCH_OK)
        rc = bench_callable_launch(s, oracle, err);
    if (rc != BENCH_OK)
        return bench_callable_failed(s, oracle, rc, err);
    rc = bench_device_synchronize(s->device, err);
    return rc == BENCH_OK ? bench_callable_collect(s, oracle, err) : rc;
}

int bench_verify_poison(struct bench_session *s, const struct bench_case_data *data,
                        const struct bench_guarded *outputs, struct bench_err *err)
{
    const struct bench_case *c = data->plan;
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < c->op->output_count; i++)
        rc = bench_support_poison(s, outputs[i].data, c->outputs[i].dtype, outputs[i].bytes, err);
    return rc;
}

static void judge(struct bench_verdict *verdict, enum bench_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void judge(struct bench_verdict *verdict, enum bench_status status, const char *format, ...)
{
    va_list args;
    verdict->status = status;
    va_start(args, format);
    vsnprintf(verdict->reason, sizeof verdict->reason, format, args);
    va_end(args);
}

/* ---- guard zones ---- */

static int check_guards(struct bench_session *s, const struct bench_guarded *g, const char *what,
                        struct bench_verdict *verdict, struct bench_err *err)
{
    struct bench_finding before, after;
    if (!g->guarded || verdict->status != BENCH_STATUS_OK)
        return BENCH_OK;
    int rc =
        bench_support_guard_check(s, g->data - BENCH_GUARD_BYTES, BENCH_GUARD_BYTES, &before, err);
    if (rc == BENCH_OK)
        rc = bench_support_guard_check(s, g->data + g->bytes, BENCH_GUARD_BYTES, &after, err);
    if (rc != BENCH_OK)
        return rc;
    if (after.bad > 0)
        judge(verdict, BENCH_STATUS_OUT_OF_BOUNDS,
              "wrote after the end of %s '%s' (%zu bytes): %lld bytes of the guard zone changed, "
              "the first %lld bytes past the end",
              what, g->name, g->bytes, (long long)after.bad, (long long)after.first);
    else if (before.bad > 0)
        judge(verdict, BENCH_STATUS_OUT_OF_BOUNDS,
              "wrote before the start of %s '%s': %lld bytes of the guard zone changed, the "
              "farthest %lld bytes before the start",
              what, g->name, (long long)before.bad, (long long)(BENCH_GUARD_BYTES - before.first));
    return BENCH_OK;
}

static int check_all_guards(struct bench_session *s, const struct bench_case_data *data,
                            const struct bench_callable *callable,
                            const struct bench_guarded *outputs, struct bench_verdict *verdict,
                            struct bench_err *err)
{
    const struct bench_operator *op = data->plan->op;
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < op->output_count; i++)
        rc = check_guards(s, &outputs[i], "output", verdict, err);
    for (size_t i = 0; rc == BENCH_OK && i < op->input_count; i++)
        rc = check_guards(s, &data->inputs[i], "input", verdict, err);
    for (size_t i = 0; rc == BENCH_OK && i < callable->impl->workspace_count; i++)
        rc = check_guards(s, &callable->workspaces[i], "workspace", verdict, err);
    return rc;
}

static int check_inputs(struct bench_session *s, const struct bench_case_data *data,
                        struct bench_verdict *verdict, struct bench_err *err)
{
    const struct bench_case *c = data->plan;
    for (size_t i = 0; i < c->op->input_count && verdict->status == BENCH_STATUS_OK; i++) {
        struct bench_finding found;
        int rc = bench_support_equal(s, data->inputs[i].data, data->set->pristine[i],
                                     c->inputs[i].bytes, &found, err);
        if (rc != BENCH_OK)
            return rc;
        if (found.bad > 0)
            judge(verdict, BENCH_STATUS_INPUT_MODIFIED,
                  "changed its input '%s', from element %lld on", c->inputs[i].name,
                  (long long)(found.first / (int64_t)bench_dtype_bytes(c->inputs[i].dtype)));
    }
    return BENCH_OK;
}

/* ---- outputs ---- */

static double element_value(enum bench_dtype dtype, const void *bytes)
{
    uint16_t half;
    uint32_t bits;
    float single;
    double value;
    int64_t wide = 0;
    switch (dtype) {
    case BENCH_FLOAT64:
        memcpy(&value, bytes, 8);
        return value;
    case BENCH_FLOAT32:
        memcpy(&single, bytes, 4);
        return single;
    case BENCH_BFLOAT16:
        memcpy(&half, bytes, 2);
        bits = (uint32_t)half << 16;
        memcpy(&single, &bits, 4);
        return single;
    case BENCH_FLOAT16: {
        memcpy(&half, bytes, 2);
        int exponent = half >> 10 & 31, mantissa = half & 1023;
        double magnitude = exponent == 31  ? (mantissa ? NAN : INFINITY)
                           : exponent == 0 ? ldexp(mantissa, -24)
                                           : ldexp(1024 + mantissa, exponent - 25);
        return half >> 15 ? -magnitude : magnitude;
    }
    default:
        memcpy(&wide, bytes, bench_dtype_bytes(dtype)); /* little-endian */
        if (dtype == BENCH_INT32)
            return (double)(int32_t)wide;
        if (dtype == BENCH_INT16)
            return (double)(int16_t)wide;
        if (dtype == BENCH_INT8)
            return (double)(int8_t)wide;
        return (double)wide;
    }
}

static int download_element(struct bench_session *s, const void *data, enum bench_dtype dtype,
                            int64_t index, double *value, struct bench_err *err)
{
    unsigned char bytes[8];
    size_t size = bench_dtype_bytes(dtype);
    int rc = bench_device_download(s->device, bytes,
                                   (const unsigned char *)data + (size_t)index * size, size, err);
    *value = rc == BENCH_OK ? element_value(dtype, bytes) : 0;
    return rc;
}

/* "[2, 17]" from a row-major index. */
static void index_text(const struct bench_tensor *t, int64_t index, char *text, size_t size)
{
    int64_t at[BENCH_MAX_DIMS] = {0};
    for (int d = t->ndim - 1; d >= 0; d--) {
        at[d] = t->shape[d] > 0 ? index % t->shape[d] : 0;
        index = t->shape[d] > 0 ? index / t->shape[d] : 0;
    }
    size_t used = (size_t)snprintf(text, size, "[");
    for (int d = 0; d < t->ndim; d++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%lld", d ? ", " : "", (long long)at[d]);
    snprintf(text + used, size - used, "]");
}

/* Without the sign that printf gives a NaN. */
static const char *value_text(double value, char text[32])
{
    if (isnan(value))
        snprintf(text, 32, "NaN");
    else
        snprintf(text, 32, "%.9g", value);
    return text;
}

/* Right to about three digits, which is what a kernel gives that computes in bfloat16, float16 or
 * TF32 (8 to 11 bits) where more was asked for. */
#define COARSE_RTOL 1.6e-2 /* torch.testing.assert_close's for bfloat16 */
#define COARSE_RMS 4e-3    /* of the answer's root mean square: bfloat16's epsilon, halved */

static int is_coarse(struct bench_session *s, const struct bench_case_data *data, size_t i,
                     const struct bench_guarded *output, const struct bench_finding *found,
                     bool *coarse, struct bench_err *err)
{
    const struct bench_tensor *t = &data->plan->outputs[i];
    struct bench_finding loose;
    *coarse = false;
    if (!bench_dtype_is_float(t->dtype) || t->dtype == BENCH_BFLOAT16 || found->nan_bad > 0)
        return BENCH_OK;
    double rms = sqrt(found->sum_want2 / (double)t->numel);
    int rc = bench_support_compare(s, t->dtype, output->data, data->set->wants[i],
                                   i == 0 ? data->set->scale : NULL, t->numel, COARSE_RTOL,
                                   COARSE_RMS * rms, &loose, err);
    *coarse = rc == BENCH_OK && loose.bad == 0;
    return rc;
}

static int judge_output(struct bench_session *s, const struct bench_case_data *data, size_t i,
                        const struct bench_guarded *output, const struct bench_finding *found,
                        const struct bench_tolerance *tolerance, struct bench_verdict *verdict,
                        struct bench_err *err)
{
    const struct bench_tensor *t = &data->plan->outputs[i];
    enum bench_dtype want_dtype = bench_dtype_is_float(t->dtype) ? BENCH_FLOAT64 : t->dtype;
    double got, want;
    char where[192], got_text[32], want_text[32];
    int rc = download_element(s, output->data, t->dtype, found->first, &got, err);
    if (rc == BENCH_OK)
        rc = download_element(s, data->set->wants[i], want_dtype, found->first, &want, err);
    if (rc != BENCH_OK)
        return rc;
    index_text(t, found->first, where, sizeof where);
    bool nan = found->nan_bad > 0, coarse;
    char error[96] = "";
    rc = is_coarse(s, data, i, output, found, &coarse, err);
    if (rc != BENCH_OK)
        return rc;
    if (found->max_ratio > 1)
        snprintf(error, sizeof error, ", largest error %.3g", found->max_error);
    judge(verdict,
          nan      ? BENCH_STATUS_NAN
          : coarse ? BENCH_STATUS_PRECISION
                   : BENCH_STATUS_WRONG,
          "%lld of %lld elements of '%s' are wrong%s: the first at %s is %s, expected %s%s "
          "(rtol %.3g, atol %.3g)",
          (long long)found->bad, (long long)t->numel, t->name,
          nan      ? " (NaN, infinite or never written)"
          : coarse ? ", though all are right to two digits: computed in a lower precision"
                   : "",
          where, value_text(got, got_text), value_text(want, want_text), error, tolerance->rtol,
          tolerance->atol);
    return BENCH_OK;
}

/* Floating-point outputs are as exact as the case's dtype asks; others as their own. */
static const struct bench_tolerance *tolerance_of(const struct bench_case *c, size_t output)
{
    enum bench_dtype own = c->outputs[output].dtype;
    bool both_float = bench_dtype_is_float(own) && bench_dtype_is_float(c->dtype);
    return &c->op->tolerance[both_float ? c->dtype : own];
}

static double relative(double error2, double of2)
{
    double r = of2 > 0 ? sqrt(error2 / of2) : (error2 > 0 ? 1e308 : 0);
    return r <= 1e308 ? r : 1e308; /* sums that overflowed */
}

static void add_errors(struct bench_errors *to, const struct bench_finding *f, int64_t elements)
{
    double rel_l2 = relative(f->sum_error2, f->sum_want2);
    to->elements += elements;
    to->rel_scale = fmax(to->rel_scale, relative(f->sum_error2, f->sum_scale2));
    to->max_abs = fmax(to->max_abs, f->max_error);
    to->max_ratio = fmax(to->max_ratio, f->max_ratio);
    to->rel_l2 = fmax(to->rel_l2, rel_l2);
}

/* An output against the oracle's. */
static int compare_output(struct bench_session *s, const struct bench_case_data *data, size_t i,
                          const void *got, const struct bench_tolerance *tolerance,
                          struct bench_finding *found, struct bench_err *err)
{
    const struct bench_case *c = data->plan;
    const struct bench_tensor *t = &c->outputs[i];
    const struct bench_tensor_spec *into = c->op->outputs[i].index_into;
    if (into != NULL) {
        size_t input = (size_t)(into - c->op->inputs);
        return bench_support_compare_positions(s, t, got, data->set->wants[i], &c->inputs[input],
                                               data->set->pristine[input], found, err);
    }
    return bench_support_compare(s, t->dtype, got, data->set->wants[i],
                                 i == 0 ? data->set->scale : NULL, t->numel, tolerance->rtol,
                                 tolerance->atol, found, err);
}

static int check_values(struct bench_session *s, const struct bench_case_data *data,
                        const struct bench_guarded *outputs, struct bench_verdict *verdict,
                        struct bench_err *err)
{
    const struct bench_case *c = data->plan;
    for (size_t i = 0; i < c->op->output_count && verdict->status == BENCH_STATUS_OK; i++) {
        const struct bench_tensor *t = &c->outputs[i];
        const struct bench_tolerance *tolerance = tolerance_of(c, i);
        struct bench_finding found;
        int rc = compare_output(s, data, i, outputs[i].data, tolerance, &found, err);
        if (rc != BENCH_OK)
            return rc;
        add_errors(&verdict->errors, &found, t->numel);
        if (found.bad > 0 &&
            (rc = judge_output(s, data, i, &outputs[i], &found, tolerance, verdict, err)) != 0)
            return rc;
    }
    return BENCH_OK;
}

static int put_right(struct bench_session *s, const struct bench_case_data *data,
                     const struct bench_callable *callable, const struct bench_guarded *outputs,
                     struct bench_err *err)
{
    int rc = bench_case_data_restore(s, data, err);
    for (size_t i = 0; rc == BENCH_OK && i < data->plan->op->output_count; i++)
        rc = bench_guarded_reset(s, &outputs[i], err);
    for (size_t i = 0; rc == BENCH_OK && i < callable->impl->workspace_count; i++)
        rc = bench_guarded_reset(s, &callable->workspaces[i], err);
    return rc;
}

int bench_verify_surroundings(struct bench_session *s, const struct bench_case_data *data,
                              const struct bench_callable *callable,
                              const struct bench_guarded *outputs, struct bench_verdict *verdict,
                              struct bench_err *err)
{
    memset(verdict, 0, sizeof *verdict);
    int rc = check_all_guards(s, data, callable, outputs, verdict, err);
    if (rc == BENCH_OK)
        rc = check_inputs(s, data, verdict, err);
    if (rc == BENCH_OK && verdict->status != BENCH_STATUS_OK)
        rc = put_right(s, data, callable, outputs, err);
    return rc;
}

int bench_verify_values(struct bench_session *s, const struct bench_case_data *data,
                        const struct bench_guarded *outputs, struct bench_verdict *verdict,
                        struct bench_err *err)
{
    uint64_t key = data->set->key;
    memset(verdict, 0, sizeof *verdict);
    int rc = bench_case_data_unseal(s, data, err);
    if (rc == BENCH_OK)
        rc = check_values(s, data, outputs, verdict, err);
    if (rc == BENCH_OK && key != 0)
        rc = bench_case_data_seal(s, data, key, err);
    return rc;
}

int bench_verify_outputs(struct bench_session *s, const struct bench_case_data *data,
                         const struct bench_callable *callable, const struct bench_guarded *outputs,
                         struct bench_verdict *verdict, struct bench_err *err)
{
    struct bench_verdict values;
    int rc = bench_verify_surroundings(s, data, callable, outputs, verdict, err);
    if (rc != BENCH_OK || verdict->status != BENCH_STATUS_OK)
        return rc;
    rc = bench_verify_values(s, data, outputs, &values, err);
    if (rc == BENCH_OK)
        *verdict = values;
    return rc;
}

static int launch_and_collect(struct bench_session *s, const struct bench_callable *callable,
                              struct bench_err *err)
{
    int rc = bench_callable_poison(s, callable, err);
    if (rc == BENCH_OK)
        rc = bench_callable_reset(s, callable, err);
    if (rc == BENCH_OK)
        rc = bench_callable_launch(s, callable, err);
    if (rc != BENCH_OK)
        return bench_callable_failed(s, callable, rc, err);
    rc = bench_device_synchronize(s->device, err);
    return rc == BENCH_OK ? bench_callable_collect(s, callable, err) : rc;
}

int bench_verify_call(struct bench_session *s, const struct bench_case_data *data,
                      const struct bench_callable *callable, const struct bench_guarded *outputs,
                      struct bench_verdict *verdict, struct bench_err *err)
{
    memset(verdict, 0, sizeof *verdict);
    int rc = bench_verify_poison(s, data, outputs, err);
    if (rc != BENCH_OK)
        return rc;
    rc = launch_and_collect(s, callable, err);
    if (rc == BENCH_EPOISONED)
        return rc;
    if (rc != BENCH_OK) {
        judge(verdict, bench_callable_status(err), "%s", err->message);
        return put_right(s, data, callable, outputs, err);
    }
    return bench_verify_outputs(s, data, callable, outputs, verdict, err);
}
