/* Reading suites: the file, its settings, and what holds for all of its operators. */
#include "bench/spec/suite.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/spec/suite_reader.h"
#include "bench/util/file.h"
#include "bench/util/hash.h"

#define MAX_FILE_BYTES ((size_t)16 << 20)

/* What bench_suite_read allocates; `suite` is first, so that a pointer to it frees all. */
struct owned_suite {
    struct bench_suite suite;
    struct bench_arena *arena;
};

static const char *const role_names[] = {"candidate", "reference", "baseline", NULL};

const char *bench_role_name(enum bench_role role)
{
    return role_names[role];
}

void suite_note(struct suite_reader *s, const char *format, ...)
{
    struct bench_str text;
    bench_str_init(&text);
    va_list args;
    va_start(args, format);
    bench_str_addv(&text, format, args);
    va_end(args);
    struct bench_suite *suite = s->suite;
    bool known = false; /* several entries of one operator would say the same */
    for (size_t i = 0; i < suite->note_count; ++i) {
        known = known || strcmp(suite->notes[i], text.data) == 0;
    }
    if (!known && suite->note_count == s->note_capacity) {
        s->note_capacity = s->note_capacity * 2 + 8;
        suite->notes = bench_xrealloc(suite->notes, s->note_capacity * sizeof(*suite->notes));
    }
    if (!known) {
        suite->notes[suite->note_count++] = bench_arena_strdup(s->base.arena, text.data);
    }
    bench_str_fini(&text);
}

int suite_dtypes_read(struct suite_reader *s, const struct bench_json *object,
                      struct dtype_list *out)
{
    struct reader *r = &s->base;
    const struct bench_json *list = bench_json_get(object, "dtypes");
    bool flags[BENCH_DTYPE_COUNT] = {false};
    if (list == NULL) {
        return BENCH_OK;
    }
    int rc = reader_filled_array(r, object, "dtypes", &list);
    rc = rc == 0 ? reader_dtypes(r, list, flags) : rc;
    if (rc != 0) {
        return rc;
    }
    out->given = true;
    for (const struct bench_json *v = bench_json_first(list); v != NULL; v = bench_json_next(v)) {
        rc = reader_dtype(r, v, &out->items[out->count++]);
    }
    return rc;
}

/* A name, or a list of names in order of preference. */
static int read_role(struct reader *r, const struct bench_json *v, struct bench_role_choice *role)
{
    if (bench_json_type(v) == BENCH_JSON_STRING) {
        role->names = bench_arena_alloc(r->arena, sizeof(*role->names));
        role->count = 1;
        return reader_text(r, v, &role->names[0]);
    }
    if (bench_json_type(v) != BENCH_JSON_ARRAY || bench_json_size(v) == 0) {
        return bench_json_error(v, r->err,
                                "found %s, expected the name of an implementation or a list of "
                                "names in order of preference",
                                bench_json_type(v) == BENCH_JSON_ARRAY ? "an empty list"
                                                                       : bench_json_type_name(v));
    }
    role->names = bench_arena_alloc(r->arena, bench_json_size(v) * sizeof(*role->names));
    role->count = 0;
    for (const struct bench_json *e = bench_json_first(v); e != NULL; e = bench_json_next(e)) {
        int rc = reader_text(r, e, &role->names[role->count]);
        if (rc != 0) {
            return rc;
        }
        for (size_t i = 0; i < role->count; ++i) {
            if (strcmp(role->names[i], role->names[role->count]) == 0) {
                return bench_json_error(e, r->err, "'%s' is there twice; remove one",
                                        role->names[i]);
            }
        }
        role->count += 1;
    }
    return BENCH_OK;
}

int suite_roles_read(struct suite_reader *s, const struct bench_json *object, const char *key,
                     struct bench_role_choice roles[BENCH_ROLE_COUNT])
{
    struct reader *r = &s->base;
    const struct bench_json *map = NULL;
    int rc = bench_json_get_object(object, key, false, &map, r->err);
    if (rc != 0 || map == NULL) {
        return rc;
    }
    rc = bench_json_expect_keys(map, role_names, r->err);
    for (int i = 0; rc == 0 && i < BENCH_ROLE_COUNT; ++i) {
        const struct bench_json *v = bench_json_get(map, role_names[i]);
        rc = v != NULL ? read_role(r, v, &roles[i]) : BENCH_OK;
    }
    return rc;
}

