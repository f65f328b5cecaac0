/* What lies between a launch and the next: sums of outputs, what is put away, sealed answers,
 * seeds. What candidates try is in tests/exploits. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/check_seed.h"
#include "bench/case/support.h"
#include "bench/case/verify.h"
#include "case_fixture.h"

#define ok(call) cr_assert_eq((call), 0, "%s", err.message)

TestSuite(timed_check, .timeout = 300);

Test(timed_check, sums_are_digests_and_what_is_not_expected_is_put_away)
{
    struct case_fixture f;
    struct bench_err err = {0};
    float text[101], got[101], hold[101];
    void *data, *aside, *slots;
    uint64_t digest, host[2];
    const size_t bytes = sizeof text;
    fixture_open(&f, "cpu");
    for (int i = 0; i < 101; i++)
        text[i] = (float)i;
    ok(bench_session_take(&f.s, bytes, &data, &err));
    ok(bench_session_take(&f.s, bytes, &aside, &err));
    ok(bench_session_take(&f.s, 16, &slots, &err));
    uint64_t *slot = slots, *kept = slot + 1;
    for (int wrong = 0; wrong < 2; wrong++) {
        ok(bench_device_upload(f.s.device, data, text, bytes, &err));
        ok(bench_support_zero(&f.s, slots, 16, &err));
        ok(bench_support_zero(&f.s, aside, bytes, &err));
        ok(bench_support_digest(&f.s, data, bytes, 3, 9, &digest, &err));
        ok(bench_support_digest_add(&f.s, data, bytes, 3, 9, slot, &err));
        ok(bench_support_settle(&f.s, data, aside, BENCH_FLOAT32, bytes, slot,
                                digest + (uint64_t)wrong, kept, 7, &err));
        ok(bench_device_synchronize(f.s.device, &err));
        ok(bench_device_download(f.s.device, host, slots, 16, &err));
        ok(bench_device_download(f.s.device, got, data, bytes, &err));
        ok(bench_device_download(f.s.device, hold, aside, bytes, &err));
        cr_expect_eq(host[0], digest);
        cr_expect_eq(host[1], wrong ? 7 : 0);
        for (int i = 0; i < 101; i++) {
            cr_expect(got[i] != got[i], "poisoned: %d", i);
            cr_expect_eq(hold[i], wrong ? text[i] : 0);
        }
    }
    fixture_close(&f);
}

/* While candidates run, nothing in memory is the answer; the comparison opens it. */
Test(timed_check, answers_lie_sealed)
{
    struct case_fixture f;
    struct bench_err err = {0};
    struct bench_verdict verdict;
    double open[1000], sealed[1000];
    char *folder = fixture_resources();
    fixture_open(&f, "cpu");
    fixture_case(&f, folder, "faulty", 1000);
    struct bench_callable *right = fixture_callable(&f, "right");
    ok(bench_device_download(f.s.device, open, f.data.set->wants[0], sizeof open, &err));
    ok(bench_case_data_seal(&f.s, &f.data, 12345, &err));
    ok(bench_device_synchronize(f.s.device, &err));
    ok(bench_device_download(f.s.device, sealed, f.data.set->wants[0], sizeof sealed, &err));
    for (int i = 0; i < 1000; i++)
        cr_expect_neq(memcmp(&open[i], &sealed[i], sizeof(double)), 0);
    ok(bench_verify_call(&f.s, &f.data, right, f.outputs[0], &verdict, &err));
    cr_expect_eq(verdict.status, BENCH_STATUS_OK, "%s", verdict.reason);
    ok(bench_device_download(f.s.device, open, f.data.set->wants[0], sizeof open, &err));
    cr_expect_eq(memcmp(open, sealed, sizeof open), 0, "and sealed again");
    fixture_close(&f);
    free(folder);
}

Test(timed_check, seeds_differ_in_everything_that_they_depend_on)
{
    uint64_t one = bench_check_seed(1, "case", BENCH_CHECK_TIMED, 0);
    cr_expect_eq(bench_check_seed(1, "case", BENCH_CHECK_TIMED, 0), one);
    cr_expect_neq(bench_check_seed(2, "case", BENCH_CHECK_TIMED, 0), one);
    cr_expect_neq(bench_check_seed(1, "other", BENCH_CHECK_TIMED, 0), one);
    cr_expect_neq(bench_check_seed(1, "case", BENCH_CHECK_VERIFY, 0), one);
    cr_expect_neq(bench_check_seed(1, "case", BENCH_CHECK_TIMED, 1), one);
    cr_expect_neq(bench_check_draw_seed(), bench_check_draw_seed());
}
