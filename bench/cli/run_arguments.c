#include "bench/cli/run_arguments.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/suite_option.h"
#include "bench/run/shard.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

#define MOST_OPTIONS 48

static void make_table(struct run_arguments *a, struct bench_option out[MOST_OPTIONS])
{
    const struct bench_option table[] = {
        {"suite", BENCH_OPTION_STRING, &a->suite, "SUITE",
         "The suite: " BENCH_SUITE_HELP " (default: quick).", 0, 0},
        {"device", BENCH_OPTION_STRING, &a->device, "DEVICE",
         "One of auto, cuda, cuda:1, cpu, cpu:4 (threads), null; or several: cuda:all, cuda:0,2, "
         "null*4 (default: auto, the first GPU, else cpu).",
         0, 0},
        {"kernels", BENCH_OPTION_STRING, &a->kernels, "DIR", BENCH_KERNELS_HELP, 0, 0},
        {"operators", BENCH_OPTION_STRING, &a->python.operators, "DIR",
         "Operators in Python: a folder of operator data (JSON or .py); takes the place of SUITE.",
         0, 0},
        {"python", BENCH_OPTION_STRING, &a->python.interpreter, "PROGRAM",
         "The interpreter for operators in Python (default: $BENCH_PYTHON, else python3).", 0, 0},
        {"shapes", BENCH_OPTION_STRING, &a->python.shapes, "JSON",
         "With --operators: shapes such as [[64,64],[1024]], an object operator -> shapes, or a "
         "file with that (default: a few).",
         0, 0},
        {"from-flaggems", BENCH_OPTION_STRING, &a->python.from_flaggems, "FILE",
         "With --operators: shapes of FlagGems' core_shapes.yaml or benchmark record.", 0, 0},
        {"override", BENCH_OPTION_STRING, &a->python.override, "JSON",
         "With --operators: arguments that the schema does not tell, an object operator -> "
         "override, "
         "or a file with that.",
         0, 0},
        {"reference", BENCH_OPTION_STRING, &a->python.reference, "FLAGGEMS",
         "With --operators: a FlagGems checkout, none, or auto (default: auto, what the "
         "interpreter "
         "imports).",
         0, 0},
        {"output", BENCH_OPTION_STRING, &a->output, "DIR",
         "Folder for the results, new or empty (default: results/<time>-<suite>).", 0, 0},
        {"resume", BENCH_OPTION_STRING, &a->resume, "RUN",
         "Go on with a run that ended before its end: its folder. Suite, options and settings are "
         "that run's; the same software and device must be here.",
         0, 0},
        {"op", BENCH_OPTION_STRINGS, &a->operators, "NAME",
         "Only this operator; may be given several times.", 0, 0},
        {"dtype", BENCH_OPTION_STRINGS, &a->dtypes, "DTYPE",
         "Only this dtype; may be given several times.", 0, 0},
        {"max-cases", BENCH_OPTION_INT, &a->max_cases, "N",
         "At most so many cases of each operator (default: all).", 1, 1000000},
        {"shard", BENCH_OPTION_STRING, &a->shard, "I/N",
         "Only the I-th of N parts of the cases, of about the same cost, for `bench merge`; all "
         "parts need the same --seed (docs/many-gpus.md).",
         0, 0},
        {"costs", BENCH_OPTION_STRING, &a->costs, "RUN",
         "With --shard or several devices: take what cases cost from this earlier run (default: "
         "estimates from bytes and flops).",
         0, 0},
        {"allow-mixed-devices", BENCH_OPTION_FLAG, &a->mixed_devices, NULL,
         "With several devices: measure although they are of different models.", 0, 0},
        {"confirm", BENCH_OPTION_COUNT, &a->confirm, "N",
         "Measure operators that pass again in N fresh processes, with fresh inputs; the claim is "
         "then over these. N is 3 if not given; --no-confirm: none (default: the suite's, else "
         "none).",
         BENCH_CONFIRM_LEAST, BENCH_CONFIRM_MOST},
        {"mode", BENCH_OPTION_CHOICE, &a->mode, "kernel|operator",
         "What is timed: kernel, the device's time alone, or operator, a whole call with its host "
         "time (default: the suite's, else kernel).",
         0, 0},
        {"precision", BENCH_OPTION_DOUBLE, &a->precision, "PERCENT",
         "Half-width of a ratio's interval that is enough (default: the suite's, else 0.5).", 0, 0},
        {"confidence", BENCH_OPTION_DOUBLE, &a->confidence, "PERCENT",
         "Confidence of intervals and answers (default: the suite's, else 95).", 0, 0},
        {"max-rounds", BENCH_OPTION_INT, &a->max_rounds, "N",
         "Timed rounds of a case at most (default: the suite's, else 1024).", 2, 1000000},
        {"rounds", BENCH_OPTION_INT, &a->rounds, "N",
         "Timed rounds of every case, fixed (default: as many as it takes to decide, or the "
         "suite's).",
         1, 1000000},
        {"no-aa", BENCH_OPTION_FLAG, &a->no_aa, NULL,
         "Measure no kernel against itself: the run's noise floor is then unknown.", 0, 0},
        {"no-do-bench", BENCH_OPTION_FLAG, &a->no_do_bench, NULL,
         "Leave out what Triton's do_bench would say.", 0, 0},
        {"cache", BENCH_OPTION_CHOICE, &a->cache, "cold|hot",
         "Cache of the timed launches: cold or hot (default: the suite's).", 0, 0},
        {"seed", BENCH_OPTION_INT, &a->seed, "N",
         "Seed of inputs and orders (default: the suite's).", 0, INT64_MAX},
        {"max-case-ms", BENCH_OPTION_DOUBLE, &a->max_case_ms, "MS",
         "Time that the rounds of one case may take; fewer rounds then, at least 5 (default: "
         "2000).",
         0, 0},
        {"timeout", BENCH_OPTION_DOUBLE, &a->timeout_s, "S",
         "An implementation that is silent for so long is given up (default: 60).", 0, 0},
        {"compile-timeout", BENCH_OPTION_DOUBLE, &a->compile_timeout_s, "S",
         "The same while it is compiled or, in Python, imported and first called (default: 300; "
         "never less than --timeout).",
         0, 0},
        {"sanitize", BENCH_OPTION_FLAG, &a->sanitize, NULL,
         "Verify only, on the cpu device: AddressSanitizer, UBSan, strict barriers, both orders of "
         "threads.",
         0, 0},
        {"no-ahead", BENCH_OPTION_FLAG, &a->no_ahead, NULL,
         "Operators in Python are not compiled ahead by other processes while the GPU measures.", 0,
         0},
        {"no-sandbox", BENCH_OPTION_FLAG, &a->no_sandbox, NULL,
         "Run candidates without the sandbox (docs/sandbox.md): for debuggers and profilers.", 0,
         0},
        {"allow-write", BENCH_OPTION_STRINGS, &a->allow_write, "DIR",
         "A folder that workers may write to, besides the caches. May be repeated.", 0, 0},
        {"max-memory", BENCH_OPTION_DOUBLE, &a->max_memory_gib, "GIB",
         "Memory of a worker with all that it starts (default: three quarters of the host's).", 0,
         0},
        {"max-processes", BENCH_OPTION_INT, &a->max_processes, "N",
         "Processes of a worker (default: 4096).", 1, 1 << 20},
        {"history", BENCH_OPTION_STRING, &a->history, "FILE",
         "Record the finished run in this history (default: $BENCH_HISTORY, else "
         "$XDG_DATA_HOME/bench/history.db, else ~/.local/share/bench/history.db; runs of the null "
         "device only where a file is named here).",
         0, 0},
        {"no-history", BENCH_OPTION_FLAG, &a->no_history, NULL,
         "Do not record the run (`bench history import` still can).", 0, 0},
        {"jobs", BENCH_OPTION_INT, &a->jobs, "N",
         "Compilations, and cases judged, at a time (default: one a CPU).", 1, 1024},
        {"quiet", BENCH_OPTION_FLAG, &a->quiet, NULL, "Print only what went wrong.", 0, 0},
        {0},
    };
    static_assert(sizeof table / sizeof *table <= MOST_OPTIONS, "MOST_OPTIONS is too small");
    memcpy(out, table, sizeof table);
}

