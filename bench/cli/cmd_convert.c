/* bench convert: performance data from FlagGems' own records, and back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/perf_data.h"
#include "bench/util/file.h"
#include "selector/record.h"

static int run_convert(const struct bench_command *self, int argc, char **argv);

const struct bench_command bench_cmd_convert;
const struct bench_command bench_cmd_convert = {
    .name = "convert",
    .summary = "Turn FlagGems' benchmark records into performance data, and back.",
    .usage = "convert --to {perf-data,record-log,record-json} [--role {your,flaggems}] "
             "--output FILE INPUT",
    .details =
        "INPUT is performance data or a record of FlagGems' benchmark (--record log, --record "
        "json): its content says which. Whose times \"latency\" is, the record does not say: "
        "--role does. `bench validate` and `bench select` read records as they are; converting is "
        "for other tools.\n\n"
        "Times are copied digit for digit. A record has no place for devices, decisions, "
        "statistics, failed cases and whether a result was right: docs/formats.md lists what is "
        "lost.\n\n"
        "Exit code: 0 if all was converted; 1 if the input has errors (nothing is written); 2 for "
        "bad usage or a missing file; 4 if the output cannot be written.",
    .run = run_convert};

static int usage(const char *message)
{
    fprintf(stderr, "bench convert: %s (see 'bench help convert')\n", message);
    return BENCH_EXIT_USAGE;
}

static void format(const struct bench_dataset *set, const char *to, struct bench_str *out)
{
    if (strcmp(to, "perf-data") != 0) {
        bool log = strcmp(to, "record-log") == 0;
        bench_record_format(set, log ? BENCH_RECORD_LOG : BENCH_RECORD_JSON, out);
        return;
    }
    struct bench_json_writer w;
    bench_json_writer_init(&w, out, BENCH_JSON_PRETTY);
    bench_json_put_value(&w, bench_json_root(set->doc));
    bench_str_addc(out, '\n');
}

static int convert(const char *input, enum bench_dataset_kind kind, const char *to,
                   const char *output)
{
    struct bench_faults faults;
    struct bench_dataset *set = NULL;
    struct bench_err err;
    bench_faults_init(&faults);
    faults.keep = BENCH_PERF_DATA_FAULTS;
    int code = BENCH_EXIT_OK;
    int rc = bench_dataset_load_whole(input, kind, &faults, &set, &err);
    if (rc != BENCH_OK) {
        fprintf(stderr, "bench convert: %s\n", err.message);
        code = bench_exit_of(rc);
    }
    bench_perf_data_print_faults(&faults, false);
    if (code == BENCH_EXIT_OK && faults.errors) {
        fprintf(stderr, "bench convert: %s has errors (%zu): nothing was written\n", input,
                faults.errors);
        code = BENCH_EXIT_FAILED;
    }
    if (code == BENCH_EXIT_OK) {
        struct bench_str text;
        bench_str_init(&text);
        format(set, to, &text);
        if (bench_file_write_atomic(output, text.data, text.len, &err) == BENCH_OK) {
            printf("%s: %zu %s, %zu %s, from %s\n", output, set->op_count,
                   set->op_count == 1 ? "operator" : "operators", set->case_count,
                   set->case_count == 1 ? "case" : "cases", set->form);
        } else {
            fprintf(stderr, "bench convert: %s\n", err.message);
            code = BENCH_EXIT_SYSTEM;
        }
        bench_str_fini(&text);
    }
    bench_dataset_free(set);
    bench_faults_fini(&faults);
    return code;
}

static int run_convert(const struct bench_command *self, int argc, char **argv)
{
    const char *to = NULL;
    const char *role = "your";
    const char *output = NULL;
    const struct bench_option options[] = {
        {"to", BENCH_OPTION_CHOICE, &to, "perf-data|record-log|record-json",
         "perf-data: the form that the other commands write and read. record-log, record-json: "
         "what FlagGems' benchmark writes with --record log and --record json.",
         0, 0},
        {"role", BENCH_OPTION_CHOICE, &role, "your|flaggems",
         "Whose times they are: the candidates' (your_time, the default), or FlagGems' "
         "(flaggems_time).",
         0, 0},
        {"output", BENCH_OPTION_STRING, &output, "FILE", "Where it goes; its folder is made.", 0,
         0},
        {NULL, BENCH_OPTION_FLAG, NULL, NULL, NULL, 0, 0}};
    const char *input = NULL;
    size_t count;
    int code;
    if (bench_options_parse(self, options, argc, argv, &input, 1, &count, &code) != 0)
        return code;
    if (!input)
        return usage("the input file is missing");
    if (!output)
        return usage("--output is missing");
    if (!to)
        return usage("--to is missing: perf-data, record-log or record-json");
    enum bench_dataset_kind kind =
        strcmp(role, "your") == 0 ? BENCH_DATASET_YOUR : BENCH_DATASET_FLAGGEMS;
    return convert(input, kind, to, output);
}
