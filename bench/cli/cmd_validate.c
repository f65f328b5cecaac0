/* bench validate: every fault of the performance data, with its place. */
#include <stdio.h>
#include <string.h>

#include "bench/cli/perf_data.h"
#include "bench/cli/validate_report.h"
#include "selector/validate.h"

static int run_validate(const struct bench_command *self, int argc, char **argv);

const struct bench_command bench_cmd_validate;
const struct bench_command bench_cmd_validate = {
    .name = "validate",
    .summary = "Check performance data and say how many cases can be compared.",
    .usage = "validate [--your-data FILE [--flaggems-data FILE]] [RUN_FOLDER]",
    .details =
        "Without files, the data of RUN_FOLDER are checked, or those of the latest run "
        "(results/latest). FlagGems' own benchmark records (--record log, --record json) are taken "
        "as well. Every value of every case is checked, and all faults are counted and printed as "
        "file:line:column: place: what is wrong; of each kind the first 20, unless --all.\n\n"
        "Errors are data that must not be used. Warnings are data that somebody should look at: "
        "cases without a partner, times that no memory allows, the same time again and again, "
        "times that seem to be seconds or microseconds, few cases, one dtype.\n\n"
        "Exit code: 0 if there is no error (and with --strict no warning), else 1; 2 if the data "
        "cannot be found or the run was interrupted.",
    .run = run_validate};

static int run_validate(const struct bench_command *self, int argc, char **argv)
{
    const char *your = NULL;
    const char *flaggems = NULL;
    const char *format = "text";
    bool quiet = false;
    bool strict = false;
    bool all = false;
    const struct bench_option options[] = {
        {"your-data", BENCH_OPTION_STRING, &your, "FILE", "Times of the candidates.", 0, 0},
        {"flaggems-data", BENCH_OPTION_STRING, &flaggems, "FILE",
         "Times of the references, to be matched with those of the candidates.", 0, 0},
        {"format", BENCH_OPTION_CHOICE, &format, "text|json",
         "text (default): a line for each fault, on standard error. json: one document with all of "
         "them, on standard output.",
         0, 0},
        {"strict", BENCH_OPTION_FLAG, &strict, NULL, "Exit with 1 for warnings too.", 0, 0},
        {"all", BENCH_OPTION_FLAG, &all, NULL, "Print every fault, however many there are.", 0, 0},
        {"quiet", BENCH_OPTION_FLAG, &quiet, NULL, "Print errors only.", 0, 0},
        {NULL, BENCH_OPTION_FLAG, NULL, NULL, NULL, 0, 0}};
    const char *folder = NULL;
    size_t count;
    int code;
    if (bench_options_parse(self, options, argc, argv, &folder, 1, &count, &code) != 0)
        return code;
    bool json = strcmp(format, "json") == 0;
    const char *wrong = (your && folder)    ? "name either files or the folder of a run, not both"
                        : flaggems && !your ? "--flaggems-data needs --your-data beside it"
                                            : NULL;
    if (wrong) {
        fprintf(stderr, "bench validate: %s (see 'bench help validate')\n", wrong);
        return BENCH_EXIT_USAGE;
    }

    struct bench_perf_data data;
    size_t keep = json || all ? 0 : BENCH_PERF_DATA_FAULTS;
    code = bench_perf_data_load_faults(&data, self->name, your, flaggems, folder, keep);
    if (code == BENCH_EXIT_OK) {
        bench_validate(data.your, data.flaggems, &data.join, &data.faults);
        bool valid = !data.faults.errors && !(strict && data.faults.warnings);
        if (json)
            bench_validate_report_json(&data, valid);
        else
            bench_validate_report_text(&data, quiet, valid);
        code = valid ? BENCH_EXIT_OK : BENCH_EXIT_FAILED;
    }
    bench_perf_data_fini(&data);
    return code;
}
