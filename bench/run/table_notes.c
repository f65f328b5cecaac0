#include "bench/run/table_notes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/case/format.h"
#include "bench/run/sandbox.h"
#include "bench/run/tally.h"
#include "bench/util/mem.h"

#define RED "\033[31m"
#define PLAIN "\033[0m"
#define DISGUISES_TOLD 8

/* An oracle fails for all roles of a case at once: the first one's record stands for all. */
static bool is_repeated(struct bench_tally *oracles, const struct bench_record *r)
{
    return r->status == BENCH_STATUS_ORACLE_FAILED &&
           ++*bench_tally_of(oracles, "%zu %d %s", r->case_index, r->process, r->reason) > 1;
}

/* Of failures that are alike: the same operator, implementation, roles and reason; an oracle's the
 * same operator and reason. */
static size_t *alike(struct bench_tally *tally, const struct bench_run *run,
                     const struct bench_record *r)
{
    if (r->status == BENCH_STATUS_ORACLE_FAILED)
        return bench_tally_of(tally, "%p oracle %d %s",
                              (const void *)run->suite->cases[r->case_index].plan.op, r->process,
                              r->reason);
    return bench_tally_of(tally, "%p %d %u %d %s %s",
                          (const void *)run->suite->cases[r->case_index].plan.op, (int)r->status,
                          r->roles, r->process, r->implementation ? r->implementation : "",
                          r->reason);
}

static void write_failure(const struct bench_run *run, const struct bench_record *r, size_t others,
                          struct bench_str *out)
{
    char roles[64];
    bench_roles_text(r->roles, roles);
    bench_str_addf(out, "  %s", run->suite->cases[r->case_index].plan.label);
    if (others > 0)
        bench_str_addf(out, " and %zu other case%s", others, others == 1 ? "" : "s");
    if (r->process > 0)
        bench_str_addf(out, " (confirming process %d)", r->process);
    if (r->status != BENCH_STATUS_ORACLE_FAILED)
        bench_str_addf(out, ": %s (%s)", r->implementation ? r->implementation : "nobody", roles);
    bench_str_addf(out, ": %s: ", bench_status_name(r->status));
    for (const char *c = r->reason; *c; c++) { /* compilers say many lines */
        bench_str_addc(out, *c);
        if (*c == '\n')
            bench_str_add(out, "    ");
    }
    bench_str_addc(out, '\n');
}

/* What fails in the same way in several cases (a compile error) is told once. */
void bench_table_write_failures(const struct bench_run *run, bool color, struct bench_str *out)
{
    struct bench_tally *tally = bench_tally_new(), *oracles = bench_tally_new();
    bool headed = false;
    for (size_t i = 0; i < run->record_count; i++)
        if (bench_status_failed(run->records[i].status) && !is_repeated(oracles, &run->records[i]))
            ++*alike(tally, run, &run->records[i]);
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        size_t *count = bench_status_failed(r->status) ? alike(tally, run, r) : NULL;
        if (count == NULL || *count == 0)
            continue;
        if (!headed)
            bench_str_addf(out, "\n%sFailed%s\n", color ? RED : "", color ? PLAIN : "");
        headed = true;
        write_failure(run, r, *count - 1, out);
        *count = 0;
    }
    bench_tally_free(oracles);
    bench_tally_free(tally);
}

/* Roles that nobody could fill, each reason once an operator. */
void bench_table_write_unfilled(const struct bench_run *run, struct bench_str *out)
{
    struct bench_tally *tally = bench_tally_new();
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        const struct bench_operator *op = run->suite->cases[r->case_index].plan.op;
        char roles[64];
        if (r->status != BENCH_STATUS_UNSUPPORTED ||
            ++*bench_tally_of(tally, "%p %u %s", (const void *)op, r->roles, r->reason) > 1)
            continue;
        bench_roles_text(r->roles, roles);
        bench_str_addf(out, "  %s has no %s here: %s\n", op->name, roles, r->reason);
    }
    bench_tally_free(tally);
}

