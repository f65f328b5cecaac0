/* Private to nvrtc*.c: NVRTC as a table of functions, and what its log says. Declared here rather
 * than taken from nvrtc.h, so that a build without the toolkit can compile for GPUs wherever the
 * library is found at run time. */
#ifndef BENCH_PROVIDER_CUDA_NVRTC_IMPL_H
#define BENCH_PROVIDER_CUDA_NVRTC_IMPL_H

#include "bench/provider/cuda/compile_impl.h"

/* nvrtcResult; the values are part of NVRTC's binary interface. */
enum bench_nvrtc_result {
    BENCH_NVRTC_SUCCESS = 0,
    BENCH_NVRTC_INVALID_OPTION = 5,
    BENCH_NVRTC_COMPILATION = 6
};

typedef struct bench_nvrtc_program *bench_nvrtc_program; /* nvrtcProgram: a pointer */

struct bench_nvrtc {
    const char *(*GetErrorString)(int result);
    int (*Version)(int *major, int *minor);
    int (*GetNumSupportedArchs)(int *count);
    int (*GetSupportedArchs)(int *archs);
    int (*CreateProgram)(bench_nvrtc_program *program, const char *source, const char *name,
                         int headers, const char *const *header_texts,
                         const char *const *header_names);
    int (*DestroyProgram)(bench_nvrtc_program *program);
    int (*CompileProgram)(bench_nvrtc_program program, int count, const char *const *options);
    int (*GetProgramLogSize)(bench_nvrtc_program program, size_t *size);
    int (*GetProgramLog)(bench_nvrtc_program program, char *log);
    int (*AddNameExpression)(bench_nvrtc_program program, const char *expression);
    int (*GetLoweredName)(bench_nvrtc_program program, const char *expression,
                          const char **lowered);
    int (*GetCUBINSize)(bench_nvrtc_program program, size_t *size);
    int (*GetCUBIN)(bench_nvrtc_program program, char *cubin);

    char *path;            /* of the library */
    char *include;         /* folder with cuda_fp16.h and cuda_bf16.h; NULL if not found */
    char *include_missing; /* where it was looked for then */
    char version[32];      /* "NVRTC 13.0" */
    char header_hash[33];  /* of the headers that every source sees */
};

/* Opens NVRTC at the first call; the same table (or the same error) ever after. Thread-safe. */
int bench_nvrtc_open(const struct bench_nvrtc **nvrtc, struct bench_err *err);

/* BENCH_EUNSUPPORTED with what to install if nvrtc->include is NULL. */
int bench_nvrtc_need_headers(const struct bench_nvrtc *nvrtc, struct bench_err *err);

/* What ptxas -v said of one kernel. */
struct bench_ptxas_info {
    char *symbol;
    bool is_entry; /* a kernel, not a function that a kernel calls */
    int registers; /* -1 if it was not said */
    size_t shared_bytes, spill_store_bytes, spill_load_bytes, stack_bytes;
};

struct bench_nvrtc_log {
    struct bench_str text; /* the log without ptxas's statistics and complaints about entries */
    struct bench_ptxas_info *info;
    size_t info_count;
    size_t errors;       /* lines that report an error, in the source or by ptxas */
    size_t entry_errors; /* lines that report one about an entry asked for */
    char *bad_entry;     /* the first such entry; NULL if there is none */
    char *entry_error;   /* what is wrong with it, in the compiler's words */
};

void bench_nvrtc_log_parse(const char *log, struct bench_nvrtc_log *out);
void bench_nvrtc_log_fini(struct bench_nvrtc_log *log);
const struct bench_ptxas_info *bench_nvrtc_log_find(const struct bench_nvrtc_log *log,
                                                    const char *symbol);

#endif
