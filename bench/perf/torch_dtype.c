#include "bench/perf/torch_dtype.h"

#include <string.h>
#include <strings.h>

#include "bench/perf/dtype.h"
#include "bench/util/err.h"

/* Types of torch that kernels/ has no use for, and what torch, FlagGems and people call them. */
static const struct {
    const char *name;
    size_t bytes;
    const char *aliases[4];
} others[] = {
    {"uint16", 2, {"u16"}},
    {"uint32", 4, {"u32"}},
    {"uint64", 8, {"u64"}},
    {"float8_e4m3fn", 1, {"fp8_e4m3", "float8_e4m3", "e4m3"}},
    {"float8_e5m2", 1, {"fp8_e5m2", "e5m2"}},
    {"float8_e4m3fnuz", 1, {NULL}},
    {"float8_e5m2fnuz", 1, {NULL}},
    {"float8_e8m0fnu", 1, {NULL}},
    {"complex32", 4, {"chalf", "complex_half", "cf32"}},
    {"complex64", 8, {"cfloat", "cf64", "c64"}},
    {"complex128", 16, {"cdouble", "cf128", "c128"}},
    {"qint8", 1, {NULL}},
    {"quint8", 1, {NULL}},
    {"qint32", 4, {NULL}},
};
#define OTHERS (sizeof(others) / sizeof(*others))

const char *bench_dtype_normalise(const char *name)
{
    enum bench_dtype dtype;
    if (bench_dtype_parse(name, &dtype) == BENCH_OK)
        return bench_dtype_name(dtype);
    if (strncasecmp(name, "torch.", strlen("torch.")) == 0)
        name += strlen("torch.");
    for (size_t i = 0; i < OTHERS; i++) {
        bool match = strcasecmp(name, others[i].name) == 0;
        for (size_t k = 0; k < 4 && !match && others[i].aliases[k]; k++)
            match = strcasecmp(name, others[i].aliases[k]) == 0;
        if (match)
            return others[i].name;
    }
    return NULL;
}

const char *bench_dtype_known_names(void)
{
    return "float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, bool, uint16, "
           "uint32, uint64, float8_e4m3fn, float8_e5m2, float8_e4m3fnuz, float8_e5m2fnuz, "
           "float8_e8m0fnu, complex32, complex64, complex128, qint8, quint8, qint32 (torch's names "
           "and their short forms)";
}

size_t bench_dtype_element_bytes(const char *dtype)
{
    enum bench_dtype known;
    if (bench_dtype_parse(dtype, &known) == BENCH_OK)
        return bench_dtype_bytes(known);
    for (size_t i = 0; i < OTHERS; i++)
        if (strcmp(dtype, others[i].name) == 0)
            return others[i].bytes;
    return 1;
}
