#include <dlfcn.h>
#include <glob.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/provider/cuda/locate.h"
#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

/* Takes `path`; keeps it if it is a folder that is not in the list yet. */
static void add_folder(struct bench_folders *out, char *path)
{
    bool known = !bench_file_is_dir(path);
    for (size_t i = 0; i < out->count && !known; i++)
        known = strcmp(out->items[i], path) == 0;
    if (known) {
        free(path);
        return;
    }
    out->items = bench_xrealloc(out->items, (out->count + 1) * sizeof *out->items);
    out->items[out->count++] = path;
}

static void add_toolkits(struct bench_folders *out, const char *sub)
{
    const char *const variables[] = {"CUDA_HOME", "CUDA_PATH"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *root = getenv(variables[i]);
        if (root && *root)
            add_folder(out, bench_path_join(root, sub));
    }
    add_folder(out, bench_path_join("/usr/local/cuda", sub));
    glob_t found;
    if (glob("/usr/local/cuda-*", 0, NULL, &found) == 0) {
        for (size_t i = found.gl_pathc; i-- > 0;) /* sorted by name: the newest is last */
            add_folder(out, bench_path_join(found.gl_pathv[i], sub));
        globfree(&found);
    }
}

static void add_glob(struct bench_folders *out, const char *pattern, const char *sub)
{
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            add_folder(out, bench_xprintf("%s/nvidia/%s", found.gl_pathv[i], sub));
        globfree(&found);
    }
}

/* The environment that holds the first python3 of PATH; NULL if there is none. Links are not
 * followed: a virtual environment's python3 is a link out of it. */
static char *python_prefix(void)
{
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t n = strcspn(path, ":");
        char *program = bench_xprintf("%.*s/python3", (int)n, path);
        if (n > 0 && access(program, X_OK) == 0) {
            char *bin = bench_path_dirname(program);
            char *prefix = bench_path_dirname(bin);
            free(bin);
            free(program);
            return prefix;
        }
        free(program);
        path += n + (path[n] == ':');
    }
    return NULL;
}

static void add_python(struct bench_folders *out, const char *sub)
{
    char *prefixes[4] = {NULL, NULL, python_prefix(), NULL};
    const char *environment = getenv("VIRTUAL_ENV"), *conda = getenv("CONDA_PREFIX");
    const char *home = getenv("HOME");
    prefixes[0] = environment && *environment ? bench_xstrdup(environment) : NULL;
    prefixes[1] = conda && *conda ? bench_xstrdup(conda) : NULL;
    prefixes[3] = home && *home ? bench_path_join(home, ".local") : NULL;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (!prefixes[i])
            continue;
        char *pattern = bench_xprintf("%s/lib/python3*/site-packages", prefixes[i]);
        add_glob(out, pattern, sub);
        free(pattern);
        free(prefixes[i]);
    }
    add_glob(out, "/usr/local/lib/python3*/site-packages", sub);
    add_glob(out, "/usr/local/lib/python3*/dist-packages", sub);
    add_glob(out, "/usr/lib/python3*/dist-packages", sub);
}

/* <prefix>/`sub` of the running program's <prefix>/bin; NULL if the system does not tell. */
static char *beside_program(const char *sub)
{
    char *self = bench_path_self();
    if (!self)
        return NULL;
    char *bin = bench_path_dirname(self);
    char *prefix = bench_path_dirname(bin);
    char *path = bench_path_join(prefix, sub);
    free(self);
    free(bin);
    free(prefix);
    return path;
}

void bench_locate_folders(const char *bundle, const char *toolkit, const char *const *pip,
                          struct bench_folders *out)
{
    out->items = NULL;
    out->count = 0;
    char *own = beside_program(bundle);
    if (own)
        add_folder(out, own);
    add_toolkits(out, toolkit);
    for (; *pip; pip++)
        add_python(out, *pip);
}

