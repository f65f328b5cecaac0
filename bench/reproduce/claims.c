#include "bench/reproduce/claims.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/perf/op_name.h"
#include "bench/reproduce/claims_impl.h"
#include "bench/util/file.h"
#include "selector/names.h"
#include "selector/record.h"

/* A table or a selection of this size holds more cases than any suite may have. */
#define FILE_MOST ((size_t)1 << 30)

struct bench_claim *bench_claims_add(struct bench_claims *claims)
{
    if (claims->count == claims->capacity) {
        claims->capacity = claims->capacity ? 2 * claims->capacity : 64;
        claims->items = bench_xrealloc(claims->items, claims->capacity * sizeof *claims->items);
    }
    struct bench_claim *claim = &claims->items[claims->count++];
    *claim = (struct bench_claim){.params = "{}",
                                  .bar = 1,
                                  .your_ms = NAN,
                                  .speedup = {.estimate = NAN, .low = NAN, .high = NAN}};
    return claim;
}

const struct bench_json *bench_claims_member(const struct bench_json *object, const char *key)
{
    return object != NULL ? bench_json_get(object, key) : NULL;
}

const char *bench_claims_text(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = bench_claims_member(object, key);
    return v != NULL && bench_json_type(v) == BENCH_JSON_STRING ? bench_json_string(v) : NULL;
}

double bench_claims_number(const struct bench_json *object, const char *key)
{
    const struct bench_json *v = bench_claims_member(object, key);
    return v != NULL && bench_json_type(v) == BENCH_JSON_NUMBER ? bench_json_number(v)
                                                                : (double)NAN;
}

/* ---- where they come from ---- */

static int read_run_json(struct bench_claims *claims, const char *folder, struct bench_err *err)
{
    char *path = bench_path_join(folder, "run.json");
    int rc = BENCH_OK;
    if (bench_file_exists(path)) {
        rc = bench_json_read(path, 0, &claims->run_json, err);
        rc = rc == BENCH_OK
                 ? bench_json_expect(bench_json_root(claims->run_json), BENCH_JSON_OBJECT, err)
                 : rc;
        claims->folder = bench_arena_strdup(claims->arena, folder);
    }
    free(path);
    return rc;
}

static int read_run(struct bench_claims *claims, struct bench_err *err)
{
    const char *status = NULL;
    char *flaggems = bench_path_join(claims->path, "flaggems_perf_data.json");
    char *your = bench_path_join(claims->path, "your_perf_data.json");
    claims->form = BENCH_CLAIMS_RUN;
    claims->form_name = "run folder";
    int rc = read_run_json(claims, claims->path, err);
    if (rc == BENCH_OK && claims->run_json != NULL)
        rc = bench_json_get_string(bench_json_root(claims->run_json), "status", true, &status, err);
    if (rc == BENCH_OK && status != NULL && strcmp(status, "finished") != 0)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: the run is '%s', expected one that is finished; go on with it by "
                           "`bench run --resume %s`, or name its your_perf_data.json",
                           claims->path, status, claims->path);
    const char *run =
        claims->run_json ? bench_claims_text(bench_json_root(claims->run_json), "run") : NULL;
    if (run != NULL) /* "results/latest" alone says little later */
        claims->form_name = bench_arena_printf(claims->arena, "run folder %s", run);
    if (rc == BENCH_OK && !bench_file_exists(your))
        rc = bench_err_set(err, BENCH_ENOTFOUND,
                           "%s has no your_perf_data.json, so it claims nothing; name the folder "
                           "of a run (results/RUN), or a file",
                           claims->path);
    if (rc == BENCH_OK)
        rc = bench_claims_read_data(claims, your, bench_file_exists(flaggems) ? flaggems : NULL,
                                    err);
    free(your);
    free(flaggems);
    return rc;
}

static bool is_selection(const struct bench_json *root)
{
    return bench_claims_text(root, "criterion") != NULL &&
           bench_claims_member(root, "operators") != NULL;
}

static char first_sign(const char *text)
{
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    return text[strspn(text, " \t\r\n")];
}

/* JSON: a selection, performance data, or a record. */
static int read_json(struct bench_claims *claims, const char *text, size_t length,
                     const char *flaggems, struct bench_err *err)
{
    const struct bench_json_part part = {.nonfinite = true};
    struct bench_json_doc *doc = NULL;
    char *folder = bench_path_dirname(claims->path);
    int rc = bench_json_parse_part(claims->path, text, length, &part, &doc, err);
    if (rc == BENCH_OK)
        rc = read_run_json(claims, folder, err);
    if (rc == BENCH_OK && is_selection(bench_json_root(doc))) {
        claims->form = BENCH_CLAIMS_SELECTION;
        claims->form_name = "selection";
        rc = bench_claims_read_selection(claims, bench_json_root(doc), err);
    } else if (rc == BENCH_OK) {
        rc = bench_claims_read_data(claims, claims->path, flaggems, err);
    }
    bench_json_free(doc);
    free(folder);
    return rc;
}

