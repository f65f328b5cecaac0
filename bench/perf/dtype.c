#include "bench/perf/dtype.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "bench/util/err.h"

struct dtype_info {
    const char *name, *c_name;
    size_t bytes;
    bool is_float;
    const char *aliases[5]; /* what torch, NumPy, Triton and people call it */
};

static const struct dtype_info infos[BENCH_DTYPE_COUNT] = {
    [BENCH_FLOAT64] = {"float64", "double", 8, true, {"double", "fp64", "f64"}},
    [BENCH_FLOAT32] = {"float32", "float", 4, true, {"float", "fp32", "f32", "single"}},
    [BENCH_FLOAT16] = {"float16", "__half", 2, true, {"half", "fp16", "f16"}},
    [BENCH_BFLOAT16] = {"bfloat16", "__nv_bfloat16", 2, true, {"bf16", "bfloat"}},
    [BENCH_INT64] = {"int64", "long long", 8, false, {"long", "i64"}},
    [BENCH_INT32] = {"int32", "int", 4, false, {"int", "i32"}},
    [BENCH_INT16] = {"int16", "short", 2, false, {"short", "i16"}},
    [BENCH_INT8] = {"int8", "signed char", 1, false, {"char", "i8"}},
    [BENCH_UINT8] = {"uint8", "unsigned char", 1, false, {"byte", "u8"}},
    [BENCH_BOOL] = {"bool", "bool", 1, false, {"boolean"}},
};

static const struct dtype_info *info(enum bench_dtype t)
{
    assert((unsigned)t < BENCH_DTYPE_COUNT);
    return &infos[t];
}

const char *bench_dtype_name(enum bench_dtype t)
{
    return info(t)->name;
}

const char *bench_dtype_c_name(enum bench_dtype t)
{
    return info(t)->c_name;
}

size_t bench_dtype_bytes(enum bench_dtype t)
{
    return info(t)->bytes;
}

bool bench_dtype_is_float(enum bench_dtype t)
{
    return info(t)->is_float;
}

int bench_dtype_parse(const char *name, enum bench_dtype *out)
{
    if (strncasecmp(name, "torch.", 6) == 0) {
        name += 6;
    }
    for (unsigned t = 0; t < BENCH_DTYPE_COUNT; ++t) {
        bool match = strcasecmp(name, infos[t].name) == 0;
        for (size_t a = 0; !match && a < 5 && infos[t].aliases[a] != NULL; ++a) {
            match = strcasecmp(name, infos[t].aliases[a]) == 0;
        }
        if (match) {
            *out = (enum bench_dtype)t;
            return BENCH_OK;
        }
    }
    return BENCH_EINPUT;
}
