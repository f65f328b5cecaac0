#include "bench/case/case_data.h"

#include "bench/case/support.h"
#include "bench/device/cpu/sanitize.h"
#include "bench/util/mem.h"

int bench_guarded_take(struct bench_session *s, const char *name, size_t bytes,
                       struct bench_guarded *out, struct bench_err *err)
{
    *out = (struct bench_guarded){.name = name, .bytes = bytes};
    if (!s->info->computes)
        return BENCH_OK;
    void *memory = NULL;
    out->guarded = !s->sanitize;
    size_t zones = out->guarded ? 2 * (size_t)BENCH_GUARD_BYTES : 0;
    int rc = bench_session_take(s, bytes + zones, &memory, err);
    if (rc != BENCH_OK)
        return rc;
    out->data = (unsigned char *)memory + zones / 2;
    if (s->sanitize)
        bench_cpu_sanitizer_label(memory, bytes, name);
    return bench_guarded_reset(s, out, err);
}

int bench_guarded_reset(struct bench_session *s, const struct bench_guarded *g,
                        struct bench_err *err)
{
    if (!g->guarded)
        return BENCH_OK;
    int rc = bench_support_guard_set(s, g->data - BENCH_GUARD_BYTES, BENCH_GUARD_BYTES, err);
    if (rc == BENCH_OK)
        rc = bench_support_guard_set(s, g->data + g->bytes, BENCH_GUARD_BYTES, err);
    return rc;
}

/* The oracle writes doubles where the operator has a floating-point output. */
static size_t want_bytes(const struct bench_tensor *output)
{
    size_t element =
        bench_dtype_is_float(output->dtype) ? sizeof(double) : bench_dtype_bytes(output->dtype);
    return (size_t)output->numel * element;
}

/* What torch's allocator will hold: an answer of each arm and the one before it, and the oracle's
 * inputs and answer in double. */
static double python_bytes(const struct bench_case *c, size_t arms)
{
    double bytes = 0;
    if (!c->op->in_python)
        return 0;
    for (size_t i = 0; i < c->op->input_count; i++)
        bytes += 8.0 * (double)c->inputs[i].numel;
    for (size_t i = 0; i < c->op->output_count; i++)
        bytes +=
            8.0 * (double)c->outputs[i].numel + 2.0 * (double)arms * (double)c->outputs[i].bytes;
    return bytes;
}

double bench_case_data_bytes(const struct bench_case *c, size_t arms, size_t set_count)
{
    double bytes = 0, sets = (double)set_count;
    for (size_t i = 0; i < c->op->input_count; i++)
        bytes += (1 + sets) * (double)c->inputs[i].bytes;
    for (size_t i = 0; i < c->op->output_count; i++)
        bytes += sets * (double)want_bytes(&c->outputs[i]) + 2.0 * (double)c->outputs[i].bytes;
    if (c->op->oracle.has_scale)
        bytes += sets * 8.0 * (double)c->outputs[0].numel;
    return bytes + python_bytes(c, arms);
}

size_t bench_case_sets_that_fit(const struct bench_session *s, const struct bench_case *c,
                                size_t arms, struct bench_err *err)
{
    /* Nine tenths: libraries and the system need some. */
    double have = 0.9 * (double)s->info->memory_bytes;
    for (size_t sets = BENCH_INPUT_SETS; sets > 0; sets--)
        if (!s->info->computes || bench_case_data_bytes(c, arms, sets) <= have)
            return sets;
    bench_err_set(err, BENCH_EUNSUPPORTED,
                  "the case needs %.1f GB of device memory; %s can give %.1f GB",
                  bench_case_data_bytes(c, arms, 1) * 1e-9, s->info->name, have * 1e-9);
    return 0;
}

static int take_set(struct bench_session *s, const struct bench_case *c, struct bench_arena *arena,
                    struct bench_input_set *set, struct bench_err *err)
{
    const struct bench_operator *op = c->op;
    bool computes = s->info->computes;
    int rc = BENCH_OK;
    set->pristine = bench_arena_alloc(arena, (op->input_count + 1) * sizeof(void *));
    set->wants = bench_arena_alloc(arena, (op->output_count + 1) * sizeof(void *));
    for (size_t i = 0; rc == BENCH_OK && computes && i < op->input_count; i++)
        rc = bench_session_take(s, c->inputs[i].bytes, &set->pristine[i], err);
    for (size_t i = 0; rc == BENCH_OK && computes && i < op->output_count; i++)
        rc = bench_session_take(s, want_bytes(&c->outputs[i]), &set->wants[i], err);
    if (rc == BENCH_OK && computes && op->oracle.has_scale)
        rc = bench_session_take(s, (size_t)c->outputs[0].numel * sizeof(double),
                                (void **)&set->scale, err);
    return rc;
}

