/* What an import says to those who review it: the commit's message and the pull request's text. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/markdown.h"
#include "bench/util/mem.h"
#include "importer/publish_impl.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.- "

/* Ratios of one operator, by which its batch was selected (batch 1: reference over candidate; batch
 * 2: baseline over candidate), and how it stands beside CUDA. */
struct ratios {
    size_t cases;
    double mean, least, most; /* NAN if there are none */
    double cuda_mean;         /* baseline over candidate; NAN if no case has both */
};

bool publish_is_written(const struct bench_import_op *op)
{
    return op->state == BENCH_IMPORT_NEW || op->state == BENCH_IMPORT_CHANGED;
}

const struct import_item *publish_item(const struct bench_import *plan, size_t i)
{
    const struct import_context *x = plan->inner;
    return &x->items[i];
}

static struct ratios ratios_of(const struct bench_metadata_update *u)
{
    struct ratios r = {.least = NAN, .most = NAN, .mean = NAN, .cuda_mean = NAN};
    double sum = 0;
    double cuda_sum = 0;
    size_t cuda = 0;
    for (size_t i = 0; i < u->op->case_count; i++) {
        const struct bench_selected_case *c = &u->op->cases[i];
        double speedup = bench_metadata_speedup(u, c);
        if (isnan(speedup)) {
            continue;
        }
        r.cases += 1;
        sum += log(speedup);
        r.least = fmin(r.least, speedup); /* fmin and fmax pass over NAN */
        r.most = fmax(r.most, speedup);
        if (!isnan(c->relative)) {
            cuda_sum -= log(c->relative);
            cuda += 1;
        }
    }
    r.mean = r.cases > 0 ? exp(sum / (double)r.cases) : NAN;
    r.cuda_mean = cuda > 0 ? exp(cuda_sum / (double)cuda) : NAN;
    return r;
}

static void add_ratio(struct bench_str *out, double value)
{
    if (isnan(value)) {
        bench_str_add(out, "–");
    } else {
        bench_str_addf(out, "%.2fx", value);
    }
}

static size_t count_written(const struct bench_import *plan, int batch,
                            enum bench_import_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct bench_import_op *op = &plan->ops[i];
        count += (batch == 0 || op->batch == batch) && op->state == state ? 1 : 0;
    }
    return count;
}

size_t publish_count(const struct bench_import *plan, int batch)
{
    return count_written(plan, batch, BENCH_IMPORT_NEW) +
           count_written(plan, batch, BENCH_IMPORT_CHANGED);
}

const struct bench_selected *publish_selection(const struct bench_import *plan, int batch)
{
    for (size_t i = 0; i < plan->op_count; i++) {
        if (plan->ops[i].batch == batch) {
            return publish_item(plan, i)->selected;
        }
    }
    return NULL;
}

/* "at least 1.3x over the reference" as the selection has it. */
static char *criterion_of(const struct bench_selected *selected)
{
    const struct bench_json *policy = bench_json_get(bench_json_root(selected->doc), "policy");
    bool told = policy != NULL && bench_json_type(policy) == BENCH_JSON_STRING;
    const char *name = told ? bench_json_string(policy) : "";
    /* The commit's message has it, too, where backticks keep nobody from being called. */
    char *rule = name[strspn(name, NAME_CHARACTERS)] == '\0' && name[0] != '\0'
                     ? bench_xprintf(" (policy `%s`)", name)
                     : bench_xstrdup(told ? " (policy of another name)" : "");
    char *text =
        selected->batch == 1
            ? bench_xprintf("speedup over what FlagGems has of at least %.4gx%s",
                            selected->threshold, rule)
            : bench_xprintf("time of at most %.4g of CUDA's, which is %.0f %% of its speed%s",
                            selected->threshold, 100 / selected->threshold, rule);
    free(rule);
    return text;
}

static void add_tests(struct bench_str *out, const struct bench_verify *tests)
{
    int total = 0;
    int passed = 0;
    if (tests == NULL) {
        bench_str_add(out, "not run by the import");
        return;
    }
    for (size_t i = 0; i < tests->op_count; i++) {
        total += tests->ops[i].total;
        passed += tests->ops[i].passed;
    }
    bench_str_addf(out, "%d of %d passed (%s)", passed, total, tests->environment);
}

