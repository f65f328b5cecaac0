/* What is the same in every exported module (export_runtime.py), without the parts that one does
 * not use. */
#include <stdlib.h>
#include <string.h>

#include "bench/util/mem.h"
#include "importer/export_impl.h"
#include "importer/python_text.h"

/* Is the name used in the module's own text, or in a part of the runtime that is wanted? */
static bool is_used(const char *name, const char *own, char *const *parts, const bool *wanted,
                    size_t count)
{
    bool used = bench_python_uses(own, name);
    for (size_t i = 0; !used && i < count; i++) {
        used = wanted[i] && bench_python_uses(parts[i], name);
    }
    return used;
}

/* A part of the runtime is wanted if a name is that it defines at the beginning of a line; one that
 * defines nothing (a comment) always is. */
static bool is_wanted(size_t part, const char *own, char *const *parts, const bool *wanted,
                      size_t count)
{
    bool defines = false;
    for (const char *line = parts[part]; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        const char *name = line;
        name += bench_str_starts(line, "def ") ? 4 : bench_str_starts(line, "class ") ? 6 : 0;
        size_t length =
            strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (length == 0 || (name == line && strncmp(name + length, " = ", 3) != 0)) {
            continue;
        }
        char *copy = bench_xprintf("%.*s", (int)length, name);
        bool used = is_used(copy, own, parts, wanted, count);
        free(copy);
        defines = true;
        if (used) {
            return true;
        }
    }
    return !defines;
}

#define MAX_PARTS 64

void export_add_runtime(const char *own, struct bench_str *out)
{
    char *parts[MAX_PARTS];
    bool wanted[MAX_PARTS] = {false};
    size_t count = 0;
    for (const char *at = export_runtime_py; at != NULL && count < MAX_PARTS; count++) {
        const char *end = strstr(at, "\n\n\n");
        parts[count] = end != NULL ? bench_xprintf("%.*s", (int)(end - at), at) : bench_xstrdup(at);
        at = end != NULL ? end + 3 : NULL;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < count; i++) {
            if (!wanted[i] && is_wanted(i, own, parts, wanted, count)) {
                wanted[i] = true;
                changed = true;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (wanted[i]) {
            size_t length = strlen(parts[i]);
            bool newline = length > 0 && parts[i][length - 1] == '\n';
            bench_str_addf(out, "%s%s", parts[i], newline ? "\n\n" : "\n\n\n");
        }
        free(parts[i]);
    }
}
