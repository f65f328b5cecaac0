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

void bench_suite_mark_python(struct bench_suite *suite)
{
    for (size_t i = 0; i < suite->operator_count; i++) {
        struct bench_operator *op = suite->operators[i];
        op->in_python = has_oracle_in_python(op);
        for (size_t k = 0; k < suite->case_count && !op->in_python; k++) {
            op->in_python = suite->cases[k].plan.op == op && names_python(&suite->cases[k]);
        }
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
    bool can = choice->count == 0;
    for (size_t i = 0; i < choice->count; i++) {
        can |= !is_in_python(c->plan.op, choice->names[i]);
    }
    return can;
}

bool bench_suite_leave_python(struct bench_suite *suite)
{
    for (size_t i = 0; i < suite->operator_count; i++) {
        if (has_oracle_in_python(suite->operators[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < suite->case_count; i++) {
        for (int role = 0; role < BENCH_ROLE_COUNT; role++) {
            if (!can_do_without(&suite->cases[i], &suite->cases[i].roles[role])) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < suite->operator_count; i++) {
        suite->operators[i]->in_python = false;
    }
    return true;
}