int bench_case_data_take(struct bench_session *s, const struct bench_case *c,
                         struct bench_arena *arena, struct bench_case_data *out,
                         struct bench_err *err)
{
    const struct bench_operator *op = c->op;
    int rc = BENCH_OK;
    *out = (struct bench_case_data){
        .plan = c,
        .inputs = bench_arena_alloc(arena, (op->input_count + 1) * sizeof *out->inputs),
        .set_count = 1,
    };
    out->set = &out->sets[0];
    for (size_t i = 0; rc == BENCH_OK && i < op->input_count; i++)
        rc = bench_guarded_take(s, c->inputs[i].name, c->inputs[i].bytes, &out->inputs[i], err);
    return rc == BENCH_OK ? take_set(s, c, arena, out->set, err) : rc;
}

int bench_case_data_take_second(struct bench_session *s, struct bench_arena *arena,
                                struct bench_case_data *data, struct bench_err *err)
{
    data->set_count = BENCH_INPUT_SETS;
    return take_set(s, data->plan, arena, &data->sets[1], err);
}

static int copy_inputs(struct bench_session *s, const struct bench_case_data *data,
                       struct bench_err *err)
{
    const struct bench_case *c = data->plan;
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < c->op->input_count; i++)
        rc = bench_support_copy(s, data->inputs[i].data, data->set->pristine[i], c->inputs[i].bytes,
                                err);
    return rc;
}

int bench_case_data_use(struct bench_session *s, struct bench_case_data *data, size_t set,
                        struct bench_err *err)
{
    data->set = &data->sets[set];
    return copy_inputs(s, data, err);
}

/* ---- the seal ---- */

static int toggle_seal(struct bench_session *s, const struct bench_case_data *data, uint64_t key,
                       struct bench_err *err)
{
    const struct bench_case *c = data->plan;
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < c->op->output_count; i++)
        rc = bench_support_seal(s, data->set->wants[i], want_bytes(&c->outputs[i]), key + i, err);
    return rc;
}

int bench_case_data_seal(struct bench_session *s, const struct bench_case_data *data, uint64_t key,
                         struct bench_err *err)
{
    int rc = toggle_seal(s, data, key, err);
    data->set->key = key;
    return rc;
}

int bench_case_data_unseal(struct bench_session *s, const struct bench_case_data *data,
                           struct bench_err *err)
{
    int rc = data->set->key != 0 ? toggle_seal(s, data, data->set->key, err) : BENCH_OK;
    data->set->key = 0;
    return rc;
}

/* ---- inputs ---- */

int bench_case_data_fill(struct bench_session *s, struct bench_case_data *data, uint64_t seed,
                         struct bench_err *err)
{
    const struct bench_case *c = data->plan;
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < c->op->input_count; i++)
        rc = bench_support_fill(s, data->set->pristine[i], &c->inputs[i], seed, (uint32_t)i, err);
    return rc == BENCH_OK ? copy_inputs(s, data, err) : rc;
}

int bench_case_data_digest(struct bench_session *s, const struct bench_case_data *data,
                           uint64_t key, uint64_t *digest, struct bench_err *err)
{
    const struct bench_case *c = data->plan;
    int rc = BENCH_OK;
    *digest = 0;
    for (size_t i = 0; rc == BENCH_OK && s->info->computes && i < c->op->input_count; i++) {
        uint64_t one = 0;
        rc = bench_support_digest(s, data->inputs[i].data, c->inputs[i].bytes, (uint32_t)i, key,
                                  &one, err);
        *digest += one;
    }
    return rc;
}

int bench_case_data_restore(struct bench_session *s, const struct bench_case_data *data,
                            struct bench_err *err)
{
    int rc = copy_inputs(s, data, err);
    for (size_t i = 0; rc == BENCH_OK && i < data->plan->op->input_count; i++)
        rc = bench_guarded_reset(s, &data->inputs[i], err);
    return rc;
}
