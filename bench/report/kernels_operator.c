/* The paragraph of one operator. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/kernels_impl.h"

/* ---- from the description ---- */

static void add_signature(struct bench_str *out, const struct bench_operator *op)
{
    bench_str_add(out, "`");
    bench_str_addf(out, "%s`, [kernels/%s](../kernels/%s);", op->aten, op->name, op->name);
    const char *separator = " ";
    for (int t = 0; t < BENCH_DTYPE_COUNT; t++)
        if (op->dtypes[t]) {
            bench_str_addf(out, "%s%s", separator, bench_dtype_name((enum bench_dtype)t));
            separator = ", ";
        }
    separator = "; params ";
    for (size_t i = 0; i < op->param_count; i++) {
        const struct bench_param *p = &op->params[i];
        bench_str_addf(out, "%s`%s` ", separator, p->name);
        if (p->type == BENCH_PARAM_ENUM)
            for (size_t v = 0; v < p->value_count; v++)
                bench_str_addf(out, "%s%s", v > 0 ? " or " : "", p->values[v]);
        else if (p->type == BENCH_PARAM_BOOL)
            bench_str_add(out, p->default_value != 0 ? "(true)" : "(false)");
        else
            bench_str_addf(out, "(%.9g)", p->default_value);
        separator = ", ";
    }
    bench_str_add(out, ".\n\n");
}

static const struct bench_suite_case *first_case(const struct bench_suite *suite, const char *name,
                                                 size_t *count)
{
    const struct bench_suite_case *first = NULL;
    *count = 0;
    for (size_t i = 0; i < suite->case_count; i++)
        if (strcmp(suite->cases[i].plan.op->name, name) == 0) {
            first = first ? first : &suite->cases[i];
            ++*count;
        }
    return first;
}

static const struct bench_suite *suite_of(const struct bench_kernels *k, const char *name,
                                          size_t *count)
{
    for (size_t i = 0; i < k->suite_count; i++)
        if (first_case(k->suites[i], name, count) != NULL)
            return k->suites[i];
    *count = 0;
    return NULL;
}

/* Names that the suite has for the role in any case of the operator, each once, in its order. */
static size_t names_of(const struct bench_suite *suite, const struct bench_operator *op,
                       enum bench_role role, const char **names)
{
    size_t count = 0;
    for (size_t i = 0; i < suite->case_count; i++) {
        const struct bench_suite_case *c = &suite->cases[i];
        for (size_t n = 0; strcmp(c->plan.op->name, op->name) == 0 && n < c->roles[role].count;
             n++) {
            const char *name = c->roles[role].names[n];
            bool seen = bench_operator_find(op, name) == NULL;
            for (size_t s = 0; s < count && !seen; s++)
                seen = strcmp(names[s], name) == 0;
            if (!seen)
                names[count++] = name;
        }
    }
    return count;
}

static void add_tunables(struct bench_str *out, const struct bench_implementation *impl)
{
    for (size_t t = 0; t < impl->tunable_count; t++) {
        const struct bench_tunable *tunable = &impl->tunables[t];
        bench_str_addf(out, "%s`%s` ", t == 0 ? " Tuned: " : ", ", tunable->name);
        for (size_t v = 0; v < tunable->value_count; v++)
            bench_str_addf(out, "%s%lld", v > 0 ? "/" : "", (long long)tunable->values[v]);
    }
    if (impl->tunable_count > 0)
        bench_str_add(out, ".");
}

static void add_implementation(struct bench_str *out, const struct bench_implementation *impl)
{
    kernels_add_code(out, impl->name);
    bench_str_add(out, impl->provider == BENCH_PROVIDER_PYTHON ? " (in Python)" : "");
    if (impl->description && impl->description[0]) {
        bench_str_add(out, ": ");
        kernels_add_text(out, impl->description);
    }
    add_tunables(out, impl);
    bench_str_addc(out, '\n');
}

/* A line each, but for those in Python: they are the same of every operator, so they only stand
 * before the first that plays the role without them. */
static void add_role(struct bench_str *out, const struct bench_suite *suite,
                     const struct bench_operator *op, enum bench_role role)
{
    const char **names = bench_xmalloc((op->implementation_count + 1) * sizeof *names);
    size_t count = names_of(suite, op, role, names);
    bool open = false;
    for (size_t i = 0; i < count; i++) {
        const struct bench_implementation *impl = bench_operator_find(op, names[i]);
        if (!open)
            bench_str_addf(out, "- %s ", bench_role_name(role));
        open = impl->provider == BENCH_PROVIDER_PYTHON;
        if (!open) {
            add_implementation(out, impl);
        } else {
            kernels_add_code(out, impl->name);
            bench_str_add(out, i + 1 < count ? " (in Python), else " : " (in Python)\n");
        }
    }
    free(names);
}