void run_arguments_init(struct run_arguments *a)
{
    *a = (struct run_arguments){.device = "auto",
                                .seed = -1,
                                .confirm = -1,
                                .timeout_s = 60,
                                .compile_timeout_s = 300,
                                .max_case_ms = 2000,
                                .max_memory_gib = NAN,
                                .precision = NAN,
                                .confidence = NAN};
}

int run_arguments_parse(const struct bench_command *self, struct run_arguments *a, int argc,
                        char **argv, int *exit_code)
{
    struct bench_option table[MOST_OPTIONS];
    const char *positional[1];
    size_t count = 0;
    make_table(a, table);
    if (bench_options_parse(self, table, argc, argv, positional, 1, &count, exit_code) != 0)
        return -1;
    if (count == 1 && a->suite != NULL) {
        fprintf(stderr, "bench run: two suites: '%s' and '%s'\n", a->suite, positional[0]);
        *exit_code = BENCH_EXIT_USAGE;
        return -1;
    }
    if (count == 1)
        a->suite = positional[0];
    return 0;
}

/* ---- checks ---- */

static int check_numbers(const struct run_arguments *a, struct bench_err *err)
{
    if (!(a->compile_timeout_s > 0))
        return bench_err_set(err, BENCH_EINPUT, "--compile-timeout must be more than 0 seconds");
    if (!(a->timeout_s > 0))
        return bench_err_set(err, BENCH_EINPUT, "--timeout must be more than 0 seconds");
    if (!isnan(a->max_memory_gib) && !(a->max_memory_gib >= 0.001 && a->max_memory_gib <= 1e6))
        return bench_err_set(err, BENCH_EINPUT, "--max-memory is 0.001 to 1000000 GiB, not %g",
                             a->max_memory_gib);
    if (!(a->max_case_ms > 0))
        return bench_err_set(err, BENCH_EINPUT, "--max-case-ms must be more than 0");
    if (!isnan(a->precision) && !(a->precision > 0 && a->precision < 100))
        return bench_err_set(err, BENCH_EINPUT,
                             "--precision is in per cent, above 0 and below 100 (0.5 is usual), "
                             "not %g",
                             a->precision);
    if (!isnan(a->confidence) && !(a->confidence > 50 && a->confidence < 100))
        return bench_err_set(err, BENCH_EINPUT,
                             "--confidence is in per cent, above 50 and below 100 (95 is usual), "
                             "not %g",
                             a->confidence);
    return BENCH_OK;
}

