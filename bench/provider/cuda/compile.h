/*
 * CUDA C sources become loadable code: by NVRTC for a GPU architecture, by the host's C++ compiler
 * behind a shim for the cpu device. Results are cached on disk under a hash of everything that
 * decides them: source, every included file of the source's folder tree, options, defines, entries,
 * compiler and its version, architecture, shim. Where the cache cannot be written, its entries are
 * used all the same, and new ones go to a folder of the user's own in $TMPDIR.
 *
 * Thread-safe: several threads compile ahead of measuring. Needs no device.
 */
#ifndef BENCH_PROVIDER_CUDA_COMPILE_H
#define BENCH_PROVIDER_CUDA_COMPILE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/util/err.h"

struct bench_define {
    const char *name;
    const char *value;
};

struct bench_compile_request {
    const char *source; /* path of the .cu file; messages of the compiler name it and its lines */
    const char *text;   /* NULL, or the source's text in place of the file's (built-in kernels,
                           exports); for a GPU it is on its own then: no #include finds a file in the
                           source's folder */
    const char *arch;   /* bench_device_info.arch: "sm_90", "x86-64" */
    const char *const *options; /* the user's, in NVRTC's spelling */
    size_t option_count;
    const struct bench_define *defines;
    size_t define_count;
    const char *const *entries; /* kernels wanted: names or template instances */
    size_t entry_count;
    bool sanitize; /* cpu only: AddressSanitizer and UBSan */
};

struct bench_entry_resources {
    char *symbol;  /* to be given to bench_device_function */
    int registers; /* -1 where the compiler does not tell (cpu) */
    size_t shared_bytes, spill_store_bytes, spill_load_bytes, stack_bytes;
};

struct bench_compiled {
    char *path;    /* file in the cache: cubin or shared object */
    char hash[33]; /* of that file's bytes: the "binary hash" of records */
    bool from_cache;
    double seconds;                        /* spent compiling; 0 from the cache */
    char *log;                             /* compiler's warnings; "" if none */
    struct bench_entry_resources *entries; /* as many as asked for, in their order */
    size_t entry_count;
};

/* A compile error is BENCH_EINPUT: the message is the compiler's log with the user's own file names
 * and lines. An entry that the source does not have is BENCH_ENOTFOUND, naming the kernels that it
 * has. A construct that the cpu device cannot do is BENCH_EUNSUPPORTED, by name. A missing compiler
 * is BENCH_EUNSUPPORTED with what to install. What fails while the cache's disk, or the one for
 * temporary files, is full is BENCH_EDISK: no source is to blame. */
int bench_compile(const struct bench_compile_request *request, struct bench_compiled *out,
                  struct bench_err *err);
void bench_compiled_fini(struct bench_compiled *c);

/* The architecture that options ask for themselves ("sm_90a"), or NULL. */
const char *bench_compile_own_arch(const char *const *options, size_t count);

/* Hash of a request's source and of every file that it includes, directly or not, from its folder
 * or an include folder of the options: the "source hash" of records. Paths do not matter, so that a
 * moved tree has the same. Compilers' own headers are in it by name only; files that a macro names
 * are not. */
int bench_source_hash(const struct bench_compile_request *request, char hash[33],
                      struct bench_err *err);

/* "NVRTC 13.0", "g++ (Debian 12.2.0-14+deb12u1) 12.2.0"; for run.json. The caller frees; NULL with
 * the reason if there is none for this architecture. */
char *bench_compiler_version(const char *arch, struct bench_err *err);
/* 0 if there is a compiler for this architecture and it knows it, else BENCH_EUNSUPPORTED with what
 * it knows or what to install. Any name that does not begin with "sm_" is the host's. */
int bench_compiler_check(const char *arch, struct bench_err *err);
/* The version with where it was found, for `bench doctor`: "NVRTC 13.0 (/usr/…/libnvrtc.so.13,
 * headers in /usr/…/include)". NULL with the reason if something that compiling needs is missing.
 */
char *bench_compiler_describe(const char *arch, struct bench_err *err);

#endif
