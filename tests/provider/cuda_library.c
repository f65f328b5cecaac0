/* Library calls on a GPU against sums written out on the host; skipped, with the reason, where
 * there is no GPU or no such library. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "bench/provider/library/library.h"

static struct bench_device *device;

static void setup(void)
{
    struct bench_err err = {0};
    if (bench_device_open("cuda", 1, &device, NULL, &err) != BENCH_OK)
        cr_skip_test("no GPU: %s", err.message);
}

static void teardown(void)
{
    bench_device_close(device);
}

TestSuite(cuda_library, .init = setup, .fini = teardown);

/* Small integers: sums of them are exact in float32, in any order. */
static float value(size_t i)
{
    return (float)((int)(i * 2654435761u >> 7 & 15) - 8);
}

static void *upload(size_t count)
{
    struct bench_err err = {0};
    void *memory = NULL;
    float *host = malloc(count * sizeof *host);
    for (size_t i = 0; i < count; i++)
        host[i] = value(i);
    cr_assert_eq(bench_device_alloc(device, count * sizeof *host, &memory, &err), 0, "%s",
                 err.message);
    cr_assert_eq(bench_device_upload(device, memory, host, count * sizeof *host, &err), 0, "%s",
                 err.message);
    free(host);
    return memory;
}

static float *download(const void *memory, size_t count)
{
    struct bench_err err = {0};
    float *host = malloc(count * sizeof *host);
    cr_assert_eq(bench_device_download(device, host, memory, count * sizeof *host, &err), 0, "%s",
                 err.message);
    return host;
}

/* Prepares, runs and frees a float32 call. */
static void call(const char *entry, void **args, size_t count)
{
    struct bench_err err = {0};
    struct bench_library_call *prepared = NULL;
    int rc = bench_library_prepare(device, entry, BENCH_FLOAT32, args, count, &prepared, &err);
    if (rc == BENCH_EUNSUPPORTED)
        cr_skip_test("%s: %s", entry, err.message);
    cr_assert_eq(rc, 0, "%s", err.message);
    cr_log_info("%s", bench_library_version(prepared));
    for (int i = 0; i < 2; i++)
        cr_assert_eq(bench_library_run(prepared, &err), 0, "%s", err.message);
    bench_library_free(prepared);
}

Test(cuda_library, gemm_is_row_major)
{
    int64_t m = 5, n = 7, k = 3;
    void *a = upload(15), *b = upload(21), *out = upload(35);
    call("cublas.gemm", (void *[]){&a, &b, &out, &m, &n, &k}, 6);
    float *got = download(out, 35);
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 7; j++) {
            float want = 0;
            for (size_t l = 0; l < 3; l++)
                want += value(i * 3 + l) * value(l * 7 + j);
            cr_expect_eq(got[i * 7 + j], want, "[%zu][%zu]: %g, not %g", i, j,
                         (double)got[i * 7 + j], (double)want);
        }
    free(got);
}

Test(cuda_library, gemm_of_a_batch_goes_from_matrix_to_matrix)
{
    enum { BATCH = 2, M = 3, N = 5, K = 4 };
    int64_t batch = BATCH, m = M, n = N, k = K;
    void *a = upload(BATCH * M * K), *b = upload(BATCH * K * N), *out = upload(BATCH * M * N);
    call("cublas.gemm", (void *[]){&a, &b, &out, &m, &n, &k, &batch}, 7);
    float *got = download(out, BATCH * M * N);
    for (size_t i = 0; i < BATCH * M; i++)
        for (size_t j = 0; j < N; j++) {
            float want = 0;
            for (size_t l = 0; l < K; l++)
                want += value(i * K + l) * value((i / M * K + l) * N + j);
            cr_expect_eq(got[i * N + j], want, "[%zu][%zu]: %g, not %g", i, j,
                         (double)got[i * N + j], (double)want);
        }
    free(got);
}

Test(cuda_library, softmax_is_over_the_last_dimension)
{
    enum { ROWS = 3, COLS = 33 };
    int64_t rows = ROWS, cols = COLS;
    void *x = upload(ROWS * COLS), *out = upload(ROWS * COLS);
    call("cudnn.softmax", (void *[]){&x, &out, &rows, &cols}, 4);
    float *got = download(out, ROWS * COLS);
    for (size_t i = 0; i < ROWS; i++) {
        double sum = 0;
        for (size_t j = 0; j < COLS; j++)
            sum += exp((double)value(i * COLS + j));
        for (size_t j = 0; j < COLS; j++) {
            double want = exp((double)value(i * COLS + j)) / sum;
            cr_expect_lt(fabs((double)got[i * COLS + j] - want), 1e-6, "[%zu][%zu]", i, j);
        }
    }
    free(got);
}

Test(cuda_library, reduce_sum_is_over_the_middle_dimension)
{
    enum { OUTER = 3, N = 50, INNER = 4 };
    int64_t outer = OUTER, n = N, inner = INNER;
    void *x = upload(OUTER * N * INNER), *out = upload(OUTER * INNER);
    call("cudnn.reduce_sum", (void *[]){&x, &out, &outer, &n, &inner}, 5);
    float *got = download(out, OUTER * INNER);
    for (size_t i = 0; i < OUTER; i++)
        for (size_t j = 0; j < INNER; j++) {
            float want = 0;
            for (size_t l = 0; l < N; l++)
                want += value((i * N + l) * INNER + j);
            cr_expect_eq(got[i * INNER + j], want, "[%zu][%zu]", i, j);
        }
    free(got);
}

Test(cuda_library, add_repeats_dimensions_of_one)
{
    enum { ROWS = 6, COLS = 10 };
    int64_t rows = ROWS, cols = COLS;
    const int64_t others[4][2] = {{ROWS, COLS}, {1, COLS}, {ROWS, 1}, {1, 1}};
    double alpha = 3;
    for (int i = 0; i < 4; i++) {
        int64_t other_rows = others[i][0], other_cols = others[i][1];
        void *x = upload(ROWS * COLS), *y = upload(ROWS * COLS), *out = upload(ROWS * COLS);
        call("cudnn.add", (void *[]){&x, &y, &out, &rows, &cols, &other_rows, &other_cols, &alpha},
             8);
        float *got = download(out, ROWS * COLS);
        for (int64_t r = 0; r < ROWS; r++)
            for (int64_t c = 0; c < COLS; c++) {
                int64_t at = (other_rows == 1 ? 0 : r) * other_cols + (other_cols == 1 ? 0 : c);
                float want = value((size_t)(r * COLS + c)) + 3 * value((size_t)at);
                cr_expect_eq(got[r * COLS + c], want, "case %d [%d][%d]", i, (int)r, (int)c);
            }
        free(got);
    }
}

Test(cuda_library, integers_are_unsupported)
{
    struct bench_err err = {0};
    struct bench_library_call *prepared = NULL;
    int64_t m = 1;
    void *a = NULL;
    cr_expect_eq(bench_library_prepare(device, "cublas.gemm", BENCH_INT32,
                                       (void *[]){&a, &a, &a, &m, &m, &m}, 6, &prepared, &err),
                 BENCH_EUNSUPPORTED);
    cr_expect_null(prepared);
}
