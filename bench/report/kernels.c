/* The page of kernels: what is in it, and in which order. */
#include "bench/report/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/kernels_impl.h"

/* In FlagGems' words, as descriptions have them. */
static const struct {
    const char *category, *title;
} categories[] = {
    {"pointwise", "Pointwise"},
    {"reduction", "Reductions, normalisation and scans"},
    {"blas", "Matrix products"},
    {"custom", "Indexing, attention and others"},
};

#define CATEGORIES (sizeof categories / sizeof categories[0])

/* ---- where the numbers are from ---- */

/* As a shell takes it, in quotes where it has to be; nothing in it may end the comment. */
static void add_word(struct bench_str *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./+:=@%";
    const bool quoted = word[strspn(word, plain)] != '\0';
    bench_str_add(out, quoted ? " '" : " ");
    for (const char *p = word; *p; p++)
        if (*p == '\'')
            bench_str_add(out, "'\\''");
        else
            bench_str_addc(out, (unsigned char)*p < 0x20 || *p == '<' || *p == '>' ? '?' : *p);
    bench_str_add(out, quoted ? "'" : "");
}

static bool is_unfinished(const struct bench_outcome *run)
{
    return run->status[0] != '\0' && strcmp(run->status, "finished") != 0;
}

/* The command that makes it, in a comment that starts the page: tests/kernels-page runs it. */
static void add_command(struct bench_str *out, const struct bench_kernels *k)
{
    bench_str_add(out, "<!-- Made by: bench report");
    bool unfinished = false;
    for (size_t i = 0; i < k->run_count; i++) {
        add_word(out, k->runs[i]->path);
        unfinished |= is_unfinished(k->runs[i]);
    }
    bench_str_add(out, unfinished ? " --unfinished" : "");
    bench_str_add(out, " --format kernels -o docs/kernels.md\n"
                       "     Change the descriptions in kernels/, and make it anew. -->\n");
}

/* "docs/measurements/x" as docs/kernels.md sees it. */
static void add_run_link(struct bench_str *out, const char *path)
{
    bench_str_add(out, "[");
    kernels_add_text(out, path);
    if (bench_str_starts(path, "docs/"))
        bench_str_addf(out, "](%s)", path + strlen("docs/"));
    else
        bench_str_add(out, "]");
}

static void add_rate(struct bench_str *out, const struct bench_outcome *run, const char *what,
                     const char *key, double unit, const char *name)
{
    double rate = kernels_rate(run, key);
    if (isfinite(rate))
        bench_str_addf(out, "%s %.*f %s", what, rate < 10 * unit ? 2 : 0, rate / unit, name);
}

static void add_software(struct bench_str *out, const struct bench_outcome *run)
{
    const struct bench_json *libraries =
        run->environment ? bench_json_get(run->environment, "libraries") : NULL;
    bench_str_add(out, "bench ");
    kernels_add_text(out, run->bench_version);
    const char *const told[] = {run->device.driver, run->compiler};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        bench_str_add(out, told[i][0] ? i == 0 ? ", driver " : ", " : "");
        kernels_add_text(out, told[i]);
    }
    const struct bench_json *v = libraries ? bench_json_first(libraries) : NULL;
    for (; v != NULL; v = bench_json_next(v))
        if (bench_json_type(v) == BENCH_JSON_STRING) {
            bench_str_add(out, ", ");
            kernels_add_text(out, bench_json_string(v));
        }
}

/* Of a run that is not finished; nothing where it does not tell. */
static void add_done(struct bench_str *out, const struct bench_outcome *run)
{
    double done = kernels_count(run, "cases_done"), cases = kernels_count(run, "cases");
    if (isfinite(done) && isfinite(cases))
        bench_str_addf(out, " after %.0f of %.0f cases", done, cases);
}

