/* bench validate: every fault of the performance data, with its place. */
#include <stdio.h>

#include "bench/cli/perf_data.h"
#include "selector/validate.h"

static int run_validate(const struct bench_command *self, int argc, char **argv);

const struct bench_command bench_cmd_validate;
const struct bench_command bench_cmd_validate = {
    .name = "validate",
    .summary = "Check performance data and say how many cases can be compared.",
    .usage = "validate [--your-data FILE [--flaggems-data FILE]] [RUN_FOLDER]",
    .details = "Without files, the data of RUN_FOLDER are checked, or those of the latest run "
               "(results/latest). Every value of every case is checked, and all faults are "
               "printed as file:line:column: place: what is wrong.\n\n"
               "Exit code: 0 if the data are right, 1 if they have errors, 2 if they cannot be "
               "found or the run was interrupted.",
    .run = run_validate};

static void print_counts(const struct bench_perf_data *data)
{
    const struct bench_dataset *sets[] = {data->your, data->flaggems};
    for (size_t i = 0; i < 2; i++)
        if (sets[i] && sets[i]->doc)
            printf("%s: %zu %s, %zu %s\n", bench_json_name(sets[i]->doc), sets[i]->op_count,
                   sets[i]->op_count == 1 ? "operator" : "operators", sets[i]->case_count,
                   sets[i]->case_count == 1 ? "case" : "cases");
    if (data->flaggems)
        printf("matches: %zu %s in both files (same operator, shape, dtype and params); "
               "%zu only in the first, %zu only in the second\n",
               data->join.matched, data->join.matched == 1 ? "case is" : "cases are",
               data->join.your_only, data->join.flaggems_only);
    else
        printf("no reference data: nothing to match (batch 1 needs them)\n");
}

static void check_emptiness(struct bench_perf_data *data)
{
    if (!data->your->broken && data->your->op_count == 0)
        bench_faults_add(&data->faults, BENCH_FAULT_ERROR, NULL,
                         "%s: holds no operators: there is nothing to validate",
                         bench_json_name(data->your->doc));
    if (data->flaggems && !data->your->broken && !data->flaggems->broken &&
        data->faults.errors == 0 && data->flaggems->case_count > 0 && data->join.matched == 0)
        bench_faults_add(&data->faults, BENCH_FAULT_WARNING, NULL,
                         "no case is in both files: batch 1 has nothing to compare");
}

static int run_validate(const struct bench_command *self, int argc, char **argv)
{
    const char *your = NULL;
    const char *flaggems = NULL;
    bool quiet = false;
    const struct bench_option options[] = {
        {"your-data", BENCH_OPTION_STRING, &your, "FILE", "Times of the candidates.", 0, 0},
        {"flaggems-data", BENCH_OPTION_STRING, &flaggems, "FILE",
         "Times of the references, to be matched with those of the candidates.", 0, 0},
        {"quiet", BENCH_OPTION_FLAG, &quiet, NULL, "Print errors only.", 0, 0},
        {NULL, BENCH_OPTION_FLAG, NULL, NULL, NULL, 0, 0}};
    const char *folder = NULL;
    size_t count;
    int code;
    if (bench_options_parse(self, options, argc, argv, &folder, 1, &count, &code) != 0)
        return code;
    if ((flaggems && !your) || (your && folder)) {
        fprintf(stderr, "bench validate: %s\n",
                folder ? "name either files or the folder of a run, not both"
                       : "--flaggems-data needs --your-data beside it");
        return BENCH_EXIT_USAGE;
    }

    struct bench_perf_data data;
    code = bench_perf_data_load(&data, self->name, your, flaggems, folder);
    if (code == BENCH_EXIT_OK) {
        bench_validate(data.your, data.flaggems, &data.join, &data.faults);
        check_emptiness(&data);
        bench_perf_data_print_faults(&data.faults, quiet);
        if (!quiet) {
            print_counts(&data);
            printf("%s: %zu %s, %zu %s\n", data.faults.errors ? "not valid" : "valid",
                   data.faults.errors, data.faults.errors == 1 ? "error" : "errors",
                   data.faults.warnings, data.faults.warnings == 1 ? "warning" : "warnings");
        }
        code = data.faults.errors ? BENCH_EXIT_FAILED : BENCH_EXIT_OK;
    }
    bench_perf_data_fini(&data);
    return code;
}
