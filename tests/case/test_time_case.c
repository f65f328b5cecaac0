/* What a case's records say besides the rounds: variants, twins, operator mode, the roofline. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/device/device_impl.h"
#include "bench/util/mem.h"
#include "job_fixture.h"

static const char scripted[] =
    "[{\"name\": \"one\", \"provider\": \"null\", \"entry\": \"constant(1000)\",\n"
    "  \"tune\": {\"STEP\": [1, 2, 4]}},\n"
    " {\"name\": \"two\", \"provider\": \"null\", \"entry\": \"constant(2000)\"},\n"
    " {\"name\": \"nine\", \"provider\": \"null\", \"entry\": \"constant(9000)\"}]";

/* ---- variants ---- */

Test(time_case, variants_are_chosen_on_samples_of_their_own)
{
    struct job_fixture f;
    job_open(&f, "null");
    job_operator(&f, scripted, NULL, 256);
    job_roles(&f, "one", "two", NULL);
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_assert_eq(r->tuned_count, 3);
    cr_expect_str_eq(r->variant, "STEP=1");
    cr_expect_eq(r->round_count, 16, "tuning samples are not among the rounds");
    for (size_t v = 0; v < r->tuned_count; v++) {
        cr_assert_gt(r->tuned[v].round_count, 0, "what was chosen by is kept");
        cr_expect_eq(r->tuned[v].round_count, r->tuned[0].round_count, "rounds are paired");
    }
    job_close(&f);
}

Test(time_case, a_confirming_process_uses_the_variant_that_was_chosen)
{
    struct job_fixture f;
    struct bench_record chosen[2];
    bench_record_init(&chosen[0]);
    bench_record_init(&chosen[1]);
    chosen[0].implementation = "two";
    chosen[1].implementation = "one";
    chosen[1].variant = "STEP=4";
    job_open(&f, "null");
    job_operator(&f, scripted, NULL, 256);
    job_roles(&f, "one", "two", NULL);
    f.job.process = 2;
    f.job.fixed = chosen;
    f.job.fixed_count = 2;
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_str_eq(r->variant, "STEP=4");
    cr_expect_eq(r->tuned_count, 0, "nothing is chosen again");
    cr_expect_eq(r->process, 2);
    cr_expect_eq(job_record(&f, BENCH_REFERENCE)->status, BENCH_STATUS_OK);
    cr_expect_eq(job_record(&f, BENCH_BASELINE)->process, 2, "also of a role that nobody plays");
    job_close(&f);
}

Test(time_case, a_chosen_variant_that_is_gone_is_an_error_and_no_other_is_taken)
{
    struct job_fixture f;
    struct bench_record chosen;
    bench_record_init(&chosen);
    chosen.implementation = "one";
    chosen.variant = "STEP=8";
    job_open(&f, "null");
    job_operator(&f, scripted, NULL, 256);
    job_roles(&f, "one", "two", NULL);
    f.job.fixed = &chosen;
    f.job.fixed_count = 1;
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(r->status, BENCH_STATUS_LAUNCH_ERROR);
    cr_expect_not_null(strstr(r->reason, "'STEP=8'"), "%s", r->reason);
    job_close(&f);
}

/* ---- twins ---- */

Test(time_case, the_reference_is_measured_against_itself)
{
    struct job_fixture f;
    job_open(&f, "null");
    job_operator(&f, scripted, NULL, 256);
    job_roles(&f, "one", "two", "nine");
    f.job.twin = true;
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_REFERENCE);
    cr_assert_not_null(r->twin_elapsed_ns);
    cr_assert_eq(r->twin_round_count, r->round_count);
    for (size_t i = 0; i < r->round_count; i++)
        cr_expect_float_eq(r->twin_elapsed_ns[i], 2000, 1e-6);
    cr_expect_str_eq(r->twin_note, "");
    cr_expect_null(job_record(&f, BENCH_CANDIDATE)->twin_elapsed_ns);
    cr_expect_eq(r->round_count, 16, "a twin is asked about nothing");
    cr_expect_eq(f.record_count, 3, "and has no record of its own");
    job_close(&f);
}

Test(time_case, without_a_reference_the_candidate_is)
{
    struct job_fixture f;
    job_open(&f, "null");
    job_operator(&f, scripted, NULL, 256);
    job_roles(&f, "one", NULL, NULL);
    f.job.twin = true;
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(r->twin_round_count, BENCH_MEASURE_UNASKED_ROUNDS);
    cr_expect_null(job_record(&f, BENCH_REFERENCE)->twin_elapsed_ns);
    job_close(&f);
}

/* ---- the second estimate ---- */