/* Every set is expanded, also those that no operator uses: a fault in one is a fault. */
static int check_shapes(struct suite_reader *s, const struct bench_json *root)
{
    int rc = bench_json_get_object(root, "shapes", false, &s->shapes, s->base.err);
    const struct bench_json *v = rc == 0 && s->shapes != NULL ? bench_json_first(s->shapes) : NULL;
    for (; rc == 0 && v != NULL; v = bench_json_next(v)) {
        struct shape_set set = {NULL, 0, 0};
        if (bench_json_get(s->shapes, bench_json_key(v)) != v) {
            return bench_json_error(v, s->base.err, "the key '%s' is there twice; remove one",
                                    bench_json_key(v));
        }
        rc = suite_shapes_read(&s->base, v, &set);
    }
    return rc;
}

/* The names in the filter must be in the suite. */
static int check_operator_filter(struct suite_reader *s, const struct bench_json *list)
{
    size_t count = 0;
    const char **names =
        bench_arena_alloc(s->base.arena, (bench_json_size(list) + 1) * sizeof(*names));
    for (const struct bench_json *v = bench_json_first(list); v != NULL; v = bench_json_next(v)) {
        const char *name = NULL;
        int rc = bench_json_get_string(v, "operator", true, &name, s->base.err);
        if (rc != 0) {
            return rc;
        }
        bool known = false;
        for (size_t i = 0; i < count; ++i) {
            known = known || strcmp(names[i], name) == 0;
        }
        if (!known) {
            names[count++] = name;
        }
    }
    for (size_t i = 0; s->filter != NULL && i < s->filter->operator_count; ++i) {
        const char *wanted = s->filter->operators[i];
        bool known = false;
        for (size_t k = 0; k < count; ++k) {
            known = known || strcmp(names[k], wanted) == 0;
        }
        if (!known) {
            return bench_err_set(s->base.err, BENCH_EINPUT,
                                 "%s: the suite has no operator '%s'; it has %s. Name a suite "
                                 "that has it, or write one (docs/new-kernel.md)",
                                 s->suite->file, wanted, reader_list(&s->base, names, count));
        }
    }
    return BENCH_OK;
}

static int read_dtype_filter(struct suite_reader *s)
{
    const struct bench_suite_filter *filter = s->filter;
    for (int t = 0; t < BENCH_DTYPE_COUNT; ++t) {
        s->dtype_wanted[t] = filter == NULL || filter->dtype_count == 0;
    }
    for (size_t i = 0; filter != NULL && i < filter->dtype_count; ++i) {
        enum bench_dtype t;
        if (bench_dtype_parse(filter->dtypes[i], &t) != 0) {
            return bench_err_set(s->base.err, BENCH_EINPUT,
                                 "there is no dtype '%s'; expected a name such as float32, "
                                 "float16, bfloat16 or int64",
                                 filter->dtypes[i]);
        }
        s->dtype_wanted[t] = true;
    }
    return BENCH_OK;
}

/* Each dtype of the filter must have left a case. */
static int check_dtype_filter(struct suite_reader *s)
{
    bool found[BENCH_DTYPE_COUNT] = {false};
    for (size_t i = 0; i < s->suite->case_count; ++i) {
        found[s->suite->cases[i].plan.dtype] = true;
    }
    for (size_t i = 0; s->filter != NULL && i < s->filter->dtype_count; ++i) {
        enum bench_dtype t;
        if (bench_dtype_parse(s->filter->dtypes[i], &t) == 0 && !found[t]) {
            return bench_err_set(s->base.err, BENCH_EINPUT,
                                 "%s: no case of the chosen operators has the dtype '%s'",
                                 s->suite->file, bench_dtype_name(t));
        }
    }
    if (s->suite->case_count == 0) {
        return bench_err_set(s->base.err, BENCH_EINPUT, "%s: no case is left%s%s", s->suite->file,
                             s->suite->note_count > 0 ? ": " : "",
                             s->suite->note_count > 0 ? s->suite->notes[0] : "");
    }
    return BENCH_OK;
}

static int read_entries(struct suite_reader *s, const struct bench_json *root)
{
    const struct bench_json *list = NULL;
    int rc = reader_filled_array(&s->base, root, "operators", &list);
    rc = rc == 0 ? check_operator_filter(s, list) : rc;
    rc = rc == 0 ? read_dtype_filter(s) : rc;
    const struct bench_json *v = rc == 0 ? bench_json_first(list) : NULL;
    for (; rc == 0 && v != NULL; v = bench_json_next(v)) {
        rc = suite_entry_read(s, v);
    }
    if (rc == 0 && s->repeated > 0) {
        suite_note(s, "%zu case%s of the suite repeat%s another and %s measured once", s->repeated,
                   s->repeated == 1 ? "" : "s", s->repeated == 1 ? "s" : "",
                   s->repeated == 1 ? "is" : "are");
    }
    return rc == 0 ? check_dtype_filter(s) : rc;
}

