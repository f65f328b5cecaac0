/* The steps of a night, each a sub-command of its own, and what they found. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/cli/commands.h"
#include "bench/cli/nightly_impl.h"
#include "bench/nightly/look.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"

static char *in_night(const struct nightly_request *r, const char *format, const char *name)
{
    char *part = bench_xprintf("%s%s", format, name);
    char *path = bench_path_join(r->night.folder, part);
    free(part);
    return path;
}

/* ---- one process ---- */

/* For the run: the night records by itself, when all is known. */
static char no_history[] = "BENCH_HISTORY=";

/* Runs the words; what it says goes to log/<step>.txt, its answer (standard output) to `answer` if
 * that is not NULL. The answer is there whole or not at all. */
static int run_words(struct nightly_request *r, enum bench_night_step step,
                     struct bench_words *words, const char *answer, struct bench_err *err)
{
    struct bench_night_progress *p = &r->night.steps[step];
    char *log = bench_xprintf("%s/log/%s.txt", r->night.folder, bench_night_step_name(step));
    char *part = answer != NULL ? bench_xprintf("%s.part", answer) : NULL;
    /* A person who watches sees the run's progress; a log is for machines. */
    bool watched = step == BENCH_NIGHT_RUN && !r->quiet && isatty(STDERR_FILENO) == 1;
    struct bench_step process = {.argv = (const char *const *)words->items,
                                 .out = part != NULL ? part : log,
                                 .err = watched ? NULL : log,
                                 .env = step == BENCH_NIGHT_RUN ? no_history : NULL};
    int64_t start = bench_clock_ns();
    if (part != NULL)
        unlink(part);
    int rc = bench_step_run(&process, &p->exit_code, &r->interrupted_by, err);
    p->seconds += (double)(bench_clock_ns() - start) * 1e-9;
    if (rc == BENCH_OK && part != NULL && p->exit_code > BENCH_EXIT_FAILED)
        unlink(part);
    else if (rc == BENCH_OK && part != NULL && rename(part, answer) != 0)
        rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be renamed to %s: %s", part, answer,
                           strerror(errno));
    free(part);
    free(log);
    bench_words_fini(words);
    return rc;
}

/* ": …": the last complaint in the step's log ("bench run: …"), or "". The caller frees. */
static char *cause_of(const struct nightly_request *r, const char *step)
{
    char *path = bench_xprintf("%s/log/%s.txt", r->night.folder, step);
    char *head = bench_xprintf("bench %s: ", step), *text = NULL, *cause = bench_xstrdup("");
    if (bench_file_read(path, 0, &text, NULL, NULL) != BENCH_OK)
        text = bench_xstrdup("");
    for (const char *line = text; *line != '\0'; line += strspn(line, "\n")) {
        size_t length = strcspn(line, "\n");
        if (bench_str_starts(line, head)) {
            free(cause);
            cause = bench_xprintf(": %.*s", (int)(length - strlen(head)), line + strlen(head));
        }
        line += length;
    }
    free(path);
    free(head);
    free(text);
    return cause;
}

/* `most` is the greatest exit code that is an answer. */
static void conclude(struct nightly_request *r, enum bench_night_step step, int most)
{
    struct bench_night_progress *p = &r->night.steps[step];
    const char *name = bench_night_step_name(step);
    if (r->interrupted_by != 0) {
        p->state = BENCH_NIGHT_DUE;
        return;
    }
    p->state = p->exit_code <= most ? BENCH_NIGHT_DONE : BENCH_NIGHT_FAILED;
    char *cause = p->state == BENCH_NIGHT_FAILED ? cause_of(r, name) : NULL;
    if (cause != NULL)
        bench_night_set_note(&r->night, step,
                             "`bench %s` ended with exit code %d, see log/%s.txt%s", name,
                             p->exit_code, name, cause);
    else
        bench_night_set_note(&r->night, step, "%s", "");
    free(cause);
}

/* As `bench run` has it: who has switched the history off wants no alarm each night. */
static bool history_is_off(const struct nightly_request *r)
{
    const char *file = getenv("BENCH_HISTORY");
    return r->history == NULL && file != NULL && *file == '\0';
}

