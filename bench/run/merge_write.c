/* The folder of runs that were put together. */
#include "bench/run/merge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/case/json_text.h"
#include "bench/run/journal.h"
#include "bench/run/results.h"
#include "bench/util/clock.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"

/* ---- where it comes from ---- */

static const char *text_of(const struct bench_json *object, const char *key)
{
    const char *text = NULL;
    bench_json_get_string(object, key, false, &text, NULL);
    return text != NULL ? text : "";
}

static double number_of(const struct bench_json *object, const char *key)
{
    double value = 0;
    bench_json_get_double(object, key, false, &value, NULL);
    return value;
}

static void copy_member(const struct bench_json *object, const char *key,
                        struct bench_json_writer *w)
{
    const struct bench_json *v = bench_json_get(object, key);
    bench_json_put_key(w, key);
    if (v != NULL)
        bench_json_put_value(w, v);
    else
        bench_json_put_null(w);
}

static void write_input(const struct bench_merge_input *in, struct bench_json_writer *w)
{
    static const char *const kept[] = {
        "run",         "status",  "shard", "command", "started",    "finished", "duration_s",
        "measuring_s", "resumed", "host",  "system",  "git_commit", "git_dirty"};
    const struct bench_device_info *info = &in->run->info;
    bench_json_open_object(w);
    bench_json_put_key_string(w, "folder", in->folder);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        copy_member(in->root, kept[i], w);
    bench_json_put_key(w, "device");
    bench_json_open_object(w);
    bench_json_put_key_int(w, "index", info->index);
    bench_json_put_key_string(w, "id", info->id);
    bench_json_put_key_string(w, "name", info->name);
    bench_json_close_object(w);
    bench_json_put_key_int(w, "cases", (int64_t)in->run->cases_done);
    bench_json_close_object(w);
}

static const char *write_merged(const struct bench_merge_input *inputs, size_t count,
                                struct bench_arena *arena)
{
    struct bench_json_writer w;
    struct bench_str text;
    char at[32];
    bench_clock_iso(at);
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_open_object(&w);
    bench_json_put_key_string(&w, "at", at);
    bench_json_put_key(&w, "runs");
    bench_json_open_array(&w);
    for (size_t i = 0; i < count; i++)
        write_input(&inputs[i], &w);
    bench_json_close_array(&w);
    bench_json_close_object(&w);
    const char *copy = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return copy;
}

/* Each once, in the order of the inputs. */
static void list_hosts(const struct bench_merge_input *inputs, size_t count, char hosts[256])
{
    size_t used = 0;
    hosts[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const char *host = text_of(inputs[i].root, "host");
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = strcmp(text_of(inputs[k].root, "host"), host) == 0;
        int n = seen ? 0 : snprintf(hosts + used, 256 - used, "%s%s", used ? ", " : "", host);
        used += n > 0 && (size_t)n < 256 - used ? (size_t)n : 0;
    }
}

/* What protected the host least is said of all. */
static const struct bench_json *weakest_sandbox(const struct bench_merge_input *inputs,
                                                size_t count)
{
    const struct bench_json *weakest = bench_json_get(inputs[0].root, "sandbox");
    for (size_t i = 0; i < count; i++) {
        const struct bench_json *sandbox = bench_json_get(inputs[i].root, "sandbox");
        bool on = false;
        if (sandbox != NULL && bench_json_get_bool(sandbox, "on", false, &on, NULL) == 0 && !on)
            weakest = sandbox;
    }
    return weakest;
}

static const char *copy_text(const struct bench_json *v, struct bench_arena *arena)
{
    struct bench_json_writer w;
    struct bench_str text;
    if (v == NULL)
        return NULL;
    bench_str_init(&text);
    bench_json_writer_init(&w, &text, BENCH_JSON_COMPACT);
    bench_json_put_value(&w, v);
    const char *copy = bench_arena_strdup(arena, text.data);
    bench_str_fini(&text);
    return copy;
}

static void take_commit(const struct bench_merge_input *inputs, size_t count,
                        struct bench_run_origin *origin)
{
    bool dirty = false, one = true;
    const char *commit = text_of(inputs[0].root, "git_commit");
    for (size_t i = 0; i < count; i++) {
        bool here = false;
        bench_json_get_bool(inputs[i].root, "git_dirty", false, &here, NULL);
        dirty |= here;
        one &= strcmp(text_of(inputs[i].root, "git_commit"), commit) == 0;
    }
    free(origin->git_commit);
    origin->git_commit = one && commit[0] != '\0' ? bench_xstrdup(commit) : NULL;
    origin->git_dirty = dirty;
}

int bench_merge_origin(const struct bench_merge_input *inputs, size_t count,
                       struct bench_run *merged, struct bench_run_origin *origin,
                       struct bench_err *err)
{
    const char *first = text_of(inputs[0].root, "started");
    double longest_s = 0;
    for (size_t i = 0; i < count; i++) {
        const char *started = text_of(inputs[i].root, "started");
        double s = number_of(inputs[i].root, "duration_s");
        first = strcmp(started, first) < 0 ? started : first;
        longest_s = s > longest_s ? s : longest_s;
    }
    if (first[0] == '\0')
        return bench_err_set(err, BENCH_EINPUT, "%s: its run.json does not say when it was started",
                             inputs[0].folder);
    origin->started[0] = '\0';
    strncat(origin->started, first, sizeof origin->started - 1);
    origin->earlier_s = longest_s;
    origin->start_ns = bench_clock_ns();
    list_hosts(inputs, count, origin->host);
    take_commit(inputs, count, origin);
    const struct bench_json *python = bench_json_get(inputs[0].root, "python");
    origin->python = copy_text(python, origin->arena);
    merged->merged = write_merged(inputs, count, merged->arena);
    merged->sandbox_text = copy_text(weakest_sandbox(inputs, count), merged->arena);
    return BENCH_OK;
}

