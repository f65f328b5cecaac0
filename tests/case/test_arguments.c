/* Arguments that are not what the kernel takes are refused before anything is launched. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/arguments.h"
#include "bench/provider/cuda/compile.h"
#include "bench/util/mem.h"
#include "job_fixture.h"

#define N 1000

/* Kernels that copy x to out, whatever else they take. */
#define BODY " { for (int i = threadIdx.x; i < n; i += blockDim.x) out[i] = x[i]; }\n"
static const char kernels[] =
    "struct two_ints { int a, b; };\n"
    "struct nothing {};\n"
    "enum class mode { copy };\n"
    "__global__ void copy(const float *x, float *out, long long n)" BODY
    "__global__ void narrow(const float *x, float *out, int n)" BODY
    "__global__ void scaled(const float *x, float *out, const long long n, const float s)" BODY
    "__global__ void in_double(const float *x, float *out, double n)" BODY
    "__global__ void flagged(const float *x, float *out, bool n)" BODY
    "__global__ void halved(const float *x, float *out, __half factor) {}\n"
    "__global__ void hollow(const float *x, float *out, nothing none) {}\n"
    "__global__ void of_structs(const float *__restrict__ x, float *__restrict__ out, two_ints p,\n"
    "                           mode m, unsigned u, size_t n)" BODY
    "extern \"C\" __global__ void unmangled(const float *x, float *out, unsigned long long n)" BODY
    "template <class N> __global__ void any(const float *x, float *out, N n)" BODY
    "template <class... M> __global__ void many(const float *x, float *out, int n, M... m)" BODY
    "template <int C> __global__ void idle() {}\n";
static const char oracle[] = "__global__ void oracle(const float *x, double *out, long long n)\n"
                             "{ for (int i = threadIdx.x; i < n; i += blockDim.x) out[i] = x[i]; }";
static const char narrow_oracle[] =
    "__global__ void oracle(const float *x, double *out, int n)\n"
    "{ for (int i = threadIdx.x; i < n; i += blockDim.x) out[i] = x[i]; }";

/* What becomes of a candidate that passes `args` to `entry`; nothing is timed. */
static void run(const char *device, const char *oracle_text, const char *entry, const char *args,
                enum bench_status *status, char *reason, size_t size)
{
    struct job_fixture f;
    job_open(&f, device);
    char *source = bench_xprintf("%s%s", kernels, oracle_text);
    char *made = bench_xprintf("[{\"name\": \"maker\", \"provider\": \"cuda\", \"source\": "
                               "\"made.cu\", \"entry\": \"%s\", \"grid\": [1], \"block\": [256], "
                               "\"args\": [%s]}]",
                               entry, args);
    job_operator(&f, made, source, N);
    job_roles(&f, "maker", NULL, NULL);
    f.job.settings = NULL;
    job_run(&f);
    const struct bench_record *r = job_record(&f, BENCH_CANDIDATE);
    *status = r->status;
    snprintf(reason, size, "%s", r->reason);
    job_close(&f);
    free(made);
    free(source);
}

static void expect_refused(const char *device, const char *entry, const char *args,
                           const char *message)
{
    enum bench_status status;
    char reason[1024];
    char *whole = bench_xprintf("operator 'made', implementation 'maker': %s", message);
    run(device, oracle, entry, args, &status, reason, sizeof reason);
    cr_expect_eq(status, BENCH_STATUS_LAUNCH_ERROR, "%s: %s, %s", entry, bench_status_name(status),
                 reason);
    cr_expect_str_eq(reason, whole);
    free(whole);
}

static void expect_right(const char *device, const char *entry, const char *args)
{
    enum bench_status status;
    char reason[1024];
    run(device, oracle, entry, args, &status, reason, sizeof reason);
    cr_expect_eq(status, BENCH_STATUS_OK, "%s: %s, %s", entry, bench_status_name(status), reason);
}

static void expect_oracle_refused(const char *device)
{
    enum bench_status status;
    char reason[1024];
    run(device, narrow_oracle, "copy", "\"x\", \"out\", {\"int64\": \"n\"}", &status, reason,
        sizeof reason);
    cr_expect_eq(status, BENCH_STATUS_ORACLE_FAILED);
    cr_expect_str_eq(reason, "the oracle failed, so nothing can be verified: operator 'made', "
                             "oracle: \"args\"[2] {\"int64\": \"n\"} has 8 bytes, parameter 3 of "
                             "oracle has 4: expected {\"int\": ...}");
}