static void add_batches(struct bench_str *out, const struct bench_import *plan, const char *begin)
{
    for (int batch = 1; batch <= 2; batch++) {
        size_t count = publish_count(plan, batch);
        if (count > 0) {
            char *criterion = criterion_of(publish_selection(plan, batch));
            bench_str_addf(out, "%sBatch %d: %zu %s, %s\n", begin, batch, count,
                           count == 1 ? "operator" : "operators", criterion);
            free(criterion);
        }
    }
}

/* Criteria that bench does not ship, as the file that `bench select --criteria` takes. */
static void add_criteria(struct bench_str *out, const struct bench_import *plan)
{
    for (int batch = 1; batch <= 2; batch++) {
        const struct bench_selected *s = publish_selection(plan, batch);
        if (publish_count(plan, batch) == 0 || !publish_has_own_criteria(s)) {
            continue;
        }
        const struct bench_json *root = bench_json_root(s->doc);
        struct bench_json_writer w;
        char *file = bench_xprintf("%s.json", publish_fact(root, "policy"));
        bench_str_addf(out, "\nThe criteria of batch %d, ", batch);
        bench_markdown_add_code(out, file);
        bench_str_add(out, ":\n\n```json\n");
        free(file);
        bench_json_writer_init(&w, out, BENCH_JSON_PRETTY);
        bench_json_open_object(&w);
        bench_json_put_key_string(&w, "field", s->criterion);
        bench_json_put_key_double(&w, "threshold", s->threshold);
        for (const struct bench_json *v = bench_json_first(bench_json_get(root, "criteria"));
             v != NULL; v = bench_json_next(v)) {
            bench_json_put_key(&w, bench_json_key(v));
            bench_json_put_value(&w, v);
        }
        bench_json_close_object(&w);
        bench_str_add(out, "\n```\n");
    }
}

static const char *batch_words(const struct bench_import *plan)
{
    bool first = publish_count(plan, 1) > 0;
    bool second = publish_count(plan, 2) > 0;
    return first && second ? "batch 1 & 2" : second ? "batch 2" : "batch 1";
}

char *bench_publish_message(const struct bench_import *plan, const struct bench_verify *tests)
{
    struct bench_str out;
    size_t new_count = count_written(plan, 0, BENCH_IMPORT_NEW);
    size_t changed = count_written(plan, 0, BENCH_IMPORT_CHANGED);
    bench_str_init(&out);
    bench_str_addf(&out, "feat(%s): import auto-generated operators %s\n\n%zu new, %zu changed.\n",
                   bench_layout_name(plan->layout), batch_words(plan), new_count, changed);
    add_batches(&out, plan, "");
    bench_str_add(&out, "Tests: ");
    add_tests(&out, tests);
    bench_str_add(&out, "\n\n");
    for (size_t i = 0; i < plan->op_count; i++) {
        if (publish_is_written(&plan->ops[i])) {
            struct bench_metadata_update u = import_update_of(plan->inner, publish_item(plan, i));
            struct ratios r = ratios_of(&u);
            bench_str_addf(&out, "- %s: ", u.name);
            add_ratio(&out, r.mean);
            bench_str_addf(&out, " over %zu %s\n", r.cases, r.cases == 1 ? "case" : "cases");
        }
    }
    return out.data; /* the caller frees */
}

static void add_row(struct bench_str *out, const struct bench_import *plan, size_t i,
                    const struct bench_verify *tests)
{
    struct bench_metadata_update u = import_update_of(plan->inner, publish_item(plan, i));
    struct ratios r = ratios_of(&u);
    bench_str_addf(out, "| `%s` | %d | %zu | ", u.name, u.selected->batch, r.cases);
    add_ratio(out, r.mean);
    char *reference = bench_metadata_reference(&u, &u.op->cases[0]);
    bench_str_add(out, " | ");
    bench_markdown_add(out, reference);
    bench_str_add(out, " | ");
    free(reference);
    add_ratio(out, r.least);
    bench_str_add(out, " | ");
    add_ratio(out, r.most);
    bench_str_add(out, " | ");
    add_ratio(out, r.cuda_mean);
    for (size_t k = 0; tests != NULL && k < tests->op_count; k++) {
        if (strcmp(tests->ops[k].name, u.name) == 0) {
            bench_str_addf(out, " | %d of %d, %s |\n", tests->ops[k].passed, tests->ops[k].total,
                           plan->ops[i].test_origin);
            return;
        }
    }
    bench_str_addf(out, " | %s |\n", plan->ops[i].test_origin);
}

