#include "bench/run/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench/case/format.h"
#include "bench/util/clock.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

/* Renewing a terminal's line more often than this only costs CPU time, which on the cpu device is
 * time of the kernels measured. */
#define RENEW_NS 200000000
/* Plain lines while compiling, where nothing else shows that something happens. */
#define PLAIN_COMPILE_NS 5000000000
/* Of cases that nobody wants to read one by one. */
#define SUMMARY_NS 10000000000
#define BAR_WIDTH 20

struct bench_progress {
    FILE *out;
    bool terminal, quiet;
    const char *head; /* of summaries; NULL: a line a case */
    bool shown;       /* a line to be renewed stands there */
    bool said_stopping;
    size_t oracle_case; /* 1 + the case whose oracle was last told to fail, in oracle_process */
    int oracle_process;
    int64_t renewed_ns, said_ns;
    int64_t start_ns;   /* of the process's first case; 0: it has not begun */
    size_t done_before; /* cases of it that were done then: of a run that is resumed */
};

struct bench_progress *bench_progress_new(FILE *out, bool terminal, bool quiet)
{
    struct bench_progress *p = bench_xcalloc(1, sizeof *p);
    p->out = out;
    p->terminal = terminal;
    p->quiet = quiet;
    p->said_ns = bench_clock_ns();
    return p;
}

void bench_progress_summarise(struct bench_progress *p, const char *head)
{
    p->head = head;
    p->said_ns = 0;
}

static void erase(struct bench_progress *p)
{
    if (p->shown)
        fputs("\r\033[K", p->out);
    p->shown = false;
}

void bench_progress_free(struct bench_progress *p)
{
    if (p == NULL)
        return;
    erase(p);
    fflush(p->out);
    free(p);
}