int run_arguments_check(struct run_arguments *a, struct bench_err *err)
{
    int rc = check_numbers(a, err);
    if (rc == BENCH_OK && a->rounds > 0 && (a->max_rounds > 0 || !isnan(a->precision)))
        rc = bench_err_set(err, BENCH_EINPUT,
                           "--rounds fixes their number, so that there is nothing for %s to stop; "
                           "leave one out",
                           a->max_rounds > 0 ? "--max-rounds" : "--precision");
    if (rc == BENCH_OK && a->shard != NULL)
        rc = bench_shard_parse(a->shard, &a->shard_number, &a->shard_count, err);
    if (rc == BENCH_OK && a->sanitize && a->confirm > 0)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "--sanitize measures nothing, so there is nothing to --confirm");
    return rc;
}

static void apply_rounds(const struct run_arguments *a, struct bench_settings *s)
{
    if (a->rounds > 0)
        s->rounds = (int)a->rounds;
    if (a->max_rounds > 0) {
        s->rounds = 0; /* of a suite that fixes them */
        s->most_rounds = (int)a->max_rounds;
        s->least_rounds = s->least_rounds < s->most_rounds ? s->least_rounds : s->most_rounds;
    }
    if (!isnan(a->precision)) {
        s->rounds = 0;
        s->precision = a->precision / 100;
    }
}

void run_arguments_narrow(struct run_arguments *a)
{
    a->filter = (struct bench_suite_filter){
        .operators = a->operators.items,
        .operator_count = a->operators.count,
        .dtypes = a->dtypes.items,
        .dtype_count = a->dtypes.count,
        .max_cases_per_operator = (size_t)a->max_cases,
    };
}

void run_arguments_apply(const struct run_arguments *a, struct bench_settings *s)
{
    apply_rounds(a, s);
    if (!isnan(a->confidence))
        s->confidence = a->confidence / 100;
    if (a->confirm >= 0)
        s->confirm = (int)a->confirm;
    if (a->sanitize)
        s->confirm = 0;
    if (a->seed >= 0)
        s->seed = (uint64_t)a->seed;
    s->seed_given |= a->seed >= 0;
    if (a->cache != NULL)
        s->cache = strcmp(a->cache, "hot") == 0 ? BENCH_CACHE_HOT : BENCH_CACHE_COLD;
    if (a->mode != NULL)
        s->mode = strcmp(a->mode, "operator") == 0 ? BENCH_MODE_OPERATOR : BENCH_MODE_KERNEL;
    s->aa = s->aa && !a->no_aa;
    s->do_bench = s->do_bench && !a->no_do_bench;
}

/* ---- resuming ---- */

