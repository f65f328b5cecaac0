#include "bench/run/run_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/case/json_text.h"
#include "bench/run/device_json.h"
#include "bench/run/run_json_parts.h"
#include "bench/run/sandbox.h"
#include "bench/run/sources.h"
#include "bench/run/tally.h"
#include "bench/util/clock.h"
#include "bench/util/mem.h"
#include "bench/util/process.h"

/* The output of a git command without its newline; NULL if it failed. */
static char *git(const char *folder, const char *const *argv)
{
    struct bench_process_spec spec = {.argv = argv, .cwd = folder, .timeout_ms = 5000};
    struct bench_process_result result = {0};
    char *text = NULL;
    if (bench_process_run(&spec, &result, NULL) == BENCH_OK && result.exit_code == 0) {
        text = bench_xstrdup(result.out);
        text[strcspn(text, "\n")] = '\0';
    }
    bench_process_result_fini(&result);
    return text;
}

void bench_run_origin_gather(struct bench_run_origin *facts, const char *name,
                             const struct bench_suite *suite, int argc, char **argv)
{
    const char *folder = suite->operators[0]->directory;
    const char *const head[] = {"git", "rev-parse", "HEAD", NULL};
    const char *const changes[] = {"git",         "--no-optional-locks",  "status",
                                   "--porcelain", "--untracked-files=no", NULL};
    struct utsname system;
    memset(facts, 0, sizeof *facts);
    facts->name = bench_xstrdup(name);
    facts->argc = argc;
    facts->argv = argv;
    facts->start_ns = bench_clock_ns();
    bench_clock_iso(facts->started);
    gethostname(facts->host, sizeof facts->host - 1);
    if (uname(&system) == 0)
        snprintf(facts->system, sizeof facts->system, "%.80s %.80s %.80s", system.sysname,
                 system.release, system.machine);
    facts->git_commit = git(folder, head);
    if (facts->git_commit != NULL) {
        char *changed = git(folder, changes);
        facts->git_dirty = changed != NULL && changed[0] != '\0';
        free(changed);
    }
    facts->arena = bench_arena_new();
    facts->sources =
        bench_arena_alloc(facts->arena, (suite->operator_count + 1) * sizeof *facts->sources);
    bench_sources_hash(suite, facts->arena, facts->sources);
}

void bench_run_origin_fini(struct bench_run_origin *facts)
{
    free(facts->name);
    free(facts->git_commit);
    bench_arena_free(facts->arena);
    memset(facts, 0, sizeof *facts);
}

static void write_origin(const struct bench_run_origin *facts, struct bench_json_writer *w)
{
    bench_json_put_key(w, "command");
    bench_json_open_array(w);
    for (int i = 0; i < facts->argc; i++)
        bench_json_put_string(w, facts->argv[i]);
    bench_json_close_array(w);
    bench_json_put_key_string(w, "bench_version", BENCH_VERSION);
    bench_json_put_key_string(w, "git_commit", facts->git_commit);
    bench_json_put_key_bool(w, "git_dirty", facts->git_dirty);
    bench_json_put_key_string(w, "host", facts->host);
    bench_json_put_key_string(w, "system", facts->system);
    bench_json_put_key_int(w, "host_cpus", sysconf(_SC_NPROCESSORS_ONLN));
}

static void write_device(const struct bench_run *run, struct bench_json_writer *w)
{
    bench_json_put_key(w, "device");
    bench_json_open_object(w);
    bench_json_put_key_string(w, "asked_for", run->options.device);
    bench_json_put_key_string(w, "why", run->why);
    bench_device_json_write(&run->info, w);
    bench_json_close_object(w);
    bench_json_put_key(w, "facts");
    bench_json_open_object(w);
    bench_facts_write(&run->facts_at_start, "start", w);
    bench_facts_write(&run->facts_at_end, "end", w);
    bench_json_close_object(w);
    bench_json_put_key_string(w, "compiler", run->compiler);
}

/* Versions that library calls reported, each once. */
static void write_libraries(const struct bench_run *run, struct bench_json_writer *w)
{
    struct bench_tally *tally = bench_tally_new();
    bench_json_put_key(w, "libraries");
    bench_json_open_array(w);
    for (size_t i = 0; i < run->record_count; i++) {
        const char *library = run->records[i].library;
        if (library[0] != '\0' && ++*bench_tally_of(tally, "%s", library) == 1)
            bench_json_put_string(w, library);
    }
    bench_json_close_array(w);
    bench_tally_free(tally);
}