static bool skip(struct nightly_request *r, enum bench_night_step step)
{
    bool is_off = step == BENCH_NIGHT_HISTORY && history_is_off(r);
    if (!r->skips[step] && !is_off)
        return false;
    r->night.steps[step].state = BENCH_NIGHT_SKIPPED;
    if (r->skips[step])
        bench_night_set_note(&r->night, step, "--skip %s", bench_night_step_name(step));
    else
        bench_night_set_note(&r->night, step, "$BENCH_HISTORY is empty");
    return true;
}

/* ---- the run ---- */

static bool has_begun(const struct nightly_request *r)
{
    char *journal = bench_path_join(r->run, "run.json");
    bool there = bench_file_exists(journal);
    free(journal);
    return there;
}

/* What is measured: the night's suite, which has all filters in it, or operators in Python. */
static void add_what(const struct nightly_request *r, struct bench_words *words)
{
    char *suite = in_night(r, "", "suite.json");
    if (r->python_operators == NULL) {
        bench_words_add(words, "--suite=", suite);
        bench_words_add(words, "--kernels=", r->kernels_here);
    } else {
        bench_words_add(words, "--operators=", r->python_operators);
        bench_words_add(words, "--reference=", r->reference);
        bench_words_add(words, "--kernels=", r->kernels);
        for (size_t i = 0; i < r->operators.count; i++)
            bench_words_add(words, "--op=", r->operators.items[i]);
        for (size_t i = 0; i < r->dtypes.count; i++)
            bench_words_add(words, "--dtype=", r->dtypes.items[i]);
        if (r->max_cases > 0)
            bench_words_add_number(words, "--max-cases=", (double)r->max_cases);
        bench_words_add(words, "--confirm", r->confirm < 0 ? "" : NULL);
    }
    free(suite);
}

static void add_run_options(const struct nightly_request *r, struct bench_words *words)
{
    add_what(r, words);
    bench_words_add(words, "--output=", r->run);
    bench_words_add(words, "--device=", r->device);
    bench_words_add(words, "--python=", r->python);
    if (r->confirm > 0)
        bench_words_add_number(words, "--confirm=", (double)r->confirm);
    bench_words_add(words, "--no-confirm", r->confirm == 0 ? "" : NULL);
    if (r->seed >= 0)
        bench_words_add_number(words, "--seed=", (double)r->seed);
    if (!isnan(r->max_case_ms))
        bench_words_add_number(words, "--max-case-ms=", r->max_case_ms);
    if (!isnan(r->timeout_s))
        bench_words_add_number(words, "--timeout=", r->timeout_s);
}

static int do_run(struct nightly_request *r, struct bench_err *err)
{
    struct bench_words words = {.count = 0};
    bench_words_add(&words, "run", "");
    if (has_begun(r))
        bench_words_add(&words, "--resume=", r->run);
    else
        add_run_options(r, &words);
    int rc = run_words(r, BENCH_NIGHT_RUN, &words, NULL, err);
    if (rc != BENCH_OK)
        return rc;
    if (r->night.steps[BENCH_NIGHT_RUN].exit_code == BENCH_EXIT_INTERRUPTED)
        r->interrupted_by = r->interrupted_by ? r->interrupted_by : 1;
    conclude(r, BENCH_NIGHT_RUN, BENCH_EXIT_FAILED);
    if (r->night.steps[BENCH_NIGHT_RUN].state != BENCH_NIGHT_DONE)
        return BENCH_OK;
    return bench_night_look_at_run(&r->night, err);
}

/* ---- what it is compared with ---- */

const struct bench_night *nightly_base(const struct nightly_request *r, const char *op)
{
    return bench_nights_last_good(&r->past, &r->night, op);
}

/* Of the comparison with this night, or with --against (NULL), which operators count? Every one
 * but those that there was no time for, and each once: where it was measured last. */
struct part {
    const struct nightly_request *r;
    const struct bench_night *base;
};

static bool is_wanted(const char *op, void *context)
{
    const struct part *part = context;
    const struct bench_night *night = &part->r->night;
    for (size_t i = 0; i < night->left_out_count; i++)
        if (strcmp(night->left_out[i].name, op) == 0)
            return false;
    if (part->base == NULL)
        return true;
    const struct bench_night *own = nightly_base(part->r, op);
    return own == NULL || own == part->base;
}

