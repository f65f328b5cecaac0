/*
 * Finds NVIDIA's shared libraries and headers at run time, so that one binary serves hosts with a
 * toolkit, with pip's wheels only, with what the bundle carries, and with nothing.
 */
#ifndef BENCH_PROVIDER_CUDA_LOCATE_H
#define BENCH_PROVIDER_CUDA_LOCATE_H

#include <stddef.h>

#include "bench/util/err.h"

struct bench_folders {
    char **items; /* existing folders, best first, no duplicates */
    size_t count;
};

/* Folders that may hold the parts: the bundle's <prefix>/`bundle`, then <root>/`toolkit` of every
 * toolkit ($CUDA_HOME, $CUDA_PATH, /usr/local/cuda, /usr/local/cuda-*), then
 * <site-packages>/nvidia/<p> for each `p` of `pip` (NULL-terminated) in the Python environments at
 * hand ($VIRTUAL_ENV, $CONDA_PREFIX, that of python3 in PATH, the user's, the system's). */
void bench_locate_folders(const char *bundle, const char *toolkit, const char *const *pip,
                          struct bench_folders *out);
void bench_folders_fini(struct bench_folders *folders);

struct bench_library_search {
    const char *what;           /* "NVRTC", for messages */
    const char *env;            /* variable whose value, if set, is the file to open and no other */
    const char *const *sonames; /* best first, NULL-terminated: "libnvrtc.so.13", … */
    const char *const *pip;     /* as above: "cu13/lib", … */
    const char *install;        /* what to do where it is missing, as a sentence */
    const char *needs; /* what has all its functions: "CUDA 12 or newer"; for the second of these */
};

/* Opens the library: the file that `env` names; else beside the program (the bundle), by the
 * loader's own search (LD_LIBRARY_PATH, ld.so.cache), then in the folders above. *path gets the
 * file that was opened (the caller frees). BENCH_EUNSUPPORTED lists where it looked and what to
 * install. The handle stays open for the life of the process. */
int bench_locate_library(const struct bench_library_search *search, void **handle, char **path,
                         struct bench_err *err);

/* A function of such a library, and where its address goes. */
struct bench_library_function {
    const char *name;
    void **address;
};

/* The same, and finds the functions; their list ends with a NULL name. BENCH_EUNSUPPORTED names the
 * first that the library has not. *path is NULL where it fails; `path` may be NULL. */
int bench_locate_functions(const struct bench_library_search *search,
                           const struct bench_library_function *functions, char **path,
                           struct bench_err *err);

#endif