static const char close_to_each_other[] =
    "[{\"name\": \"one\", \"provider\": \"null\", \"entry\": \"constant(1000)\"},\n"
    " {\"name\": \"near\", \"provider\": \"null\", \"entry\": \"constant(1295)\"},\n"
    " {\"name\": \"far\", \"provider\": \"null\", \"entry\": \"constant(1700)\"}]";

/* How many calls of the candidate were in a graph. */
static int graph_calls(struct job_fixture *f, const char *reference)
{
    job_roles(f, "one", reference, NULL);
    job_run(f);
    const struct bench_record *r = job_record(f, BENCH_CANDIDATE);
    cr_expect_eq(r->graph_launches > 0, r->graph_round_count > 0);
    cr_expect_eq(r->graph_launches, job_record(f, BENCH_REFERENCE)->graph_launches);
    cr_expect_str_eq(r->graph_note, "");
    return r->graph_launches;
}

Test(time_case, graphs_are_taken_where_the_floor_leaves_a_question_open)
{
    struct job_fixture f;
    const struct bench_graph_floor graph_floor = {.start_ns = 500, .kernel_ns = 20};
    job_open(&f, "null:500");
    job_operator(&f, close_to_each_other, NULL, 256);
    f.settings.gated = (struct bench_floor){
        .empty_ns = 520, .own_ns = 20, .floor_ns = 500, .low_ns = 500, .high_ns = 520};
    cr_expect_eq(graph_calls(&f, "near"), 0, "without their floor they say nothing");
    f.job.graph_floor = &graph_floor;
    cr_expect_gt(graph_calls(&f, "near"), 0, "1.295 or 1.301, by what the floor is");
    cr_expect_eq(graph_calls(&f, "far"), 0, "the events say all that is asked");
    f.settings.suite.cache = BENCH_CACHE_HOT;
    cr_expect_eq(graph_calls(&f, "near"), 0, "graphs are cold");
    f.settings.suite.cache = BENCH_CACHE_COLD;
    f.settings.gated.empty_ns = 200;
    cr_expect_eq(graph_calls(&f, "near"), 0, "far from the floor they say nothing new");
    job_close(&f);
}

Test(time_case, do_bench_is_recorded_beside_it)
{
    struct job_fixture f;
    job_open(&f, "null:500");
    job_operator(&f, scripted, NULL, 256);
    job_roles(&f, "one", "two", NULL);
    f.settings.suite.do_bench = true;
    job_run(&f);
    cr_expect_float_eq(job_record(&f, BENCH_CANDIDATE)->do_bench_ns, 1500, 1e-6);
    cr_expect_float_eq(job_record(&f, BENCH_REFERENCE)->do_bench_ns, 2500, 1e-6);
    job_close(&f);
}

/* ---- the roofline ---- */

/* 8 MB at 1 TB/s take 8 us. */
Test(time_case, faster_than_the_device_can_be_is_impossible)
{
    struct job_fixture f;
    struct bench_roofline roofline = {.known = true,
                                      .read_bytes_s = 1e12,
                                      .write_bytes_s = 1e12,
                                      .copy_bytes_s = 1e12,
                                      .l2_read_bytes_s = 4e12,
                                      .fp64_flops = 1e14,
                                      .fp32_flops = 1e14};
    job_open(&f, "null");
    job_operator(&f, scripted, NULL, 1000000);
    job_roles(&f, "one", "nine", NULL);
    f.job.roofline = &roofline;
    job_run(&f);
    const struct bench_record *one = job_record(&f, BENCH_CANDIDATE);
    const struct bench_record *nine = job_record(&f, BENCH_REFERENCE);
    cr_expect_eq(one->status, BENCH_STATUS_IMPOSSIBLE);
    cr_expect_not_null(strstr(one->reason, "takes 1.000 us"), "%s", one->reason);
    cr_expect_not_null(strstr(one->reason, "8 MB"), "%s", one->reason);
    cr_expect_not_null(strstr(one->reason, "8.000 us"), "%s", one->reason);
    cr_expect_not_null(strstr(one->reason, "1 TB/s"), "%s", one->reason);
    cr_expect_eq(nine->status, BENCH_STATUS_OK);
    cr_expect_float_eq(nine->roofline_ns, 8000, 1);
    cr_expect_str_eq(nine->roofline_bound, "memory");
    f.job.roofline = NULL;
    job_run(&f);
    cr_expect_eq(job_record(&f, BENCH_CANDIDATE)->status, BENCH_STATUS_OK);
    cr_expect_eq(job_record(&f, BENCH_CANDIDATE)->roofline_ns, 0);
    job_close(&f);
}

/* ---- on a device that computes ---- */

/* `lazy` writes in its first 16 launches of a case of 256 elements only; `shy` writes nothing where
 * it finds other outputs than in its first launch. */
