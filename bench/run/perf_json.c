/* The performance data of a run, in the form that is fixed (docs/formats.md, "Performance data").
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/json_text.h"
#include "bench/measure/stats.h"
#include "bench/run/results.h"
#include "bench/util/mem.h"

/* One of the two files: whose time stands in each config. */
struct perf_file {
    enum bench_role role;
    const char *time_key;
};

static const struct perf_file your_file = {BENCH_CANDIDATE, "your_time"};
static const struct perf_file flaggems_file = {BENCH_REFERENCE, "flaggems_time"};

/* What is written, from what, and where to. */
struct perf_writer {
    const struct bench_run *run;
    const struct bench_judge *judge;
    const struct perf_file *file;
    const char *name; /* of the run */
    struct bench_json_writer *w;
};

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

/* Of the confirming processes in which this implementation played the role, in their order. */
static void write_process_times(const struct perf_writer *p, const struct bench_record *r,
                                enum bench_role role)
{
    bool any = false;
    for (int process = 1; process <= p->run->settings.confirm; process++) {
        const struct bench_record *other =
            bench_run_find_process(p->run, r->case_index, role, process);
        if (!has_time(other) || strcmp(other->implementation, r->implementation) != 0)
            continue;
        if (!any) {
            bench_json_put_key(p->w, "process_ms");
            bench_json_open_array(p->w);
        }
        any = true;
        bench_json_put_double(p->w, bench_record_time_ns(other) * 1e-6);
    }
    if (any)
        bench_json_close_array(p->w);
}

static void write_role_stats(const struct perf_writer *p, const struct bench_record *r,
                             enum bench_role role)
{
    struct bench_json_writer *w = p->w;
    struct bench_summary s;
    double *net = net_samples(r);
    bench_summarize(net, r->round_count, &s);
    bench_json_put_key(w, bench_role_name(role));
    bench_json_open_object(w);
    bench_json_put_key_int(w, "rounds", (int64_t)r->round_count);
    if (r->stopped[0] != '\0')
        bench_json_put_key_string(w, "stopped", r->stopped);
    if (r->discarded_rounds > 0)
        bench_json_put_key_int(w, "discarded_rounds", (int64_t)r->discarded_rounds);
    bench_json_put_key_double(w, "median_ms", bench_record_time_ns(r) * 1e-6);
    bench_json_put_key_double(w, "mad_ms", s.mad * 1e-6);
    bench_json_put_key_double(w, "q25_ms", s.q25 * 1e-6);
    bench_json_put_key_double(w, "q75_ms", s.q75 * 1e-6);
    bench_json_put_key_double(w, "min_ms", s.min * 1e-6);
    if (r->do_bench_ns > 0)
        bench_json_put_key_double(w, "do_bench_ms", r->do_bench_ns * 1e-6);
    write_process_times(p, r, role);
    if (r->source_hash[0] != '\0')
        bench_json_put_key_string(w, "source_hash", r->source_hash);
    bench_json_close_object(w);
    free(net);
}

/* What has no bound is null. */
static void put_bound(struct bench_json_writer *w, const char *key, double v)
{
    bench_json_put_key(w, key);
    if (isfinite(v))
        bench_json_put_double(w, v);
    else
        bench_json_put_null(w);
}

/* The members that the judgements of cases and of operators share. */
static void write_judgement(const struct bench_judgement *j,
                            const struct bench_criterion *criterion, struct bench_json_writer *w)
{
    bench_json_put_key_double(w, "estimate", j->ratio.estimate);
    put_bound(w, "low", j->ratio.low);
    put_bound(w, "high", j->ratio.high);
    put_bound(w, "stat_low", j->ratio.stat_low);
    put_bound(w, "stat_high", j->ratio.stat_high);
    bench_json_put_key_double(w, "threshold", criterion->threshold);
    bench_json_put_key_string(w, "answer", bench_answer_name(j->answer));
    if (j->answer == BENCH_UNDETERMINED)
        bench_json_put_key_string(w, "reason", j->reason);
}

