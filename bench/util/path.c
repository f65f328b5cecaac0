/* Where things are: joining and splitting paths, and the folders of the installation. */
#include <dlfcn.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/util/file.h"
#include "bench/util/mem.h"
#include "bench/util/str.h"

char *bench_path_join(const char *a, const char *b)
{
    if (b[0] == '/' || a[0] == '\0')
        return bench_xstrdup(b);
    return bench_xprintf("%s%s%s", a, bench_str_ends(a, "/") ? "" : "/", b);
}

char *bench_path_dirname(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return bench_xstrdup(".");
    while (slash > path && slash[-1] == '/')
        slash--;
    size_t length = slash == path ? 1 : (size_t)(slash - path);
    char *dir = bench_xmalloc(length + 1);
    memcpy(dir, path, length);
    dir[length] = '\0';
    return dir;
}

const char *bench_path_basename(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Where this code lies in a shared library, <prefix>/lib/bench/<name>.so that another program has
 * loaded: <prefix>/bin/bench. NULL where it is part of the program. */
static char *self_of_library(void)
{
    static const char here = 0;
    Dl_info info;
    if (dladdr(&here, &info) == 0 || !bench_str_ends(info.dli_fname, ".so"))
        return NULL;
    char *folder = bench_path_dirname(info.dli_fname);
    char *library = bench_path_dirname(folder);
    char *prefix = bench_path_dirname(library);
    char *program = bench_path_join(prefix, "bin/bench");
    free(prefix);
    free(library);
    free(folder);
    return program;
}

char *bench_path_self(void)
{
    size_t size = 256;
    char *program = self_of_library();
    if (program != NULL)
        return program;
    for (;;) {
        char *path = bench_xmalloc(size);
        ssize_t n = readlink("/proc/self/exe", path, size);
        if (n < 0) {
            free(path);
            return NULL;
        }
        if ((size_t)n < size) {
            path[n] = '\0';
            return path;
        }
        free(path);
        size *= 2;
    }
}

/* Takes `dir` (freed); true and *path set if dir/name is a folder, else notes it in `looked`. */
static bool try_home(char *dir, const char *name, char **path, struct bench_str *looked)
{
    char *candidate = bench_path_join(dir, name);
    free(dir);
    if (bench_file_is_dir(candidate)) {
        *path = candidate;
        return true;
    }
    bench_str_addf(looked, "%s%s", looked->len ? ", " : "", candidate);
    free(candidate);
    return false;
}

/* Beside the program (<prefix>/bin/bench -> <prefix>/share/bench), then every folder above it. */
static bool try_near_program(const char *name, char **path, struct bench_str *looked)
{
    char *self = bench_path_self();
    if (!self)
        return false;
    char *dir = bench_path_dirname(self);
    free(self);

    char *prefix = bench_path_dirname(dir);
    bool found = try_home(bench_path_join(prefix, "share/bench"), name, path, looked);
    free(prefix);
    while (!found) {
        found = try_home(bench_xstrdup(dir), name, path, looked);
        if (strcmp(dir, "/") == 0)
            break;
        char *parent = bench_path_dirname(dir);
        free(dir);
        dir = parent;
    }
    free(dir);
    return found;
}

int bench_path_find_home(const char *name, char **path, struct bench_err *err)
{
    int rc = BENCH_OK;
    struct bench_str looked;
    bench_str_init(&looked);

    const char *home = getenv("BENCH_HOME");
    bool found = home && *home && try_home(bench_xstrdup(home), name, path, &looked);
    found = found || try_near_program(name, path, &looked);
    found = found || try_home(bench_xstrdup("."), name, path, &looked);
    if (!found)
        rc = bench_err_set(err, BENCH_ENOTFOUND,
                           "no folder '%s' was found; looked at %s. Set BENCH_HOME to the folder "
                           "that holds it",
                           name, looked.data);
    bench_str_fini(&looked);
    return rc;
}

char *bench_path_cache(void)
{
    const char *own = getenv("BENCH_CACHE");
    if (own && *own)
        return bench_xstrdup(own);
    /* The XDG base directory specification: a path that is not absolute is to be ignored. */
    const char *xdg = getenv("XDG_CACHE_HOME");
    if (xdg && xdg[0] == '/')
        return bench_path_join(xdg, "bench");
    const char *home = getenv("HOME");
    if (home && *home)
        return bench_path_join(home, ".cache/bench");
    /* Not a name in /tmp: whoever made that folder first would choose what we load. */
    struct passwd entry, *found = NULL;
    char text[4096];
    bool known = getpwuid_r(getuid(), &entry, text, sizeof(text), &found) == 0 && found;
    return bench_path_join(known ? entry.pw_dir : "/nonexistent", ".cache/bench");
}
