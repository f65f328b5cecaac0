/* bench history export: everything that was recorded, for other programs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/history_json.h"
#include "bench/cli/history_options.h"
#include "bench/util/file.h"

static const char command_name[] = "history export";

static const struct bench_command export_command = {
    .name = "history export",
    .summary = "Write all recorded results as CSV or JSON.",
    .usage = "history export [options] csv|json [OPERATOR]",
    .details = "csv: a line for each result, with the run's environment in every line. json: the "
               "runs, then for each case its results. By operator, then case, then time of the "
               "run. Times are in milliseconds, digit for digit as they were recorded.\n\n"
               "Exit codes: 0; 2 bad usage, no such file or operator; 4 the file cannot be "
               "written."};

/* Where the text goes: standard output or a file that appears when it is whole. */
struct sink {
    struct bench_file_writer *file;
    struct bench_str text;
};

static void flush(struct sink *s)
{
    if (s->file != NULL)
        bench_file_writer_add(s->file, s->text.data, s->text.len);
    else
        fwrite(s->text.data, 1, s->text.len, stdout);
    bench_str_clear(&s->text);
}

/* ---- CSV (RFC 4180) ---- */

static const char csv_heading[] =
    "operator,dtype,shape,params,run,uid,started,suite,device_kind,device,device_id,driver,"
    "compiler,"
    "libraries,python,bench_version,host,git_commit,git_dirty,mode,cache,role,implementation,"
    "variant,library,source_hash,binary_hash,status,reason,time_ms,low_ms,high_ms,near_floor,"
    "throttled\n";

static void add_cell(struct bench_str *out, const char *text, char after)
{
    text = text != NULL ? text : "";
    if (text[strcspn(text, ",\"\r\n")] == '\0') {
        bench_str_addf(out, "%s%c", text, after);
        return;
    }
    bench_str_addc(out, '"');
    for (; *text; text++)
        bench_str_addf(out, *text == '"' ? "\"\"" : "%c", *text);
    bench_str_addf(out, "\"%c", after);
}

/* The fewest digits that read back to the same number; nothing for none. */
static void add_number(struct bench_str *out, double value, char after)
{
    char text[40] = "";
    for (int digits = 15; isfinite(value) && digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    bench_str_addf(out, "%s%c", text, after);
}

static void add_line(struct bench_str *out, const struct bench_history_course *c,
                     const struct bench_history_night *night, int role)
{
    const struct bench_history_run *run = night->run;
    const struct bench_history_result *r = &night->roles[role];
    const struct bench_history_device *device = r->device ? r->device : &run->device;
    const struct bench_history_environment *e = &run->environment;
    char started[32];
    history_format_iso(run->started_s, started);
    const char *const cells[] = {c->operator_name,
                                 c->dtype,
                                 c->shape,
                                 c->params,
                                 run->name,
                                 run->uid,
                                 started,
                                 run->suite,
                                 device->kind,
                                 device->name,
                                 device->uuid,
                                 e->driver,
                                 e->compiler,
                                 e->libraries,
                                 e->python,
                                 e->bench_version,
                                 e->host,
                                 run->commit,
                                 run->dirty ? "true" : "false",
                                 run->mode,
                                 run->cache,
                                 bench_history_role_names[role],
                                 r->implementation,
                                 r->variant,
                                 r->library,
                                 r->source_hash,
                                 r->binary_hash,
                                 r->status,
                                 r->reason};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        add_cell(out, cells[i], ',');
    add_number(out, r->time_ms, ',');
    add_number(out, r->low_ms, ',');
    add_number(out, r->high_ms, ',');
    add_cell(out, (r->notes & BENCH_HISTORY_NEAR_FLOOR) ? "true" : "false", ',');
    add_cell(out, (r->notes & BENCH_HISTORY_THROTTLED) ? "true" : "false", '\n');
}

static int export_csv(struct bench_history_view *view, struct sink *sink, struct bench_err *err)
{
    const struct bench_history_course *c;
    int rc;
    bench_str_add(&sink->text, csv_heading);
    while ((rc = bench_history_view_next(view, &c, err)) == BENCH_OK && c != NULL) {
        for (size_t i = 0; i < c->count; i++)
            for (int role = 0; role < BENCH_HISTORY_ROLES; role++)
                if (c->nights[i].roles[role].status != NULL)
                    add_line(&sink->text, c, &c->nights[i], role);
        flush(sink);
    }
    flush(sink);
    return rc;
}

/* ---- JSON ---- */

static void put_runs(struct bench_json_writer *w, const struct bench_history_view *view)
{
    size_t count;
    const struct bench_history_run *runs = bench_history_view_runs(view, &count);
    bench_json_put_key(w, "runs");
    bench_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        bench_json_open_object(w);
        history_json_run(w, &runs[i]);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
}

static int put_decisions(struct bench_json_writer *w, struct bench_history_view *view,
                         struct bench_err *err)
{
    const struct bench_history_past_decision *all;
    size_t count;
    int rc = bench_history_view_decisions(view, &all, &count, err);
    bench_json_put_key(w, "decisions");
    bench_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        const struct bench_history_decision *d = &all[i].decision;
        bench_json_open_object(w);
        history_json_text(w, "uid", all[i].run->uid);
        history_json_text(w, "operator", d->operator_name);
        history_json_text(w, "criterion", d->criterion);
        history_json_text(w, "answer", d->answer);
        history_json_number(w, "estimate", d->estimate);
        history_json_number(w, "low", d->low);
        history_json_number(w, "high", d->high);
        history_json_number(w, "threshold", d->threshold);
        bench_json_put_key_int(w, "processes", d->processes);
        history_json_text(w, "reason", d->reason);
        bench_json_close_object(w);
    }
    bench_json_close_array(w);
    return rc;
}