static int read_operators(struct suite_reader *s, const struct bench_json *root)
{
    int rc = suite_dtypes_read(s, root, &s->dtypes);
    rc = rc == 0 ? suite_roles_read(s, root, "roles", s->roles) : rc;
    rc = rc == 0 ? check_shapes(s, root) : rc;
    return rc == 0 ? read_entries(s, root) : rc;
}

static int read_head(struct suite_reader *s, const struct bench_json *root)
{
    int rc = reader_member_text(&s->base, root, "name", true, &s->suite->name);
    return rc == 0
               ? reader_member_text(&s->base, root, "description", false, &s->suite->description)
               : rc;
}

static const char *const whole_keys[] = {"name",  "description", "dtypes",    "settings",
                                         "roles", "shapes",      "operators", NULL};
static const char *const derived_keys[] = {"base",   "name",     "description",
                                           "prefer", "settings", NULL};

static const char *nearest_implementation(const struct suite_reader *s, const char *name)
{
    const struct bench_suite *suite = s->suite;
    size_t count = 0;
    for (size_t i = 0; i < suite->operator_count; ++i) {
        count += suite->operators[i]->implementation_count;
    }
    const char **names = bench_arena_alloc(s->base.arena, (count + 1) * sizeof(*names));
    count = 0;
    for (size_t i = 0; i < suite->operator_count; ++i) {
        for (size_t k = 0; k < suite->operators[i]->implementation_count; ++k) {
            names[count++] = suite->operators[i]->implementations[k].name;
        }
    }
    return bench_str_nearest(name, names, count);
}

static bool has_implementation(const struct bench_suite *suite, const char *name)
{
    bool has = false;
    for (size_t i = 0; i < suite->operator_count; ++i) {
        has |= bench_operator_find(suite->operators[i], name) != NULL;
    }
    return has;
}

/* Each name that `key` of the suite gives to a role must be one of some operator; those that the
 * filter has left out are not known. */
static int check_names(const struct suite_reader *s, const struct bench_json *root, const char *key,
                       const struct bench_role_choice choices[BENCH_ROLE_COUNT],
                       struct bench_err *err)
{
    const struct bench_json *map = bench_json_get(root, key);
    if (s->filter != NULL && s->filter->operator_count > 0) {
        return BENCH_OK;
    }
    for (int role = 0; role < BENCH_ROLE_COUNT; ++role) {
        for (size_t i = 0; i < choices[role].count; ++i) {
            const char *name = choices[role].names[i];
            if (has_implementation(s->suite, name)) {
                continue;
            }
            const char *near = nearest_implementation(s, name);
            return bench_json_error(bench_json_get(map, role_names[role]), err,
                                    "no operator of the suite has an implementation '%s'%s%s%s; "
                                    "mend or remove the name",
                                    name, near != NULL ? ", did you mean '" : "",
                                    near != NULL ? near : "", near != NULL ? "'?" : "");
        }
    }
    return BENCH_OK;
}

/* The settings are those of the base, and what the suite says itself; all else is the base's, with
 * the names that it prefers in front. */
static int read_derived(struct suite_reader *s, const struct bench_json *root,
                        const struct bench_json *base)
{
    int rc = bench_json_expect_keys(root, derived_keys, s->base.err);
    rc = rc == 0 ? bench_json_expect_keys(base, whole_keys, s->base.err) : rc;
    rc = rc == 0 ? read_head(s, base) : rc;
    rc = rc == 0 ? read_head(s, root) : rc;
    rc = rc == 0 ? suite_settings_read(s, base) : rc;
    rc = rc == 0 ? suite_settings_read(s, root) : rc;
    rc = rc == 0 ? suite_roles_read(s, root, "prefer", s->prefer) : rc;
    rc = rc == 0 ? read_operators(s, base) : rc;
    return rc == 0 ? check_names(s, root, "prefer", s->prefer, s->base.err) : rc;
}

/* An operator may lack a name of the suite's roles, so that one role can stand for many; a name
 * that all of them lack is a slip of the pen. No error: what is there can be measured. */