struct totals {
    size_t rounds_min, rounds_max;
    size_t unverified; /* of all that ran, the timed ones and the others */
    size_t near_floor, graph, disagree, throttled, discarded, operator_mode, one_set, checked;
};

/* Rounds that were discarded: the arms of a case share their rounds, so each case counts once. */
static size_t count_discarded(const struct bench_run *run)
{
    size_t *of_case = bench_xcalloc(run->suite->case_count + 1, sizeof *of_case), sum = 0;
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        if (r->process == 0 && r->discarded_rounds > of_case[r->case_index])
            of_case[r->case_index] = r->discarded_rounds;
    }
    for (size_t i = 0; i < run->suite->case_count; i++)
        sum += of_case[i];
    free(of_case);
    return sum;
}

static void add_up(const struct bench_run *run, const struct bench_judge *judge, struct totals *t)
{
    *t = (struct totals){.rounds_min = SIZE_MAX, .discarded = count_discarded(run)};
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        t->unverified +=
            r->implementation != NULL && r->status != BENCH_STATUS_UNSUPPORTED && !r->verified;
        t->checked += r->status == BENCH_STATUS_CHECKED && r->process == 0 &&
                      (r->roles & 1u << BENCH_CANDIDATE) != 0;
        if (r->round_count == 0 || r->process != 0)
            continue;
        t->rounds_min = r->round_count < t->rounds_min ? r->round_count : t->rounds_min;
        t->rounds_max = r->round_count > t->rounds_max ? r->round_count : t->rounds_max;
        t->near_floor += r->near_floor;
        t->throttled += r->throttled;
        t->operator_mode += r->operator_mode;
        t->one_set += r->checks.sets_at_once == 1;
    }
    for (size_t i = 0; i < run->suite->case_count; i++)
        for (int rule = 0; rule < BENCH_RULE_COUNT; rule++) {
            const struct bench_judgement *j = &judge->cases[i][rule];
            t->graph += j->known && strcmp(j->method, "graph") == 0;
            t->disagree += j->known && j->disagree;
        }
}

static void write_how(const struct bench_run *run, const struct totals *t, struct bench_str *out)
{
    char time[32];
    bench_str_addf(out, "\n%s, %s", run->info.name, run->info.driver);
    if (t->rounds_max > 0) {
        if (t->rounds_min == t->rounds_max)
            bench_str_addf(out, "; medians of %zu rounds", t->rounds_max);
        else
            bench_str_addf(out, "; medians of %zu to %zu rounds", t->rounds_min, t->rounds_max);
        bench_str_addf(out, ", %s cache, floor of %s taken off",
                       run->settings.cache == BENCH_CACHE_COLD ? "cold" : "hot",
                       bench_format_time(run->gated.floor_ns, time));
        if (t->unverified == 0)
            bench_str_add(out, ", all verified");
    }
    bench_str_addc(out, '\n');
    if (t->operator_mode > 0)
        bench_str_add(out, "Operator mode: times are of whole calls, host time included.\n");
}

static void write_noise(const struct bench_run *run, const struct bench_judge *judge,
                        struct bench_str *out)
{
    if (judge->aa_cases > 0) {
        bench_str_addf(
            out,
            "Noise floor %.2f %% (%zu kernel%s against %s, worst %.2f %%, %zu interval%s "
            "without 1): nothing nearer to a threshold is decided.\n",
            100 * expm1(judge->noise_floor), judge->aa_cases, judge->aa_cases == 1 ? "" : "s",
            judge->aa_cases == 1 ? "itself" : "themselves", 100 * judge->aa_worst,
            judge->aa_outside, judge->aa_outside == 1 ? "" : "s");
    } else {
        bench_str_addf(out,
                       "Noise floor unknown: no kernel was measured against itself%s; the answers "
                       "do not allow for it.\n",
                       run->settings.aa ? "" : " (--no-aa)");
    }
}

