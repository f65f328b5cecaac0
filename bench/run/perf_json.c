/* The performance data of a run, in the form that is fixed (docs/formats.md, "Performance data").
 */
#include <stdlib.h>
#include <string.h>

#include "bench/measure/stats.h"
#include "bench/run/json_text.h"
#include "bench/run/results.h"
#include "bench/util/mem.h"

#define CONFIDENCE 0.95
#define RESAMPLES 1000

/* One of the two files: whose time stands in each config. */
struct perf_file {
    enum bench_role role;
    const char *time_key;
};

static const struct perf_file your_file = {BENCH_CANDIDATE, "your_time"};
static const struct perf_file flaggems_file = {BENCH_REFERENCE, "flaggems_time"};

static bool has_time(const struct bench_record *r)
{
    return r != NULL && r->status == BENCH_STATUS_OK && r->round_count > 0;
}

static double *net_samples(const struct bench_record *r)
{
    double *net = bench_xmalloc((r->round_count + 1) * sizeof *net);
    for (size_t i = 0; i < r->round_count; i++)
        net[i] = bench_record_net(r, r->elapsed_ns[i]);
    return net;
}

static void write_role_stats(const struct bench_record *r, const char *role,
                             struct bench_json_writer *w)
{
    struct bench_summary s;
    double *net = net_samples(r);
    bench_summarize(net, r->round_count, &s);
    bench_json_put_key(w, role);
    bench_json_open_object(w);
    bench_json_put_key_int(w, "rounds", (int64_t)r->round_count);
    bench_json_put_key_double(w, "median_ms", s.median * 1e-6);
    bench_json_put_key_double(w, "mad_ms", s.mad * 1e-6);
    bench_json_put_key_double(w, "q25_ms", s.q25 * 1e-6);
    bench_json_put_key_double(w, "q75_ms", s.q75 * 1e-6);
    bench_json_put_key_double(w, "min_ms", s.min * 1e-6);
    bench_json_close_object(w);
    free(net);
}

/* Ratio of the times of `above` and `below`, with its interval over the paired rounds. */
static void write_ratio(const struct bench_run *run, const struct bench_record *above,
                        const struct bench_record *below, const char *key,
                        struct bench_json_writer *w)
{
    if (!has_time(above) || !has_time(below))
        return;
    size_t rounds =
        above->round_count < below->round_count ? above->round_count : below->round_count;
    double *a = net_samples(above), *b = net_samples(below);
    struct bench_interval ratio;
    bench_ratio_interval(a, b, rounds, CONFIDENCE, RESAMPLES, run->settings.seed, &ratio);
    bench_json_put_key(w, key);
    bench_json_open_object(w);
    bench_json_put_key_double(w, "estimate", ratio.estimate);
    bench_json_put_key_double(w, "low", ratio.low);
    bench_json_put_key_double(w, "high", ratio.high);
    bench_json_close_object(w);
    free(a);
    free(b);
}

static void write_stats(const struct bench_run *run, const struct bench_record *const *roles,
                        struct bench_json_writer *w)
{
    bench_json_put_key(w, "stats");
    bench_json_open_object(w);
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        if (has_time(roles[r]))
            write_role_stats(roles[r], bench_role_name((enum bench_role)r), w);
    write_ratio(run, roles[BENCH_REFERENCE], roles[BENCH_CANDIDATE], "speedup_vs_flaggems", w);
    write_ratio(run, roles[BENCH_CANDIDATE], roles[BENCH_BASELINE], "relative_to_cuda", w);
    bench_json_close_object(w);
}

static void write_identity(const struct bench_case *c, struct bench_json_writer *w)
{
    bench_json_put_key(w, "shape");
    bench_json_open_array(w);
    for (int i = 0; i < c->ndim; i++)
        bench_json_put_int(w, c->shape[i]);
    bench_json_close_array(w);
    bench_json_put_key_string(w, "dtype", bench_dtype_name(c->dtype));
}

static void write_params(const struct bench_case *c, struct bench_json_writer *w)
{
    if (c->op->param_count > 0)
        bench_json_text_put(w, "params", c->params_json);
}

static void write_implementations(const struct bench_record *const *roles, enum bench_role own,
                                  struct bench_json_writer *w)
{
    static const char *const keys[BENCH_ROLE_COUNT] = {
        "candidate_implementation", "reference_implementation", "baseline_implementation"};
    bench_json_put_key_string(w, "implementation", roles[own]->implementation);
    bench_json_text_put(w, "variant", roles[own]->variant_json);
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        if (r != (int)own && has_time(roles[r]))
            bench_json_put_key_string(w, keys[r], roles[r]->implementation);
}