void bench_folders_fini(struct bench_folders *folders)
{
    for (size_t i = 0; i < folders->count; i++)
        free(folders->items[i]);
    free(folders->items);
    folders->items = NULL;
    folders->count = 0;
}

/* Null if it cannot be opened; `looked` gets the place, and the loader's words where the file is
 * there and does not load. */
static void *try_open(const char *name, struct bench_str *looked)
{
    void *handle = NULL;
    bool is_path = strchr(name, '/') != NULL;
    if (!is_path || bench_file_exists(name)) {
        handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
        if (!handle && is_path) {
            const char *reason = dlerror();
            bench_str_addf(looked, "; %s", reason ? reason : name);
        }
    }
    return handle;
}

static void *open_in(const char *folder, const char *const *sonames, struct bench_str *looked)
{
    void *handle = NULL;
    for (; *sonames && !handle; sonames++) {
        char *file = bench_path_join(folder, *sonames);
        handle = try_open(file, looked);
        free(file);
    }
    if (!handle)
        bench_str_addf(looked, ", %s", folder);
    return handle;
}

static char *path_of(void *handle, const char *fallback)
{
    struct link_map *map = NULL;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map && map->l_name && *map->l_name)
        return bench_xstrdup(map->l_name);
    return bench_xstrdup(fallback);
}

static void *search_all(const struct bench_library_search *search, struct bench_str *looked)
{
    struct bench_folders folders;
    bench_locate_folders("lib", "lib64", search->pip, &folders);
    char *bundle = beside_program("lib");
    bool bundled = bundle && folders.count > 0 && strcmp(folders.items[0], bundle) == 0;
    free(bundle);

    void *handle = bundled ? open_in(folders.items[0], search->sonames, looked) : NULL;
    for (const char *const *name = search->sonames; *name && !handle; name++)
        handle = try_open(*name, looked);
    if (!handle)
        bench_str_add(looked, ", the loader's folders (LD_LIBRARY_PATH, ld.so.conf)");
    for (size_t i = bundled ? 1 : 0; i < folders.count && !handle; i++)
        handle = open_in(folders.items[i], search->sonames, looked);
    bench_folders_fini(&folders);
    return handle;
}

int bench_locate_library(const struct bench_library_search *search, void **handle, char **path,
                         struct bench_err *err)
{
    const char *own = getenv(search->env);
    if (own && *own) {
        *handle = dlopen(own, RTLD_NOW | RTLD_LOCAL);
        if (!*handle) {
            const char *reason = dlerror();
            return bench_err_set(err, BENCH_EUNSUPPORTED, "%s: %s is set to '%s': %s", search->what,
                                 search->env, own, reason ? reason : "it cannot be opened");
        }
        *path = path_of(*handle, own);
        return BENCH_OK;
    }

    struct bench_str looked;
    bench_str_init(&looked);
    *handle = search_all(search, &looked);
    int rc = BENCH_OK;
    if (*handle)
        *path = path_of(*handle, search->sonames[0]);
    else
        rc = bench_err_set(err, BENCH_EUNSUPPORTED,
                           "%s was not found: looked for %s in %s. %s, or set %s to the file",
                           search->what, search->sonames[0],
                           looked.len > 2 ? looked.data + 2 : "no folder", search->install,
                           search->env);
    bench_str_fini(&looked);
    return rc;
}

int bench_locate_functions(const struct bench_library_search *search,
                           const struct bench_library_function *functions, char **path,
                           struct bench_err *err)
{
    void *handle = NULL;
    char *file = NULL;
    int rc = bench_locate_library(search, &handle, &file, err);
    for (; rc == BENCH_OK && functions->name; functions++) {
        *functions->address = dlsym(handle, functions->name);
        if (!*functions->address)
            rc = bench_err_set(err, BENCH_EUNSUPPORTED, "%s: %s has no function %s; %s is needed",
                               search->what, file, functions->name, search->needs);
    }
    if (path)
        *path = rc == BENCH_OK ? file : NULL;
    if (!path || rc != BENCH_OK)
        free(file);
    return rc;
}