/* The nights that are compared with, the newest first: of each operator the last good one that
 * measured it. bases[operator_count + 1]; returns how many. */
static size_t find_bases(const struct nightly_request *r, const struct bench_night **bases)
{
    size_t count = 0;
    for (size_t i = 0; i < r->night.operator_count; i++) {
        const struct bench_night *base = nightly_base(r, r->night.operators[i].name);
        size_t at = 0, seen = 0;
        while (seen < count && bases[seen] != base)
            seen++;
        if (base == NULL || seen < count)
            continue;
        while (at < count && bases[at]->started_s > base->started_s)
            at++;
        memmove(&bases[at + 1], &bases[at], (count - at) * sizeof(const struct bench_night *));
        bases[at] = base;
        count++;
    }
    return count;
}

/* compare.json of the newest; where an operator was measured last in an earlier one,
 * compare-<night>.json as well. */
static char *answer_path(const struct nightly_request *r, const struct bench_night *base,
                         bool newest)
{
    char *name = newest || base == NULL ? bench_xstrdup("compare.json")
                                        : bench_xprintf("compare-%s.json", base->id);
    char *path = in_night(r, "", name);
    free(name);
    return path;
}

static int compare_with(struct nightly_request *r, const char *with, const char *answer,
                        struct bench_err *err)
{
    struct bench_words words = {.count = 0};
    char *inner = bench_path_join(with, "run");
    bench_words_add(&words, "compare", "");
    bench_words_add(&words, "", bench_file_is_dir(inner) ? inner : with);
    bench_words_add(&words, "", r->run);
    bench_words_add(&words, "--format=", "json");
    /* What the user left out has not vanished. */
    bool part = r->operators.count > 0 || r->dtypes.count > 0 || r->max_cases > 0;
    bench_words_add(&words, "--allow-vanished", part ? "" : NULL);
    free(inner);
    int rc = run_words(r, BENCH_NIGHT_COMPARE, &words, answer, err);
    if (rc == BENCH_OK)
        conclude(r, BENCH_NIGHT_COMPARE, BENCH_EXIT_FAILED);
    return rc;
}

static int compare_bases(struct nightly_request *r, struct bench_err *err)
{
    const struct bench_night **bases =
        bench_xcalloc(r->night.operator_count + 1, sizeof(const struct bench_night *));
    size_t count = find_bases(r, bases);
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < count; i++) {
        char *answer = answer_path(r, bases[i], i == 0);
        rc = compare_with(r, bases[i]->folder, answer, err);
        free(answer);
        if (r->night.steps[BENCH_NIGHT_COMPARE].state != BENCH_NIGHT_DONE)
            break;
    }
    if (count == 0) {
        r->night.steps[BENCH_NIGHT_COMPARE].state = BENCH_NIGHT_SKIPPED;
        bench_night_set_note(&r->night, BENCH_NIGHT_COMPARE,
                             "there is no good night before on this device");
    } else if (r->night.steps[BENCH_NIGHT_COMPARE].state == BENCH_NIGHT_DONE) {
        r->night.compared_with = bench_arena_strdup(r->night.arena, bases[0]->folder);
    }
    free(bases);
    return rc;
}

static int do_compare(struct nightly_request *r, struct bench_err *err)
{
    if (r->against == NULL)
        return compare_bases(r, err);
    char *answer = answer_path(r, NULL, true);
    int rc = compare_with(r, r->against, answer, err);
    if (r->night.steps[BENCH_NIGHT_COMPARE].state == BENCH_NIGHT_DONE)
        r->night.compared_with = bench_arena_strdup(r->night.arena, r->against);
    free(answer);
    return rc;
}

/* ---- the others ---- */

static int do_validate(struct nightly_request *r, struct bench_err *err)
{
    struct bench_words words = {.count = 0};
    char *answer = in_night(r, "", "validate.json");
    bench_words_add(&words, "validate", "");
    bench_words_add(&words, "", r->run);
    bench_words_add(&words, "--format=", "json");
    int rc = run_words(r, BENCH_NIGHT_VALIDATE, &words, answer, err);
    free(answer);
    if (rc == BENCH_OK)
        conclude(r, BENCH_NIGHT_VALIDATE, BENCH_EXIT_FAILED);
    return rc;
}