static void write_operators(const struct bench_run *run, const struct bench_run_origin *facts,
                            struct bench_json_writer *w)
{
    const struct bench_suite *suite = run->suite;
    bench_json_put_key(w, "operators");
    bench_json_open_array(w);
    for (size_t i = 0; i < suite->operator_count; i++) {
        bench_json_open_object(w);
        bench_json_put_key_string(w, "name", suite->operators[i]->name);
        bench_json_put_key_string(w, "file", suite->operators[i]->file);
        bench_json_put_key_string(w, "hash", suite->operators[i]->hash);
        bench_json_put_key_string(w, "meaning", suite->operators[i]->meaning);
        bench_json_text_put(w, "sources", facts->sources[i]);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static void write_suite(const struct bench_run *run, struct bench_json_writer *w)
{
    const struct bench_suite *suite = run->suite;
    bench_json_put_key(w, "suite");
    bench_json_open_object(w);
    bench_json_put_key_string(w, "name", suite->name);
    bench_json_put_key_string(w, "file", suite->file);
    bench_json_put_key_string(w, "hash", suite->hash);
    bench_json_put_key_int(w, "cases", (int64_t)suite->case_count);
    bench_json_put_key(w, "notes");
    bench_json_open_array(w);
    for (size_t i = 0; i < suite->note_count; i++)
        bench_json_put_string(w, suite->notes[i]);
    bench_json_close_array(w);
    bench_json_close_object(w);
}

static void write_rounds(const struct bench_settings *s, struct bench_json_writer *w)
{
    bench_json_put_key(w, "rounds");
    if (s->rounds > 0)
        bench_json_put_int(w, s->rounds);
    else
        bench_json_put_null(w);
    bench_json_put_key_int(w, "least_rounds", s->rounds > 0 ? s->rounds : s->least_rounds);
    bench_json_put_key_int(w, "most_rounds", s->rounds > 0 ? s->rounds : s->most_rounds);
    bench_json_put_key_int(w, "tune_rounds", s->tune_rounds);
    bench_json_put_key_int(w, "warmup_rounds", s->warmup_rounds);
}

static void write_settings(const struct bench_run *run, struct bench_json_writer *w)
{
    const struct bench_settings *s = &run->settings;
    bench_json_put_key(w, "settings");
    bench_json_open_object(w);
    write_rounds(s, w);
    bench_json_put_key_double(w, "precision", s->precision);
    bench_json_put_key_double(w, "confidence", s->confidence);
    bench_json_put_key_double(w, "speedup_threshold", s->speedup_threshold);
    bench_json_put_key_double(w, "relative_threshold", s->relative_threshold);
    bench_json_put_key_int(w, "confirm", s->confirm);
    bench_json_put_key_bool(w, "aa", s->aa);
    bench_json_put_key_bool(w, "do_bench", s->do_bench);
    bench_json_put_key_string(w, "mode", s->mode == BENCH_MODE_KERNEL ? "kernel" : "operator");
    bench_json_put_key_string(w, "cache", s->cache == BENCH_CACHE_COLD ? "cold" : "hot");
    bench_json_put_key_int(w, "seed", (int64_t)(run->process > 0 ? run->main_seed : s->seed));
    bench_json_put_key_bool(w, "sanitize", run->options.sanitize);
    bench_json_put_key_double(w, "timeout_s", run->options.timeout_s);
    bench_json_put_key_double(w, "max_case_ms", run->options.max_case_ms);
    bench_json_close_object(w);
}

/* What kept the workers from harm; not compared when a run is resumed. */
static void write_sandbox(const struct bench_sandbox *sandbox, struct bench_json_writer *w)
{
    bench_json_put_key(w, "sandbox");
    bench_json_open_object(w);
    bench_json_put_key_bool(w, "on", sandbox != NULL);
    if (sandbox != NULL) {
        const struct bench_sandbox_host *host = bench_sandbox_host_of(sandbox);
        const struct bench_sandbox_limits *limits = bench_sandbox_limits_of(sandbox);
        bench_json_put_key_int(w, "landlock", host->landlock);
        bench_json_put_key_bool(w, "seccomp", host->seccomp);
        bench_json_put_key_string(w, "lacks", host->lacks);
        bench_json_put_key_int(w, "max_memory_bytes", (int64_t)limits->memory_bytes);
        bench_json_put_key_int(w, "max_file_bytes", (int64_t)limits->file_bytes);
        bench_json_put_key_int(w, "max_processes", limits->processes);
    }
    bench_json_close_object(w);
}

/* What the workers measured of the timing itself, and of the device. */
static void write_calibration(const struct bench_run *run, struct bench_json_writer *w)
{
    bench_json_put_key(w, "floor");
    bench_json_open_object(w);
    bench_floor_write(&run->gated, "gated", w);
    bench_floor_write(&run->ungated, "ungated", w);
    bench_json_close_object(w);
    bench_graph_floor_write(&run->graph_floor, "graph_floor", w);
    bench_cache_check_write(&run->cache_check, "cache_check", w);
    bench_roofline_write(&run->roofline, "roofline", w);
}

/* Kernels against themselves; null where there were none, or nothing is judged yet. */
static void write_noise_floor(const struct bench_judge *judge, struct bench_json_writer *w)
{
    bench_json_put_key(w, "noise_floor");
    if (judge == NULL || judge->aa_cases == 0) {
        bench_json_put_null(w);
        return;
    }
    bench_json_open_object(w);
    bench_run_json_write_noise(judge->aa_cases, judge->aa_outside, judge->aa_worst,
                               judge->noise_floor, w);
    bench_json_close_object(w);
}

static void write_totals(const struct bench_run *run, struct bench_json_writer *w)
{
    int64_t by_status[BENCH_STATUS_COUNT] = {0}, cases = 0;
    for (size_t i = 0; i < run->suite->case_count; i++)
        cases += run->mine == NULL || run->mine[i];
    for (size_t i = 0; i < run->record_count; i++)
        by_status[run->records[i].status]++;
    for (int i = 0; i < BENCH_STATUS_COUNT; i++)
        by_status[i] += (int64_t)run->let_go[i];
    bench_json_put_key(w, "totals");
    bench_json_open_object(w);
    bench_json_put_key_int(w, "cases", cases);
    bench_json_put_key_int(w, "cases_done", (int64_t)run->cases_done);
    bench_json_put_key_int(w, "records", (int64_t)(run->record_count + run->let_go_count));
    bench_json_put_key_int(w, "failed", (int64_t)bench_run_failures(run));
    bench_json_put_key_int(w, "confirmations", run->confirmations);
    bench_json_put_key_int(w, "workers_lost", (int64_t)run->workers_lost);
    bench_json_put_key(w, "by_status");
    bench_json_open_object(w);
    for (int i = 0; i < BENCH_STATUS_COUNT; i++)
        if (by_status[i] > 0)
            bench_json_put_key_int(w, bench_status_name((enum bench_status)i), by_status[i]);
    bench_json_close_object(w);
    bench_json_close_object(w);
}

static void write_times(const struct bench_run *run, const struct bench_run_origin *facts,
                        bool ended, struct bench_json_writer *w)
{
    char iso[32];
    int64_t now = bench_clock_ns(), since = run->measuring_since_ns;
    bench_clock_iso(iso);
    bench_json_put_key_string(w, "started", facts->started);
    bench_json_put_key_string(w, "finished", ended ? iso : NULL);
    bench_json_put_key_double(w, "duration_s",
                              facts->earlier_s + (double)(now - facts->start_ns) * 1e-9);
    bench_json_put_key_double(w, "measuring_s",
                              run->measuring_s + (since > 0 ? (double)(now - since) * 1e-9 : 0));
    bench_json_put_key(w, "resumed");
    bench_json_open_array(w);
    for (size_t i = 0; i < facts->resumption_count; i++) {
        bench_json_open_object(w);
        bench_json_put_key_string(w, "at", facts->resumptions[i].at);
        bench_json_put_key_int(w, "cases_done", (int64_t)facts->resumptions[i].cases_done);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

void bench_run_json_write(const struct bench_run *run, const struct bench_judge *judge,
                          const struct bench_run_origin *facts, const char *status, int exit_code,
                          struct bench_str *out)
{
    struct bench_json_writer w;
    bench_json_writer_init(&w, out, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_int(&w, "format", 1);
    bench_json_put_key_string(&w, "run", facts->name);
    bench_json_put_key_string(&w, "status", status);
    bench_json_put_key(&w, "exit_code");
    if (exit_code >= 0)
        bench_json_put_int(&w, exit_code);
    else
        bench_json_put_null(&w);
    write_times(run, facts, exit_code >= 0, &w);
    write_origin(facts, &w);
    write_device(run, &w);
    write_libraries(run, &w);
    if (facts->python != NULL)
        bench_json_text_put(&w, "python", facts->python);
    write_suite(run, &w);
    write_operators(run, facts, &w);
    write_settings(run, &w);
    if (run->sandbox_text != NULL)
        bench_json_text_put(&w, "sandbox", run->sandbox_text);
    else
        write_sandbox(run->options.sandbox, &w);
    write_calibration(run, &w);
    write_noise_floor(judge, &w);
    bench_run_json_write_parts(run, judge, &w);
    write_totals(run, &w);
    bench_json_close_object(&w);
    bench_str_addc(out, '\n');
}