static int read_file(struct bench_claims *claims, const char *flaggems, struct bench_err *err)
{
    char *text = NULL;
    size_t length = 0;
    int rc = bench_file_read(claims->path, FILE_MOST, &text, &length, err);
    if (rc != BENCH_OK)
        return rc;
    char sign = first_sign(text);
    if (bench_record_is_log(text, length)) {
        rc = bench_claims_read_data(claims, claims->path, flaggems, err);
    } else if (sign == '{' || sign == '[') {
        rc = read_json(claims, text, length, flaggems, err);
    } else {
        claims->form = BENCH_CLAIMS_TABLE;
        claims->form_name = "table";
        rc = bench_claims_read_table(claims, text, length, err);
    }
    free(text);
    return rc;
}

/* What all claims of a file from one run have in common, from run.json. */
static void take_device(struct bench_claims *claims)
{
    if (claims->run_json == NULL)
        return;
    const struct bench_json *root = bench_json_root(claims->run_json);
    const struct bench_json *device = bench_claims_member(root, "device");
    const struct bench_json *settings = bench_claims_member(root, "settings");
    claims->device = bench_claims_text(device, "name");
    claims->device_kind = bench_claims_text(device, "kind");
    claims->mode = bench_claims_text(settings, "mode");
    claims->cache = bench_claims_text(settings, "cache");
}

static int load(const char *path, const char *flaggems, bool may_be_empty,
                struct bench_claims **out, struct bench_err *err)
{
    struct bench_claims *claims = bench_xcalloc(1, sizeof *claims);
    claims->arena = bench_arena_new();
    claims->path = bench_arena_strdup(claims->arena, path);
    int rc = bench_file_is_dir(path) ? read_run(claims, err) : read_file(claims, flaggems, err);
    if (rc == BENCH_OK && claims->count == 0 && !may_be_empty)
        rc = bench_err_set(err, BENCH_EINPUT,
                           "%s: the %s holds no claim: no case has the time of a candidate and of "
                           "what it is compared with",
                           path, claims->form_name);
    if (rc == BENCH_OK) {
        take_device(claims);
        *out = claims;
    } else {
        bench_claims_free(claims);
    }
    return rc;
}

int bench_claims_load(const char *path, const char *flaggems, struct bench_claims **claims,
                      struct bench_err *err)
{
    return load(path, flaggems, false, claims, err);
}

int bench_claims_load_measured(const char *folder, struct bench_claims **claims,
                               struct bench_err *err)
{
    return load(folder, NULL, true, claims, err);
}

void bench_claims_free(struct bench_claims *claims)
{
    if (claims == NULL)
        return;
    free(claims->items);
    free(claims->failures);
    bench_json_free(claims->run_json);
    bench_arena_free(claims->arena);
    free(claims);
}

char *bench_claim_label(const struct bench_claim *claim)
{
    struct bench_str s;
    if (claim->whole)
        return bench_xprintf("%s, %zu case%s", claim->op, claim->cases,
                             claim->cases == 1 ? "" : "s");
    bench_str_init(&s);
    bench_str_addf(&s, "%s %s [", claim->op, claim->dtype);
    for (int i = 0; i < claim->ndim; i++)
        bench_str_addf(&s, "%s%lld", i ? ", " : "", (long long)claim->shape[i]);
    bench_str_addf(&s, "]%s%s", strcmp(claim->params, "{}") != 0 ? " " : "",
                   strcmp(claim->params, "{}") != 0 ? claim->params : "");
    char *label = bench_str_take(&s);
    bench_str_fini(&s);
    return label;
}

const char *bench_claim_identity(struct bench_arena *arena, const char *op, const char *dtype,
                                 const int64_t *shape, int ndim, const char *params)
{
    struct bench_json_doc *doc = NULL;
    struct bench_str s;
    bench_str_init(&s);
    bench_str_addf(&s, "%s %s", op, dtype);
    for (int i = 0; i < ndim; i++)
        bench_str_addf(&s, " %lld", (long long)shape[i]);
    if (bench_json_parse("params", params, strlen(params), &doc, NULL) == BENCH_OK)
        params = bench_params_normalise(arena, bench_json_root(doc));
    bench_json_free(doc);
    const char *identity = bench_arena_printf(arena, "%s %s", s.data, params);
    bench_str_fini(&s);
    return identity;
}