static const char source[] =
    "extern \"C\" __global__ void oracle(const BENCH_T *x, double *out, long long n)\n"
    "{\n"
    "    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (i < n)\n"
    "        out[i] = 2.0 * (double)x[i];\n"
    "}\n"
    "__device__ void twice(const BENCH_T *x, BENCH_T *out, long long n)\n"
    "{\n"
    "    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (i < n)\n"
    "        out[i] = x[i] + x[i];\n"
    "}\n"
    "extern \"C\" __global__ void plain(const BENCH_T *x, BENCH_T *out, long long n)\n"
    "{\n"
    "    twice(x, out, n);\n"
    "}\n"
    "__device__ int launches;\n"
    "extern \"C\" __global__ void lazy(const BENCH_T *x, BENCH_T *out, long long n)\n"
    "{\n"
    "    if (launches < 16)\n"
    "        twice(x, out, n);\n"
    "    if (n == 256 && threadIdx.x == 0)\n"
    "        launches++;\n"
    "}\n"
    "__device__ BENCH_T *first;\n"
    "extern \"C\" __global__ void shy(const BENCH_T *x, BENCH_T *out, long long n)\n"
    "{\n"
    "    if (first == nullptr)\n"
    "        first = out;\n"
    "    if (out == first)\n"
    "        twice(x, out, n);\n"
    "}\n";

/* Right in other bits in one round, and wrong in the next; then as at first. Two launches a round.
 */
static const char sly[] =
    "__device__ int sly_launches;\n"
    "extern \"C\" __global__ void sly(const BENCH_T *x, BENCH_T *out, long "
    "long n)\n"
    "{\n"
    "    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    int of = n == 256 ? sly_launches / 2 : 0;\n"
    "    if (i < n)\n"
    "        out[i] = (x[i] + x[i]) * (of == 10 ? 1.0000001f : of == 11 ? 3.0f "
    ": 1.0f);\n"
    "    if (n == 256 && i == n - 1)\n"
    "        sly_launches++;\n"
    "}\n";

#define COMPUTED(name)                                                                             \
    "{\"name\": \"" name "\", \"provider\": \"cuda\", \"source\": \"made.cu\", \"entry\": \"" name \
    "\",\n  \"grid\": [\"ceildiv(n, 256)\"], \"block\": [256], \"args\": [\"x\", \"out\", "        \
    "{\"int64\": \"n\"}]}"

static void open_computed(struct job_fixture *f)
{
    job_open(f, "cpu:1");
    f->settings.suite.rounds = 12;
    f->settings.suite.cache = BENCH_CACHE_HOT;
    char *all = bench_xprintf("%s%s", source, sly);
    job_operator(f,
                 "[" COMPUTED("plain") ",\n" COMPUTED("lazy") ",\n" COMPUTED("shy") ",\n" COMPUTED(
                     "sly") "]",
                 all, 256);
    free(all);
}

/* Which round is the last is not known beforehand; the outputs that are looked at are a timed
 * launch's all the same. */
Test(time_case, outputs_of_a_timed_launch_are_checked)
{
    struct job_fixture f;
    open_computed(&f);
    job_roles(&f, "lazy", "plain", NULL);
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(r->status, BENCH_STATUS_NAN, "%s: %s", bench_status_name(r->status), r->reason);
    cr_expect_not_null(strstr(r->reason, "timed launch"), "%s", r->reason);
    const struct bench_record *plain = job_record(&f, BENCH_REFERENCE);
    cr_expect_eq(plain->status, BENCH_STATUS_OK, "%s", plain->reason);
    cr_expect_eq(plain->round_count, 12, "the launch that is checked does not count");
    cr_expect(plain->verified);
    job_close(&f);
}

/* Both rounds lie between two looks at the checksums. */
Test(time_case, every_answer_with_another_checksum_is_compared)
{
    struct job_fixture f;
    open_computed(&f);
    job_roles(&f, "sly", "plain", NULL);
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(r->status, BENCH_STATUS_WRONG, "%s: %s", bench_status_name(r->status), r->reason);
    cr_expect_not_null(strstr(r->reason, "timed launch of round"), "%s", r->reason);
    cr_expect_eq(job_record(&f, BENCH_REFERENCE)->status, BENCH_STATUS_OK);
    job_close(&f);
}

/* Where outputs lie makes a difference of some per cent: it is none between implementations. "shy"
 * works in the memory of its first launch only. */
