/*
 * What `simulate_judge` shows with 10,000 cases a distribution (docs/measurements/simulation.md),
 * with fewer: the judge's claims hold where a second estimate, further processes, variants or the
 * noise floor have a say in them. Seeded, so it is the same every time; the limits are wide enough
 * that only a method that does not do what it says is beyond them.
 */
#include <criterion/criterion.h>

#include "tests/perf/simulate/judged.h"

#define CASES 52 /* four of each true ratio */

static struct judged_tally simulate(enum judged_kind what, long cases)
{
    struct judged_tally tally = {0};
    judged_simulate(what, SIM_NORMAL, 1, 0, 1, cases, &tally);
    return tally;
}

Test(judged_simulation, a_second_estimate_that_agrees)
{
    struct judged_tally t = simulate(JUDGED_GRAPH, CASES);
    cr_assert_eq(t.claim.cases, CASES);
    cr_assert_gt(t.used, 0);
    cr_assert_geq(t.claim.held, CASES - 4);
    cr_assert_eq(t.claim.wrong, 0);
    cr_assert_geq(t.claim.passed + t.claim.failed, t.plain.passed + t.plain.failed,
                  "graphs decide %ld, the events alone %ld", t.claim.passed + t.claim.failed,
                  t.plain.passed + t.plain.failed);
}

Test(judged_simulation, of_two_estimates_that_disagree_the_hull_holds_the_truth)
{
    struct judged_tally t = simulate(JUDGED_DISAGREE, 2 * CASES);
    cr_assert_gt(t.disagree, 5);
    cr_assert_eq(t.claim.cases, t.disagree);
    cr_assert_geq(t.claim.held, t.disagree - 1);
    cr_assert_eq(t.claim.wrong, 0);
}

Test(judged_simulation, what_processes_differ_by_is_in_a_confirmed_claim)
{
    struct judged_tally t = simulate(JUDGED_CONFIRM, CASES);
    cr_assert_gt(t.used, CASES / 5);
    cr_assert_geq(t.claim.held, t.used * 4 / 5, "%ld of %ld", t.claim.held, t.used);
    cr_assert_leq(t.claim.wrong, 1);
    cr_assert_lt(t.plain.held, CASES * 4 / 5,
                 "one process is to be deceived by its own shift, else nothing is confirmed here");
}

Test(judged_simulation, the_winner_of_many_variants_is_judged_by_other_samples)
{
    struct judged_tally t = simulate(JUDGED_CHOICE, CASES);
    cr_assert_geq(t.used, CASES / 2);
    cr_assert_geq(t.claim.held, CASES - 4);
    cr_assert_leq(t.claim.wrong, 1);
    cr_assert_lt(t.bias / (double)t.number, 0.002);
    cr_assert_gt(t.plain_bias / (double)t.number, 0.002, "the samples that chose are to flatter");
}

Test(judged_simulation, what_kernels_differ_from_themselves_by_decides_nothing)
{
    struct judged_tally t = simulate(JUDGED_NOISE, 2 * CASES);
    cr_assert_gt(t.used, 5);
    cr_assert_leq(t.claim.wrong, 2);
    cr_assert_lt(t.claim.decided_at_threshold, t.plain.decided_at_threshold);
}
