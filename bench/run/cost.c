#include "bench/run/cost.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/stats.h"
#include "bench/perf/json.h"
#include "bench/run/journal.h"
#include "bench/run/journal_lines.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

#define USUAL_ROUNDS 128
#define BYTES_PER_S 1e12
#define FLOPS_PER_S 1e13
#define PREPARE_S 0.1
#define ROUND_S 60e-6 /* the flush, the gate and the host, of one sample */

/* ---- estimates ---- */

static int count_players(const struct bench_suite_case *sc)
{
    int count = 0;
    for (int r = 0; r < BENCH_ROLE_COUNT; r++) {
        bool new = sc->roles[r].count > 0;
        for (int before = 0; before < r && new; before++)
            new = sc->roles[before].count == 0 ||
                  strcmp(sc->roles[before].names[0], sc->roles[r].names[0]) != 0;
        count += new;
    }
    return count > 0 ? count : 1;
}

static double estimate(const struct bench_suite_case *sc, double max_case_ms, int rounds)
{
    const double players = count_players(sc), count = rounds > 0 ? rounds : USUAL_ROUNDS;
    const double once_s = fmax(sc->plan.bytes / BYTES_PER_S, sc->plan.flops / FLOPS_PER_S);
    double rounds_s = count * players * (once_s + ROUND_S);
    return players * PREPARE_S + fmin(rounds_s, max_case_ms * 1e-3);
}

/* ---- an earlier run ---- */

struct known {
    char key[33]; /* as in struct bench_case */
    double cost_s;
};

struct known_list {
    struct known *items;
    size_t count, capacity;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct known *)a)->key, ((const struct known *)b)->key);
}

static void add(struct known_list *list, const char *key, double ns)
{
    if (list->count == list->capacity) {
        list->capacity = 2 * list->capacity + 256;
        list->items = bench_xrealloc(list->items, list->capacity * sizeof *list->items);
    }
    struct known *k = &list->items[list->count++];
    snprintf(k->key, sizeof k->key, "%s", key);
    k->cost_s = ns * 1e-9;
}

/* All arms of a case say the same. Lines of confirming processes are of the same cases. */
static int take_line(struct known_list *list, const struct bench_json *line, struct bench_err *err)
{
    const char *key = "";
    double ns = 0;
    int64_t process = 0;
    int rc = bench_json_expect(line, BENCH_JSON_OBJECT, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_string(line, "key", true, &key, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_int(line, "process", false, 0, INT32_MAX, &process, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_double(line, "case_host_ns", false, &ns, err);
    if (rc == BENCH_OK && ns > 0 && process == 0)
        add(list, key, ns);
    return rc;
}

static int read_lines(const char *path, struct known_list *list, struct bench_err *err)
{
    struct bench_journal_lines lines;
    const struct bench_json *line;
    int rc = bench_journal_lines_open(&lines, path, err);
    if (rc != BENCH_OK)
        return bench_err_set(err, rc,
                             "--costs: %s: cannot be read: %s; expected the folder of a run", path,
                             strerror(errno));
    while ((rc = bench_journal_lines_next(&lines, &line, err)) == BENCH_OK && line != NULL)
        if ((rc = take_line(list, line, err)) != BENCH_OK)
            break;
    bench_journal_lines_close(&lines);
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, by_key);
    return rc;
}

static double known_cost(const struct known_list *list, const char *key)
{
    struct known want = {.cost_s = 0};
    snprintf(want.key, sizeof want.key, "%s", key);
    const struct known *found =
        list->count > 0 ? bsearch(&want, list->items, list->count, sizeof want, by_key) : NULL;
    return found != NULL ? found->cost_s : NAN;
}

/* Of the operator's known cases; of all known ones where it has none; NAN if nothing is known. */
static double median_cost(const struct bench_suite *suite, const double *costs,
                          const struct bench_operator *op)
{
    double *known = bench_xmalloc((suite->case_count + 1) * sizeof *known);
    size_t count = 0;
    for (size_t i = 0; i < suite->case_count; i++)
        if (!isnan(costs[i]) && (op == NULL || suite->cases[i].plan.op == op))
            known[count++] = costs[i];
    double median = count > 0 ? bench_median(known, count) : NAN;
    free(known);
    return count > 0 || op == NULL ? median : median_cost(suite, costs, NULL);
}

static int take_known(const struct bench_suite *suite, const char *path,
                      const struct known_list *list, double *costs, struct bench_err *err)
{
    size_t found = 0;
    double *known = bench_xmalloc((suite->case_count + 1) * sizeof *known);
    for (size_t i = 0; i < suite->case_count; i++) {
        known[i] = known_cost(list, suite->cases[i].plan.key);
        found += isnan(known[i]) ? 0 : 1;
    }
    for (size_t i = 0; i < suite->case_count && found > 0; i++)
        costs[i] = !isnan(known[i]) ? known[i] : median_cost(suite, known, suite->cases[i].plan.op);
    free(known);
    return found > 0 ? BENCH_OK
                     : bench_err_set(err, BENCH_EINPUT,
                                     "--costs: %s has no case of the suite %s with a cost; name a "
                                     "run of this suite, or leave it out",
                                     path, suite->name);
}

int bench_costs_find(const struct bench_suite *suite, const char *folder, double max_case_ms,
                     int rounds, double *costs, struct bench_err *err)
{
    struct known_list list = {0};
    for (size_t i = 0; i < suite->case_count; i++)
        costs[i] = estimate(&suite->cases[i], max_case_ms, rounds);
    if (folder == NULL)
        return BENCH_OK;
    char *path = bench_path_join(folder, BENCH_JOURNAL);
    int rc = read_lines(path, &list, err);
    if (rc == BENCH_OK)
        rc = take_known(suite, path, &list, costs, err);
    free(path);
    free(list.items);
    return rc;
}