Test(time_case, all_arms_write_to_the_same_memory)
{
    struct job_fixture f;
    open_computed(&f);
    f.job.twin = true;
    job_roles(&f, "plain", "shy", NULL);
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_REFERENCE);
    cr_expect_eq(r->status, BENCH_STATUS_OK, "%s: %s", bench_status_name(r->status), r->reason);
    cr_expect_eq(r->twin_round_count, 12);
    cr_expect_eq(job_record(&f, BENCH_CANDIDATE)->status, BENCH_STATUS_OK);
    job_close(&f);
}

/* ---- cases too large for two sets of inputs ---- */

#define LARGE 65536

/* Right for as long as there are other inputs between its launches; then it goes by what it knows.
 */
static const char keeper[] =
    "extern \"C\" __global__ void oracle(const BENCH_T *x, double *out, long long n)\n"
    "{\n"
    "    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (i < n)\n"
    "        out[i] = 2.0 * (double)x[i];\n"
    "}\n"
    "extern \"C\" __global__ void plain(const BENCH_T *x, BENCH_T *out, long long n)\n"
    "{\n"
    "    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (i < n)\n"
    "        out[i] = x[i] + x[i];\n"
    "}\n"
    "__device__ BENCH_T kept[65536];\n"
    "__device__ int launches;\n"
    "extern \"C\" __global__ void keeper(const BENCH_T *x, BENCH_T *out, long long n)\n"
    "{\n"
    "    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;\n"
    "    if (i >= n)\n"
    "        return;\n"
    "    out[i] = n == 65536 && launches >= 5 ? kept[i] : x[i] + x[i];\n"
    "    if (n == 65536)\n"
    "        kept[i] = out[i];\n"
    "    if (i == 65535)\n"
    "        launches++;\n"
    "}\n";

/* With so much memory, which the case needs 1.5 MiB of for one set and 2.25 for two. */
static void run_large(struct job_fixture *f, const char *candidate, size_t memory_bytes)
{
    job_open(f, "cpu:1");
    f->s.device->info.memory_bytes = memory_bytes;
    f->settings.suite.rounds = 12;
    f->settings.suite.cache = BENCH_CACHE_HOT;
    job_operator(f, "[" COMPUTED("plain") ",\n" COMPUTED("keeper") "]", keeper, LARGE);
    job_roles(f, candidate, NULL, NULL);
    job_run(f);
}

Test(time_case, where_memory_holds_one_set_of_inputs_there_is_one)
{
    struct job_fixture f;
    run_large(&f, "plain", (size_t)3 << 20);
    cr_expect_eq(job_record(&f, BENCH_CANDIDATE)->checks.sets_at_once, 2);
    job_close(&f);

    run_large(&f, "plain", (size_t)2 << 20);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_assert_eq(r->status, BENCH_STATUS_OK, "%s", r->reason);
    cr_expect_eq(r->round_count, 12);
    cr_expect(r->verified);
    cr_expect_eq(r->checks.sets_at_once, 1);
    cr_expect_geq(r->checks.input_sets, 2, "it is made anew");
    job_close(&f);

    run_large(&f, "plain", (size_t)1 << 20);
    r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(r->status, BENCH_STATUS_UNSUPPORTED);
    cr_expect_not_null(strstr(r->reason, "device memory"), "%s", r->reason);
    job_close(&f);
}

Test(time_case, what_is_kept_is_wrong_with_one_set_of_inputs_too)
{
    struct job_fixture f;
    run_large(&f, "keeper", (size_t)2 << 20);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_expect_eq(r->status, BENCH_STATUS_WRONG, "%s: %s", bench_status_name(r->status), r->reason);
    cr_expect_not_null(strstr(r->reason, "timed launch of round"), "%s", r->reason);
    job_close(&f);
}

Test(time_case, operator_mode_takes_host_times_of_whole_calls)
{
    struct job_fixture f;
    struct bench_err err = {0};
    open_computed(&f);
    f.settings.suite.mode = BENCH_MODE_OPERATOR;
    f.settings.suite.do_bench = true;
    cr_assert_eq(bench_floor_measure(&f.s, BENCH_MODE_OPERATOR, BENCH_CACHE_HOT, false,
                                     &f.settings.gated, &err),
                 0, "%s", err.message);
    f.settings.ungated = f.settings.gated;
    job_roles(&f, "plain", NULL, NULL);
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    cr_assert_eq(r->status, BENCH_STATUS_OK, "%s", r->reason);
    cr_expect(r->operator_mode);
    cr_expect_eq(r->round_count, 12);
    for (size_t i = 0; i < r->round_count; i++)
        cr_expect_gt(r->elapsed_ns[i], 0);
    cr_expect_eq(r->floor_low_ns, f.settings.gated.low_ns);
    cr_expect_eq(r->do_bench_ns, 0, "do_bench times kernels");
    cr_expect_eq(r->graph_launches, 0);
    job_close(&f);
}