static void write_config(const struct bench_run *run, const struct perf_file *file,
                         size_t case_index, const struct bench_record *const *roles,
                         struct bench_json_writer *w)
{
    const struct bench_case *c = &run->suite->cases[case_index].plan;
    const struct bench_record *own = roles[file->role];
    double time_ns = bench_record_time_ns(own);
    bench_json_open_object(w);
    write_identity(c, w);
    bench_json_put_key_double(w, file->time_key, time_ns * 1e-6);
    if (has_time(roles[BENCH_BASELINE]))
        bench_json_put_key_double(w, "cuda_time",
                                  bench_record_time_ns(roles[BENCH_BASELINE]) * 1e-6);
    write_params(c, w);
    write_implementations(roles, file->role, w);
    if (own->source_hash[0] != '\0')
        bench_json_put_key_string(w, "source_hash", own->source_hash);
    if (own->verified)
        bench_json_put_key_bool(w, "correct", true);
    write_stats(run, roles, w);
    bench_json_put_key_double(w, "floor_ms", own->floor_ns * 1e-6);
    bench_json_put_key_bool(w, "near_floor", own->near_floor);
    bench_json_put_key_double(w, "bytes", c->bytes);
    bench_json_put_key_double(w, "flops", c->flops);
    bench_json_put_key_double(w, "gbps", c->bytes / time_ns);
    bench_json_close_object(w);
}

static void write_failed(const struct bench_run *run, const struct bench_operator *op,
                         struct bench_json_writer *w)
{
    bench_json_put_key(w, "failed");
    bench_json_open_array(w);
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        const struct bench_case *c = &run->suite->cases[r->case_index].plan;
        /* That a reference exists, although it cannot run here, tells operators that FlagGems has
         * from new ones. */
        bool uncovered =
            (r->roles & 1u << BENCH_CANDIDATE && r->status != BENCH_STATUS_OK) ||
            (r->roles & 1u << BENCH_REFERENCE && r->status == BENCH_STATUS_UNSUPPORTED);
        if (c->op != op || (!bench_status_failed(r->status) && !uncovered))
            continue;
        for (int role = 0; role < BENCH_ROLE_COUNT; role++) {
            if (!(r->roles & 1u << role))
                continue;
            bench_json_open_object(w);
            write_identity(c, w);
            write_params(c, w);
            bench_json_put_key_string(w, "role", bench_role_name((enum bench_role)role));
            bench_json_put_key_string(w, "implementation", r->implementation);
            bench_json_put_key_string(w, "status", bench_status_name(r->status));
            bench_json_put_key_string(w, "reason", r->reason);
            bench_json_close_object(w);
        }
    }
    bench_json_close_array(w);
}

/* Why a role has no times, if that is so for some case of the operator; the first reason. */
static const char *unavailable(const struct bench_run *run, const struct bench_operator *op,
                               enum bench_role role)
{
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        if (run->suite->cases[r->case_index].plan.op == op && r->roles & 1u << role &&
            (r->status == BENCH_STATUS_UNAVAILABLE || r->status == BENCH_STATUS_UNSUPPORTED))
            return r->reason;
    }
    return NULL;
}

static void write_operator(const struct bench_run *run, const struct perf_file *file,
                           const char *name, const struct bench_operator *op,
                           struct bench_json_writer *w)
{
    bench_json_put_key(w, op->name);
    bench_json_open_object(w);
    bench_json_put_key_string(w, "device", run->info.name);
    bench_json_put_key_string(w, "device_kind", run->info.kind);
    bench_json_put_key_string(w, "run", name);
    bench_json_put_key_string(w, "category", op->category);
    bench_json_put_key_string(w, "aten", op->aten);
    bench_json_put_key_string(w, "description_file", op->file);
    const char *reason = unavailable(run, op, BENCH_BASELINE);
    if (reason != NULL)
        bench_json_put_key_string(w, "baseline_unavailable", reason);
    reason = unavailable(run, op, BENCH_REFERENCE);
    if (reason != NULL)
        bench_json_put_key_string(w, "reference_unavailable", reason);
    write_failed(run, op, w);
    bench_json_put_key(w, "configs");
    bench_json_open_array(w);
    for (size_t i = 0; i < run->cases_done; i++) {
        const struct bench_record *roles[BENCH_ROLE_COUNT];
        if (run->suite->cases[i].plan.op != op)
            continue;
        for (int r = 0; r < BENCH_ROLE_COUNT; r++)
            roles[r] = bench_run_find(run, i, (enum bench_role)r);
        if (has_time(roles[file->role]))
            write_config(run, file, i, roles, w);
    }
    bench_json_close_array(w);
    bench_json_close_object(w);
}

static void write_file(const struct bench_run *run, const struct perf_file *file, const char *name,
                       struct bench_str *out)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, out, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    for (size_t i = 0; i < run->suite->operator_count; i++)
        write_operator(run, file, name, run->suite->operators[i], &w);
    bench_json_close_object(&w);
    bench_str_addc(out, '\n');
}

void bench_perf_write_your(const struct bench_run *run, const char *name, struct bench_str *out)
{
    write_file(run, &your_file, name, out);
}

void bench_perf_write_flaggems(const struct bench_run *run, const char *name, struct bench_str *out)
{
    write_file(run, &flaggems_file, name, out);
}
