/* bench nightly: a whole night's work in one command. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bench/cli/commands.h"
#include "bench/cli/nightly_impl.h"
#include "bench/cli/run_arguments.h"
#include "bench/nightly/look.h"
#include "bench/nightly/summary.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/process.h"

/* A notification that takes longer has gone wrong. */
#define NOTIFY_MS 60000

static int run_nightly(const struct bench_command *self, int argc, char **argv);

const struct bench_command bench_cmd_nightly = {
    .name = "nightly",
    .summary = "A night's work: run, confirm, validate, select, compare, record, report.",
    .usage = "nightly [options] [SUITE]",
    .details =
        "Measures SUITE (default: nightly) into nights/<date>/run, confirms what passes, validates "
        "and selects, compares with the last good night (the newest finished one on the same "
        "device without regression), records in the history, and makes a page. summary.txt, which "
        "is printed and goes to --notify, says in a few lines what changed; night.json says it to "
        "programs. What was interrupted goes on with --resume.\n\n"
        "docs/nightly.md has the files, the budget, and units for systemd, cron and GitHub "
        "Actions.\n\n"
        "Exit codes: 0 nothing is worse than before; 1 something is (on a first night: something "
        "failed); 2 bad usage or bad input; 3 no such device; 4 the system or a step failed; 130 "
        "interrupted.",
    .run = run_nightly};

static int fail(const struct bench_err *err)
{
    fprintf(stderr, "bench nightly: %s\n", err->message);
    return bench_exit_of(err->code);
}

/* ---- one at a time ---- */

/* Held until the process ends. Nights that overlap would measure each other. */
static int hold(const char *nights, struct bench_err *err)
{
    int rc = bench_file_mkdirs(nights, err);
    if (rc != BENCH_OK)
        return rc;
    char *path = bench_path_join(nights, ".lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be opened: %s", path, strerror(errno));
    else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: another `bench nightly` is at work in this folder; wait for its "
                           "end, or name another folder by --nights",
                           path);
    if (rc != BENCH_OK && fd >= 0)
        close(fd);
    free(path);
    return rc;
}

/* ---- the end ---- */

static void notify(const struct nightly_request *r, const char *summary, int exit_code)
{
    struct bench_process_result result = {0};
    struct bench_err err = {0};
    char *folder = bench_xprintf("BENCH_NIGHT=%s", r->night.folder);
    char *code = bench_xprintf("BENCH_NIGHT_EXIT=%d", exit_code);
    const char *const argv[] = {"/bin/sh", "-c", r->notify, NULL};
    const char *const env[] = {folder, code, NULL};
    struct bench_process_spec spec = {.argv = argv,
                                      .env = env,
                                      .input = summary,
                                      .input_length = strlen(summary),
                                      .timeout_ms = NOTIFY_MS};
    if (bench_process_run(&spec, &result, &err) != BENCH_OK)
        fprintf(stderr, "bench nightly: warning: --notify: %s\n", err.message);
    else if (result.timed_out)
        fprintf(stderr, "bench nightly: warning: --notify: '%s' did not end within %d s\n",
                r->notify, NOTIFY_MS / 1000);
    else if (result.exit_code != 0)
        fprintf(stderr, "bench nightly: warning: --notify: '%s' failed (exit code %d): %s\n",
                r->notify, result.exit_code, result.err);
    bench_process_result_fini(&result);
    free(folder);
    free(code);
}

/* nights/latest; a night without it has lost nothing. */
static void point_latest(const struct nightly_request *r)
{
    char *link = bench_path_join(r->nights, "latest");
    char *fresh = bench_path_join(r->nights, ".latest");
    unlink(fresh);
    if (symlink(r->night.id, fresh) != 0 || rename(fresh, link) != 0)
        fprintf(stderr, "bench nightly: warning: %s: cannot be set: %s\n", link, strerror(errno));
    free(link);
    free(fresh);
}

static int exit_code_of(const struct bench_night *n)
{
    const struct bench_night_progress *run = &n->steps[BENCH_NIGHT_RUN];
    size_t findings = 0;
    if (run->state == BENCH_NIGHT_FAILED)
        return run->exit_code >= BENCH_EXIT_USAGE && run->exit_code <= BENCH_EXIT_SYSTEM
                   ? run->exit_code
                   : BENCH_EXIT_SYSTEM;
    for (size_t i = 0; i < n->alarm_count; i++)
        findings += strcmp(n->alarms[i].kind, "step") != 0;
    if (findings > 0)
        return BENCH_EXIT_FAILED;
    return n->alarm_count > 0 ? BENCH_EXIT_SYSTEM : BENCH_EXIT_OK;
}