static void write_cache(const struct bench_run *run, struct bench_str *out)
{
    const struct bench_cache_check *check = &run->cache_check;
    if (run->settings.cache != BENCH_CACHE_COLD || !check->checked)
        return;
    if (check->evicts && check->clean && check->why[0] != '\0')
        bench_str_addf(out, "Whether the cache flush evicts cannot be told: %s.\n", check->why);
    else if (check->evicts && check->clean)
        bench_str_add(out, "Cache flush checked: it evicts, and leaves nothing to be written "
                           "back.\n");
    else
        bench_str_addf(out, "The cache flush does not work: %s. So nothing is decided.\n",
                       check->why);
}

static void write_clock(const struct totals *t, struct bench_str *out)
{
    if (t->discarded > 0)
        bench_str_addf(out,
                       "%zu round%s discarded and run again because the clock was throttled.\n",
                       t->discarded, t->discarded == 1 ? "" : "s");
    if (t->throttled > 0)
        bench_str_addf(out,
                       "! the clock stayed throttled in %zu record%s: their times decide "
                       "nothing.\n",
                       t->throttled, t->throttled == 1 ? "" : "s");
}

static bool is_open(const struct bench_judgement *j)
{
    return j->known && j->answer == BENCH_UNDETERMINED;
}

/* Each reason why cases are undetermined, with how many there are. */
static void write_undetermined(const struct bench_run *run, const struct bench_judge *judge,
                               struct bench_str *out)
{
    const size_t count = run->suite->case_count * BENCH_RULE_COUNT;
    const struct bench_judgement *all = judge->cases[0];
    struct bench_tally *tally = bench_tally_new();
    bool headed = false;
    for (size_t i = 0; i < count; i++)
        if (is_open(&all[i]))
            ++*bench_tally_of(tally, "%s", all[i].reason);
    for (size_t i = 0; i < count; i++) {
        size_t *cases = is_open(&all[i]) ? bench_tally_of(tally, "%s", all[i].reason) : NULL;
        if (cases == NULL || *cases == 0)
            continue;
        bench_str_addf(out, "%s%s (%zu)", headed ? ", " : "? undetermined: ", all[i].reason,
                       *cases);
        *cases = 0;
        headed = true;
    }
    if (headed)
        bench_str_addc(out, '\n');
    bench_tally_free(tally);
}

static bool is_disguised(const struct bench_record *r)
{
    return r->status == BENCH_STATUS_OK && r->roles & 1u << BENCH_CANDIDATE &&
           (strcmp(r->proof, "other_kernels") == 0 || strcmp(r->proof, "no_kernels") == 0);
}

/* Candidates in Python that launched no kernels of their own: each operator once, and not all of a
 * long list. */
static void write_disguises(const struct bench_run *run, struct bench_str *out)
{
    struct bench_tally *tally = bench_tally_new();
    size_t count = 0;
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        const struct bench_operator *op = run->suite->cases[r->case_index].plan.op;
        if (is_disguised(r) &&
            ++*bench_tally_of(tally, "%p %u %s", (const void *)op, r->roles, r->proof) == 1 &&
            ++count <= DISGUISES_TOLD)
            bench_str_addf(out, "! %s: is the candidate one? %s\n", op->name, r->proof_why);
    }
    if (count > DISGUISES_TOLD)
        bench_str_addf(out, "! and %zu operators more: see \"proof\" in the journal\n",
                       count - DISGUISES_TOLD);
    bench_tally_free(tally);
}

/* Against a call that launches nothing (it returns its input or a view) a ratio is not of speed. */
static void write_views(const struct bench_run *run, struct bench_str *out)
{
    struct bench_tally *tally = bench_tally_new();
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        const struct bench_operator *op = run->suite->cases[r->case_index].plan.op;
        char roles[64];
        if (r->status != BENCH_STATUS_OK || strcmp(r->launched, "[]") != 0 ||
            strcmp(r->proof, "ok") != 0 ||
            ++*bench_tally_of(tally, "%p %u", (const void *)op, r->roles) > 1)
            continue;
        bench_roles_text(r->roles, roles);
        bench_str_addf(out, "! %s: the %s launches %s; its time is an empty stream's\n", op->name,
                       roles, r->proof_why);
    }
    bench_tally_free(tally);
}