static void write_stats(const struct perf_writer *p, size_t case_index,
                        const struct bench_record *const *roles)
{
    struct bench_json_writer *w = p->w;
    bench_json_put_key(w, "stats");
    bench_json_open_object(w);
    for (int r = 0; r < BENCH_ROLE_COUNT; r++)
        if (has_time(roles[r]))
            write_role_stats(p, roles[r], (enum bench_role)r);
    for (int rule = 0; rule < BENCH_RULE_COUNT; rule++) {
        const struct bench_judgement *j = &p->judge->cases[case_index][rule];
        if (!j->known || !isfinite(j->ratio.estimate))
            continue;
        bench_json_put_key(w, bench_rule_name((enum bench_rule)rule));
        bench_json_open_object(w);
        write_judgement(j, &p->judge->criteria[rule], w);
        bench_json_put_key_string(w, "method", j->method);
        if (j->disagree)
            bench_json_put_key_bool(w, "disagree", true);
        bench_json_close_object(w);
    }
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

/* Where the device's limits are known: how near the time is to what they allow. */
static void write_roofline(const struct bench_record *r, double time_ns,
                           struct bench_json_writer *w)
{
    if (!(r->roofline_ns > 0))
        return;
    bench_json_put_key_double(w, "roofline_ms", r->roofline_ns * 1e-6);
    bench_json_put_key_double(w, "roofline_share", r->roofline_ns / time_ns);
    bench_json_put_key_string(w, "roofline_bound", r->roofline_bound);
}

static void write_config(const struct perf_writer *p, size_t case_index,
                         const struct bench_record *const *roles)
{
    struct bench_json_writer *w = p->w;
    const struct bench_case *c = &p->run->suite->cases[case_index].plan;
    const struct bench_record *own = roles[p->file->role];
    double time_ns = bench_record_time_ns(own);
    bench_json_open_object(w);
    write_identity(c, w);
    bench_json_put_key_double(w, p->file->time_key, time_ns * 1e-6);
    if (has_time(roles[BENCH_BASELINE]))
        bench_json_put_key_double(w, "cuda_time",
                                  bench_record_time_ns(roles[BENCH_BASELINE]) * 1e-6);
    write_params(c, w);
    bench_record_write_device(own, w);
    write_implementations(roles, p->file->role, w);
    if (own->source_hash[0] != '\0')
        bench_json_put_key_string(w, "source_hash", own->source_hash);
    if (own->verified)
        bench_json_put_key_bool(w, "correct", true);
    write_stats(p, case_index, roles);
    bench_json_put_key_double(w, "floor_ms", bench_record_floor_ns(own) * 1e-6);
    bench_json_put_key_bool(w, "near_floor", own->near_floor);
    bench_json_put_key_double(w, "bytes", c->bytes);
    bench_json_put_key_double(w, "flops", c->flops);
    bench_json_put_key_double(w, "gbps", c->bytes / time_ns);
    write_roofline(own, time_ns, w);
    bench_json_close_object(w);
}

static void write_failed(const struct bench_run *run, size_t op, struct bench_json_writer *w)
{
    const struct bench_record *r = NULL;
    bench_json_put_key(w, "failed");
    bench_json_open_array(w);
    while ((r = bench_run_next_of_operator(run, r, op)) != NULL) {
        const struct bench_case *c = &run->suite->cases[r->case_index].plan;
        if (r->process != 0) /* what fails there takes the confirmation away: see `decisions` */
            continue;
        /* That a reference exists, although it cannot run here, tells operators that FlagGems has
         * from new ones. */
        bool uncovered =
            (r->roles & 1u << BENCH_CANDIDATE && !bench_status_right(r->status)) ||
            (r->roles & 1u << BENCH_REFERENCE && r->status == BENCH_STATUS_UNSUPPORTED);
        if (!bench_status_failed(r->status) && (!uncovered || c->empty))
            continue;
        for (int role = 0; role < BENCH_ROLE_COUNT; role++) {
            /* Nobody is compared in an empty case: what the candidate does wrong there is all. */
            if (!(r->roles & 1u << role) || (c->empty && role != BENCH_CANDIDATE))
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
static const char *unavailable(const struct bench_run *run, size_t op, enum bench_role role)
{
    const struct bench_record *r = NULL;
    while ((r = bench_run_next_of_operator(run, r, op)) != NULL) {
        if (!run->suite->cases[r->case_index].plan.empty && r->process == 0 &&
            r->roles & 1u << role &&
            (r->status == BENCH_STATUS_UNAVAILABLE || r->status == BENCH_STATUS_UNSUPPORTED))
            return r->reason;
    }
    return NULL;
}

static void write_decisions(const struct perf_writer *p, size_t operator_index)
{
    struct bench_json_writer *w = p->w;
    bench_json_put_key(w, "decisions");
    bench_json_open_object(w);
    for (int rule = 0; rule < BENCH_RULE_COUNT; rule++) {
        const struct bench_judgement *j = &p->judge->operators[operator_index][rule];
        if (!isfinite(j->ratio.estimate))
            continue;
        bench_json_put_key(w, bench_rule_name((enum bench_rule)rule));
        bench_json_open_object(w);
        write_judgement(j, &p->judge->criteria[rule], w);
        bench_json_put_key_int(w, "cases", (int64_t)j->cases);
        bench_json_put_key_int(w, "processes", (int64_t)j->processes);
        bench_json_close_object(w);
    }
    bench_json_close_object(w);
    bench_json_put_key(w, "noise_floor");
    if (p->judge->aa_cases > 0)
        bench_json_put_double(w, p->judge->noise_floor);
    else
        bench_json_put_null(w);
}

/* "NVIDIA H100 80GB HBM3"; of a run that was allowed to mix them, all models with " + " between. */
static void device_names(const struct bench_run *run, char text[512])
{
    size_t used = (size_t)snprintf(text, 512, "%s", run->info.name);
    for (size_t i = 1; i < run->device_count && used < 512; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = strcmp(run->devices[k].info.name, run->devices[i].info.name) == 0;
        if (!seen)
            used += (size_t)snprintf(text + used, 512 - used, " + %s", run->devices[i].info.name);
    }
}

static void write_head(const struct perf_writer *p, size_t operator_index)
{
    const struct bench_operator *op = p->run->suite->operators[operator_index];
    struct bench_json_writer *w = p->w;
    char device[512];
    device_names(p->run, device);
    bench_json_put_key_string(w, "device", device);
    bench_json_put_key_string(w, "device_kind", p->run->info.kind);
    bench_json_put_key_string(w, "mode",
                              p->run->settings.mode == BENCH_MODE_KERNEL ? "kernel" : "operator");
    bench_json_put_key_string(w, "cache",
                              p->run->settings.cache == BENCH_CACHE_COLD ? "cold" : "hot");
    bench_json_put_key_string(w, "run", p->name);
    bench_json_put_key_string(w, "category", op->category);
    bench_json_put_key_string(w, "aten", op->aten);
    bench_json_put_key_string(w, "description_file", op->file);
    const char *reason = unavailable(p->run, operator_index, BENCH_BASELINE);
    if (reason != NULL)
        bench_json_put_key_string(w, "baseline_unavailable", reason);
    reason = unavailable(p->run, operator_index, BENCH_REFERENCE);
    if (reason != NULL)
        bench_json_put_key_string(w, "reference_unavailable", reason);
}

static void write_operator(const struct perf_writer *p, size_t operator_index)
{
    const struct bench_run *run = p->run;
    const struct bench_operator *op = run->suite->operators[operator_index];
    struct bench_json_writer *w = p->w;
    bench_json_put_key(w, op->name);
    bench_json_open_object(w);
    write_head(p, operator_index);
    write_decisions(p, operator_index);
    write_failed(run, operator_index, w);
    bench_json_put_key(w, "configs");
    bench_json_open_array(w);
    for (size_t i = 0; i < run->suite->case_count; i++) {
        const struct bench_record *roles[BENCH_ROLE_COUNT];
        if (run->suite->cases[i].plan.op != op)
            continue;
        for (int r = 0; r < BENCH_ROLE_COUNT; r++)
            roles[r] = bench_run_find(run, i, (enum bench_role)r);
        if (has_time(roles[p->file->role]))
            write_config(p, i, roles);
    }
    bench_json_close_array(w);
    bench_json_close_object(w);
}

static void write_file(const struct bench_run *run, const struct bench_judge *judge,
                       const struct perf_file *file, const char *name, struct bench_str *out)
{
    struct bench_json_writer w;
    struct perf_writer p = {run, judge, file, name, &w};
    bench_json_writer_init(&w, out, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    for (size_t i = 0; i < run->suite->operator_count; i++)
        write_operator(&p, i);
    bench_json_close_object(&w);
    bench_str_addc(out, '\n');
}

void bench_perf_write_your(const struct bench_run *run, const struct bench_judge *judge,
                           const char *name, struct bench_str *out)
{
    write_file(run, judge, &your_file, name, out);
}

void bench_perf_write_flaggems(const struct bench_run *run, const struct bench_judge *judge,
                               const char *name, struct bench_str *out)
{
    write_file(run, judge, &flaggems_file, name, out);
}