static int write_summary(const struct nightly_request *r, const char *text, struct bench_err *err)
{
    char *path = bench_path_join(r->night.folder, "summary.txt");
    int rc = bench_file_write_atomic(path, text, strlen(text), err);
    free(path);
    return rc;
}

static int finish(struct nightly_request *r)
{
    struct bench_night *n = &r->night;
    struct bench_err err = {0};
    struct bench_str summary;
    char now[32];
    int rc = nightly_look(r, &err);
    if (rc != BENCH_OK)
        bench_night_add_alarm(n, "step", "what was found cannot be read: %s", err.message);
    n->regression |= rc != BENCH_OK;
    bench_clock_iso(now);
    n->finished = bench_arena_strdup(n->arena, now);
    n->status = n->steps[BENCH_NIGHT_RUN].state == BENCH_NIGHT_DONE ? "finished" : "failed";
    n->exit_code = exit_code_of(n);
    char *selected =
        n->steps[BENCH_NIGHT_SELECT].state == BENCH_NIGHT_DONE ? bench_night_selected(n) : NULL;
    bench_str_init(&summary);
    bench_night_summary(n, selected, &summary);
    int exit_code = n->exit_code;
    rc = write_summary(r, summary.data, &err);
    rc = rc == BENCH_OK ? bench_night_write(n, &err) : rc;
    if (rc != BENCH_OK)
        exit_code = fail(&err);
    else if (strcmp(n->status, "finished") == 0)
        point_latest(r);
    fputs(summary.data, stdout);
    fflush(stdout);
    if (r->notify != NULL)
        notify(r, summary.data, exit_code);
    bench_str_fini(&summary);
    free(selected);
    return exit_code;
}

static int interrupt(struct nightly_request *r)
{
    struct bench_err err = {0};
    struct bench_str command;
    r->night.status = "interrupted";
    r->night.exit_code = BENCH_EXIT_INTERRUPTED;
    if (bench_night_write(&r->night, &err) != BENCH_OK)
        fail(&err);
    bench_str_init(&command);
    bench_str_add(&command, "bench nightly --resume --nights ");
    run_arguments_quote(r->nights, &command);
    fprintf(stderr, "bench nightly: interrupted; what was finished is in %s. To go on:\n  %s\n",
            r->night.folder, command.data);
    bench_str_fini(&command);
    return BENCH_EXIT_INTERRUPTED;
}

/* ---- the night ---- */

/* The steps that are due, one after the other. What does not depend on a step that failed is done
 * all the same; without a run there is nothing. */
static int go_on(struct nightly_request *r)
{
    struct bench_err err = {0};
    int64_t start = bench_clock_ns();
    double before = r->night.duration_s;
    r->night.status = "running";
    for (int step = 0; step < BENCH_NIGHT_STEPS; step++) {
        struct bench_night_progress *p = &r->night.steps[step];
        if (p->state == BENCH_NIGHT_DONE || p->state == BENCH_NIGHT_SKIPPED)
            continue;
        if (!r->quiet)
            fprintf(stderr, "%s: %s\n", r->night.folder,
                    bench_night_step_name((enum bench_night_step)step));
        int rc = nightly_step(r, (enum bench_night_step)step, &err);
        r->night.duration_s = before + (double)(bench_clock_ns() - start) * 1e-9;
        if (rc == BENCH_OK && r->interrupted_by != 0)
            return interrupt(r);
        rc = rc == BENCH_OK ? bench_night_write(&r->night, &err) : rc;
        if (rc != BENCH_OK)
            return fail(&err);
        if (r->night.steps[BENCH_NIGHT_RUN].state == BENCH_NIGHT_FAILED)
            break;
    }
    return finish(r);
}

/* The run's name says which night it is of, wherever it is told; `run` leads to it. */
static int set_up(struct nightly_request *r, struct bench_err *err)
{
    char *name = bench_xprintf("run-%s", r->night.id);
    char *link = bench_path_join(r->night.folder, "run");
    int rc = BENCH_OK;
    r->run = bench_path_join(r->night.folder, name);
    if (symlink(name, link) != 0 && errno != EEXIST)
        rc = bench_err_set(err, BENCH_ERROR, "%s: cannot be made: %s", link, strerror(errno));
    free(link);
    free(name);
    if (r->past.warnings[0])
        fprintf(stderr, "bench nightly: warning: nights that cannot be read are left out:\n%s",
                r->past.warnings);
    return rc;
}

static int make_log(const struct nightly_request *r, struct bench_err *err)
{
    char *log = bench_path_join(r->night.folder, "log");
    int rc = bench_file_mkdirs(log, err);
    free(log);
    return rc;
}