static void add_value(const struct bench_option *o, struct bench_str *text)
{
    const struct bench_strings *list = o->value;
    switch (o->type) {
    case BENCH_OPTION_FLAG:
        bench_str_add(text, *(const bool *)o->value ? "given" : "not given");
        return;
    case BENCH_OPTION_STRING:
    case BENCH_OPTION_CHOICE: {
        const char *value = *(const char *const *)o->value;
        bench_str_add(text, value ? value : "not given");
        return;
    }
    case BENCH_OPTION_STRINGS:
        for (size_t i = 0; i < list->count; i++)
            bench_str_addf(text, "%s%s", i ? ", " : "", list->items[i]);
        if (list->count == 0)
            bench_str_add(text, "not given");
        return;
    case BENCH_OPTION_INT:
    case BENCH_OPTION_COUNT: {
        int64_t value = *(const int64_t *)o->value;
        bool given = value > 0 || (value == 0 && o->type == BENCH_OPTION_COUNT) ||
                     (value == 0 && o->min == 0); /* of --seed */
        bench_str_addf(text, given ? "%lld" : "not given", (long long)value);
        return;
    }
    case BENCH_OPTION_DOUBLE: {
        double value = *(const double *)o->value;
        bench_str_addf(text, isnan(value) ? "not given" : "%g", value);
        return;
    }
    }
}

/* Options that say where things are, or how the run is shown and not what is measured. */
static bool may_differ(const char *name, const struct run_arguments *recorded)
{
    static const char *const free_names[] = {
        "resume",      "quiet",      "jobs",          "no-ahead", "no-sandbox",
        "allow-write", "max-memory", "max-processes", "history",  "no-history"};
    static const char *const places[] = {"suite", "kernels", "python"};
    for (size_t i = 0; i < sizeof free_names / sizeof *free_names; i++)
        if (strcmp(name, free_names[i]) == 0)
            return true;
    /* Operators in Python were described, and the descriptions are in the run's folder. */
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(name, places[i]) == 0)
            return recorded->python.operators == NULL || strcmp(name, "python") == 0;
    return false;
}

static int compare(struct run_arguments *recorded, struct run_arguments *given,
                   struct bench_err *err)
{
    struct bench_option before[MOST_OPTIONS], now[MOST_OPTIONS];
    struct bench_str all;
    int rc = BENCH_OK;
    make_table(recorded, before);
    make_table(given, now);
    bench_str_init(&all);
    for (size_t i = 0; before[i].name != NULL; i++) {
        struct bench_str a, b;
        bench_str_init(&a);
        bench_str_init(&b);
        add_value(&before[i], &a);
        add_value(&now[i], &b);
        if (strcmp(a.data, b.data) != 0 && !may_differ(before[i].name, recorded))
            bench_str_addf(&all, "\n  --%s: it was %s, and is %s", before[i].name, a.data, b.data);
        bench_str_fini(&a);
        bench_str_fini(&b);
    }
    if (all.len > 0)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "--resume: options are those that the run was started with; leave out "
                           "what differs, or start a new run:%s",
                           all.data);
    bench_str_fini(&all);
    return rc;
}

static void add_place(struct bench_str *text, const char *option, const char *value)
{
    if (value == NULL)
        return;
    bench_str_addf(text, " --%s ", option);
    run_arguments_quote(value, text);
}

int run_arguments_resume(const struct bench_command *self, const struct run_arguments *recorded,
                         int argc, char **argv, struct run_arguments *a, int *exit_code,
                         struct bench_err *err)
{
    struct run_arguments before = *recorded, given = *recorded;
    struct bench_str moved;
    /* Lists grow with every option, and places are taken over one by one. */
    given.operators.count = given.dtypes.count = given.allow_write.count = 0;
    given.suite = given.kernels = given.python.interpreter = NULL;
    given.quiet = given.no_ahead = given.no_history = false;
    given.history = NULL;
    given.jobs = 0;
    if (run_arguments_parse(self, &given, argc, argv, exit_code) != 0)
        return -1;
    bench_str_init(&moved);
    add_place(&moved, "suite", given.suite);
    add_place(&moved, "kernels", given.kernels);
    add_place(&moved, "python", given.python.interpreter);
    if (given.operators.count == 0)
        given.operators = before.operators;
    if (given.dtypes.count == 0)
        given.dtypes = before.dtypes;
    if (given.allow_write.count == 0)
        given.allow_write = before.allow_write;
    given.suite = given.suite ? given.suite : before.suite;
    given.kernels = given.kernels ? given.kernels : before.kernels;
    given.history = given.history ? given.history : before.history;
    given.no_history = given.no_history || before.no_history;
    if (given.python.interpreter == NULL)
        given.python.interpreter = before.python.interpreter;
    *exit_code = BENCH_EXIT_USAGE;
    int rc = compare(&before, &given, err);
    if (rc == BENCH_OK)
        given.moved = bench_str_take(&moved);
    bench_str_fini(&moved);
    *a = given;
    return rc;
}

void run_arguments_quote(const char *word, struct bench_str *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,+@";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        bench_str_add(text, word);
        return;
    }
    bench_str_addc(text, '\'');
    for (const char *c = word; *c; c++)
        if (*c == '\'')
            bench_str_add(text, "'\\''");
        else
            bench_str_addc(text, *c);
    bench_str_addc(text, '\'');
}
