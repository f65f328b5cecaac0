/*
 * What a compiled kernel and the cpu device know of each other. Included by both: by the shim in
 * C++ (where uint3 and dim3 are CUDA's) and by the device in C. Change BENCH_CPU_ABI with any
 * change here, so that an old shared object in the cache is refused, not misread.
 */
#ifndef BENCH_CPU_ABI_H
#define BENCH_CPU_ABI_H
#ifdef __cplusplus
#pragma GCC system_header
#endif

#define BENCH_CPU_ABI 2u
/* Bits of what bench_cpu_init returns, above the ABI number. */
#define BENCH_CPU_SANITIZED 0x10000u

#ifdef __cplusplus
#define BENCH_CPU_UINT3 uint3
#define BENCH_CPU_DIM3 dim3
#else
#include <stdint.h>
struct bench_cpu_dim {
    uint32_t x, y, z;
};
#define BENCH_CPU_UINT3 struct bench_cpu_dim
#define BENCH_CPU_DIM3 struct bench_cpu_dim
#endif

/* One an OS thread, in its thread-local storage; describes the CUDA thread that it runs now. */
struct bench_cpu_context {
    BENCH_CPU_UINT3 thread_idx;
    uint32_t linear; /* threadIdx as one number, x fastest */
    BENCH_CPU_UINT3 block_idx;
    uint32_t stop; /* threads up to this one follow by merely counting up; 0: ask next() */
    BENCH_CPU_DIM3 block_dim;
    BENCH_CPU_DIM3 grid_dim;
    void *shared; /* the block's dynamic shared memory */
    uint32_t shared_bytes;
    void *executor; /* the device's own; NULL outside a kernel */
};

enum bench_cpu_barrier {
    BENCH_CPU_SYNCTHREADS,
    BENCH_CPU_SYNCTHREADS_COUNT,
    BENCH_CPU_SYNCTHREADS_AND,
    BENCH_CPU_SYNCTHREADS_OR
};

/* What the lanes of a warp do together. For EXCHANGE the source lane is in bits 8 and above. */
enum bench_cpu_warp {
    BENCH_CPU_SYNCWARP,
    BENCH_CPU_EXCHANGE, /* the value of the source lane; all bits set if that lane takes no part */
    BENCH_CPU_BALLOT,
    BENCH_CPU_ANY,
    BENCH_CPU_ALL,
    BENCH_CPU_MATCH_ANY,
    BENCH_CPU_MATCH_ALL,
    BENCH_CPU_REDUCE_ADD,
    BENCH_CPU_REDUCE_MIN,
    BENCH_CPU_REDUCE_MAX,
    BENCH_CPU_REDUCE_UMIN,
    BENCH_CPU_REDUCE_UMAX,
    BENCH_CPU_REDUCE_AND,
    BENCH_CPU_REDUCE_OR,
    BENCH_CPU_REDUCE_XOR,
    BENCH_CPU_ACTIVEMASK
};

/* A kernel's parameter. */
enum bench_cpu_param_kind {
    BENCH_CPU_PARAM_OTHER,
    BENCH_CPU_PARAM_INTEGER,
    BENCH_CPU_PARAM_FLOATING,
    BENCH_CPU_PARAM_POINTER
};
struct bench_cpu_param {
    uint32_t bytes; /* 0: there are no more */
    uint32_t kind;
};

/* What the device does for a kernel. Each call is about the CUDA thread that makes it; `file` and
 * `line` are the place of the call in the user's source. */
struct bench_cpu_api {
    /* The thread has ended. 1: go on with the one that the context now describes; 0: return. */
    int (*next)(void);
    int (*barrier)(int kind, int predicate, const char *file, int line);
    uint64_t (*warp)(uint32_t mask, uint32_t operation, uint64_t value, const char *file, int line);
    /* Lets other threads of the block run. */
    void (*yield)(void);
    /* Ends the launch with an error. */
    void (*fail)(const char *file, int line, const char *message);
    /* Nanoseconds of a clock that always runs. */
    uint64_t (*ticks)(void);
    /* For processors where the context is not at a known distance from the thread pointer. */
    struct bench_cpu_context *(*context)(void);
};

/* A shared object exports bench_cpu_init(api, offset), where `offset` is the distance from the
 * thread pointer to the context, and for entry i
 *   void bench_cpu_entry_<i>(void **args)      runs threads until next() says 0
 *   const char bench_cpu_entry_<i>_name[]      as the user wrote it
 *   const int bench_cpu_entry_<i>_threads      limit of __launch_bounds__, or 1024
 *   int bench_cpu_entry_<i>_shared             bytes of static shared memory
 *   const bench_cpu_param *const bench_cpu_entry_<i>_params
 * and once bench_cpu_spoil(), which fills the static shared memory of the calling OS thread with
 * ones. The compiler does not tell where that is: bench_cpu_ranges is filled in by
 * bench/provider/cuda/host_shared.c from the linked object's symbols, relative to where the
 * variable bench_cpu_mark lies. */
#define BENCH_CPU_RANGES 1024
struct bench_cpu_range {
    uint64_t offset, size;
};
typedef uint32_t (*bench_cpu_init_fn)(const struct bench_cpu_api *api, intptr_t context_offset);
typedef void (*bench_cpu_entry_fn)(void **args);
typedef void (*bench_cpu_spoil_fn)(void);

#endif