static void find_stray_name(struct suite_reader *s, const struct bench_json *root)
{
    struct bench_err fault;
    if (check_names(s, root, "roles", s->roles, &fault) != BENCH_OK) {
        s->suite->stray_name = bench_arena_strdup(s->base.arena, fault.message);
    }
}

static int read_whole(struct suite_reader *s, const struct bench_json *root)
{
    int rc = bench_json_expect_keys(root, whole_keys, s->base.err);
    rc = rc == 0 ? read_head(s, root) : rc;
    rc = rc == 0 ? suite_settings_read(s, root) : rc;
    rc = rc == 0 ? read_operators(s, root) : rc;
    if (rc == 0) {
        find_stray_name(s, root);
    }
    return rc;
}

/* One file: parsed, and its bytes in the suite's hash. */
static int read_file(const char *path, struct bench_hash *hash, struct bench_json_doc **doc,
                     struct bench_err *err)
{
    char *text = NULL;
    size_t length = 0;
    int rc = bench_file_read(path, MAX_FILE_BYTES, &text, &length, err);
    rc = rc == 0 ? bench_json_parse(path, text, length, doc, err) : rc;
    if (rc == 0) {
        bench_hash_add(hash, text, length);
    }
    free(text);
    return rc;
}

/* The document of the member `base`, a file in the suite's own folder; none without it. */
static int read_base(struct suite_reader *s, const struct bench_json *root, struct bench_hash *hash,
                     struct bench_json_doc **doc)
{
    const struct bench_json *v = bench_json_get(root, "base");
    const char *name = NULL;
    int rc = v != NULL ? reader_text(&s->base, v, &name) : BENCH_OK;
    if (rc != 0 || v == NULL) {
        return rc;
    }
    char *folder = bench_path_dirname(s->suite->file);
    char *path = bench_path_join(folder, name);
    struct bench_err why = {0};
    if (!bench_file_exists(path)) {
        rc = bench_json_error(v, s->base.err,
                              "there is no file %s; expected a suite in the same folder", path);
    } else if (read_file(path, hash, doc, &why) != 0) {
        rc = bench_json_error(v, s->base.err, "%s", why.message);
    } else if (bench_json_get(bench_json_root(*doc), "base") != NULL) {
        rc = bench_json_error(v, s->base.err,
                              "%s has a \"base\" itself; name the suite that it stands on", path);
    }
    free(path);
    free(folder);
    return rc;
}

static int read_suite(struct suite_reader *s)
{
    struct bench_json_doc *doc = NULL, *base = NULL;
    struct bench_hash *hash = bench_hash_new();
    int rc = read_file(s->suite->file, hash, &doc, s->base.err);
    rc = rc == 0 ? read_base(s, bench_json_root(doc), hash, &base) : rc;
    if (rc == 0) {
        bench_hash_hex(hash, s->suite->hash);
        rc = base != NULL ? read_derived(s, bench_json_root(doc), bench_json_root(base))
                          : read_whole(s, bench_json_root(doc));
    }
    bench_hash_free(hash);
    bench_json_free(base);
    bench_json_free(doc);
    return rc;
}

int bench_suite_read(const char *path, const char *kernels_dir,
                     const struct bench_suite_filter *filter, struct bench_suite **suite,
                     struct bench_err *err)
{
    struct owned_suite *owned = bench_xcalloc(1, sizeof(*owned));
    owned->arena = bench_arena_new();
    struct suite_reader s = {.base = {.arena = owned->arena, .err = err},
                             .suite = &owned->suite,
                             .kernels_dir = kernels_dir,
                             .filter = filter};
    owned->suite.file = bench_arena_strdup(owned->arena, path);
    owned->suite.description = "";
    owned->suite.settings = suite_default_settings;
    int rc = read_suite(&s);
    free(s.seen);
    if (rc != 0) {
        bench_suite_free(&owned->suite);
        return rc;
    }
    bench_suite_mark_python(&owned->suite);
    *suite = &owned->suite;
    return BENCH_OK;
}

void bench_suite_free(struct bench_suite *suite)
{
    if (suite == NULL) {
        return;
    }
    struct owned_suite *owned = (struct owned_suite *)suite;
    for (size_t i = 0; i < suite->case_count; ++i) {
        bench_case_fini(&suite->cases[i].plan);
    }
    for (size_t i = 0; i < suite->operator_count; ++i) {
        bench_operator_free(suite->operators[i]);
    }
    free(suite->cases);
    free(suite->operators);
    free(suite->notes);
    bench_arena_free(owned->arena);
    free(owned);
}