/* Hours later it would be too late to say so. */
static int check_against(const struct nightly_request *r, struct bench_err *err)
{
    return r->against == NULL || bench_file_exists(r->against)
               ? BENCH_OK
               : bench_err_set(err, BENCH_ENOTFOUND,
                               "--against %s: no such folder, expected that of a night or a run",
                               r->against);
}

static int begin(struct nightly_request *r, int argc, char **argv)
{
    struct bench_night *n = &r->night;
    struct bench_err err = {0};
    int rc = nightly_check_suite(r, &err);
    if (rc == BENCH_OK)
        rc = check_against(r, &err);
    if (rc == BENCH_OK)
        rc = bench_night_new(r->nights, n, &err);
    if (rc == BENCH_OK)
        rc = set_up(r, &err);
    if (rc != BENCH_OK)
        return fail(&err);
    const char **command = bench_arena_alloc(n->arena, ((size_t)argc + 1) * sizeof *command);
    for (int i = 0; i < argc; i++)
        command[i] = bench_arena_strdup(n->arena, argv[i]);
    n->command = command;
    n->command_count = (size_t)argc;
    n->suite = bench_arena_strdup(n->arena, r->suite);
    n->device_asked = bench_arena_strdup(n->arena, r->device);
    n->budget_s = r->budget_s;
    rc = nightly_plan(r, &err);
    rc = rc == BENCH_OK ? make_log(r, &err) : rc;
    rc = rc == BENCH_OK ? bench_night_write(n, &err) : rc;
    return rc == BENCH_OK ? go_on(r) : fail(&err);
}

/* Options are those that the night was begun with. */
static int resume(const struct bench_command *self, const char *nights, bool quiet,
                  struct nightly_request *r)
{
    struct bench_err err = {0};
    int exit_code = BENCH_EXIT_USAGE;
    const struct bench_night *found = bench_nights_unfinished(&r->past);
    if (found == NULL) {
        printf("%s: %s: there is nothing to resume\n", nights,
               r->past.count > 0 ? "the newest night came to its end"
                                 : "no night is in this folder");
        return BENCH_EXIT_OK;
    }
    if (bench_night_read(found->folder, &r->night, &err) != BENCH_OK)
        return fail(&err);
    char **argv = bench_xcalloc(r->night.command_count + 1, sizeof *argv);
    for (size_t i = 0; i < r->night.command_count; i++)
        argv[i] = bench_arena_strdup(r->night.arena, r->night.command[i]);
    if (nightly_parse(self, r, (int)r->night.command_count, argv, &exit_code) == 0) {
        r->nights = nights;
        r->resume = true;
        r->quiet = r->quiet || quiet;
        int rc = nightly_check_suite(r, &err); /* and where the operators are */
        rc = rc == BENCH_OK ? make_log(r, &err) : rc;
        rc = rc == BENCH_OK ? set_up(r, &err) : rc;
        exit_code = rc == BENCH_OK ? go_on(r) : fail(&err);
    }
    free(argv);
    return exit_code;
}

static int accept(const struct nightly_request *r)
{
    struct bench_night night;
    struct bench_err err = {0};
    if (bench_night_read(r->accept, &night, &err) != BENCH_OK)
        return fail(&err);
    int rc = BENCH_OK;
    if (strcmp(night.status, "finished") != 0)
        rc = bench_err_set(&err, BENCH_EINPUT,
                           "%s: is '%s', and only a finished night can be compared with",
                           night.folder, night.status);
    night.regression = false;
    rc = rc == BENCH_OK ? bench_night_write(&night, &err) : rc;
    if (rc == BENCH_OK)
        printf("%s is accepted: later nights are compared with it\n", night.folder);
    bench_night_fini(&night);
    return rc == BENCH_OK ? BENCH_EXIT_OK : fail(&err);
}

static int run_nightly(const struct bench_command *self, int argc, char **argv)
{
    struct nightly_request r;
    struct bench_err err = {0};
    int exit_code;
    nightly_init(&r);
    if (nightly_parse(self, &r, argc, argv, &exit_code) != 0)
        return exit_code;
    const char *nights = r.nights;
    bool begins = r.accept == NULL && !r.resume;
    if ((begins || bench_file_is_dir(nights)) && hold(nights, &err) != BENCH_OK)
        return fail(&err);
    if (bench_nights_read(nights, &r.past, &err) != BENCH_OK)
        return fail(&err);
    if (r.accept != NULL) {
        exit_code = accept(&r);
    } else if (r.resume) {
        struct bench_nights past = r.past;
        bool quiet = r.quiet;
        nightly_init(&r);
        r.past = past;
        exit_code = resume(self, nights, quiet, &r);
    } else {
        exit_code = begin(&r, argc, argv);
    }
    bench_night_fini(&r.night);
    bench_nights_fini(&r.past);
    free(r.run);
    free(r.kernels_here);
    return exit_code;
}
