#include "bench/case/oracle.h"

#include "bench/case/verify.h"

static int prepare_for(struct bench_session *s, struct bench_case_data *data,
                       const struct bench_input_set *set, struct bench_arena *arena,
                       struct bench_callable *out, struct bench_err *err)
{
    const struct bench_case *c = data->plan;
    const struct bench_operator *op = c->op;
    struct bench_variant *none;
    size_t variant_count, n = 0;
    enum bench_status status;
    struct bench_binding *bindings =
        bench_arena_alloc(arena, (op->input_count + op->output_count + 1) * sizeof *bindings);
    for (size_t i = 0; i < op->input_count; i++)
        bindings[n++] = (struct bench_binding){op->inputs[i].name, data->inputs[i].data};
    for (size_t i = 0; i < op->output_count; i++)
        bindings[n++] = (struct bench_binding){op->outputs[i].name, set->wants[i]};
    if (op->oracle.has_scale)
        bindings[n++] = (struct bench_binding){"scale", set->scale};
    int rc =
        bench_variants_plan(&op->oracle, c, &s->plan_device, arena, &none, &variant_count, err);
    if (rc == BENCH_OK)
        rc = bench_callable_prepare(s, c, &op->oracle, &none[0], bindings, n, arena, out, &status,
                                    err);
    return rc;
}

int bench_oracle_prepare(struct bench_session *s, struct bench_case_data *data,
                         struct bench_arena *arena, struct bench_oracle *oracle,
                         struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t k = 0; rc == BENCH_OK && k < data->set_count; k++)
        rc = prepare_for(s, data, &data->sets[k], arena, &oracle->of_set[k], err);
    return rc;
}

void bench_oracle_fini(struct bench_oracle *oracle)
{
    for (size_t k = 0; k < BENCH_INPUT_SETS; k++)
        bench_callable_fini(&oracle->of_set[k]);
}

int bench_oracle_ask(struct bench_session *s, struct bench_case_data *data,
                     const struct bench_oracle *oracle, size_t set, uint64_t run_seed,
                     enum bench_check_purpose purpose, uint64_t number, struct bench_err *err)
{
    const char *text = data->plan->key;
    uint64_t place = (uint64_t)purpose << 32 | number;
    data->set = &data->sets[set];
    data->set->key = 0;
    int rc = bench_case_data_fill(s, data, bench_check_seed(run_seed, text, purpose, number), err);
    if (rc == BENCH_OK)
        rc = bench_verify_oracle(s, &oracle->of_set[set], data, err);
    if (rc == BENCH_OK)
        rc = bench_case_data_seal(
            s, data, bench_check_seed(run_seed, text, BENCH_CHECK_SEAL, place) | 1, err);
    if (rc == BENCH_OK)
        rc = bench_case_data_digest(s, data, 0, &data->set->digest, err);
    if (rc == BENCH_OK)
        rc = bench_case_data_digest(s, data, bench_check_seed(run_seed, text, BENCH_CHECK_SUMS, 0),
                                    &data->set->sum, err);
    return rc;
}