static void add_run(struct bench_str *out, const struct bench_outcome *run)
{
    bench_str_add(out, "- ");
    add_run_link(out, run->path);
    bench_str_add(out, ": ");
    kernels_add_text(out, run->device.name[0] ? run->device.name : "a device that is not told");
    if (run->started[0])
        bench_str_addf(out, ", %.10s", run->started);
    bench_str_add(out, ", ");
    kernels_add_code(out, run->command);
    bench_str_add(out, "; ");
    add_software(out, run);
    if (isfinite(kernels_rate(run, "copy_bytes_s"))) {
        add_rate(out, run, ". Its limits, measured: copying", "copy_bytes_s", 1e12, "TB/s");
        add_rate(out, run, ", reading", "read_bytes_s", 1e12, "TB/s");
        add_rate(out, run, ", float32", "fp32_flops", 1e12, "TFLOP/s");
        add_rate(out, run, "; by its documentation tensor cores", "fp16_tensor_flops", 1e12,
                 "TFLOP/s in half precision");
    }
    bench_str_add(out, ".");
    if (is_unfinished(run)) {
        bench_str_add(out, " **The run is not finished: ");
        kernels_add_text(out, run->status);
        add_done(out, run);
        bench_str_add(out, ".**");
    }
    if (strcmp(run->device.kind, "cpu") == 0 || strcmp(run->device.kind, "null") == 0)
        bench_str_addf(out, " **Times of the %s device say nothing about a GPU.**",
                       run->device.kind);
    bench_str_addc(out, '\n');
}

static void add_origin(struct bench_str *out, const struct bench_kernels *k)
{
    if (k->run_count == 0) {
        bench_str_add(out, "Nothing on this page was measured.\n\n");
        return;
    }
    bench_str_add(out, "The numbers of an operator are those of the last of these runs that has "
                       "it, or of the last with as many cases that measured its candidates as they "
                       "are today: geometric means over all of its cases, with their intervals; "
                       "[measurements](measurements/README.md) says what the runs show and what "
                       "they do not. The reference is FlagGems’ operator where the run could call "
                       "it, and otherwise a port of its algorithm to CUDA C: the names of who "
                       "played stand with the numbers.\n\n");
    bench_str_addf(out,
                   "The *limit* of a case is the least time that the device could need for its "
                   "bytes and operations ([formats.md](formats.md#what-a-device-can-do-roofline-"
                   "json)), and *large* cases take at least %d empty kernels by it. It allows for "
                   "what no kernel brings about: that as many writes as the L2 cache holds reach "
                   "memory after the end, and that float32 products run on tensor cores. The share "
                   "of the copy bandwidth counts every byte as moved in time, and so flatters by "
                   "what stays in the cache. How good a kernel is lies between the two.\n\n",
                   BENCH_LARGE_EMPTIES);
    for (size_t i = 0; i < k->run_count; i++)
        add_run(out, k->runs[i]);
    bench_str_addc(out, '\n');
}

/* ---- contents ---- */

static void add_contents_row(struct bench_str *out, const struct bench_operator *op,
                             const struct kernels_facts *f)
{
    bench_str_addf(out, "| [%s](#%s) | ", op->name, op->name);
    kernels_add_first_clause(out, op->description);
    bench_str_add(out, " |");
    for (int r = 0; r < BENCH_OUTCOME_RULES; r++) {
        enum bench_outcome_rule rule = (enum bench_outcome_rule)r;
        bench_str_addc(out, ' ');
        if (f->run == NULL || f->speed[rule].count == 0)
            bench_str_add(out, "–");
        else
            report_add_speed(out,
                             f->op->decisions[rule].known
                                 ? report_speed(&f->op->decisions[rule], rule).estimate
                                 : f->speed[rule].mean,
                             rule);
        bench_str_add(out, " |");
    }
    bench_str_addc(out, ' ');
    if (f->copy.count > 0)
        kernels_add_percent(out, f->copy.mean);
    bench_str_add(out, f->copy.count > 0 ? " |" : "– |");
    bench_str_addc(out, ' ');
    const struct kernels_mean *limit = f->memory.count > 0 ? &f->memory : &f->compute;
    if (limit->count > 0)
        kernels_add_percent(out, limit->mean);
    bench_str_add(out, limit->count > 0 ? " |\n" : "– |\n");
}

static bool is_of(const struct bench_operator *op, size_t category)
{
    return strcmp(op->category, categories[category].category) == 0;
}

static void add_contents(struct bench_str *out, const struct bench_kernels *k,
                         const struct kernels_facts *facts)
{
    for (size_t c = 0; c < CATEGORIES; c++) {
        size_t count = 0;
        for (size_t i = 0; i < k->operator_count; i++) {
            if (!is_of(k->operators[i], c))
                continue;
            if (count++ == 0)
                bench_str_addf(out,
                               "**%s**\n\n| operator | what | over the reference | of the baseline "
                               "| large: of copying | of the limit |\n"
                               "|---|---|---:|---:|---:|---:|\n",
                               categories[c].title);
            add_contents_row(out, k->operators[i], &facts[i]);
        }
        bench_str_add(out, count > 0 ? "\n" : "");
    }
}

