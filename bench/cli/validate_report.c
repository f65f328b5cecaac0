#include "bench/cli/validate_report.h"

#include <stdio.h>

#include "bench/perf/json.h"

static const char *plural(size_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

static void print_files(const struct bench_perf_data *data)
{
    const struct bench_dataset *sets[] = {data->your, data->flaggems};
    for (size_t i = 0; i < 2; i++) {
        if (!sets[i] || !sets[i]->doc)
            continue;
        printf("%s: %zu %s, %zu %s", bench_json_name(sets[i]->doc), sets[i]->op_count,
               plural(sets[i]->op_count, "operator", "operators"), sets[i]->case_count,
               plural(sets[i]->case_count, "case", "cases"));
        if (sets[i]->record)
            printf(", from a %s", sets[i]->form);
        putchar('\n');
    }
}

void bench_validate_report_text(const struct bench_perf_data *data, bool quiet, bool valid)
{
    bench_perf_data_print_faults(&data->faults, quiet);
    if (quiet)
        return;
    print_files(data);
    if (data->flaggems)
        printf("matches: %zu %s in both files (same operator, shape, dtype and params); "
               "%zu only in the first, %zu only in the second\n",
               data->join.matched, plural(data->join.matched, "case is", "cases are"),
               data->join.your_only, data->join.flaggems_only);
    else
        printf("no reference data: nothing to match (batch 1 needs them)\n");
    printf("%s: %zu %s, %zu %s\n", valid ? "valid" : "not valid", data->faults.errors,
           plural(data->faults.errors, "error", "errors"), data->faults.warnings,
           plural(data->faults.warnings, "warning", "warnings"));
}

static const char *level_name(enum bench_fault_level level)
{
    return level == BENCH_FAULT_ERROR ? "error" : "warning";
}

static void put_count(struct bench_json_writer *w, const char *key, size_t n)
{
    bench_json_put_key_int(w, key, (int64_t)n);
}

static void put_file(struct bench_json_writer *w, const struct bench_dataset *set)
{
    if (!set)
        return;
    bench_json_open_object(w);
    bench_json_put_key_string(w, "role",
                              set->kind == BENCH_DATASET_YOUR ? "your_data" : "flaggems_data");
    bench_json_put_key_string(w, "path", set->doc ? bench_json_name(set->doc) : NULL);
    bench_json_put_key_string(w, "form", set->form);
    put_count(w, "operators", set->op_count);
    put_count(w, "cases", set->case_count);
    bench_json_close_object(w);
}

static void put_fault(struct bench_json_writer *w, const struct bench_fault *f)
{
    bench_json_open_object(w);
    bench_json_put_key_string(w, "level", level_name(f->level));
    bench_json_put_key_string(w, "code", f->code);
    bench_json_put_key_string(w, "file", f->file);
    bench_json_put_key(w, "line");
    if (f->file)
        bench_json_put_int(w, (int64_t)f->line);
    else
        bench_json_put_null(w);
    bench_json_put_key(w, "column");
    if (f->file)
        bench_json_put_int(w, (int64_t)f->column);
    else
        bench_json_put_null(w);
    bench_json_put_key_string(w, "pointer", f->pointer);
    bench_json_put_key_string(w, "message", f->text);
    bench_json_put_key_string(w, "found", f->found);
    bench_json_put_key_string(w, "expected", f->expected);
    bench_json_close_object(w);
}

static void put_counts(struct bench_json_writer *w, const struct bench_faults *faults)
{
    bench_json_open_array(w);
    for (size_t i = 0; i < faults->kind_count; i++) {
        bench_json_open_object(w);
        bench_json_put_key_string(w, "level", level_name(faults->kinds[i].level));
        bench_json_put_key_string(w, "code", faults->kinds[i].code);
        put_count(w, "count", faults->kinds[i].count);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static void put_matches(struct bench_json_writer *w, const struct bench_perf_data *data)
{
    if (!data->flaggems) {
        bench_json_put_null(w);
        return;
    }
    bench_json_open_object(w);
    put_count(w, "cases_in_both", data->join.matched);
    put_count(w, "only_in_your_data", data->join.your_only);
    put_count(w, "only_in_flaggems_data", data->join.flaggems_only);
    bench_json_close_object(w);
}

void bench_validate_report_json(const struct bench_perf_data *data, bool valid)
{
    struct bench_str text;
    struct bench_json_writer w;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_bool(&w, "valid", valid);
    put_count(&w, "errors", data->faults.errors);
    put_count(&w, "warnings", data->faults.warnings);
    bench_json_put_key(&w, "files");
    bench_json_open_array(&w);
    put_file(&w, data->your);
    put_file(&w, data->flaggems);
    bench_json_close_array(&w);
    bench_json_put_key(&w, "matches");
    put_matches(&w, data);
    bench_json_put_key(&w, "counts");
    put_counts(&w, &data->faults);
    bench_json_put_key(&w, "faults");
    bench_json_open_array(&w);
    for (size_t i = 0; i < data->faults.count; i++)
        put_fault(&w, &data->faults.items[i]);
    bench_json_close_array(&w);
    bench_json_close_object(&w);
    printf("%s\n", text.data);
    bench_str_fini(&text);
}