static void add_category(struct bench_str *out, const struct bench_import *plan,
                         const char *category, const struct bench_verify *tests)
{
    bool any = false;
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct bench_import_op *op = &plan->ops[i];
        if (!publish_is_written(op) || strcmp(op->category, category) != 0) {
            continue;
        }
        if (!any) {
            bench_str_addf(out,
                           "\n### %s\n\n| operator | batch | cases | speedup | over | worst | "
                           "best | over %s | tests |\n|---|---|---|---|---|---|---|---|---|\n",
                           category, publish_baseline_word(plan));
        }
        any = true;
        add_row(out, plan, i, tests);
    }
}

static void add_time(struct bench_str *out, double ms)
{
    if (isnan(ms)) {
        bench_str_add(out, "– | ");
    } else {
        bench_str_addf(out, "%.4g | ", ms);
    }
}

static void add_params(struct bench_str *out, const struct bench_selected_case *c)
{
    struct bench_json_writer w;
    struct bench_str text;
    bench_str_init(&text);
    if (c->params != NULL && bench_json_size(c->params) > 0) {
        bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
        bench_json_put_value(&w, c->params);
    } else if (c->params_text != NULL) {
        bench_str_add(&text, c->params_text);
    }
    if (text.len > 0) {
        bench_str_add(out, ", ");
        bench_markdown_add_code(out, text.data);
    }
    bench_str_fini(&text);
}

static void add_cases(struct bench_str *out, const struct bench_import *plan)
{
    bench_str_addf(out,
                   "\n<details><summary>Every measured case</summary>\n\n"
                   "| operator | shape | dtype | ms | reference ms | %s ms | speedup |\n"
                   "|---|---|---|---|---|---|---|\n",
                   publish_baseline_word(plan));
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct import_item *item = publish_item(plan, i);
        struct bench_metadata_update u = import_update_of(plan->inner, item);
        for (size_t k = 0; publish_is_written(&plan->ops[i]) && k < item->op->case_count; k++) {
            const struct bench_selected_case *c = &item->op->cases[k];
            bench_str_addf(out, "| `%s` | ", u.name);
            for (int d = 0; d < c->ndim; d++) {
                bench_str_addf(out, "%s%lld", d > 0 ? "×" : "", (long long)c->shape[d]);
            }
            bench_str_addf(out, " | %s", c->dtype_name);
            add_params(out, c);
            bench_str_addf(out, " | %.4g | ", c->your_ms);
            add_time(out, c->flaggems_ms);
            add_time(out, c->cuda_ms);
            add_ratio(out, bench_metadata_speedup(&u, c));
            bench_str_add(out, " |\n");
        }
    }
    bench_str_add(out, "\n</details>\n");
}

/* A member of run.json or of an object in it, as text; "" if it has none. */
const char *publish_fact(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = object != NULL ? bench_json_get(object, key) : NULL;
    return v != NULL && bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : "";
}

static void add_environment(struct bench_str *out, const struct bench_import *plan,
                            const struct bench_verify *tests)
{
    const struct bench_run_facts *seen = NULL;
    bench_str_addf(out, "\n## Environment\n\n- bench %s; tree at commit %s\n", BENCH_VERSION,
                   plan->commit != NULL ? plan->commit : "unknown (no git checkout)");
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct import_item *item = publish_item(plan, i);
        if (!publish_is_written(&plan->ops[i]) || item->facts == seen) {
            continue;
        }
        seen = item->facts;
        struct bench_metadata_update u = import_update_of(plan->inner, item);
        const struct bench_json *root = seen->doc != NULL ? bench_json_root(seen->doc) : NULL;
        const struct bench_json *device = root != NULL ? bench_json_get(root, "device") : NULL;
        const char *driver = publish_fact(device, "driver");
        bench_str_add(out, "- measured on ");
        bench_markdown_add(out, u.device != NULL ? u.device : "a device that the data do not name");
        bench_str_add(out, driver[0] != '\0' ? ", driver " : "");
        bench_markdown_add(out, driver);
        bench_str_add(out, ", run ");
        bench_markdown_add(out, u.run != NULL ? u.run : "not told");
        bench_str_add(out, seen->time != NULL ? ", " : "");
        bench_markdown_add(out, seen->time != NULL ? seen->time : "");
        bench_str_addc(out, '\n');
    }
    bench_str_add(out, "- tests: ");
    add_tests(out, tests);
    bench_str_addc(out, '\n');
}

