#include "importer/categories.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"

/* Lines "name TAB category TAB overloads", sorted by name as strcmp does. */
extern const char aten_operators_txt[];

static const char *const categories[] = {"pointwise", "reduction", "blas", "custom"};
#define CATEGORY_COUNT (sizeof(categories) / sizeof(*categories))

bool bench_category_is_known(const char *category)
{
    for (size_t i = 0; i < CATEGORY_COUNT; i++) {
        if (strcmp(categories[i], category) == 0) {
            return true;
        }
    }
    return false;
}

/* Compares the name that a line begins with. */
static int compare(const char *line, const char *name, size_t length)
{
    size_t own = strcspn(line, "\t");
    int order = strncmp(line, name, own < length ? own : length);
    return order != 0 ? order : own < length ? -1 : own > length ? 1 : 0;
}

static const char *line_begin(const char *at)
{
    while (at > aten_operators_txt && at[-1] != '\n') {
        at--;
    }
    return at;
}

/* The line of an operator, by halving; NULL if there is none. */
static const char *find_line(const char *name, size_t length)
{
    const char *low = aten_operators_txt;
    const char *high = low + strlen(low);
    while (low < high) {
        const char *line = line_begin(low + (high - low) / 2);
        int order = compare(line, name, length);
        if (order == 0) {
            return line;
        }
        if (order > 0) {
            high = line;
        } else {
            const char *end = strchr(line, '\n');
            low = end != NULL ? end + 1 : high;
        }
    }
    return NULL;
}

static const char *category_of_line(const char *line)
{
    const char *category = strchr(line, '\t') + 1;
    for (size_t i = 0; i < CATEGORY_COUNT; i++) {
        size_t length = strlen(categories[i]);
        if (strncmp(category, categories[i], length) == 0 && category[length] == '\t') {
            return categories[i];
        }
    }
    return "custom";
}

/* True if the line's operator has this overload; '.' of ATen's names is '_' in Python's. */
static bool has_overload(const char *line, const char *overload)
{
    const char *at = strchr(strchr(line, '\t') + 1, '\t') + 1;
    const char *end = at + strcspn(at, "\n");
    size_t length = strlen(overload);
    while (at < end) {
        if (strncmp(at, overload, length) == 0 && at[length] == ':') {
            return true;
        }
        at += strcspn(at, " \n");
        at += at < end ? 1 : 0;
    }
    return false;
}

/* The line of the operator that a Python name is of, and where in the name its overload begins
 * (its end: the name is the operator's own). NULL if there is none. */
static const char *resolve(const char *name, const char **overload)
{
    const char *line = find_line(name, strlen(name));
    *overload = name + strlen(name);
    if (line != NULL) {
        return line;
    }
    for (const char *at = strchr(name, '_'); at != NULL; at = strchr(at + 1, '_')) {
        line = at[1] != '\0' && at > name ? find_line(name, (size_t)(at - name)) : NULL;
        if (line != NULL && has_overload(line, at + 1)) {
            *overload = at + 1;
            return line;
        }
    }
    return NULL;
}

const char *bench_category_of(const char *name)
{
    const char *overload;
    const char *line = resolve(name, &overload);
    size_t length = strlen(name);
    if (line == NULL && length > 1 && name[length - 1] == '_') {
        line = find_line(name, length - 1); /* an in-place form that ATen does not have */
    }
    return line != NULL ? category_of_line(line) : "custom";
}

bool bench_aten_find(const char *name, struct bench_aten_operator *found)
{
    const char *overload;
    const char *line = resolve(name, &overload);
    if (line == NULL) {
        return false;
    }
    const char *overloads = strchr(strchr(line, '\t') + 1, '\t') + 1;
    bench_str_init(&found->name);
    bench_str_init(&found->overload);
    bench_str_init(&found->overloads);
    bench_str_addn(&found->name, line, strcspn(line, "\t"));
    bench_str_add(&found->overload, overload);
    bench_str_addn(&found->overloads, overloads, strcspn(overloads, "\n"));
    return true;
}

void bench_aten_fini(struct bench_aten_operator *found)
{
    bench_str_fini(&found->name);
    bench_str_fini(&found->overload);
    bench_str_fini(&found->overloads);
}
