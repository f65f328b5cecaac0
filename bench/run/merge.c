#include "bench/run/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/record_index.h"
#include "bench/run/run_differ.h"
#include "bench/run/run_json_parts.h"
#include "bench/util/mem.h"

/* Of each kind of fault so many are named. */
#define MOST_NAMED 8

/* All that is wrong is told at once. */
struct faults {
    struct bench_str text;
    size_t count;
};

static void begin(struct faults *f)
{
    bench_str_add(&f->text, "\n  ");
    f->count++;
}

/* ---- do they belong together? ---- */

static void check_difference(const struct bench_merge_input *inputs, size_t count,
                             const struct bench_merge_options *options,
                             const struct bench_suite *suite, struct faults *f)
{
    for (size_t i = 1; i < count; i++) {
        struct bench_run_difference d;
        bench_run_difference_init(&d, "the first has", "the other");
        d.together = true;
        d.any_device = options->mixed_devices;
        bench_run_difference_find(&d, inputs[0].root, inputs[i].root, suite);
        if (d.count > 0) {
            begin(f);
            bench_str_addf(&f->text, "%s and %s are not of one measurement:", inputs[0].folder,
                           inputs[i].folder);
            for (const char *c = d.text.data; *c; c++) {
                bench_str_addc(&f->text, *c);
                if (*c == '\n')
                    bench_str_add(&f->text, "  ");
            }
        }
        bench_run_difference_fini(&d);
    }
}

static void check_status(const struct bench_merge_input *in, const struct bench_merge_options *o,
                         struct faults *f)
{
    bool whole = in->run->cases_done == bench_run_count_wanted(in->run);
    bool finished = strcmp(in->status, "finished") == 0;
    if (finished || o->partial || bench_json_get(in->root, "merged") != NULL)
        return;
    begin(f);
    bench_str_addf(&f->text,
                   "%s: the run %s%s; go on with it (bench run --resume %s), or take what is there "
                   "(--partial)",
                   in->folder,
                   strcmp(in->status, "running") == 0       ? "still goes on, or was killed"
                   : strcmp(in->status, "interrupted") == 0 ? "was interrupted"
                                                            : in->status,
                   whole ? " while it was confirmed" : "", in->folder);
}

static void check_shards(const struct bench_merge_input *inputs, size_t count,
                         const struct bench_merge_options *options, struct faults *f)
{
    int of = inputs[0].shard_count;
    for (size_t i = 1; i < count; i++)
        if (inputs[i].shard_count > 0 && of > 0 && inputs[i].shard_count != of) {
            begin(f);
            bench_str_addf(&f->text, "%s is a shard of %d, %s one of %d", inputs[0].folder, of,
                           inputs[i].folder, inputs[i].shard_count);
            return;
        }
    for (int n = 1; n <= of; n++) {
        const struct bench_merge_input *found = NULL;
        for (size_t i = 0; i < count; i++) {
            if (inputs[i].shard != n)
                continue;
            if (found != NULL) {
                begin(f);
                bench_str_addf(&f->text, "shard %d/%d is there twice: %s and %s", n, of,
                               found->folder, inputs[i].folder);
            }
            found = &inputs[i];
        }
        if (found == NULL && !options->partial) {
            begin(f);
            bench_str_addf(&f->text, "shard %d/%d is missing", n, of);
        }
    }
}

/* ---- which cases ---- */

/* Numbers of the merged suite's cases, by keys. */
struct place {
    const char *key;
    size_t index;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct place *)a)->key, ((const struct place *)b)->key);
}

static struct place *sort_places(const struct bench_suite *suite)
{
    struct place *places = bench_xmalloc((suite->case_count + 1) * sizeof *places);
    for (size_t i = 0; i < suite->case_count; i++)
        places[i] = (struct place){suite->cases[i].plan.key, i};
    qsort(places, suite->case_count, sizeof *places, by_key);
    return places;
}

struct joining {
    const struct bench_merge_input *inputs;
    size_t count;
    const struct bench_suite *suite; /* the merged run's */
    struct place *places;
    size_t *owners; /* owners[case]: the input that has it, from 1; 0: none */
};

