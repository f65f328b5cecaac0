/* What a night measures: its suite, or as much of it as there is time for. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/nightly_impl.h"
#include "bench/cli/suite_option.h"
#include "bench/nightly/budget.h"
#include "bench/run/confirm.h"
#include "bench/spec/suite_write.h"
#include "bench/util/file.h"

#define DAY_S 86400.0

static int read_suite(struct nightly_request *r, struct bench_suite **suite, struct bench_err *err)
{
    struct bench_suite_filter filter = {.operators = r->operators.items,
                                        .operator_count = r->operators.count,
                                        .dtypes = r->dtypes.items,
                                        .dtype_count = r->dtypes.count,
                                        .max_cases_per_operator = (size_t)r->max_cases};
    int rc = BENCH_OK;
    if (r->kernels_here == NULL)
        rc = r->kernels != NULL ? (r->kernels_here = bench_xstrdup(r->kernels), BENCH_OK)
                                : bench_path_find_home("kernels", &r->kernels_here, err);
    return rc == BENCH_OK ? bench_suite_option_read(r->suite, r->kernels_here, &filter, suite, err)
                          : rc;
}

int nightly_check_suite(struct nightly_request *r, struct bench_err *err)
{
    struct bench_suite *suite = NULL;
    if (r->python_operators != NULL) /* the run describes them */
        return bench_file_exists(r->python_operators)
                   ? BENCH_OK
                   : bench_err_set(err, BENCH_ENOTFOUND, "--operators %s: no such folder",
                                   r->python_operators);
    int rc = read_suite(r, &suite, err);
    if (rc == BENCH_OK && suite->case_count == 0)
        rc = bench_err_set(err, BENCH_EINPUT, "the suite '%s' has no cases", r->suite);
    bench_suite_free(suite);
    return rc;
}

/* ---- the budget ---- */

static size_t count_cases(const struct bench_suite *suite, const struct bench_operator *op)
{
    size_t count = 0;
    for (size_t i = 0; i < suite->case_count; i++)
        count += suite->cases[i].plan.op == op;
    return count;
}

static struct bench_nightly_unit make_unit(const struct nightly_request *r,
                                           const struct bench_suite *suite,
                                           const struct bench_operator *op)
{
    const struct bench_night_operator *then = NULL;
    const struct bench_night *last = bench_nights_last_of(&r->past, &r->night, op->name, &then);
    struct bench_nightly_unit unit = {
        .op = op->name, .cases = count_cases(suite, op), .age_days = INFINITY, .cost_s = NAN};
    if (last != NULL) {
        unit.age_days = (double)(r->night.started_s - last->started_s) / DAY_S;
        unit.nearness = then->nearness;
        if (then->cases > 0) /* the suite may have grown since */
            unit.cost_s = then->seconds * (double)unit.cases / (double)then->cases;
    }
    return unit;
}

static void leave_out(struct bench_night *night, const struct bench_nightly_unit *units,
                      size_t count)
{
    night->left_out_count = 0;
    night->left_out = bench_arena_alloc(night->arena, (count + 1) * sizeof *night->left_out);
    for (size_t i = 0; i < count; i++)
        if (!units[i].wanted)
            night->left_out[night->left_out_count++] =
                (struct bench_night_left_out){.name = bench_arena_strdup(night->arena, units[i].op),
                                              .cases = units[i].cases,
                                              .cost_s = units[i].cost_s,
                                              .age_days = units[i].age_days};
}

/* The cases in the order of the operators' priorities: a night that is interrupted has measured
 * what mattered most. lines[case_count]; returns how many there are. */
static size_t choose(struct nightly_request *r, const struct bench_suite *suite,
                     struct bench_suite_line *lines)
{
    struct bench_nightly_unit *units = bench_xcalloc(suite->operator_count + 1, sizeof *units);
    size_t count = 0;
    for (size_t i = 0; i < suite->operator_count; i++)
        units[i] = make_unit(r, suite, suite->operators[i]);
    if (!isinf(r->budget_s))
        bench_nightly_budget(units, suite->operator_count, r->budget_s);
    for (size_t i = 0; i < suite->operator_count; i++) {
        units[i].wanted |= isinf(r->budget_s);
        for (size_t k = 0; k < suite->case_count && units[i].wanted; k++) {
            const struct bench_suite_case *c = &suite->cases[k];
            if (strcmp(c->plan.op->name, units[i].op) == 0)
                lines[count++] = (struct bench_suite_line){.op = c->plan.op->name,
                                                           .dtype = c->plan.dtype,
                                                           .shape = c->plan.shape,
                                                           .ndim = c->plan.ndim,
                                                           .params = c->plan.params_json,
                                                           .roles = c->roles};
        }
    }
    leave_out(&r->night, units, suite->operator_count);
    free(units);
    return count;
}

static int write_suite(struct nightly_request *r, const struct bench_suite *suite,
                       const struct bench_suite_line *lines, size_t count, struct bench_err *err)
{
    struct bench_json_writer w;
    struct bench_str text;
    struct bench_settings settings = suite->settings;
    if (r->confirm < 0 && settings.confirm == 0)
        settings.confirm = BENCH_CONFIRM_LEAST;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "name", suite->name);
    if (suite->description[0] != '\0') /* it may be left out, and must not be empty */
        bench_json_put_key_string(&w, "description", suite->description);
    bench_json_put_key(&w, "settings");
    bench_suite_write_settings(&settings, &w);
    bench_json_put_key(&w, "operators");
    bench_suite_write_operators(lines, count, &w);
    bench_json_close_object(&w);
    bench_str_addc(&text, '\n');
    char *path = bench_path_join(r->night.folder, "suite.json");
    int rc = bench_file_write_atomic(path, text.data, text.len, err);
    free(path);
    bench_str_fini(&text);
    return rc;
}

int nightly_plan(struct nightly_request *r, struct bench_err *err)
{
    struct bench_suite *suite = NULL;
    if (r->python_operators != NULL)
        return BENCH_OK;
    int rc = read_suite(r, &suite, err);
    if (rc != BENCH_OK)
        return rc;
    struct bench_suite_line *lines = bench_xcalloc(suite->case_count + 1, sizeof *lines);
    size_t count = choose(r, suite, lines);
    rc = write_suite(r, suite, lines, count, err);
    for (size_t i = 0; i < suite->note_count && !r->quiet; i++)
        fprintf(stderr, "note: %s\n", suite->notes[i]);
    free(lines);
    bench_suite_free(suite);
    return rc;
}
