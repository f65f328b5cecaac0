/* Names of operators: "aten::gelu" and "gelu" are the same operator everywhere. */
#ifndef BENCH_PERF_OP_NAME_H
#define BENCH_PERF_OP_NAME_H

/* "aten::gelu" -> "gelu"; any other name as it is. Points into `name`. */
const char *bench_op_name_bare(const char *name);

#endif
