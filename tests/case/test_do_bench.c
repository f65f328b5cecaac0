/* What Triton's do_bench would say. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "bench/case/do_bench.h"
#include "case_fixture.h"

static double do_bench(struct case_fixture *f, const struct bench_callable *callable)
{
    double ns = -1;
    struct bench_err err = {0};
    cr_assert_eq(bench_do_bench(&f->s, callable, &ns, &err), 0, "%s", err.message);
    return ns;
}

/* Nothing is taken off: a launch's own 2200 ns stay in. */
Test(do_bench, is_the_plain_median_of_what_the_events_say)
{
    struct case_fixture f;
    char *folder = fixture_resources();
    fixture_open(&f, "null:2200");
    fixture_case(&f, folder, "scripted", 256);
    double steady = do_bench(&f, fixture_callable(&f, "steady"));
    double twice = do_bench(&f, fixture_callable(&f, "twice"));
    double noisy = do_bench(&f, fixture_callable(&f, "noisy"));
    cr_expect_float_eq(steady, 3200, 1e-6);
    cr_expect_float_eq(twice, 4200, 1e-6);
    cr_expect(noisy > 5000 && noisy < 5400 && noisy != 5200, "%.1f ns", noisy);
    fixture_close(&f);
    free(folder);
}

Test(do_bench, is_left_out_for_what_waits_inside)
{
    struct case_fixture f;
    char *folder = fixture_resources();
    fixture_open(&f, "null");
    fixture_case(&f, folder, "scripted", 256);
    struct bench_callable *steady = fixture_callable(&f, "steady");
    steady->host_synchronises = true;
    double ns = do_bench(&f, steady);
    cr_expect_eq(ns, 0);
    fixture_close(&f);
    free(folder);
}

Test(do_bench, is_left_out_where_the_device_cannot)
{
    struct case_fixture f;
    char *folder = fixture_shipped();
    fixture_open(&f, "cpu");
    cr_assert_not(f.s.info->overwrites);
    fixture_case(&f, folder, "gelu", 1000);
    double ns = do_bench(&f, fixture_callable(&f, "plain"));
    cr_expect_eq(ns, 0);
    fixture_close(&f);
    free(folder);
}

/* 16 Mi floats are 134 MB: 40 us at 3.3 TB/s, and no GPU takes 10 ms. */
Test(do_bench, is_plausible_on_a_gpu)
{
    struct case_fixture f;
    char *folder = fixture_shipped();
    fixture_open(&f, "cuda");
    fixture_case(&f, folder, "gelu", 1 << 24);
    double ns = do_bench(&f, fixture_callable(&f, "plain"));
    cr_log_info("gelu of 16 Mi floats: %.0f ns", ns);
    cr_expect(ns > 5000 && ns < 10e6, "%.0f ns", ns);
    fixture_close(&f);
    free(folder);
}
