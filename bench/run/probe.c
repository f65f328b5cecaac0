/* bench_run_probe: a child opens the device and tells what it is, in one line: {"event":"device",
 * "why":"…","compiler":"…","device":{…}}, or {"event":"fatal","code":-3,"message":"…"}. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/run/child.h"
#include "bench/run/device_json.h"
#include "bench/run/message.h"
#include "bench/run/probe_line.h"
#include "bench/run/run.h"
#include "bench/run/sandbox.h"

/* How often a signal is looked for while the child is quiet. */
#define TICK_MS 100
/* A driver that does not answer in this time will not: opening a GPU takes a second or two. */
#define PROBE_TICKS (60 * 1000 / TICK_MS)

/* The body of the child. */
static int look(void *data, int line_fd)
{
    struct bench_run *run = data;
    struct bench_device *device = NULL;
    struct bench_err err = {0};
    struct bench_str text;
    struct bench_json_writer w;
    char why[256] = "";
    if (bench_sandbox_enter(run->options.sandbox, getppid(), &err) != BENCH_OK ||
        bench_device_open(run->options.device, run->settings.seed, &device, why, &err) != BENCH_OK)
        return bench_message_send_error(line_fd, "fatal", &err) == BENCH_OK ? 0 : 1;
    const struct bench_device_info *info = bench_device_info(device);
    char *compiler = bench_compiler_version(info->arch, &err);
    bench_message_begin(&text, &w, "device");
    bench_json_put_key_string(&w, "why", why);
    bench_json_put_key_string(&w, "compiler", compiler ? compiler : err.message);
    bench_json_put_key(&w, "device");
    bench_json_open_object(&w);
    bench_device_json_write(info, &w);
    bench_json_close_object(&w);
    int rc = bench_message_send(line_fd, &text, &w);
    free(compiler);
    bench_device_close(device);
    return rc == BENCH_OK ? 0 : 1;
}

static int read_device(const struct bench_json *line, struct bench_run *run, struct bench_err *err)
{
    const char *why = NULL, *compiler = NULL;
    const struct bench_json *device = NULL;
    int rc = bench_json_get_string(line, "why", true, &why, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_string(line, "compiler", true, &compiler, err);
    if (rc == BENCH_OK)
        rc = bench_json_get_object(line, "device", true, &device, err);
    if (rc != BENCH_OK)
        return rc;
    snprintf(run->why, sizeof run->why, "%s", why);
    snprintf(run->compiler, sizeof run->compiler, "%s", compiler);
    return bench_device_json_read(device, &run->info, err);
}

int bench_run_probe_line(struct bench_run *run, const char *line, struct bench_err *err)
{
    struct bench_json_doc *doc;
    const char *event = "", *message = "";
    int64_t code = BENCH_ERROR;
    int rc = bench_json_parse("device probe", line, strlen(line), &doc, err);
    if (rc != BENCH_OK)
        return rc;
    const struct bench_json *root = bench_json_root(doc);
    rc = bench_json_get_string(root, "event", true, &event, err);
    if (rc == BENCH_OK && strcmp(event, "device") == 0) {
        rc = read_device(root, run, err);
    } else if (rc == BENCH_OK) {
        bench_json_get_string(root, "message", false, &message, NULL);
        bench_json_get_int(root, "code", false, INT32_MIN, -1, &code, NULL);
        rc = bench_err_set(err, (int)code, "%s",
                           message[0] != '\0' ? message : "the device cannot be opened");
    }
    bench_json_free(doc);
    return rc;
}

int bench_run_probe_start(struct bench_run *run, struct bench_child *child, struct bench_err *err)
{
    return bench_child_start(child, look, run, err);
}

int bench_run_probe_finish(struct bench_run *run, struct bench_child *child, struct bench_err *err)
{
    const char *line;
    int rc;
    for (int tick = 0;; tick++) {
        enum bench_child_event event = bench_child_wait(child, TICK_MS, &line);
        if (event == BENCH_CHILD_LINE) {
            rc = bench_run_probe_line(run, line, err);
            break;
        }
        if (event == BENCH_CHILD_ENDED) {
            char end[96];
            bench_child_end_text(child->wait_status, end);
            rc = bench_err_set(err, BENCH_ERROR, "device '%s': opening it ended with %s. %.1000s",
                               run->options.device, end, child->err.data);
            break;
        }
        if (bench_run_interrupted(run) || tick > PROBE_TICKS) {
            rc = run->was_interrupted ? bench_err_set(err, BENCH_EINTERRUPTED, "interrupted")
                                      : bench_err_set(err, BENCH_ENOTFOUND,
                                                      "device '%s' does not answer: opening it "
                                                      "took more than a minute",
                                                      run->options.device);
            break;
        }
    }
    bench_child_fini(child);
    return rc;
}

int bench_run_probe(struct bench_run *run, struct bench_err *err)
{
    struct bench_child child;
    int rc = bench_run_probe_start(run, &child, err);
    return rc == BENCH_OK ? bench_run_probe_finish(run, &child, err) : rc;
}
