/*
 * For implementers of devices only: the table of functions behind bench/device/device.h, and the
 * registry. Each function means what its wrapper in device.h says; a NULL function is a feature
 * that the device does not have (the wrapper then returns 0 or BENCH_EUNSUPPORTED as documented).
 */
#ifndef BENCH_DEVICE_DEVICE_IMPL_H
#define BENCH_DEVICE_DEVICE_IMPL_H

#include "bench/device/device.h"

/* All of them, or none. device.c looks after the order of calls: _begin and _end come in pairs and
 * nothing comes between that the header forbids. */
struct bench_device_graph_ops {
    int (*begin)(struct bench_device *, struct bench_err *);
    /* `graph` NULL: drop what was recorded. */
    int (*end)(struct bench_device *, struct bench_graph **graph, struct bench_err *);
    int (*launch)(struct bench_device *, struct bench_graph *, struct bench_err *);
    void (*free)(struct bench_device *, struct bench_graph *);
};

struct bench_device_ops {
    const char *kind;
    /* How many devices of this kind there are; 0 with the reason in `why` (256 bytes). */
    int (*count)(char *why);
    int (*open)(int index, const char *argument, uint64_t seed, struct bench_device **device,
                struct bench_err *err);
    void (*close)(struct bench_device *device);
    int (*alloc)(struct bench_device *, size_t, void **, struct bench_err *);
    void (*release)(struct bench_device *, void *);
    int (*copy)(struct bench_device *, void *to, const void *from, size_t bytes, bool to_device,
                struct bench_err *);
    int (*load)(struct bench_device *, const char *path, struct bench_module **,
                struct bench_err *);
    void (*unload)(struct bench_device *, struct bench_module *);
    int (*function)(struct bench_device *, struct bench_module *, const char *symbol,
                    struct bench_function **, struct bench_function_info *, struct bench_err *);
    int (*launch)(struct bench_device *, struct bench_function *, const uint32_t grid[3],
                  const uint32_t block[3], size_t shared_bytes, void **args, struct bench_err *);
    int (*synchronize)(struct bench_device *, struct bench_err *);
    int (*record)(struct bench_device *, int event, struct bench_err *);
    int (*elapsed)(struct bench_device *, int from, int to, double *ns, struct bench_err *);
    int (*flush)(struct bench_device *, struct bench_err *);
    int (*overwrite_cache)(struct bench_device *, struct bench_err *);
    const struct bench_device_graph_ops *graph; /* NULL: it has none */
    int (*gate)(struct bench_device *, bool close, bool *was_late, struct bench_err *);
    int (*clock)(struct bench_device *, bool read, double *mhz, struct bench_err *);
    void *(*native_stream)(struct bench_device *);
    size_t (*facts)(struct bench_device *, struct bench_device_fact *facts, size_t max);
};

/* Each device's own struct begins with this. */
struct bench_device {
    const struct bench_device_ops *ops;
    struct bench_device_info info;
    bool recording;    /* between graph_begin and graph_end; kept by device.c */
    char spoiled[256]; /* why what is being recorded will not become a graph; "" if it may */
};

extern const struct bench_device_ops bench_device_null_ops;
extern const struct bench_device_ops bench_device_cpu_ops;
extern const struct bench_device_ops bench_device_cuda_ops;

#endif