/* ---- writing ---- */

static int write_text(const char *folder, const char *name, const struct bench_str *text,
                      struct bench_err *err)
{
    char *path = bench_path_join(folder, name);
    int rc = bench_file_write_atomic(path, text->data, text->len, err);
    free(path);
    return rc;
}

static int write_journal(const struct bench_run *run, const char *folder, struct bench_err *err)
{
    struct bench_file_writer *file = NULL;
    char *path = bench_path_join(folder, BENCH_JOURNAL);
    int rc = bench_file_writer_open(path, &file, err);
    free(path);
    if (rc != BENCH_OK)
        return rc;
    for (size_t i = 0; i < run->record_count; i++) {
        const struct bench_record *r = &run->records[i];
        struct bench_json_writer w;
        struct bench_str line;
        bench_str_init(&line);
        bench_json_writer_init(&w, &line, BENCH_JSON_COMPACT);
        bench_record_write(r, &run->suite->cases[r->case_index].plan, &w);
        bench_str_addc(&line, '\n');
        bench_file_writer_add(file, line.data, line.len);
        bench_str_fini(&line);
    }
    return bench_file_writer_close(file, err);
}

static int copy_tree(const char *from, const char *to, struct bench_err *err)
{
    char **names = NULL;
    size_t count = 0;
    int rc = bench_file_mkdirs(to, err);
    if (rc == BENCH_OK)
        rc = bench_file_list(from, &names, &count, err);
    for (size_t i = 0; i < count && rc == BENCH_OK; i++) {
        char *a = bench_path_join(from, names[i]), *b = bench_path_join(to, names[i]);
        char *data = NULL;
        size_t length = 0;
        if (bench_file_is_dir(a))
            rc = copy_tree(a, b, err);
        else if ((rc = bench_file_read(a, 0, &data, &length, err)) == BENCH_OK)
            rc = bench_file_write_atomic(b, data, length, err);
        free(data);
        free(a);
        free(b);
    }
    bench_file_list_free(names, count);
    return rc;
}

typedef void (*perf_writer)(const struct bench_run *, const struct bench_judge *, const char *,
                            struct bench_str *);

static int write_perf(const struct bench_run *run, const struct bench_judge *judge,
                      const char *folder, const char *file, const char *name, perf_writer write,
                      struct bench_err *err)
{
    struct bench_str text;
    if (run->options.sanitize || run->record_count == 0)
        return BENCH_OK;
    bench_str_init(&text);
    write(run, judge, name, &text);
    int rc = write_text(folder, file, &text, err);
    bench_str_fini(&text);
    return rc;
}

static int write_run_json(const struct bench_run *run, const struct bench_judge *judge,
                          const struct bench_run_origin *origin, const char *folder,
                          const char *status, int exit_code, struct bench_err *err)
{
    struct bench_str text;
    bench_str_init(&text);
    bench_run_json_write(run, judge, origin, status, exit_code, &text);
    int rc = write_text(folder, "run.json", &text, err);
    bench_str_fini(&text);
    return rc;
}

static int sync_folder(const char *path, struct bench_err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd >= 0 && fsync(fd) == 0
                 ? BENCH_OK
                 : bench_err_set(err, BENCH_ERROR, "%s: not synced: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}

/* An empty folder that somebody made is replaced; anything else stays. */
static int move(const char *temporary, const char *path, struct bench_err *err)
{
    char *parent = bench_path_dirname(path);
    int rc = sync_folder(temporary, err);
    if (rc == BENCH_OK && rename(temporary, path) != 0)
        rc = bench_err_set(err, BENCH_ERROR, "%s cannot be renamed to %s: %s", temporary, path,
                           strerror(errno));
    if (rc == BENCH_OK)
        rc = sync_folder(parent, err);
    free(parent);
    return rc;
}

int bench_merge_write(const struct bench_run *merged, const struct bench_judge *judge,
                      const struct bench_run_origin *origin, const char *path,
                      const char *operators, const char *status, int exit_code,
                      struct bench_err *err)
{
    char *temporary = bench_xprintf("%s.merging-%ld", path, (long)getpid());
    char *copied = bench_path_join(temporary, "operators");
    int rc = bench_file_mkdirs(temporary, err);
    if (rc == BENCH_OK && operators != NULL)
        rc = copy_tree(operators, copied, err);
    if (rc == BENCH_OK)
        rc = write_journal(merged, temporary, err);
    if (rc == BENCH_OK)
        rc = write_perf(merged, judge, temporary, "your_perf_data.json", origin->name,
                        bench_perf_write_your, err);
    if (rc == BENCH_OK)
        rc = write_perf(merged, judge, temporary, "flaggems_perf_data.json", origin->name,
                        bench_perf_write_flaggems, err);
    if (rc == BENCH_OK)
        rc = write_run_json(merged, judge, origin, temporary, status, exit_code, err);
    if (rc == BENCH_OK)
        rc = move(temporary, path, err);
    if (rc != BENCH_OK)
        bench_file_remove_tree(temporary, NULL);
    free(copied);
    free(temporary);
    return rc;
}