/* Less is known of these: what an answer is kept by shows in the rounds that get new inputs. */
static void write_large(const struct totals *t, struct bench_str *out)
{
    if (t->one_set > 0)
        bench_str_addf(out,
                       "! %zu record%s of cases for which the memory holds one set of inputs, not "
                       "two: it was changed in few of the rounds (\"sets_at_once\" in the "
                       "journal).\n",
                       t->one_set, t->one_set == 1 ? " is" : "s are");
}

static void write_markers(const struct bench_run *run, const struct totals *t,
                          struct bench_str *out)
{
    char time[32];
    if (t->near_floor > 0)
        bench_str_addf(out,
                       "* near the floor of the timing (an empty kernel takes %s): such times are "
                       "uncertain, and the intervals say how far\n",
                       bench_format_time(run->gated.empty_ns, time));
    if (t->graph > 0)
        bench_str_add(out, "+ from graphs of many launches, which agree with single ones and tell "
                           "more\n");
    if (t->disagree > 0)
        bench_str_addf(out,
                       "~ timed by single launches and by graphs of many, the two differ in %zu "
                       "ratio%s by more than timing explains: the intervals hold both\n",
                       t->disagree, t->disagree == 1 ? "" : "s");
}

static void write_checked(const struct totals *t, struct bench_str *out)
{
    if (t->checked > 0)
        bench_str_addf(out,
                       "checked: the candidate is right in %zu case%s of empty tensors, which "
                       "%s not timed and count%s in no mean.\n",
                       t->checked, t->checked == 1 ? "" : "s", t->checked == 1 ? "is" : "are",
                       t->checked == 1 ? "s" : "");
}

static void write_sandbox(const struct bench_run *run, struct bench_str *out)
{
    const struct bench_sandbox *sandbox = run->options.sandbox;
    if (run->options.no_sandbox)
        bench_str_add(out, "! Candidates ran without a sandbox.\n");
    else if (sandbox != NULL && bench_sandbox_host_of(sandbox)->lacks[0] != '\0')
        bench_str_addf(out, "The sandbox has gaps here: %s.\n",
                       bench_sandbox_host_of(sandbox)->lacks);
}

/* A launch with others than the kernel takes reads what lies beside them. */
static void write_arguments(const struct bench_run *run, struct bench_str *out)
{
    if (run->info.computes && !run->info.tells_params)
        bench_str_add(out, "The arguments of launches were not compared with what the kernels "
                           "take, which is not known here: driver and toolkit of CUDA 12.4 and "
                           "later tell, but not under compute-sanitizer, nor did earlier versions "
                           "of bench ask.\n");
}

void bench_table_write_footer(const struct bench_run *run, const struct bench_judge *judge,
                              struct bench_str *out)
{
    struct totals totals;
    add_up(run, judge, &totals);
    write_how(run, &totals, out);
    if (totals.rounds_max > 0) {
        write_noise(run, judge, out);
        write_cache(run, out);
        write_clock(&totals, out);
        write_undetermined(run, judge, out);
        write_large(&totals, out);
        write_markers(run, &totals, out);
    }
    write_checked(&totals, out);
    write_disguises(run, out);
    if (run->info.computes && strcmp(run->info.kind, "cuda") == 0)
        write_views(run, out);
    write_sandbox(run, out);
    write_arguments(run, out);
    if (!run->info.computes)
        bench_str_addf(out, "The %s device computes nothing: nothing was verified.\n",
                       run->info.kind);
    else if (strcmp(run->info.kind, "cpu") == 0 && !run->options.sanitize)
        bench_str_add(out, "Times of the cpu device say nothing about a GPU.\n");
}