static size_t columns(const struct bench_progress *p)
{
    struct winsize size;
    if (ioctl(fileno(p->out), TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
        return size.ws_col;
    return 80;
}

/* Cuts at the terminal's width: a line that wraps could not be renewed. */
static void renew(struct bench_progress *p, const char *text)
{
    erase(p);
    fprintf(p->out, "%.*s", (int)columns(p) - 1, text);
    fflush(p->out);
    p->shown = true;
    p->renewed_ns = bench_clock_ns();
}

static void add_bar(struct bench_str *s, size_t done, size_t total)
{
    size_t filled = total > 0 ? done * BAR_WIDTH / total : 0;
    bench_str_addc(s, '[');
    for (size_t i = 0; i < BAR_WIDTH; i++)
        bench_str_addc(s, i < filled ? '#' : '.');
    bench_str_addf(s, "] %zu/%zu", done, total);
}

void bench_progress_compiled(struct bench_progress *p, size_t done, size_t total, const char *what)
{
    if (p->quiet)
        return;
    int64_t now = bench_clock_ns();
    if (!p->terminal) {
        bool is_last = done >= total && p->head == NULL;
        if (now - p->said_ns < (p->head ? SUMMARY_NS : PLAIN_COMPILE_NS) && !is_last)
            return;
        fprintf(p->out, "%scompiled %zu of %zu\n", p->head ? p->head : "", done, total);
        p->said_ns = now;
        return;
    }
    if (now - p->renewed_ns < RENEW_NS && done < total)
        return;
    struct bench_str s;
    bench_str_init(&s);
    bench_str_add(&s, "compiling ");
    add_bar(&s, done, total);
    bench_str_addf(&s, "  %s", what);
    renew(p, s.data);
    bench_str_fini(&s);
}

/* From the cases done so far; nothing before there is one. */
static void add_time_left(struct bench_str *s, const struct bench_progress *p, size_t done,
                          size_t total)
{
    if (done <= p->done_before || p->start_ns == 0)
        return;
    double spent_s = (double)(bench_clock_ns() - p->start_ns) * 1e-9;
    double left_s = spent_s / (double)(done - p->done_before) * (double)(total - done);
    if (left_s >= 90)
        bench_str_addf(s, ", %.0f min left", left_s / 60);
    else
        bench_str_addf(s, ", %.0f s left", left_s);
}

/* "confirming 2/3 "; nothing in the main run. */
static void add_process(struct bench_str *s, const struct bench_run *run)
{
    if (run->process > 0)
        bench_str_addf(s, "confirming %d/%d ", run->process, run->settings.confirm);
}

void bench_progress_confirming(struct bench_progress *p, const struct bench_run *run, size_t cases)
{
    p->start_ns = 0;
    if (p->quiet || p->terminal)
        return;
    fprintf(p->out, "confirming %d/%d: %zu case%s in a fresh process\n", run->process,
            run->settings.confirm, cases, cases == 1 ? "" : "s");
    fflush(p->out);
}

void bench_progress_tick(struct bench_progress *p, const struct bench_run *run, size_t case_index,
                         const struct bench_position *position)
{
    int64_t now = bench_clock_ns();
    if (p->start_ns == 0) {
        p->start_ns = now;
        p->done_before = bench_run_count_done(run);
    }
    if (p->quiet || !p->terminal || now - p->renewed_ns < RENEW_NS ||
        case_index >= run->suite->case_count)
        return;
    const struct bench_case *c = &run->suite->cases[case_index].plan;
    size_t done = bench_run_count_done(run), total = bench_run_count_wanted(run);
    struct bench_str s;
    bench_str_init(&s);
    add_process(&s, run);
    add_bar(&s, done, total);
    add_time_left(&s, p, done, total);
    bench_str_addf(&s, "  %s: %s", c->label, bench_phase_name((enum bench_phase)position->phase));
    int impl = position->implementation;
    if (impl >= 0 && (size_t)impl < c->op->implementation_count)
        bench_str_addf(&s, " %s", c->op->implementations[impl].name);
    int round = position->round, rounds = position->rounds;
    if (rounds > 0)
        bench_str_addf(&s, " %d/%d", round, rounds);
    renew(p, s.data);
    bench_str_fini(&s);
}

void bench_progress_stopping(struct bench_progress *p)
{
    if (p->said_stopping)
        return;
    p->said_stopping = true;
    erase(p);
    fputs("interrupted: the case in hand is finished first; interrupt again to stop at once\n",
          p->out);
    fflush(p->out);
}

void bench_progress_lost(struct bench_progress *p, const struct bench_run_device *device)
{
    erase(p);
    fprintf(p->out, "WARNING: device %d (%s, %s) is lost: %s\n", device->info.index,
            device->info.name, device->info.id, device->lost);
    fflush(p->out);
}

void bench_progress_record(struct bench_progress *p, const struct bench_run *run,
                           const struct bench_record *record)
{
    if (p->quiet || !bench_status_failed(record->status))
        return;
    bool is_oracle = record->status == BENCH_STATUS_ORACLE_FAILED;
    /* It fails for all roles of the case. */
    if (is_oracle && p->oracle_case == record->case_index + 1 &&
        p->oracle_process == record->process)
        return;
    if (is_oracle) {
        p->oracle_case = record->case_index + 1;
        p->oracle_process = record->process;
    }
    const char *who = record->implementation ? record->implementation : "nobody";
    erase(p);
    /* The first line; the whole of it is below the table, and in the journal. */
    fprintf(p->out, "%s: %s%s%s: %.*s\n", run->suite->cases[record->case_index].plan.label,
            is_oracle ? "" : who, is_oracle ? "" : ": ", bench_status_name(record->status),
            (int)strcspn(record->reason, "\n"), record->reason);
    fflush(p->out);
}

/* Where a run has several. */
static void add_device(struct bench_str *s, const struct bench_run *run, size_t case_index)
{
    const struct bench_record *r = bench_run_next_of_case(run, NULL, case_index, run->process);
    if (run->device_count > 0 && r != NULL && r->device_id != NULL)
        bench_str_addf(s, " (device %d)", r->device_index);
}

static void summarise(struct bench_progress *p, const struct bench_run *run)
{
    int64_t now = bench_clock_ns();
    size_t done = bench_run_count_done(run), total = bench_run_count_wanted(run);
    struct bench_str s;
    if (p->said_ns != 0 && now - p->said_ns < SUMMARY_NS)
        return;
    bench_str_init(&s);
    bench_str_addf(&s, "%s%zu of %zu cases", p->head, done, total);
    add_time_left(&s, p, done, total);
    fprintf(p->out, "%s\n", s.data);
    fflush(p->out);
    bench_str_fini(&s);
    p->said_ns = now;
}

void bench_progress_case(struct bench_progress *p, const struct bench_run *run, size_t case_index)
{
    if (p->quiet || p->terminal)
        return;
    if (p->head != NULL) {
        summarise(p, run);
        return;
    }
    struct bench_str s;
    char time[32];
    bench_str_init(&s);
    add_process(&s, run);
    bench_str_addf(&s, "[%zu/%zu] %s:", bench_run_count_done(run), bench_run_count_wanted(run),
                   run->suite->cases[case_index].plan.label);
    for (int role = 0; role < BENCH_ROLE_COUNT; role++) {
        const struct bench_record *r =
            bench_run_find_process(run, case_index, (enum bench_role)role, run->process);
        const char *separator = role ? ", " : " ";
        if (r == NULL)
            continue;
        if (r->status == BENCH_STATUS_OK && r->round_count > 0)
            bench_str_addf(&s, "%s%s %s", separator, bench_role_name((enum bench_role)role),
                           bench_format_time(bench_record_time_ns(r), time));
        else
            bench_str_addf(&s, "%s%s %s", separator, bench_role_name((enum bench_role)role),
                           bench_status_name(r->status));
    }
    add_device(&s, run, case_index);
    fprintf(p->out, "%s\n", s.data);
    fflush(p->out);
    bench_str_fini(&s);
}
