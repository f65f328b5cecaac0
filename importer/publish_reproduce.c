#include <stdlib.h>
#include <string.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "importer/publish_impl.h"

/* More are told by their folder. */
#define MAX_TEST_FILES 8
#define SOURCES "src/flag_gems"

/* As one word of bash, on one line: what stands in a block of code must not end it. */
static void add_word(struct bench_str *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,@%+";
    bench_str_addc(out, ' ');
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        bench_str_add(out, word);
        return;
    }
    bench_str_addc(out, '\'');
    for (const char *p = word; *p != '\0'; p++) {
        if (*p == '\'') {
            bench_str_add(out, "'\\''");
        } else if ((unsigned char)*p < 0x20) {
            bench_str_addf(out, "'$'\\%03o''", (unsigned)*p);
        } else {
            bench_str_addc(out, *p);
        }
    }
    bench_str_addc(out, '\'');
}

/* A path of this machine says nothing to others: what they have is the tree, and files of their own
 * of the same name. */
static const char *elsewhere(const char *path)
{
    const char *in_tree = strstr(path, SOURCES);
    bool local = path[0] == '/' || path[0] == '~' || strncmp(path, "../", 3) == 0;
    if (!local) {
        return path;
    }
    return in_tree != NULL ? in_tree : bench_path_basename(path);
}

/* A word of a command line; "--option=/path" is an option with a path. */
static void add_argument(struct bench_str *out, const char *argument)
{
    const char *equals = argument[0] == '-' ? strchr(argument, '=') : NULL;
    char *text = equals != NULL ? bench_xprintf("%.*s=%s", (int)(equals - argument), argument,
                                                elsewhere(equals + 1))
                                : bench_xstrdup(elsewhere(argument));
    add_word(out, text);
    free(text);
}

bool publish_has_own_criteria(const struct bench_selected *selected)
{
    const struct bench_json *root = bench_json_root(selected->doc);
    const char *policy = publish_fact(root, "policy");
    return bench_json_get(root, "criteria") != NULL && policy[0] != '\0' &&
           strcmp(policy, "geomean") != 0 && strcmp(policy, "per-config") != 0;
}

/* The run's own command. Its results go where `bench select` looks for them. */
static bool add_run(struct bench_str *out, const struct bench_run_facts *facts)
{
    const struct bench_json *command =
        facts->doc != NULL ? bench_json_get(bench_json_root(facts->doc), "command") : NULL;
    if (command == NULL || bench_json_type(command) != BENCH_JSON_ARRAY) {
        return false;
    }
    bench_str_add(out, "bench");
    bool skip = false;
    for (const struct bench_json *v = bench_json_first(command); v != NULL;
         v = bench_json_next(v)) {
        if (bench_json_type(v) != BENCH_JSON_STRING) {
            continue;
        }
        const char *word = bench_json_string(v);
        bool output = strcmp(word, "--output") == 0;
        if (!skip && !output && strncmp(word, "--output=", 9) != 0) {
            add_argument(out, word);
        }
        skip = output;
    }
    bench_str_addc(out, '\n');
    return true;
}

static bool same_run(const struct bench_run_facts *a, const struct bench_run_facts *b)
{
    return a == b || (a->name != NULL && b->name != NULL && strcmp(a->name, b->name) == 0);
}

/* The commands of the runs, each once; false if some operator's data are of no run. */
static bool add_runs(struct bench_str *out, const struct bench_import *plan)
{
    bool all = true;
    for (size_t i = 0; i < plan->op_count; i++) {
        const struct bench_run_facts *facts = publish_item(plan, i)->facts;
        bool again = !publish_is_written(&plan->ops[i]);
        for (size_t k = 0; k < i && !again; k++) {
            again =
                publish_is_written(&plan->ops[k]) && same_run(publish_item(plan, k)->facts, facts);
        }
        if (!again) {
            all = add_run(out, facts) && all;
        }
    }
    return all;
}

static void add_file(struct bench_str *out, const char *option, const char *path)
{
    bench_str_addf(out, " %s", option);
    add_word(out, bench_path_basename(path));
}

/* By the policy that the file names. Data of no run are named, as whoever gathered them has them.
 */
static void add_select(struct bench_str *out, const struct bench_selected *selected, bool of_run)
{
    const struct bench_json *root = bench_json_root(selected->doc);
    const char *policy = publish_fact(root, "policy");
    bool per_config = strcmp(policy, "per-config") == 0;
    bool own = publish_has_own_criteria(selected);
    bench_str_add(out, "bench select");
    if (!of_run) {
        bench_str_addf(out, " --batch %d", selected->batch);
    }
    if (per_config) {
        bench_str_add(out, " --policy per-config");
    } else if (own) {
        char *file = bench_xprintf("%s.json", policy);
        add_file(out, "--criteria", file);
        free(file);
    }
    if (!of_run) {
        const char *your = publish_fact(root, "your_data");
        const char *flaggems = publish_fact(root, "flaggems_data");
        add_file(out, "--your-data", your[0] != '\0' ? your : "your_perf_data.json");
        if (selected->batch == 1) {
            add_file(out, "--flaggems-data",
                     flaggems[0] != '\0' ? flaggems : "flaggems_perf_data.json");
        }
        add_file(out, "--output", selected->path);
    }
    bench_str_addc(out, '\n');
}

