/* The C side of the interface in small: what bench/provider/python/README.md defines, driven as the
 * worker drives it. Compiled and loaded by test_hooks.py. */
#include <stddef.h>
#include <stdint.h>

struct bench_python_hooks {
    int32_t version;
    int32_t reserved;
    int (*set_stream)(uint64_t stream);
    int64_t (*prepare)(const char *request_json, char *answer, size_t answer_size);
    int (*reset)(int64_t handle);
    int (*call)(int64_t handle);
    int (*collect)(int64_t handle);
    int (*poison)(int64_t handle);
    int (*special_values)(int64_t handle, char *answer, size_t answer_size);
    int (*timing)(int on);
    int (*facts)(int64_t handle, char *answer, size_t answer_size);
    int (*release)(int64_t handle);
    size_t (*last_error)(char *text, size_t size);
};

/* Prepares and calls `rounds` times; 0, or the first code below 0 with its text in `text`. */
int64_t c_side_run(const struct bench_python_hooks *hooks, const char *request, int rounds,
                   char *text, size_t size)
{
    if (hooks->version != 3)
        return -1000;
    int64_t handle = hooks->prepare(request, text, size);
    if (handle < 0) {
        hooks->last_error(text, size);
        return handle;
    }
    int64_t rc = hooks->timing(1);
    for (int i = 0; rc == 0 && i < rounds; ++i) {
        rc = hooks->reset(handle);
        rc = rc == 0 ? hooks->call(handle) : rc;
    }
    int after = hooks->timing(0);
    rc = rc == 0 ? after : rc;
    rc = rc == 0 ? hooks->poison(handle) : rc;
    rc = rc == 0 ? hooks->reset(handle) : rc;
    rc = rc == 0 ? hooks->call(handle) : rc;
    rc = rc == 0 ? hooks->collect(handle) : rc;
    rc = rc == 0 ? hooks->special_values(handle, text, size) : rc;
    rc = rc == 0 ? hooks->facts(handle, text, size) : rc;
    if (rc != 0)
        hooks->last_error(text, size);
    hooks->release(handle);
    return rc;
}
