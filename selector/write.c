#include "selector/write.h"

#include <math.h>
#include <string.h>

#include "bench/perf/json.h"
#include "bench/util/file.h"

static void put_number(struct bench_json_writer *w, double v)
{
    if (!isfinite(v))
        bench_json_put_null(w);
    else
        bench_json_put_double(w, v);
}

static void put_key_number(struct bench_json_writer *w, const char *key, double v)
{
    bench_json_put_key(w, key);
    put_number(w, v);
}

static void put_weights(struct bench_json_writer *w, const struct bench_criteria *c)
{
    bench_json_put_key(w, "weights");
    if (c->class_count == 0) {
        bench_json_put_null(w);
        return;
    }
    bench_json_open_array(w);
    for (size_t i = 0; i < c->class_count; i++) {
        bench_json_open_object(w);
        bench_json_put_key_string(w, "class", c->classes[i].name);
        if (isfinite(c->classes[i].below))
            bench_json_put_key_double(w, "below", c->classes[i].below);
        bench_json_put_key_double(w, "weight", c->classes[i].weight);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

/* The whole rule, so that the file tells what it was decided by, wherever the criteria went. */
static void put_criteria(struct bench_json_writer *w, const struct bench_criteria *c)
{
    bench_json_put_key(w, "criteria");
    bench_json_open_object(w);
    bench_json_put_key_string(w, "name", c->name);
    bench_json_put_key(w, "aggregate");
    if (c->aggregate == BENCH_AGGREGATE_QUANTILE ||
        (c->aggregate == BENCH_AGGREGATE_SHARE && c->part < 1)) {
        bench_json_open_object(w);
        bench_json_put_key_double(w, bench_aggregate_name(c), c->part);
        bench_json_close_object(w);
    } else {
        bench_json_put_string(w, bench_aggregate_name(c));
    }
    put_key_number(w, "worst_case", c->worst_bound);
    put_weights(w, c);
    bench_json_put_key_bool(w, "correct", c->correct);
    bench_json_put_key_int(w, "least_cases", (int64_t)c->least_cases);
    bench_json_put_key_int(w, "least_dtypes", (int64_t)c->least_dtypes);
    bench_json_put_key_string(w, "uncompared", bench_counts_as_name(c->uncompared));
    bench_json_put_key_string(w, "undetermined", bench_counts_as_name(c->undetermined));
    bench_json_put_key_string(w, "evidence", c->intervals ? "intervals" : "points");
    bench_json_put_key_string(w, "listing", c->plan ? "plan" : "all");
    bench_json_close_object(w);
}

/* Keys of the data that are not ours go along, so that export and import can use them. */
static void put_extra_keys(struct bench_json_writer *w, const struct bench_json *from,
                           const char *const *ours)
{
    for (const struct bench_json *m = bench_json_first(from); m; m = bench_json_next(m)) {
        bool known = false;
        for (size_t i = 0; ours[i] && !known; i++)
            known = strcmp(ours[i], bench_json_key(m)) == 0;
        if (known)
            continue;
        bench_json_put_key(w, bench_json_key(m));
        bench_json_put_value(w, m);
    }
}

/* As it is written in the data; of a plain case that is whole numbers. */
static void put_shape(struct bench_json_writer *w, const struct bench_dataset_case *c)
{
    if (!c->plain) {
        bench_json_put_value(w, bench_json_get(c->json, "shape"));
        return;
    }
    size_t length;
    const char *p = bench_dataset_key_shape(c->key, &length);
    bench_json_open_array(w);
    for (const char *end = p + length - 1; p < end;) {
        int64_t n = 0;
        for (p++; *p >= '0' && *p <= '9'; p++)
            n = n * 10 + (*p - '0');
        bench_json_put_int(w, n);
    }
    bench_json_close_array(w);
}

/* There may be millions of these. */
#define PUT_KEY(w, literal) bench_json_put_plain_key(w, literal, sizeof(literal) - 1)

static void put_case(struct bench_json_writer *w, const struct bench_selection *s,
                     const struct bench_selection_op *op, const struct bench_selection_case *c)
{
    static const char *const ours[] = {"shape",
                                       "dtype",
                                       "your_time",
                                       "cuda_time",
                                       "flaggems_time",
                                       "speedup_vs_flaggems",
                                       "relative_to_cuda",
                                       "reference_implementation",
                                       NULL};
    if (c->candidate->plain)
        bench_json_open_object_line(w);
    else
        bench_json_open_object(w);
    PUT_KEY(w, "shape");
    put_shape(w, c->candidate);
    PUT_KEY(w, "dtype");
    bench_json_put_string(w, s->criteria->plan
                                 ? bench_dataset_case_written_dtype(s->your, c->candidate)
                                 : c->candidate->dtype);
    PUT_KEY(w, "your_time");
    put_number(w, c->candidate->time_ms);
    PUT_KEY(w, "cuda_time");
    put_number(w, c->candidate->cuda_ms);
    PUT_KEY(w, "flaggems_time");
    put_number(w, c->reference ? c->reference->time_ms : NAN);
    PUT_KEY(w, "speedup_vs_flaggems");
    put_number(w, c->speedup);
    PUT_KEY(w, "relative_to_cuda");
    put_number(w, c->relative);
    /* Of the reference whose time stands here, which may be another than that of the run. */
    const char *reference =
        c->reference ? bench_players_reference_of(op->op, c->candidate, op->reference, c->reference)
                     : NULL;
    if (reference)
        bench_json_put_key_string(w, "reference_implementation", reference);
    if (!c->candidate->plain)
        put_extra_keys(w, c->candidate->json, ours);
    bench_json_close_object(w);
}

static const char *evidence_name(enum bench_evidence evidence)
{
    return evidence == BENCH_BY_POINTS ? "point estimate" : "interval";
}

/* Of the aggregate, which the averages are about; nothing is decided by counts alone. */
static enum bench_evidence evidence_of(const struct bench_selection_op *op)
{
    const struct bench_check *check = bench_selection_check(op, BENCH_CHECK_AGGREGATE);
    return check ? check->by : BENCH_BY_POINTS;
}

/* Everything that was looked at, in numbers. */
static void put_why(struct bench_json_writer *w, const struct bench_selection *s,
                    const struct bench_selection_op *op)
{
    static const char *const names[BENCH_CHECKS] = {
        "failed cases", "uncompared cases", "", "worst case", "passing cases", "passing dtypes"};
    bench_json_put_key(w, "why");
    bench_json_open_array(w);
    for (size_t i = 0; i < op->check_count; i++) {
        const struct bench_check *check = &op->checks[i];
        bool aggregate = check->kind == BENCH_CHECK_AGGREGATE;
        bench_json_open_object(w);
        bench_json_put_key_string(
            w, "check", aggregate ? bench_aggregate_name(s->criteria) : names[check->kind]);
        put_key_number(w, "value", check->value);
        if (check->by != BENCH_BY_POINTS) {
            put_key_number(w, "low", check->low);
            put_key_number(w, "high", check->high);
        }
        put_key_number(w, "bound", check->bound);
        bench_json_put_key_string(w, "answer", bench_answer_name(check->answer));
        if (aggregate || check->kind == BENCH_CHECK_WORST)
            bench_json_put_key_string(w, "decided_by", evidence_name(check->by));
        if (check->by == BENCH_BY_RUN)
            bench_json_put_key_int(w, "processes", (int64_t)op->decision->processes);
        if (check->open[0])
            bench_json_put_key_string(w, "open", check->open);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static void put_averages(struct bench_json_writer *w, const struct bench_selection *s,
                         const struct bench_selection_op *op)
{
    put_key_number(w, "avg_speedup_vs_flaggems", op->avg_speedup);
    put_key_number(w, "avg_relative_to_cuda", op->avg_relative);
    if (s->batch == 1)
        put_key_number(w, "min_speedup_vs_flaggems", op->worst_speedup);
    put_key_number(w, "max_relative_to_cuda", op->worst_relative);
    bench_json_put_key_string(w, "policy", s->criteria->name);
    bench_json_put_key_string(w, "decided_by", evidence_name(evidence_of(op)));
    bench_json_put_key_string(w, "answer", bench_answer_name(op->answer));
    bench_json_put_key_string(w, "reason", op->reason);
    put_why(w, s, op);
    bench_json_put_key_int(w, "cases", (int64_t)op->total);
    bench_json_put_key_int(w, "cases_measured", (int64_t)op->measured);
    bench_json_put_key_int(w, "cases_compared", (int64_t)op->compared);
    bench_json_put_key_int(w, "cases_passed", (int64_t)op->passed);
    bench_json_put_key_int(w, "cases_failed", (int64_t)op->failed);
    bench_json_put_key_int(w, "cases_near_floor", (int64_t)op->near_floor);
}

/* The plan keeps names and dtypes as they are spelled in the data. */
static const char *name_of(const struct bench_selection *s, const struct bench_selection_op *op)
{
    return s->criteria->plan ? bench_json_key(op->op->json) : op->op->name;
}

/* A selection of a million cases is larger than the data: it goes to the disk as it is made. */
#define PIECE_BYTES ((size_t)1 << 20)

/* `file` is NULL where all is to stay in the string. */
static void pass_on(struct bench_json_writer *w, struct bench_file_writer *file)
{
    if (file && w->out->len >= PIECE_BYTES) {
        bench_file_writer_add(file, w->out->data, w->out->len);
        bench_str_clear(w->out);
    }
}

static void put_selected(struct bench_json_writer *w, struct bench_file_writer *file,
                         const struct bench_selection *s, const struct bench_selection_op *op)
{
    static const char *const ours[] = {"configs",
                                       "failed",
                                       "avg_speedup_vs_flaggems",
                                       "avg_relative_to_cuda",
                                       "min_speedup_vs_flaggems",
                                       "max_relative_to_cuda",
                                       "policy",
                                       "decided_by",
                                       "answer",
                                       "reason",
                                       "why",
                                       "cases",
                                       "cases_measured",
                                       "cases_compared",
                                       "cases_passed",
                                       "cases_failed",
                                       "cases_near_floor",
                                       NULL};
    bench_json_put_key(w, name_of(s, op));
    bench_json_open_object(w);
    put_averages(w, s, op);
    put_extra_keys(w, op->op->json, ours);
    bench_json_put_key(w, "configs");
    bench_json_open_array(w);
    for (size_t i = 0; i < op->case_count; i++) {
        put_case(w, s, op, &op->cases[i]);
        pass_on(w, file);
    }
    bench_json_close_array(w);
    bench_json_close_object(w);
}

static void put_rejected(struct bench_json_writer *w, const struct bench_selection *s,
                         const struct bench_selection_op *op)
{
    bench_json_put_key(w, name_of(s, op));
    bench_json_open_object(w);
    put_averages(w, s, op);
    bench_json_close_object(w);
}

static void put_head(struct bench_json_writer *w, const struct bench_selection *s)
{
    bench_json_put_key_int(w, "batch", s->batch);
    bench_json_put_key_double(w, "threshold", s->criteria->threshold);
    bench_json_put_key_string(w, "criterion", bench_dataset_rule_key(s->criteria->field));
    bench_json_put_key_int(w, "total_operators", (int64_t)s->selected_ops);
    bench_json_put_key_int(w, "total_configs", (int64_t)s->selected_cases);
    bench_json_put_key_string(w, "policy", s->criteria->name);
    put_criteria(w, s->criteria);
    bench_json_put_key_string(w, "device", s->device);
    bench_json_put_key_string(w, "device_kind", s->device_kind);
    for (int i = 0; i < BENCH_DATASET_CONDITIONS; i++)
        bench_json_put_key_string(w, bench_dataset_condition_key((enum bench_dataset_condition)i),
                                  s->conditions[i]);
    bench_json_put_key_string(w, "note", s->note);
    bench_json_put_key_string(w, "your_data", s->your_path);
    bench_json_put_key_string(w, "flaggems_data", s->batch == 1 ? s->flaggems_path : NULL);
}

static void format(const struct bench_selection *s, struct bench_file_writer *file,
                   struct bench_str *out)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, out, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    put_head(&w, s);
    bench_json_put_key(&w, "operators");
    bench_json_open_object(&w);
    for (size_t i = 0; i < s->op_count; i++)
        if (s->ops[i].selected)
            put_selected(&w, file, s, &s->ops[i]);
    bench_json_close_object(&w);
    bench_json_put_key(&w, "rejected");
    bench_json_open_object(&w);
    for (size_t i = 0; i < s->op_count; i++) {
        if (!s->ops[i].selected)
            put_rejected(&w, s, &s->ops[i]);
        pass_on(&w, file);
    }
    bench_json_close_object(&w);
    bench_json_close_object(&w);
    bench_str_addc(out, '\n');
}

void bench_selection_format(const struct bench_selection *selection, struct bench_str *out)
{
    format(selection, NULL, out);
}

int bench_selection_write(const struct bench_selection *selection, const char *path,
                          struct bench_err *err)
{
    struct bench_file_writer *file;
    struct bench_str text;
    int rc = bench_file_writer_open(path, &file, err);
    if (rc != BENCH_OK)
        return rc;
    bench_str_init(&text);
    format(selection, file, &text);
    bench_file_writer_add(file, text.data, text.len);
    bench_str_fini(&text);
    return bench_file_writer_close(file, err);
}
