/* Which of a suite's operators are called in Python, and whether it could do without. */
#include "bench/spec/suite.h"

static bool has_oracle_in_python(const struct bench_operator *op)
{
    return op->oracle.launch_count > 0 && op->oracle.provider == BENCH_PROVIDER_PYTHON;
}

static bool is_in_python(const struct bench_operator *op, const char *name)
{
    const struct bench_implementation *impl = bench_operator_find(op, name);
    return impl != NULL && impl->provider == BENCH_PROVIDER_PYTHON;
}

static bool names_python(const struct bench_suite_case *c)
{
    bool names = false;
    for (int role = 0; role < BENCH_ROLE_COUNT; role++) {
        for (size_t i = 0; i < c->roles[role].count; i++) {
            names |= is_in_python(c->plan.op, c->roles[role].names[i]);
        }
    }
    return names;
}

/* Its index. It is looked for from `at` on, where the last one was: cases come operator by
 * operator, so that as a rule one look is enough. */
static size_t find_operator(const struct bench_suite *suite, const struct bench_operator *op,
                            size_t at)
{
    while (suite->operators[at] != op) {
        at = at + 1 < suite->operator_count ? at + 1 : 0;
    }
    return at;
}

void bench_suite_mark_python(struct bench_suite *suite)
{
    size_t at = 0;
    for (size_t i = 0; i < suite->operator_count; i++) {
        suite->operators[i]->in_python = has_oracle_in_python(suite->operators[i]);
    }
    for (size_t i = 0; i < suite->case_count; i++) {
        at = find_operator(suite, suite->cases[i].plan.op, at);
        suite->operators[at]->in_python |= names_python(&suite->cases[i]);
    }
}

bool bench_suite_is_in_python(const struct bench_suite *suite)
{
    bool is = false;
    for (size_t i = 0; i < suite->operator_count; i++) {
        is |= suite->operators[i]->in_python;
    }
    return is;
}

static bool can_do_without(const struct bench_suite_case *c, const struct bench_role_choice *choice)
{
    bool can = false;
    for (size_t i = 0; i < choice->count; i++) {
        can |= !is_in_python(c->plan.op, choice->names[i]);
    }
    return can;
}

/* Of the cases in which somebody is to play the role, can all do without Python, and can any? */
static void ask_cases(const struct bench_suite *suite, enum bench_role role, bool *all, bool *any)
{
    bool played = false, one = false;
    *all = true;
    for (size_t i = 0; i < suite->case_count; i++) {
        const struct bench_role_choice *choice = &suite->cases[i].roles[role];
        if (choice->count > 0) {
            bool can = can_do_without(&suite->cases[i], choice);
            played = true;
            *all &= can;
            one |= can;
        }
    }
    *any = one || !played;
}

bool bench_suite_can_leave_python(const struct bench_suite *suite)
{
    for (size_t i = 0; i < suite->operator_count; i++) {
        if (has_oracle_in_python(suite->operators[i])) {
            return false;
        }
    }
    for (int role = 0; role < BENCH_ROLE_COUNT; role++) {
        bool all, any;
        ask_cases(suite, (enum bench_role)role, &all, &any);
        if (role == BENCH_CANDIDATE ? !all : !any) {
            return false;
        }
    }
    return true;
}

bool bench_suite_leave_python(struct bench_suite *suite)
{
    if (!bench_suite_can_leave_python(suite)) {
        return false;
    }
    for (size_t i = 0; i < suite->operator_count; i++) {
        suite->operators[i]->in_python = false;
    }
    return true;
}
