/* `bench run` on several devices: null devices, whose times are scripted. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "run_support.h"

TestSuite(run_fleet, .init = cli_enter_folder, .fini = cli_leave_folder, .timeout = 480);

#define CASES 12
/* Slow enough to be stopped in the middle: 3 ms of real time a launch. */
#define SLOW "--device null:pace=3000000*3 --output r"

static struct bench_json_doc *run_json;
static struct run_journal journal;

static const struct bench_json *root(void)
{
    return bench_json_root(run_json);
}

static void read_run(void)
{
    run_json = run_read("r/run.json");
    run_read_journal("r/journal.jsonl", &journal);
}

static void forget_run(void)
{
    bench_json_free(run_json);
    run_free_journal(&journal);
}

static const struct bench_json *line(size_t i)
{
    return bench_json_root(journal.lines[i]);
}

static int device_of(const struct bench_json *l)
{
    return (int)run_number(bench_json_get(l, "measured_on"), "index");
}

static double session_of(const struct bench_json *l)
{
    const struct bench_json *v = bench_json_get(l, "session");
    return v != NULL ? bench_json_number(v) : 0;
}

/* Every case has all roles, in its last session, and those are of one device: how many of each. */
static void expect_whole_cases(size_t cases, int process, size_t per_device[8])
{
    memset(per_device, 0, 8 * sizeof *per_device);
    for (size_t c = 0; c < cases; c++) {
        double last = 0;
        size_t roles = 0;
        int device = -1;
        for (size_t i = 0; i < journal.count; i++)
            if (run_number(line(i), "case") == (double)c &&
                run_number(line(i), "process") == process && session_of(line(i)) > last)
                last = session_of(line(i));
        for (size_t i = 0; i < journal.count; i++) {
            if (run_number(line(i), "case") != (double)c || session_of(line(i)) != last ||
                run_number(line(i), "process") != process)
                continue;
            roles += bench_json_size(bench_json_get(line(i), "roles"));
            cr_expect(device < 0 || device == device_of(line(i)), "case %zu is on two devices", c);
            device = device_of(line(i));
        }
        cr_expect_eq(roles, 3, "case %zu has %zu roles in process %d", c, roles, process);
        cr_assert(device >= 0 && device < 8);
        per_device[device]++;
    }
}

static const struct bench_json *device(size_t i)
{
    return bench_json_at(bench_json_get(root(), "devices"), i);
}

/* ---- */

/* What was decided, for each operator and rule. */
static char *answers(const char *folder)
{
    struct bench_str text;
    char *path = bench_xprintf("%s/your_perf_data.json", folder);
    struct bench_json_doc *doc = run_read(path);
    bench_str_init(&text);
    for (const struct bench_json *op = bench_json_first(bench_json_root(doc)); op;
         op = bench_json_next(op)) {
        const struct bench_json *decisions = bench_json_get(op, "decisions");
        for (const struct bench_json *d = bench_json_first(decisions); d; d = bench_json_next(d))
            bench_str_addf(&text, "%s %s %s, %g cases, %g processes\n", bench_json_key(op),
                           bench_json_key(d), run_text(d, "answer"), run_number(d, "cases"),
                           run_number(d, "processes"));
    }
    bench_json_free(doc);
    free(path);
    char *taken = bench_str_take(&text);
    bench_str_fini(&text);
    return taken;
}

Test(run_fleet, four_devices_give_the_verdicts_of_one)
{
    cli_expect_exit(run_suite("fleet", "--device null --confirm --quiet --output one"), 0);
    cli_expect_exit(run_suite("fleet", "--device null*4 --confirm --quiet --output r"), 0);
    char *one = answers("one"), *four = answers("r");
    cr_expect_str_eq(one, four);
    cli_expect_in(one, "scripted speedup_vs_flaggems pass, 12 cases, 3 processes");
    free(one);
    free(four);
    size_t per_device[8];
    read_run();
    for (int process = 0; process <= 3; process++)
        expect_whole_cases(CASES, process, per_device);
    cr_expect_eq(bench_json_size(bench_json_get(root(), "devices")), 4);
    forget_run();
}

