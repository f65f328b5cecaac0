/*
 * What the device can do at most, measured once with the harness's own kernels and cached on disk
 * (by device UUID, driver and version of the kernels), and the least time that it makes a case
 * take. A case that is faster is not a record but impossible: it does not do the work.
 *
 * All of it is a limit, so wherever there is doubt the larger rate counts: what is possible must
 * never be called impossible.
 */
#ifndef BENCH_CASE_ROOFLINE_H
#define BENCH_CASE_ROOFLINE_H

#include "bench/case/session.h"
#include "bench/perf/json.h"

/* The text of roofline.cu. */
extern const char bench_roofline_source[];

struct bench_roofline {
    bool known;
    char why[320]; /* if not known, why not: "not measured on the cpu device"; if known, a warning
                      (the cache cannot be written, a bad file was in it) or "" */
    char measured[32]; /* UTC; when */

    /* Bytes a second of device memory: the fastest of several grids, steady state (as many dirty
     * lines in L2 before as after). copy counts both ways. */
    double read_bytes_s, write_bytes_s, copy_bytes_s;
    double l2_read_bytes_s; /* of data in the cache */

    /* Operations a second; a multiply-add counts as 2. 0: there is no such unit. INFINITY (null in
     * JSON): not known, so it limits nothing. FMA units, measured: */
    double fp64_flops, fp32_flops, fp16_flops;
    /* Tensor cores, dense, accumulating in 32 bits (fp64: in 64): the larger of what mma.sync
     * reached here and the documented operations a clock of this architecture at clock_mhz. Kernels
     * can be faster than mma.sync (wgmma on sm_90, tcgen05 on sm_100), so on an architecture that
     * is not in the table these are not known. */
    double fp64_tensor_flops, tf32_tensor_flops, fp16_tensor_flops, bf16_tensor_flops,
        int8_tensor_flops;
    /* What mma.sync reached, for the record; 0: not measured (before sm_80). */
    double fp64_mma_flops, tf32_mma_flops, fp16_mma_flops, bf16_mma_flops, int8_mma_flops;
    double clock_mhz; /* the highest SM clock seen or allowed by the driver; 0: not told */
};

/* From the cache, else measured (about a second of the device) and cached. On devices for which
 * that says nothing (null, cpu) known is false, unless the cache has it: a person may write the
 * file. A file that cannot be used is named in `why` and measured anew; a cache that cannot be
 * written, or a device without the memory or the compiler for it, costs a text in `why`, not the
 * run.
 * BENCH_EPOISONED if the device is lost; BENCH_ERROR if the kernels do not compute what they
 * should. */
int bench_roofline_get(struct bench_session *s, struct bench_roofline *roofline,
                       struct bench_err *err);

/* The file in the cache: <cache>/roofline-<id>-<hash of driver>-<hash of kernels>.json, and
 * <cache>/roofline-null.json or roofline-cpu.json for devices that are not measured. <cache> is
 * bench_path_cache(). The caller frees. */
char *bench_roofline_path(const struct bench_device_info *info);

/* The request that compiles the kernels, for compiling ahead. Static data. Only GPUs: the kernels
 * have inline PTX. */
void bench_roofline_request(const char *arch, struct bench_compile_request *request);

/* A member `key`: an object with the fields above under their names; of one that is not known,
 * `known` and `why` only. _read checks: bandwidths are finite and above 0, rates finite and not
 * negative, or null. */
void bench_roofline_write(const struct bench_roofline *roofline, const char *key,
                          struct bench_json_writer *w);
int bench_roofline_read(const struct bench_json *object, const char *key,
                        struct bench_roofline *roofline, struct bench_err *err);

/*
 * The least time of a case in ns: max(memory, compute). *bound is "memory" or "compute", whichever
 * is longer. 0 and "" if nothing is known, the operator is exempt, or it does nothing.
 *
 *   reads    = max(0, bytes - outputs)          bytes: the description's; outputs: of its tensors
 *   writes   = max(0, min(bytes, outputs) - L2) what L2 can keep reaches memory after the end
 *   kept     = hot ? min(reads, L2) : 0         what an earlier launch may have left in L2
 *   memory   = max((reads - kept) / read_bytes_s, writes / write_bytes_s,
 *                  (reads - kept + writes) / max(read, write, copy)_bytes_s,
 *                  reads / l2_read_bytes_s)
 *   compute  = flops / rate of the case's dtype:
 *     float64           max(fp64, fp64_tensor, tf32_tensor / 3, int8_tensor / 10): products can be
 *                       put together from narrower ones; at least three tf32 products (3xTF32) or
 *                       ten of int8 (Ozaki's scheme in four slices) for an error of 1e-7
 *     float32           max(fp32, tf32_tensor)
 *     float16, bfloat16 max(fp32, fp16, fp16_tensor, bf16_tensor)
 *     integers, bool    int8_tensor: nothing on the device does more integer operations; no limit
 *                       where there is no such unit
 */
double bench_roofline_case_ns(const struct bench_roofline *roofline,
                              const struct bench_device_info *info, const struct bench_case *c,
                              bool hot, const char **bound);

/* A time is impossible if even its most generous reading is below this part of the roofline: the
 * measured rates are within a few per cent of the best that was seen. */
#define BENCH_ROOFLINE_TOLERANCE 0.90

#endif