/* Do the numbers belong to the code? */
static void add_measured(struct bench_str *out, const struct bench_import *plan)
{
    size_t unknown = 0;
    for (size_t i = 0; i < plan->op_count; i++) {
        unknown +=
            publish_is_written(&plan->ops[i]) && plan->ops[i].measured == BENCH_MEASURED_UNKNOWN;
    }
    size_t count = publish_count(plan, 0);
    if (unknown == 0) {
        bench_str_add(out, "\nThe code of every operator here is the code that was measured: its "
                           "hash (of CUDA C: that of the source in it) is the one that the run "
                           "recorded with each case.\n");
    } else {
        bench_str_addf(
            out,
            "\n**Of %zu of these %zu nothing says that this code is what was measured:** "
            "the data have no hash of it.\n",
            unknown, count);
    }
}

/* What a reader should know of how the operators were selected and measured. */
static void add_notes(struct bench_str *out, const struct bench_import *plan)
{
    add_measured(out, plan);
    size_t points = 0;
    for (size_t i = 0; i < plan->op_count; i++) {
        points +=
            publish_is_written(&plan->ops[i]) &&
            strcmp(publish_fact(publish_item(plan, i)->op->json, "decided_by"), "interval") != 0;
    }
    if (points > 0) {
        bench_str_addf(out,
                       "\n**Selected by point estimate, without intervals: %zu of these %zu.** A "
                       "ratio near the threshold may be on either side of it.\n",
                       points, publish_count(plan, 0));
    }
    for (int batch = 1; batch <= 2; batch++) {
        if (publish_count(plan, batch) == 0) {
            continue;
        }
        const char *note =
            publish_fact(bench_json_root(publish_selection(plan, batch)->doc), "note");
        if (note[0] != '\0') {
            bench_str_addf(out, "\n**Batch %d was ", batch);
            bench_markdown_add(out, note);
            bench_str_add(out, ".**\n");
        }
    }
}

char *bench_publish_text(const struct bench_import *plan, const struct bench_verify *tests)
{
    static const char *const categories[] = {"pointwise", "reduction", "blas", "custom"};
    struct bench_str out;
    size_t new_count = count_written(plan, 0, BENCH_IMPORT_NEW);
    size_t changed = count_written(plan, 0, BENCH_IMPORT_CHANGED);
    bench_str_init(&out);
    bench_str_addf(&out,
                   "Imports %zu new and %zu changed generated operators (%s) into layout `%s`.\n\n"
                   "## Criteria\n\n",
                   new_count, changed, batch_words(plan), bench_layout_name(plan->layout));
    add_batches(&out, plan, "- ");
    add_criteria(&out, plan);
    bench_str_add(&out,
                  "\nAn operator is imported if its selection passed, its code parses and "
                  "exports what it is imported by, every import of it exists in the tree, and "
                  "it has a test that calls it.\n\n"
                  "## Operators\n\nSpeedups are geometric means over the selected cases, over what "
                  "the column names: `bench:` is an implementation in CUDA C that stood in for "
                  "FlagGems or CUDA.\n");
    publish_add_players(&out, plan);
    if (plan->device_kind != NULL) {
        bench_str_add(&out, "\n**Measured on the ");
        bench_markdown_add(&out, plan->device_kind);
        bench_str_add(&out, " device (");
        bench_markdown_add(&out, plan->device != NULL ? plan->device : "unnamed");
        bench_str_add(&out, "): these times say nothing about a GPU.**\n");
    }
    add_notes(&out, plan);
    for (size_t i = 0; i < sizeof(categories) / sizeof(*categories); i++) {
        add_category(&out, plan, categories[i], tests);
    }
    add_cases(&out, plan);
    add_environment(&out, plan, tests);
    publish_add_reproduction(&out, plan, tests);
    return out.data; /* the caller frees */
}