Test(run_fleet, each_device_has_its_own_noise_floor_and_cases)
{
    double cases = 0, twins = 0;
    cli_expect_exit(run_suite("null", "--device null*3 --quiet --output r"), 0);
    read_run();
    for (size_t i = 0; i < 3; i++) {
        const struct bench_json *noise = bench_json_get(device(i), "noise_floor");
        cr_expect_eq(run_number(device(i), "index"), (double)i);
        cr_expect_str_eq(run_text(device(i), "lost"), "");
        cases += run_number(device(i), "cases");
        twins += bench_json_type(noise) == BENCH_JSON_OBJECT ? run_number(noise, "aa_cases") : 0;
    }
    cr_expect_eq(cases, run_number(bench_json_get(root(), "totals"), "cases"));
    cr_expect_eq(twins, run_number(bench_json_get(root(), "noise_floor"), "aa_cases"));
    cr_expect_geq(twins, 12, "three devices want eight each, or all that there are");
    struct bench_json_doc *perf = run_read("r/your_perf_data.json");
    const struct bench_json *configs =
        bench_json_get(bench_json_get(bench_json_root(perf), "ticker"), "configs");
    for (const struct bench_json *c = bench_json_first(configs); c; c = bench_json_next(c))
        cr_expect_str_eq(run_text(bench_json_get(c, "measured_on"), "name"), "scripted times");
    bench_json_free(perf);
    forget_run();
}

/* Real kernels, verified: two devices of one thread each. */
Test(run_fleet, each_device_is_calibrated_by_itself)
{
    cli_expect_exit(
        cli_bench("run quick --op gelu --max-cases 2 --device cpu:1*2 --rounds 5 --seed "
                  "1 --quiet --output r"),
        0);
    read_run();
    for (size_t i = 0; i < 2; i++) {
        const struct bench_json *floor =
            bench_json_get(bench_json_get(device(i), "floor"), "gated");
        cr_expect_gt(run_number(floor, "empty_ns"), 0);
        cr_expect_eq(run_number(device(i), "index"), (double)i);
        cr_expect_eq(run_number(device(i), "cases"), 1);
    }
    for (size_t i = 0; i < journal.count; i++)
        cr_expect_str_eq(run_text(line(i), "status"), "ok");
    forget_run();
}

Test(run_fleet, a_device_that_is_lost_gives_its_cases_back)
{
    size_t per_device[8];
    const struct bench_process_result *result =
        run_suite("fleet", "--device null*4 --quiet --output r");
    cli_expect_exit(result, 0);
    cli_expect_in(result->err, "device 1 (scripted times, null-1) is lost");
    read_run();
    expect_whole_cases(CASES, 0, per_device);
    cr_expect_eq(bench_json_size(bench_json_get(root(), "devices")), 4);
    cli_expect_in(run_text(device(1), "lost"), "null device 1 is lost");
    cr_expect_str_eq(run_text(device(0), "lost"), "");
    cr_expect_eq(run_number(bench_json_get(root(), "totals"), "failed"), 0, "nobody is to blame");
    forget_run();
}

Test(run_fleet, the_run_ends_when_all_devices_are_lost_and_can_go_on)
{
    const struct bench_process_result *result =
        run_suite("lost", "--device null*2 --quiet --output r");
    cli_expect_exit(result, 4);
    cli_expect_in(result->err, "all 2 devices are lost");
    cli_expect_in(result->err, "bench run --resume r");
    /* What was lost in those processes is there again, but for the case that loses it. */
    result = cli_bench("run --resume r --quiet");
    cli_expect_exit(result, 4);
    read_run();
    cr_expect_eq(bench_json_size(bench_json_get(root(), "devices")), 2);
    forget_run();
}

