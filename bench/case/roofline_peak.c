/*
 * What tensor cores do at most, by architecture: dense operations a clock and multiprocessor.
 * Derived from NVIDIA's own peak rates divided by multiprocessors and boost clock; the product that
 * shows it is given with each line. Where products of one architecture differ (GeForce accumulates
 * in 32 bits at half the rate), the larger counts. The matrix units of sm_86, sm_89 and sm_120 have
 * no fp64.
 */
#include <string.h>

#include "bench/case/roofline_impl.h"

static const struct {
    const char *arch;
    struct bench_tensor_peak peak; /* fp64, tf32, fp16, bf16, int8 */
} table[] = {
    /* Tesla V100 whitepaper (WP-08608-001), V100 SXM2: 125 TFLOPS, 80 at 1530 MHz */
    {"sm_70", {0, 0, 1024, 0, 0}},
    /* Turing whitepaper (WP-09183-001), T4: 65 TFLOPS, 130 TOPS, 40 at 1590 MHz */
    {"sm_75", {0, 0, 1024, 0, 2048}},
    /* A100 whitepaper (V1.0), A100 SXM: 19.5, 156, 312, 312 TFLOPS, 624 TOPS, 108 at 1410 MHz */
    {"sm_80", {128, 1024, 2048, 2048, 4096}},
    /* Data sheet of the A40: 74.8, 149.7, 149.7 TFLOPS, 299.3 TOPS, 84 at 1740 MHz */
    {"sm_86", {0, 512, 1024, 1024, 2048}},
    /* Data sheet of the L40S: 183, 362, 362 TFLOPS, 733 TOPS, 142 at 2520 MHz */
    {"sm_89", {0, 512, 1024, 1024, 2048}},
    /* H100 whitepaper (V1.04), H100 SXM5: 494.7, 989.4, 989.4 TFLOPS, 1978.9 TOPS, 132 at 1830 MHz;
     * fp64 66.9 TFLOPS at 1980 MHz */
    {"sm_90", {256, 2048, 4096, 4096, 8192}},
    /* Data sheet of the HGX B200, a GPU: 37, 1100, 2250, 2250 TFLOPS, 4500 TOPS, 148 at about 1850
     * to 1965 MHz */
    {"sm_100", {128, 4096, 8192, 8192, 16384}},
    /* RTX Blackwell PRO whitepaper, RTX PRO 6000: 251.9, 503.8, 503.8 TFLOPS, 1007.6 TOPS, 188 at
     * 2617 MHz */
    {"sm_120", {0, 512, 1024, 1024, 2048}},
};

const struct bench_tensor_peak *bench_tensor_peak_find(const char *arch)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].arch, arch) == 0)
            return &table[i].peak;
    return NULL;
}
