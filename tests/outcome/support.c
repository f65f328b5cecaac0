#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli/run_support.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

void outcome_run(const char *suite, const char *options, const char *output)
{
    char *all = bench_xprintf("--device null --quiet --output %s %s", output, options);
    const struct bench_process_result *r = run_suite(suite, all);
    cr_assert_leq(r->exit_code, 1, "%s", r->err);
    free(all);
}

struct bench_outcome *outcome_load(const char *path, unsigned flags)
{
    struct bench_outcome *o = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_outcome_load(path, flags, &o, &err), 0, "%s", err.message);
    return o;
}

void outcome_refused(const char *path, unsigned flags, int code, const char *part)
{
    struct bench_outcome *o = NULL;
    struct bench_err err = {0};
    cr_assert_eq(bench_outcome_load(path, flags, &o, &err), code, "%d: %s", err.code, err.message);
    cr_expect_null(o);
    cr_expect_not_null(strstr(err.message, part), "'%s' is not in: %s", part, err.message);
}

const struct bench_outcome_case *outcome_case(const struct bench_outcome *o, const char *op,
                                              const char *label_part)
{
    for (size_t i = 0; i < o->case_count; i++)
        if (strcmp(o->cases[i].op_name, op) == 0 && strstr(o->cases[i].label, label_part) != NULL)
            return &o->cases[i];
    cr_assert(false, "no case '%s' of %s in %s", label_part, op, o->path);
    return NULL;
}

bool outcome_has_note(const struct bench_outcome *o, const char *part)
{
    for (size_t i = 0; i < o->note_count; i++)
        if (strstr(o->notes[i], part) != NULL)
            return true;
    return false;
}

void outcome_edit(const char *path, const char *from, const char *to)
{
    char *text = NULL;
    struct bench_err err = {0};
    struct bench_str out;
    cr_assert_eq(bench_file_read(path, 0, &text, NULL, &err), 0, "%s", err.message);
    const char *at = strstr(text, from);
    cr_assert_not_null(at, "'%s' is not in %s", from, path);
    bench_str_init(&out);
    bench_str_addn(&out, text, (size_t)(at - text));
    bench_str_add(&out, to);
    bench_str_add(&out, at + strlen(from));
    cr_assert_eq(bench_file_write_atomic(path, out.data, out.len, &err), 0, "%s", err.message);
    bench_str_fini(&out);
    free(text);
}

void outcome_cut(const char *path, size_t bytes)
{
    char *text = NULL;
    size_t length = 0;
    struct bench_err err = {0};
    cr_assert_eq(bench_file_read(path, 0, &text, &length, &err), 0, "%s", err.message);
    cr_assert_gt(length, bytes);
    cr_assert_eq(truncate(path, (off_t)(length - bytes)), 0);
    free(text);
}
