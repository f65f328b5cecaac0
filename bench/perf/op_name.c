#include "bench/perf/op_name.h"

#include <string.h>

const char *bench_op_name_bare(const char *name)
{
    static const char prefix[] = "aten::";
    size_t length = sizeof(prefix) - 1;
    return strncmp(name, prefix, length) == 0 ? name + length : name;
}