/* Without a suite nobody has a role. */
static void add_implementations(struct bench_str *out, const struct bench_suite *suite,
                                const struct bench_operator *op)
{
    for (int r = 0; suite != NULL && r < BENCH_ROLE_COUNT; r++)
        add_role(out, suite, op, (enum bench_role)r);
    for (size_t i = 0; suite == NULL && i < op->implementation_count; i++) {
        bench_str_add(out, "- ");
        add_implementation(out, &op->implementations[i]);
    }
    bench_str_addc(out, '\n');
}

static bool is_exact(const struct bench_operator *op)
{
    for (int t = 0; t < BENCH_DTYPE_COUNT; t++)
        if (op->dtypes[t] && (op->tolerance[t].rtol > 0 || op->tolerance[t].atol > 0))
            return false;
    return true;
}

/* Those that are not the usual ones. */
static void add_tolerances(struct bench_str *out, const struct bench_operator *op)
{
    const char *separator = ", within ";
    for (int t = 0; t < BENCH_DTYPE_COUNT; t++) {
        const struct bench_tolerance *own = &op->tolerance[t];
        const struct bench_tolerance usual = bench_operator_usual_tolerance((enum bench_dtype)t);
        if (!op->dtypes[t] ||
            (fabs(own->rtol - usual.rtol) <= 0 && fabs(own->atol - usual.atol) <= 0))
            continue;
        bench_str_addf(out, "%s%g/%g (%s)", separator, own->rtol, own->atol,
                       bench_dtype_name((enum bench_dtype)t));
        separator = ", ";
    }
}

static void add_oracle(struct bench_str *out, const struct bench_operator *op)
{
    if (op->oracle.launch_count == 0 && op->oracle.python == NULL) {
        bench_str_add(out, "It has no oracle: nothing verifies it. ");
        return;
    }
    bench_str_add(out, "Verified against the oracle");
    if (is_exact(op))
        bench_str_add(out, ": equal to the last bit");
    else
        add_tolerances(out, op);
    bench_str_add(out,
                  op->oracle.has_scale ? ", errors of sums relative to the sum of |x|. " : ". ");
}

/* ---- from the runs ---- */

static void add_decision(struct bench_str *out, const struct kernels_facts *f,
                         enum bench_outcome_rule rule)
{
    const struct bench_outcome_decision *d = &f->op->decisions[rule];
    const double plain = f->speed[rule].mean;
    if (!d->known) {
        bench_str_add(out, "**");
        report_add_speed(out, plain, rule);
        bench_str_add(out, "** by its times alone");
        return;
    }
    struct report_speed s = report_speed(d, rule);
    bench_str_add(out, "**");
    report_add_speed(out, s.estimate, rule);
    bench_str_add(out, "** (");
    report_add_interval(out, &s, rule);
    if (d->processes > 0)
        bench_str_addf(out, ", over %zu fresh processes", d->processes);
    bench_str_addf(out, "; batch %d: %s", rule == BENCH_OUTCOME_SPEEDUP ? 1 : 2,
                   d->answer == BENCH_PASS   ? "pass"
                   : d->answer == BENCH_FAIL ? "fail"
                                             : "undetermined");
    if (!(plain >= s.low && plain <= s.high)) {
        bench_str_add(out, "; its times alone: ");
        report_add_speed(out, plain, rule);
    }
    bench_str_addc(out, ')');
}

static void add_rule(struct bench_str *out, const struct kernels_facts *f,
                     enum bench_outcome_rule rule)
{
    const struct kernels_mean *m = &f->answered[rule];
    const bool first = rule == BENCH_OUTCOME_SPEEDUP;
    const struct bench_str *players = &f->players[first ? BENCH_REFERENCE : BENCH_BASELINE];
    if (m->count == 0)
        return;
    bench_str_addf(out, " %s (%s): ", first ? "Against the reference" : "Of the baseline’s speed",
                   players->data);
    add_decision(out, f, rule);
    bench_str_add(out, "; the worst case ");
    report_add_speed(out, m->worst, rule);
    bench_str_add(out, ", ");
    kernels_add_code(out, m->worst_case->label);
    if (m->count < f->timed)
        bench_str_addf(out, "; it has a time in %zu cases", m->count);
    bench_str_add(out, ".");
}