/* One command may decide both batches. */
static void add_selects(struct bench_str *out, const struct bench_import *plan, bool of_run)
{
    struct bench_str lines[2];
    for (int batch = 1; batch <= 2; batch++) {
        bench_str_init(&lines[batch - 1]);
        if (publish_count(plan, batch) > 0) {
            add_select(&lines[batch - 1], publish_selection(plan, batch), of_run);
        }
    }
    bench_str_add(out, lines[0].data);
    if (strcmp(lines[0].data, lines[1].data) != 0) {
        bench_str_add(out, lines[1].data);
    }
    bench_str_fini(&lines[0]);
    bench_str_fini(&lines[1]);
}

static const char *operators_of(const struct bench_import *plan)
{
    const struct import_context *x = plan->inner;
    const char *dir = x->request.operators_dir;
    if (dir == NULL) {
        return NULL;
    }
    const char *name = bench_path_basename(dir);
    return name[0] == '\0' || name[0] == '.' ? "operator_data" : name;
}

/* Where the selection then is; NULL: where import looks for it. The caller frees. */
static char *input_of(const struct bench_selected *selected, bool of_run)
{
    const char *policy = publish_fact(bench_json_root(selected->doc), "policy");
    if (!of_run) {
        return bench_xstrdup(bench_path_basename(selected->path));
    }
    return strcmp(policy, "per-config") == 0 || publish_has_own_criteria(selected)
               ? bench_xprintf("results/latest/selected_batch%d.%s.json", selected->batch, policy)
               : NULL;
}

static void add_one_import(struct bench_str *out, const struct bench_import *plan, int batch,
                           const char *input, const struct bench_verify *tests)
{
    const char *operators = operators_of(plan);
    bench_str_add(out, "bench import --into .");
    if (input != NULL) {
        bench_str_add(out, " --input");
        add_word(out, input);
    }
    if (batch != 0) {
        bench_str_addf(out, " --batch %d", batch);
    }
    bench_str_addf(out, " --layout %s", bench_layout_name(plan->layout));
    if (operators != NULL) {
        bench_str_add(out, " --operators");
        add_word(out, operators);
    }
    bench_str_addf(out, "%s%s\n", tests != NULL ? " --verify" : "",
                   plan->device_kind != NULL ? " --allow-cpu" : "");
}

/* Both batches of a run are imported by one command. */
static void add_import(struct bench_str *out, const struct bench_import *plan, bool of_run,
                       const struct bench_verify *tests)
{
    char *inputs[2] = {NULL, NULL};
    bool named = false;
    for (int batch = 1; batch <= 2; batch++) {
        if (publish_count(plan, batch) > 0) {
            inputs[batch - 1] = input_of(publish_selection(plan, batch), of_run);
            named = named || inputs[batch - 1] != NULL;
        }
    }
    if (!named && publish_count(plan, 1) > 0 && publish_count(plan, 2) > 0) {
        add_one_import(out, plan, 0, NULL, tests);
        return;
    }
    for (int batch = 1; batch <= 2; batch++) {
        if (publish_count(plan, batch) > 0) {
            add_one_import(out, plan, batch, inputs[batch - 1], tests);
        }
        free(inputs[batch - 1]);
    }
}

static void add_pytest(struct bench_str *out, const struct bench_import *plan)
{
    bool experimental = plan->layout == BENCH_LAYOUT_EXPERIMENTAL;
    bench_str_add(out, "pytest -v");
    if (publish_count(plan, 0) > MAX_TEST_FILES) {
        bench_str_addf(out, " %s\n",
                       experimental ? BENCH_EXPERIMENTAL "/tests/" : "experimental_tests/unit/");
        return;
    }
    for (size_t i = 0; i < plan->op_count; i++) {
        if (publish_is_written(&plan->ops[i])) {
            add_word(out, plan->ops[i].test_path);
        }
    }
    bench_str_addc(out, '\n');
}

void publish_add_reproduction(struct bench_str *out, const struct bench_import *plan,
                              const struct bench_verify *tests)
{
    const char *operators = operators_of(plan);
    struct bench_str runs;
    bench_str_init(&runs);
    bool of_run = add_runs(&runs, plan);
    bench_str_add(out, "\n## How to reproduce\n\n");
    if (!of_run) {
        bench_str_add(out, "The times are of files that `bench run` did not write: how they were "
                           "measured is for whoever gathered them to say.\n\n");
    }
    if (operators != NULL) {
        bench_str_addf(out,
                       "`%s` holds the operators' code as operator data, a file "
                       "`{\"op_name\": …, \"code\": …}` each: what stands below the header of "
                       "each operator's file in this pull request.\n\n",
                       operators);
    }
    bench_str_addf(out, "With bench %s, in a checkout of this repository:\n\n```bash\n",
                   BENCH_VERSION);
    if (plan->commit != NULL) {
        bench_str_addf(out, "git checkout %s   # the tree before this pull request\n",
                       plan->commit);
    }
    bench_str_add(out, of_run ? runs.data : "");
    add_selects(out, plan, of_run);
    add_import(out, plan, of_run, tests);
    add_pytest(out, plan);
    bench_str_add(out, "```\n");
    bench_str_fini(&runs);
}