/* The case's number in the merged suite; case_count if it is none of it. */
static size_t place_of(const struct joining *j, const struct bench_run *run, size_t case_index)
{
    struct place want = {.key = run->suite->cases[case_index].plan.key};
    if (run->suite == j->suite)
        return case_index;
    const struct place *found =
        bsearch(&want, j->places, j->suite->case_count, sizeof want, by_key);
    return found != NULL ? found->index : j->suite->case_count;
}

static void name_case(struct faults *f, size_t *named, const char *before,
                      const struct bench_case *c, const char *a, const char *b)
{
    if ((*named)++ >= MOST_NAMED) {
        f->count++;
        return;
    }
    begin(f);
    bench_str_addf(&f->text, "%s%s", before, c->label);
    if (a != NULL)
        bench_str_addf(&f->text, " is in %s and in %s", a, b);
}

static void add_rest(struct faults *f, size_t named)
{
    if (named > MOST_NAMED)
        bench_str_addf(&f->text, "\n  … and %zu more", named - MOST_NAMED);
}

static void find_owners(struct joining *j, struct faults *f)
{
    size_t twice = 0;
    for (size_t i = 0; i < j->count; i++) {
        const struct bench_run *run = j->inputs[i].run;
        for (size_t c = 0; c < run->suite->case_count; c++) {
            size_t at = place_of(j, run, c);
            if (!bench_run_is_done(run, 0, c) || at == j->suite->case_count)
                continue;
            if (j->owners[at] != 0)
                name_case(f, &twice, "", &j->suite->cases[at].plan,
                          j->inputs[j->owners[at] - 1].folder, j->inputs[i].folder);
            j->owners[at] = i + 1;
        }
    }
    add_rest(f, twice);
}

static size_t count_missing(const struct joining *j)
{
    size_t missing = 0;
    for (size_t c = 0; c < j->suite->case_count; c++)
        missing += j->owners[c] == 0;
    return missing;
}

static void name_missing(const struct joining *j, struct faults *f)
{
    size_t named = 0;
    for (size_t c = 0; c < j->suite->case_count; c++)
        if (j->owners[c] == 0)
            name_case(f, &named, "nobody measured ", &j->suite->cases[c].plan, NULL, NULL);
    add_rest(f, named);
}

/* Shards that are all there and leave cases out were divided by different costs. */
static void check_missing(const struct joining *j, const struct bench_merge_options *options,
                          struct bench_str *missing, struct faults *f)
{
    size_t count = count_missing(j);
    if (count == 0 || (f->count > 0 && !options->partial))
        return;
    if (!options->partial) {
        name_missing(j, f);
        bench_str_add(&f->text, j->inputs[0].shard_count > 0
                                    ? "\n  (were the shards divided by different --costs?)"
                                    : "");
        return;
    }
    struct faults named = {.count = 0};
    bench_str_init(&named.text);
    name_missing(j, &named);
    bench_str_addf(missing, "%zu of %zu cases are missing:%s", count, j->suite->case_count,
                   named.text.data);
    bench_str_fini(&named.text);
}

/* ---- joining ---- */

static bool is_at(const struct bench_record *r, int process, size_t case_index)
{
    return r->process == process && r->case_index == case_index;
}

/* A run on one device says which only in run.json. */
static void take_records(struct bench_run *merged, const struct bench_merge_input *in, int process,
                         size_t case_index, size_t at)
{
    const struct bench_record *r = NULL;
    while ((r = bench_run_next_of_case(in->run, r, case_index, process)) != NULL) {
        if (!is_at(r, process, case_index))
            continue;
        struct bench_record taken = *r;
        taken.case_index = at;
        taken.session = 0;
        if (taken.device_id == NULL) {
            taken.device_id = in->run->info.id;
            taken.device_name = in->run->info.name;
            taken.device_index = in->run->info.index;
        }
        bench_run_add(merged, &taken);
    }
}

