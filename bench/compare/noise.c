#include "bench/compare/noise.h"

#include <string.h>

void bench_noise_of(const char *device_kind, struct bench_noise *noise)
{
    *noise = (struct bench_noise){.share = 0.0014,
                                  .ns = 40,
                                  .freedom = 2,
                                  .process_freedom = 0.5,
                                  .far = 0.23,
                                  .far_freedom = 4,
                                  .drift_share = 0.003,
                                  .drift_ns = 100,
                                  .operator_share = 0.0025,
                                  .operator_freedom = 6};
    if (strcmp(device_kind, "cpu") != 0)
        return;
    noise->share *= 10;
    noise->ns *= 10;
    noise->far *= 10;
    noise->drift_share *= 10;
    noise->drift_ns *= 10;
    noise->operator_share *= 10;
}

double bench_noise_variance(const struct bench_noise *noise, double ns)
{
    return noise->share * noise->share + noise->ns * noise->ns / (ns * ns);
}
