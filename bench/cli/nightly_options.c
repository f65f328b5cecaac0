/* The command line of `bench nightly`. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/cli/nightly_impl.h"
#include "bench/cli/suite_option.h"
#include "bench/nightly/budget.h"
#include "bench/run/confirm.h"

void nightly_init(struct nightly_request *r)
{
    *r = (struct nightly_request){.nights = "nights",
                                  .device = "auto",
                                  .suite = "nightly",
                                  .confirm = -1,
                                  .seed = -1,
                                  .max_case_ms = NAN,
                                  .timeout_s = NAN,
                                  .budget_s = INFINITY};
}

static int usage(const char *message, const char *word)
{
    fprintf(stderr, "bench nightly: %s%s (see 'bench help nightly')\n", message, word);
    return BENCH_EXIT_USAGE;
}

/* The run itself cannot be left out. */
static int check_skips(struct nightly_request *r)
{
    for (size_t i = 0; i < r->skip.count; i++) {
        int step = BENCH_NIGHT_RUN + 1;
        while (step < BENCH_NIGHT_STEPS &&
               strcmp(r->skip.items[i], bench_night_step_name((enum bench_night_step)step)) != 0)
            step++;
        if (step == BENCH_NIGHT_STEPS)
            return usage("--skip is one of validate, select, compare, history, report, not ",
                         r->skip.items[i]);
        r->skips[step] = true;
    }
    return BENCH_EXIT_OK;
}

static int check(struct nightly_request *r)
{
    if (r->budget != NULL) {
        r->budget_s = bench_nightly_seconds(r->budget);
        if (!(r->budget_s > 0))
            return usage("--budget is a time above 0 such as 2h, 90m or 1h30m, not ", r->budget);
    }
    if (r->python_operators != NULL && r->budget != NULL)
        return usage("--budget chooses among a suite's operators, and --operators has no suite",
                     "");
    if (r->reference != NULL && r->python_operators == NULL)
        return usage("--reference is for --operators", "");
    int code = check_skips(r);
    if (code == BENCH_EXIT_OK && r->against != NULL && r->skips[BENCH_NIGHT_COMPARE])
        return usage("--against and --skip compare contradict each other", "");
    return code;
}

int nightly_parse(const struct bench_command *self, struct nightly_request *r, int argc,
                  char **argv, int *exit_code)
{
    const char *suite = NULL;
    const struct bench_option options[] = {
        {"suite", BENCH_OPTION_STRING, &suite, "SUITE",
         "The suite, in place of the word: " BENCH_SUITE_HELP " (default: nightly).", 0, 0},
        {"budget", BENCH_OPTION_STRING, &r->budget, "TIME",
         "Time to measure for (2h, 90m; a number alone is seconds): operators near a decision, or "
         "long not measured, come "
         "first, and what there is no time for is named (default: none, all is measured).",
         0, 0},
        {"notify", BENCH_OPTION_STRING, &r->notify, "COMMAND",
         "A shell command that gets the summary on its standard input, $BENCH_NIGHT (the folder) "
         "and $BENCH_NIGHT_EXIT. If it fails, that is said and changes nothing.",
         0, 0},
        {"resume", BENCH_OPTION_FLAG, &r->resume, NULL,
         "Go on with the newest night that did not come to its end, with its own options.", 0, 0},
        {"accept", BENCH_OPTION_STRING, &r->accept, "NIGHT",
         "Measure nothing: what this night found is as it should be; later nights are compared "
         "with it.",
         0, 0},
        {"nights", BENCH_OPTION_STRING, &r->nights, "DIR",
         "Folder of the nights (default: nights).", 0, 0},
        {"against", BENCH_OPTION_STRING, &r->against, "NIGHT",
         "The folder of a night or run to compare with (default: the last good night).", 0, 0},
        {"skip", BENCH_OPTION_STRINGS, &r->skip, "STEP",
         "Leave a step out: validate, select, compare, history or report. May be repeated.", 0, 0},
        {"device", BENCH_OPTION_STRING, &r->device, "DEVICE", "As of `bench run` (default: auto).",
         0, 0},
        {"kernels", BENCH_OPTION_STRING, &r->kernels, "DIR", BENCH_KERNELS_HELP, 0, 0},
        {"operators", BENCH_OPTION_STRING, &r->python_operators, "DIR",
         "Operators in Python, as of `bench run`; takes the place of SUITE.", 0, 0},
        {"reference", BENCH_OPTION_STRING, &r->reference, "FLAGGEMS",
         "With --operators: a FlagGems checkout, none, or auto (default: auto).", 0, 0},
        {"op", BENCH_OPTION_STRINGS, &r->operators, "NAME",
         "Only this operator; may be given several times.", 0, 0},
        {"dtype", BENCH_OPTION_STRINGS, &r->dtypes, "DTYPE",
         "Only this dtype; may be given several times.", 0, 0},
        {"max-cases", BENCH_OPTION_INT, &r->max_cases, "N",
         "At most so many cases of each operator (default: all).", 1, 1000000},
        {"confirm", BENCH_OPTION_COUNT, &r->confirm, "N",
         "Measure operators that pass again in N fresh processes; --no-confirm: none (default: the "
         "suite's, else 3).",
         BENCH_CONFIRM_LEAST, BENCH_CONFIRM_MOST},
        {"seed", BENCH_OPTION_INT, &r->seed, "N",
         "Seed of inputs and orders (default: the suite's).", 0, INT64_MAX},
        {"max-case-ms", BENCH_OPTION_DOUBLE, &r->max_case_ms, "MS",
         "Time that the rounds of one case may take (default: 2000).", 0, 0},
        {"timeout", BENCH_OPTION_DOUBLE, &r->timeout_s, "S",
         "An implementation that is silent for so long is given up (default: 60).", 0, 0},
        {"python", BENCH_OPTION_STRING, &r->python, "PROGRAM",
         "The interpreter for operators in Python.", 0, 0},
        {"history", BENCH_OPTION_STRING, &r->history, "FILE",
         "The history to record in (default: that of `bench history`).", 0, 0},
        {"quiet", BENCH_OPTION_FLAG, &r->quiet, NULL,
         "No progress; the summary is printed all the same.", 0, 0},
        {0}};
    const char *positional[1];
    size_t count = 0;
    if (bench_options_parse(self, options, argc, argv, positional, 1, &count, exit_code) != 0)
        return -1;
    if (count == 1 && suite != NULL)
        *exit_code = usage("--suite and a word name two suites; leave out ", positional[0]);
    else if ((count == 1 || suite != NULL) && r->python_operators != NULL)
        *exit_code = usage("--operators takes the place of a suite; leave out ",
                           suite != NULL ? suite : positional[0]);
    else
        *exit_code = check(r);
    if (count == 1 || suite != NULL)
        r->suite = suite != NULL ? suite : positional[0];
    if (r->python_operators != NULL)
        r->suite = "operators";
    return *exit_code == BENCH_EXIT_OK ? 0 : -1;
}