static void take_process(const struct joining *j, struct bench_run *merged, int process)
{
    /* Cases of each input by their places: an input's own numbers are in the same order. */
    size_t **cases = bench_xcalloc(j->count + 1, sizeof *cases);
    for (size_t i = 0; i < j->count; i++) {
        const struct bench_run *run = j->inputs[i].run;
        cases[i] = bench_xcalloc(j->suite->case_count + 1, sizeof **cases);
        for (size_t c = 0; c < run->suite->case_count; c++)
            cases[i][place_of(j, run, c)] = c;
    }
    for (size_t at = 0; at < j->suite->case_count; at++) {
        if (j->owners[at] == 0)
            continue;
        const size_t owner = j->owners[at] - 1;
        take_records(merged, &j->inputs[owner], process, cases[owner][at], at);
        if (bench_run_is_done(j->inputs[owner].run, process, cases[owner][at]))
            bench_run_mark_done(merged, process, at);
    }
    for (size_t i = 0; i < j->count; i++)
        free(cases[i]);
    free(cases);
}

static int take_devices(const struct joining *j, struct bench_run *merged, struct bench_err *err)
{
    int rc = BENCH_OK;
    for (size_t i = 0; i < j->count && rc == BENCH_OK; i++) {
        const struct bench_run *run = j->inputs[i].run;
        struct bench_run_device one = {.info = run->info, .cases = 0}, *list = NULL;
        size_t count = 0;
        rc = bench_run_json_read_devices(j->inputs[i].root, &list, &count, err);
        if (rc == BENCH_OK && list == NULL) {
            rc = bench_run_json_read_calibration(j->inputs[i].root, &one, err);
            for (int p = 0; p <= run->settings.confirm; p++)
                for (size_t c = 0; c < run->suite->case_count; c++)
                    one.cases += bench_run_is_done(run, p, c);
        }
        size_t more = list != NULL ? count : 1;
        merged->devices = bench_xrealloc(merged->devices,
                                         (merged->device_count + more) * sizeof *merged->devices);
        memcpy(&merged->devices[merged->device_count], list != NULL ? list : &one,
               more * sizeof *merged->devices);
        merged->device_count += more;
        free(list);
    }
    return rc;
}

/* As of the run's only device, where readers know no others. */
static void take_first_device(struct bench_run *merged)
{
    const struct bench_run_device *d = &merged->devices[0];
    merged->gated = d->gated;
    merged->ungated = d->ungated;
    merged->graph_floor = d->graph_floor;
    merged->cache_check = d->cache_check;
    merged->roofline = d->roofline;
    merged->facts_at_start = d->facts_at_start;
    merged->facts_at_end = d->facts_at_end;
}

static int join(struct joining *j, struct bench_run *merged, struct bench_err *err)
{
    int rc = take_devices(j, merged, err);
    if (rc != BENCH_OK)
        return rc;
    take_first_device(merged);
    for (int process = 0; process <= merged->settings.confirm; process++) {
        size_t before = merged->record_count;
        take_process(j, merged, process);
        merged->confirmations += process > 0 && merged->record_count > before;
    }
    for (size_t i = 0; i < j->count; i++) {
        merged->workers_lost += j->inputs[i].run->workers_lost;
        merged->measuring_s += j->inputs[i].run->measuring_s;
    }
    merged->unordered = true;
    return BENCH_OK;
}

int bench_merge_join(const struct bench_merge_input *inputs, size_t count,
                     const struct bench_merge_options *options, struct bench_run *merged,
                     struct bench_str *missing, struct bench_err *err)
{
    struct faults faults = {.count = 0};
    struct joining j = {
        .inputs = inputs,
        .count = count,
        .suite = merged->suite,
        .places = sort_places(merged->suite),
        .owners = bench_xcalloc(merged->suite->case_count + 1, sizeof *j.owners),
    };
    int rc = BENCH_OK;
    bench_str_init(&faults.text);
    check_difference(inputs, count, options, merged->suite, &faults);
    for (size_t i = 0; i < count; i++)
        check_status(&inputs[i], options, &faults);
    check_shards(inputs, count, options, &faults);
    find_owners(&j, &faults);
    check_missing(&j, options, missing, &faults);
    if (faults.count > 0)
        rc = bench_err_set(err, BENCH_EINPUT, "these runs do not make one:%s", faults.text.data);
    if (rc == BENCH_OK)
        rc = join(&j, merged, err);
    bench_str_fini(&faults.text);
    free(j.owners);
    free(j.places);
    return rc;
}