static void add_limits(struct bench_str *out, const struct kernels_facts *f)
{
    if (f->memory.count > 0) {
        bench_str_addf(out, " On %zu large cases that wait for memory ", f->memory.count);
        kernels_add_percent(out, f->memory.mean);
        bench_str_add(out, " of the limit");
        if (f->copy.count > 0) {
            bench_str_add(out, ", ");
            kernels_add_percent(out, f->copy.mean);
            bench_str_add(out, " of the copy bandwidth");
        }
        bench_str_add(out, ".");
    }
    if (f->compute.count > 0) {
        bench_str_addf(out, " On %zu large cases that compute ", f->compute.count);
        kernels_add_percent(out, f->compute.mean);
        bench_str_add(out, " of the limit, the least ");
        kernels_add_percent(out, f->compute.worst);
        bench_str_add(out, ", ");
        kernels_add_code(out, f->compute.worst_case->label);
        bench_str_add(out, ".");
    }
    if (f->library.count > 0) {
        bench_str_add(out, " In half precision ");
        kernels_add_percent(out, f->library.mean);
        bench_str_add(out, " of the speed of ");
        kernels_add_code(out, f->library_name);
        bench_str_add(out, ".");
    }
}

/* Candidates that played in no case of the run: new ones, and those that others stood before. */
static void add_absent(struct bench_str *out, const struct kernels_facts *f,
                       const struct bench_suite *suite, const struct bench_operator *op)
{
    const char **names = bench_xmalloc((op->implementation_count + 1) * sizeof *names);
    size_t count = suite != NULL ? names_of(suite, op, BENCH_CANDIDATE, names) : 0, absent = 0;
    for (size_t i = 0; i < count; i++) {
        if (kernels_lists(&f->players[BENCH_CANDIDATE], names[i]))
            continue;
        bench_str_add(out, absent++ == 0 ? " Not measured there: " : ", ");
        kernels_add_code(out, names[i]);
    }
    if (absent > 0)
        bench_str_addc(out, '.');
    free(names);
}

static void add_measured(struct bench_str *out, const struct kernels_facts *f,
                         const struct bench_suite *suite, const struct bench_operator *op)
{
    bench_str_addf(out, "Measured in %zu case%s, ", f->cases, f->cases == 1 ? "" : "s");
    if (f->verified == f->cases)
        bench_str_add(out, "all verified");
    else
        bench_str_addf(out, "%zu of them verified", f->verified);
    if (f->failed > 0)
        bench_str_addf(out, ", **%zu failed**", f->failed);
    if (f->near_floor > 0)
        bench_str_addf(out, ", %zu near the timing floor", f->near_floor);
    bench_str_add(out, ".");
    for (int rule = 0; rule < BENCH_OUTCOME_RULES; rule++)
        add_rule(out, f, (enum bench_outcome_rule)rule);
    add_limits(out, f);
    if (f->changed.len > 0)
        bench_str_addf(out, " Measured before the source%s of %s changed.",
                       strchr(f->changed.data, ',') ? "s" : "", f->changed.data);
    add_absent(out, f, suite, op);
    bench_str_addc(out, '\n');
}

static void add_shortfall(struct bench_str *out, const struct kernels_facts *f,
                          const struct bench_operator *op)
{
    struct bench_str missed;
    bench_str_init(&missed);
    size_t count = kernels_add_missed(&missed, f, op, KERNELS_SENTENCE);
    if (count > 0 || op->far_from_limit != NULL)
        bench_str_addf(out, "\n%s%s", missed.data, count > 0 && op->far_from_limit ? " " : "");
    if (op->far_from_limit != NULL) {
        bench_str_add(out, "*Why:* ");
        kernels_add_text(out, op->far_from_limit);
    }
    if (count > 0 || op->far_from_limit != NULL)
        bench_str_addc(out, '\n');
    bench_str_fini(&missed);
}

void kernels_add_operator(struct bench_str *out, const struct bench_kernels *k,
                          const struct bench_operator *op, const struct kernels_facts *f)
{
    size_t cases;
    const struct bench_suite *suite = suite_of(k, op->name, &cases);
    bench_str_addf(out, "### %s\n\n", op->name);
    add_signature(out, op);
    kernels_add_text(out, op->description);
    bench_str_add(out, "\n\n");
    add_implementations(out, suite, op);
    add_oracle(out, op);
    if (f->run != NULL) {
        add_measured(out, f, suite, op);
    } else {
        bench_str_add(out, "Not measured on a GPU yet");
        if (suite != NULL)
            bench_str_addf(out, ": `bench run %s` has %zu cases of it", suite->name, cases);
        bench_str_add(out, ".\n");
    }
    add_shortfall(out, f, op);
    bench_str_addc(out, '\n');
}