Test(arguments, too_few_and_too_many)
{
    expect_refused("cpu", "copy", "\"x\", \"out\"",
                   "\"args\" has 2 arguments, copy has 3 parameters: nothing is passed for "
                   "parameter 3, expected {\"int64\": ...}");
    expect_refused("cpu", "copy", "\"x\"",
                   "\"args\" has 1 argument, copy has 3 parameters: nothing is passed for "
                   "parameter 2, expected the name of a tensor");
    expect_refused("cpu", "copy", "\"x\", \"out\", {\"int64\": \"n\"}, {\"int\": \"n + 1\"}",
                   "\"args\" has 4 arguments, copy has 3 parameters: nothing takes \"args\"[3] "
                   "{\"int\": \"n + 1\"}");
    expect_refused("cpu", "idle<4>", "\"x\"",
                   "\"args\" has 1 argument, idle<4> has 0 parameters: nothing takes \"args\"[0] "
                   "\"x\"");
}

Test(arguments, of_another_size)
{
    expect_refused("cpu", "copy", "\"x\", \"out\", {\"int\": \"n\"}",
                   "\"args\"[2] {\"int\": \"n\"} has 4 bytes, parameter 3 of copy has 8: expected "
                   "{\"int64\": ...}");
    expect_refused("cpu", "narrow", "\"x\", \"out\", {\"int64\": \"n\"}",
                   "\"args\"[2] {\"int64\": \"n\"} has 8 bytes, parameter 3 of narrow has 4: "
                   "expected {\"int\": ...}");
    expect_refused("cpu", "scaled", "\"x\", \"out\", {\"int64\": \"n\"}, {\"double\": 0.5}",
                   "\"args\"[3] {\"double\": \"0.5\"} has 8 bytes, parameter 4 of scaled has 4: "
                   "expected {\"float\": ...}");
    expect_refused("cpu", "any<float>", "\"x\", \"out\", \"out\"",
                   "\"args\"[2] \"out\" has 8 bytes, parameter 3 of any<float> has 4: expected "
                   "{\"float\": ...}");
}