/* The page begins with what was found, which night.json has to say. Alarms that cannot be told are
 * an alarm at the end of the night. */
static int note_findings(struct nightly_request *r, struct bench_err *err)
{
    if (nightly_look(r, err) != BENCH_OK)
        bench_night_add_alarm(&r->night, "step", "what was found cannot be read: %s", err->message);
    return bench_night_write(&r->night, err);
}

static int do_plain(struct nightly_request *r, enum bench_night_step step, struct bench_err *err)
{
    struct bench_words words = {.count = 0};
    char *page = in_night(r, "", "report.html");
    bench_words_add(&words, bench_night_step_name(step), "");
    if (step == BENCH_NIGHT_HISTORY) {
        bench_words_add(&words, "import", "");
        bench_words_add(&words, "--db=", r->history);
    }
    bench_words_add(&words, "", r->run);
    int rc = BENCH_OK;
    if (step == BENCH_NIGHT_REPORT) {
        bench_words_add(&words, "--output=", page);
        bench_words_add(&words, "--night=", r->night.folder);
        rc = note_findings(r, err);
    }
    free(page);
    if (rc != BENCH_OK) {
        bench_words_fini(&words);
        return rc;
    }
    rc = run_words(r, step, &words, NULL, err);
    if (rc == BENCH_OK)
        conclude(r, step, BENCH_EXIT_OK);
    return rc;
}

int nightly_step(struct nightly_request *r, enum bench_night_step step, struct bench_err *err)
{
    if (skip(r, step))
        return BENCH_OK;
    r->night.steps[step].state = BENCH_NIGHT_DUE;
    switch (step) {
    case BENCH_NIGHT_RUN:
        return do_run(r, err);
    case BENCH_NIGHT_VALIDATE:
        return do_validate(r, err);
    case BENCH_NIGHT_COMPARE:
        return do_compare(r, err);
    case BENCH_NIGHT_SELECT:
    case BENCH_NIGHT_HISTORY:
    case BENCH_NIGHT_REPORT:
        return do_plain(r, step, err);
    case BENCH_NIGHT_STEPS:
        break;
    }
    return BENCH_OK;
}

/* ---- what they found ---- */

static int look_at_comparisons(struct nightly_request *r, struct bench_err *err)
{
    const struct bench_night **bases =
        bench_xcalloc(r->night.operator_count + 1, sizeof(const struct bench_night *));
    size_t count = r->against == NULL ? find_bases(r, bases) : 1;
    int rc = BENCH_OK;
    for (size_t i = 0; rc == BENCH_OK && i < count; i++) {
        struct part part = {.r = r, .base = r->against == NULL ? bases[i] : NULL};
        char *path = answer_path(r, part.base, i == 0);
        rc = bench_night_alarm_comparison(&r->night, path, is_wanted, &part, err);
        free(path);
    }
    free(bases);
    return rc;
}

int nightly_look(struct nightly_request *r, struct bench_err *err)
{
    struct bench_night *n = &r->night;
    int rc = BENCH_OK;
    n->alarm_count = 0;
    n->unsure_count = 0;
    n->regression = false;
    if (n->steps[BENCH_NIGHT_COMPARE].state == BENCH_NIGHT_DONE)
        rc = look_at_comparisons(r, err);
    else if (n->steps[BENCH_NIGHT_RUN].state == BENCH_NIGHT_DONE)
        rc = bench_night_alarm_failures(n, err);
    if (n->steps[BENCH_NIGHT_VALIDATE].state == BENCH_NIGHT_DONE &&
        n->steps[BENCH_NIGHT_VALIDATE].exit_code != BENCH_EXIT_OK)
        bench_night_add_alarm(n, "data", "`bench validate` finds errors: %s/validate.json",
                              n->folder);
    for (int i = 0; i < BENCH_NIGHT_STEPS; i++)
        if (n->steps[i].state == BENCH_NIGHT_FAILED)
            bench_night_add_alarm(n, "step", "%s", n->steps[i].note);
    /* What was not compared may hold anything. */
    n->regression |= n->steps[BENCH_NIGHT_COMPARE].state == BENCH_NIGHT_FAILED;
    return rc;
}
