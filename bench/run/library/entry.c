/* libbench_worker.so: the worker for a Python interpreter to load. One name is exported. */
#include "bench/run/python_worker.h"

__attribute__((visibility("default"))) int
bench_worker_library_main(const struct bench_python_hooks *hooks, const char *versions, int job_fd,
                          int position_fd, int line_fd);

int bench_worker_library_main(const struct bench_python_hooks *hooks, const char *versions,
                              int job_fd, int position_fd, int line_fd)
{
    return bench_python_worker(hooks, versions, job_fd, position_fd, line_fd);
}