Test(run_fleet, implementations_that_end_their_worker_cost_the_others_nothing)
{
    cli_expect_exit(run_suite("deaths", "--device null*3 --timeout 8 --quiet --output r"), 1);
    read_run();
    run_expect(&journal, 0, "candidate", "crashed", "signal 11");
    run_expect(&journal, 1, "candidate", "timeout", "8 s");
    run_expect(&journal, 2, "candidate", "device_fault", "poisoned");
    run_expect(&journal, 3, "candidate", "crashed", "exit code 3");
    run_expect(&journal, 4, "candidate", "launch_error", "fail_launch");
    for (size_t i = 0; i < 3; i++)
        cr_expect_str_eq(run_text(device(i), "lost"), "");
    forget_run();
}

/* ---- ends before the end ---- */

static void expect_finished(void)
{
    size_t per_device[8];
    read_run();
    cr_expect_str_eq(run_text(root(), "status"), "finished");
    cr_expect_eq(run_number(bench_json_get(root(), "totals"), "cases_done"), CASES);
    expect_whole_cases(CASES, 0, per_device);
    forget_run();
}

static void start_and_end(const char *said_before, int number, int expected_exit)
{
    int said, status;
    pid_t pid = run_start_suite("fleet", SLOW, NULL, &said);
    run_read_until(said, said_before);
    kill(pid, number);
    if (expected_exit >= 0) {
        cr_expect_eq(run_exit_code(pid, said), expected_exit);
    } else {
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_assert(WIFSIGNALED(status));
    }
    close(said);
}

Test(run_fleet, what_was_killed_goes_on)
{
    start_and_end("[3/12]", SIGKILL, -1);
    cli_expect_exit(cli_bench("run --resume r --quiet"), 0);
    expect_finished();
}

Test(run_fleet, after_ctrl_c_every_device_finishes_its_case)
{
    start_and_end("[2/12]", SIGINT, 130);
    read_run();
    cr_expect_str_eq(run_text(root(), "status"), "interrupted");
    double done = run_number(bench_json_get(root(), "totals"), "cases_done");
    cr_expect(done >= 3 && done < CASES, "%g cases are done", done);
    cr_expect_eq(bench_json_size(bench_json_get(root(), "devices")), 3);
    forget_run();
    cli_expect_exit(cli_bench("run --resume r --quiet"), 0);
    expect_finished();
}

Test(run_fleet, a_run_goes_on_with_its_own_devices_only)
{
    start_and_end("[2/12]", SIGTERM, 130);
    const struct bench_process_result *result = cli_bench("run --resume r --device null*2");
    cli_expect_exit(result, 2);
    cli_expect_in(result->err, "--device: it was null:pace=3000000*3, and is null*2");
}

/* ---- what is refused ---- */

Test(run_fleet, models_are_mixed_only_if_that_is_allowed)
{
    const struct bench_process_result *result =
        run_suite("fleet", "--device null:model=1+null:model=2 --quiet --output r");
    cli_expect_exit(result, 2);
    cli_expect_in(result->err, "device 0 is scripted times, model 1");
    cli_expect_in(result->err, "device 1 is scripted times, model 2");
    cli_expect_in(result->err, "--allow-mixed-devices");
    cr_expect_not(bench_file_exists("r"));
    result = run_suite("fleet", "--device null:model=1+null:model=2 --allow-mixed-devices --quiet "
                                "--output r");
    cli_expect_exit(result, 0);
    result = run_suite("fleet", "--device null+cpu --allow-mixed-devices --quiet --output k");
    cli_expect_exit(result, 2);
    cli_expect_in(result->err, "on devices of one kind, and these are null and cpu");
}

Test(run_fleet, what_makes_no_sense_is_refused)
{
    const struct bench_process_result *result =
        run_suite("fleet", "--device null:all --quiet --output r");
    cli_expect_exit(result, 2);
    cli_expect_in(result->err, "write how many, null*4");
    result = run_suite("fleet", "--device null --costs nowhere --quiet --output r");
    cli_expect_exit(result, 2);
    cli_expect_in(result->err, "--costs is for --shard or several devices");
    cr_expect_not(bench_file_exists("r"));
}
