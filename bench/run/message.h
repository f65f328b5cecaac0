/* What a child process tells its parent: a line of JSON, {"event":"…", …}. */
#ifndef BENCH_RUN_MESSAGE_H
#define BENCH_RUN_MESSAGE_H

#include "bench/perf/json.h"

/* Opens the object and writes the event; the caller adds members. `text` is freed by _send. */
void bench_message_begin(struct bench_str *text, struct bench_json_writer *w, const char *event);
/* Closes the object and sends the line. BENCH_ERROR if the parent is gone. */
int bench_message_send(int line_fd, struct bench_str *text, struct bench_json_writer *w);
/* An event with "code" and "message". */
int bench_message_send_error(int line_fd, const char *event, const struct bench_err *problem);

#endif