Test(arguments, that_no_argument_can_be)
{
    static const char expected[] =
        ": expected a parameter of the kernel that is an int, long long, float, double or "
        "pointer, for there is no other argument";
    static const struct {
        const char *entry, *args, *message;
    } cases[] = {
        {"flagged", "\"x\", \"out\", {\"int\": 1}",
         "\"args\"[2] {\"int\": \"1\"} has 4 bytes, parameter 3 of flagged has 1"},
        {"halved", "\"x\", \"out\", {\"float\": 1}",
         "\"args\"[2] {\"float\": \"1\"} has 4 bytes, parameter 3 of halved has 2"},
        {"hollow", "\"x\", \"out\", {\"int\": 1}",
         "\"args\"[2] {\"int\": \"1\"} has 4 bytes, parameter 3 of hollow has 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *message = bench_xprintf("%s%s", cases[i].message, expected);
        expect_refused("cpu", cases[i].entry, cases[i].args, message);
        free(message);
    }
}

Test(arguments, of_another_kind)
{
    expect_refused("cpu", "copy", "\"x\", \"out\", {\"double\": \"n\"}",
                   "\"args\"[2] {\"double\": \"n\"} is a floating-point number, parameter 3 of "
                   "copy is an integer of 8 bytes: expected {\"int64\": ...}");
    expect_refused("cpu", "copy", "\"x\", {\"int64\": \"n\"}, \"out\"",
                   "\"args\"[1] {\"int64\": \"n\"} is an integer, parameter 2 of copy is a pointer "
                   "of 8 bytes: expected the name of a tensor");
    expect_refused("cpu", "in_double", "\"x\", \"out\", \"x\"",
                   "\"args\"[2] \"x\" is a pointer, parameter 3 of in_double is a floating-point "
                   "number of 8 bytes: expected {\"double\": ...}");
}

Test(arguments, the_oracle_has_them_too)
{
    expect_oracle_refused("cpu");
}

static void expect_all_right(const char *device)
{
    expect_right(device, "copy", "\"x\", \"out\", {\"int64\": \"n\"}");
    expect_right(device, "scaled", "\"x\", \"out\", {\"int64\": \"n\"}, {\"float\": 0.5}");
    expect_right(device, "unmangled", "\"x\", \"out\", {\"int64\": \"n\"}");
    expect_right(device, "any<int>", "\"x\", \"out\", {\"int\": \"n\"}");
    expect_right(device, "many<>", "\"x\", \"out\", {\"int\": \"n\"}");
    expect_right(device, "many<const float *, double>",
                 "\"x\", \"out\", {\"int\": \"n\"}, \"x\", {\"double\": 1}");
    expect_right(device, "of_structs",
                 "\"x\", \"out\", {\"int64\": 0}, {\"int\": 0}, {\"int\": 1}, {\"int64\": \"n\"}");
}

Test(arguments, that_fit_are_passed)
{
    expect_all_right("cpu");
}

/* One of several launches; and sizes alone, which is what cuda tells. */
Test(arguments, of_sizes_alone_and_of_several_launches)
{
    struct bench_arg_spec args[] = {{BENCH_ARG_TENSOR, "x"}, {BENCH_ARG_INT, "n"}};
    struct bench_launch_spec launches[] = {{.entry = "first"},
                                           {.entry = "k", .args = args, .arg_count = 2}};
    const struct bench_implementation impl = {
        .name = "two", .launches = launches, .launch_count = 2};
    const struct bench_operator op = {.name = "made"};
    const struct bench_kernel_param pointer_and_8[] = {{8, BENCH_KERNEL_ANY},
                                                       {8, BENCH_KERNEL_ANY}},
                                    both_4[] = {{4, BENCH_KERNEL_ANY}, {4, BENCH_KERNEL_ANY}},
                                    three[] = {{8, BENCH_KERNEL_ANY},
                                               {4, BENCH_KERNEL_ANY},
                                               {8, BENCH_KERNEL_ANY}};
    struct bench_kernel_params params = {pointer_and_8, 2};
    struct bench_err err = {0};
    cr_expect_eq(bench_arguments_check(&op, &impl, 1, &params, &err), BENCH_EINPUT);
    cr_expect_str_eq(err.message, "operator 'made', implementation 'two': \"launches\"[1], "
                                  "\"args\"[1] {\"int\": \"n\"} has 4 bytes, parameter 2 of k has "
                                  "8: expected {\"int64\": ...}");
    params.items = both_4;
    cr_expect_eq(bench_arguments_check(&op, &impl, 1, &params, &err), BENCH_EINPUT);
    cr_expect(strstr(err.message, "\"args\"[0] \"x\" has 8 bytes, parameter 1 of k has 4: expected "
                                  "{\"int\": ...} or {\"float\": ...}"),
              "%s", err.message);
    params = (struct bench_kernel_params){three, 3};
    cr_expect_eq(bench_arguments_check(&op, &impl, 1, &params, &err), BENCH_EINPUT);
    cr_expect(strstr(err.message, "nothing is passed for parameter 3, expected {\"int64\": ...} or "
                                  "{\"double\": ...} or the name of a tensor"),
              "%s", err.message);
    params.count = 2;
    cr_expect_eq(bench_arguments_check(&op, &impl, 1, &params, &err), 0);
    params = (struct bench_kernel_params){NULL, 0}; /* a driver that does not tell */
    cr_expect_eq(bench_arguments_check(&op, &impl, 1, &params, &err), 0);
}

Test(arguments, on_a_gpu)
{
    char why[256] = "";
    struct bench_err err = {0};
    struct bench_device *device = NULL;
    if (bench_device_count("cuda", why) == 0)
        cr_skip_test("no GPU: %s", why);
    cr_assert_eq(bench_device_open("cuda", 1, &device, NULL, &err), 0, "%s", err.message);
    struct bench_device_info info = *bench_device_info(device);
    bench_device_close(device);
    if (bench_compiler_check(info.arch, &err) != BENCH_OK)
        cr_skip_test("no NVRTC: %s", err.message);
    if (!info.tells_params)
        cr_skip_test("this driver does not tell what kernels take: %s", info.driver);
    expect_all_right("cuda");
    expect_refused("cuda", "copy", "\"x\", \"out\"",
                   "\"args\" has 2 arguments, copy has 3 parameters: nothing is passed for "
                   "parameter 3, expected {\"int64\": ...} or {\"double\": ...} or the name of a "
                   "tensor");
    expect_refused("cuda", "idle<4>", "\"x\"",
                   "\"args\" has 1 argument, idle<4> has 0 parameters: nothing takes \"args\"[0] "
                   "\"x\"");
    expect_refused("cuda", "copy", "\"x\", \"out\", {\"int\": \"n\"}",
                   "\"args\"[2] {\"int\": \"n\"} has 4 bytes, parameter 3 of copy has 8: expected "
                   "{\"int64\": ...}");
    expect_refused("cuda", "unmangled", "\"x\", \"out\", {\"float\": \"n\"}",
                   "\"args\"[2] {\"float\": \"n\"} has 4 bytes, parameter 3 of unmangled has 8: "
                   "expected {\"double\": ...}");
    expect_oracle_refused("cuda");
}