static size_t passes(const struct bench_kernels *k, const struct kernels_facts *facts,
                     enum bench_outcome_rule rule)
{
    size_t count = 0;
    for (size_t i = 0; i < k->operator_count; i++) {
        const struct bench_outcome_decision *d =
            facts[i].run != NULL ? &facts[i].op->decisions[rule] : NULL;
        count += d != NULL && d->known && d->answer == BENCH_PASS ? 1 : 0;
    }
    return count;
}

static void add_all_missed(struct bench_str *out, const struct bench_kernels *k,
                           const struct kernels_facts *facts)
{
    struct bench_str rows;
    size_t count = 0, measured = 0;
    bench_str_init(&rows);
    for (size_t i = 0; i < k->operator_count; i++) {
        count += kernels_add_missed(&rows, &facts[i], k->operators[i], KERNELS_ROW);
        measured += facts[i].run != NULL ? 1 : 0;
    }
    if (measured > 0)
        bench_str_addf(
            out,
            "## Below a goal\n\n%zu of %zu operators are measured: %zu pass the rule of "
            "batch 1, 1.30× the reference’s speed, and %zu that of batch 2, 80 %% of the "
            "baseline’s. Further goals are %.0f %% of the measured copy bandwidth in "
            "every large case that waits for memory, and in products in float16 and "
            "bfloat16 %.0f %% of the library’s speed in every case. What does not reach "
            "one, with its number; why is in the operator’s paragraph:\n\n",
            measured, k->operator_count, passes(k, facts, BENCH_OUTCOME_SPEEDUP),
            passes(k, facts, BENCH_OUTCOME_RELATIVE), 100 * BENCH_GOAL_COPY,
            100 * BENCH_GOAL_LIBRARY);
    if (count > 0)
        bench_str_addf(out, "| operator | goal | reached |\n|---|---|---|\n%s\n", rows.data);
    else if (measured > 0)
        bench_str_add(out, "Nothing: all reach them.\n\n");
    bench_str_fini(&rows);
}

/* ---- the page ---- */

static void add_introduction(struct bench_str *out, const struct bench_kernels *k,
                             const struct kernels_facts *facts)
{
    bool measured = false, tuned = false;
    for (size_t i = 0; i < k->operator_count; i++)
        if (facts[i].run != NULL) {
            measured = true;
            tuned |= k->tunings[facts[i].run_index]->count > 0;
        }
    bench_str_addf(out,
                   "# The kernels\n\n%zu operator%s, each a folder of [kernels](../kernels) with "
                   "its description and sources ([new-kernel.md](new-kernel.md) adds one): what it "
                   "computes, how, and what it reaches%s%s. Every answer is verified against an "
                   "oracle in float64, within the tolerances of `torch.testing.assert_close` "
                   "unless it says otherwise (rtol/atol), before it is timed and on the timed "
                   "outputs.\n\n",
                   k->operator_count, k->operator_count == 1 ? "" : "s",
                   measured ? "; what is [below a goal](#below-a-goal)" : "",
                   tuned ? ", and what [tuning](#tuned-variants) gains" : "");
}

static void add_page(struct bench_str *out, const struct bench_kernels *k,
                     const struct kernels_facts *facts)
{
    add_command(out, k);
    add_introduction(out, k, facts);
    add_contents(out, k, facts);
    add_origin(out, k);
    add_all_missed(out, k, facts);
    for (size_t c = 0; c < CATEGORIES; c++) {
        size_t count = 0;
        for (size_t i = 0; i < k->operator_count; i++)
            if (is_of(k->operators[i], c)) {
                if (count++ == 0)
                    bench_str_addf(out, "## %s\n\n", categories[c].title);
                kernels_add_operator(out, k, k->operators[i], &facts[i]);
            }
    }
    kernels_add_variants(out, k);
}

void bench_report_kernels(const struct bench_kernels *k, bench_report_sink sink, void *context)
{
    struct bench_str text;
    struct kernels_facts *facts = bench_xcalloc(k->operator_count + 1, sizeof *facts);
    for (size_t i = 0; i < k->operator_count; i++)
        kernels_facts_init(&facts[i], k, k->operators[i]);
    bench_str_init(&text);
    add_page(&text, k, facts);
    sink(context, text.data, text.len);
    bench_str_fini(&text);
    for (size_t i = 0; i < k->operator_count; i++)
        kernels_facts_fini(&facts[i]);
    free(facts);
}