static void put_results(struct bench_json_writer *w, const struct bench_history_course *c)
{
    bench_json_put_key(w, "results");
    bench_json_open_array(w);
    for (size_t i = 0; i < c->count; i++)
        for (int role = 0; role < BENCH_HISTORY_ROLES; role++) {
            const struct bench_history_result *r = &c->nights[i].roles[role];
            if (r->status == NULL)
                continue;
            bench_json_open_object(w);
            history_json_text(w, "uid", c->nights[i].run->uid);
            history_json_text(w, "role", bench_history_role_names[role]);
            history_json_result(w, r);
            bench_json_close_object(w);
        }
    bench_json_close_array(w);
}

static int export_json(struct bench_history_view *view, struct sink *sink, struct bench_err *err)
{
    const struct bench_history_course *c;
    struct bench_json_writer w;
    bench_json_writer_init(&w, &sink->text, BENCH_JSON_PRETTY);
    bench_json_open_object(&w);
    bench_json_put_key_int(&w, "format", 1);
    put_runs(&w, view);
    flush(sink);
    int rc = put_decisions(&w, view, err);
    flush(sink);
    bench_json_put_key(&w, "courses");
    bench_json_open_array(&w);
    while (rc == BENCH_OK && (rc = bench_history_view_next(view, &c, err)) == BENCH_OK &&
           c != NULL) {
        bench_json_open_object(&w);
        history_json_course(&w, c);
        put_results(&w, c);
        bench_json_close_object(&w);
        flush(sink);
    }
    bench_json_close_array(&w);
    bench_json_close_object(&w);
    bench_str_addc(&sink->text, '\n');
    flush(sink);
    return rc;
}

/* ---- the command ---- */

static int write_all(struct bench_history_view *view, bool csv, const char *output,
                     struct bench_err *err)
{
    struct sink sink = {0};
    int rc = BENCH_OK;
    if (output != NULL)
        rc = bench_file_writer_open(output, &sink.file, err);
    if (rc != BENCH_OK)
        return rc;
    bench_str_init(&sink.text);
    rc = csv ? export_csv(view, &sink, err) : export_json(view, &sink, err);
    bench_str_fini(&sink.text);
    if (sink.file == NULL && rc == BENCH_OK && (fflush(stdout) != 0 || ferror(stdout)))
        rc = bench_err_set(err, BENCH_ERROR, "standard output cannot be written");
    if (sink.file != NULL && rc == BENCH_OK)
        rc = bench_file_writer_close(sink.file, err);
    else if (sink.file != NULL)
        bench_file_writer_abandon(sink.file);
    return rc;
}

static int export(struct bench_history *history, const struct history_choice *choice,
                  const char *operator_name, bool csv, const char *output)
{
    struct bench_history_filter filter;
    struct bench_history_view *view = NULL;
    struct bench_err err = {0};
    char *shape = NULL;
    int rc = history_filter(choice, operator_name, &shape, &filter, &err);
    if (rc == BENCH_OK)
        rc = bench_history_view_open(history, &filter, &view, &err);
    if (rc == BENCH_OK)
        rc = write_all(view, csv, output, &err);
    bench_history_view_close(view);
    free(shape);
    return rc == BENCH_OK ? BENCH_EXIT_OK : history_fail(command_name, &err);
}

int history_export(int argc, char **argv)
{
    struct history_choice choice = {0};
    struct bench_history *history = NULL;
    const char *output = NULL, *words[2] = {0};
    size_t count;
    int exit_code;
    const struct bench_option options[] = {
        HISTORY_CHOICE_OPTIONS(&choice),
        {"output", BENCH_OPTION_STRING, &output, "FILE",
         "Write here, and only when it is whole (default: standard output).", 0, 0},
        {0}};
    if (bench_options_parse(&export_command, options, argc, argv, words, 2, &count, &exit_code) !=
        0)
        return exit_code;
    if (count == 0 || (strcmp(words[0], "csv") != 0 && strcmp(words[0], "json") != 0)) {
        fprintf(stderr, "bench history export: say the form first: csv or json%s%s%s\n",
                count ? ", not '" : "", count ? words[0] : "", count ? "'" : "");
        return BENCH_EXIT_USAGE;
    }
    exit_code = history_open(command_name, choice.db, BENCH_HISTORY_READ, &history);
    if (exit_code == BENCH_EXIT_OK)
        exit_code = export(history, &choice, words[1], strcmp(words[0], "csv") == 0, output);
    bench_history_close(history);
    return exit_code;
}
