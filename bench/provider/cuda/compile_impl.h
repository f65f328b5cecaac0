/* For the two compilers behind compile.h: nvrtc.c (GPU architectures) and host.c (the cpu device).
 * compile.c chooses, computes the key, keeps the cache and locks it. */
#ifndef BENCH_PROVIDER_CUDA_COMPILE_IMPL_H
#define BENCH_PROVIDER_CUDA_COMPILE_IMPL_H

#include <stdbool.h>

#include "bench/provider/cuda/compile.h"
#include "bench/util/hash.h"
#include "bench/util/str.h"

/* Compiles to the file `path` (a temporary; compile.c renames it). Fills out->entries and
 * out->log only. Sources and includes are read by compile.c for the key. */
int bench_nvrtc_compile(const struct bench_compile_request *request, const char *text,
                        const char *path, struct bench_compiled *out, struct bench_err *err);
char *bench_nvrtc_version(struct bench_err *err);
char *bench_nvrtc_describe(struct bench_err *err);
int bench_nvrtc_check(const char *arch, struct bench_err *err);

int bench_host_compile(const struct bench_compile_request *request, const char *text,
                       const char *path, struct bench_compiled *out, struct bench_err *err);
char *bench_host_version(struct bench_err *err);
/* Adds the shim's text to the key. */
int bench_host_key(struct bench_hash *key, struct bench_err *err);
/* Adds the CUDA headers that every source sees to the key. */
int bench_nvrtc_key(struct bench_hash *key, struct bench_err *err);

/* Names of the __global__ functions that a source text defines, as "gelu, gelu_tail" (a template is
 * "gelu<…>"); "" if none is seen. A scan, not a parser: it is for messages. */
void bench_source_kernels(const char *text, struct bench_str *names);

/* Adds to the key the texts of a source and of every file it includes, directly or not, that is
 * found beside the including file, in the source's folder or in an include folder of the options.
 * *complete is false if some include cannot be followed (a macro names it): the result must then
 * not be taken from the cache. */
void bench_source_key(const struct bench_compile_request *request, const char *text,
                      struct bench_hash *key, bool *complete);

/* One entry of the cache: <folder>/<key>.<suffix> and <folder>/<key>.json beside it. */
struct bench_cache_entry {
    char *binary;    /* path */
    char *meta;      /* path */
    char *temporary; /* path for the compiler to write to, this process's and thread's own; NULL
                        where the folder cannot be written: what is there can be used */
    int lock;        /* descriptor, or -1 where the file system cannot lock */
};

/* Makes the folder and takes the entry's lock, so that one of several processes or threads that
 * want the same thing compiles it. */
int bench_cache_open(const char *key, const char *suffix, struct bench_cache_entry *entry,
                     struct bench_err *err);
void bench_cache_close(struct bench_cache_entry *entry);
/* True if a whole, undamaged result is there; then `out` is filled. A damaged one counts as none.
 */
bool bench_cache_load(const struct bench_cache_entry *entry,
                      const struct bench_compile_request *request, struct bench_compiled *out);
/* Puts the temporary file and the description in place; sets out->path and out->hash. */
int bench_cache_store(const struct bench_cache_entry *entry,
                      const struct bench_compile_request *request, struct bench_compiled *out,
                      struct bench_err *err);
/* Of a compilation that failed with `rc`: BENCH_EDISK, and err says so in front of what it says, if
 * the disk of the entry, or the one for temporary files, is full; else `rc`. Compilers say that in
 * many ways, and a source can say it as well; a disk cannot be talked into it. */
int bench_cache_blame_disk(const struct bench_cache_entry *entry, int rc, struct bench_err *err);

#endif
