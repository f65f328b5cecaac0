#include "bench/run/message.h"

#include "bench/run/child.h"

void bench_message_begin(struct bench_str *text, struct bench_json_writer *w, const char *event)
{
    bench_str_init(text);
    bench_json_writer_init(w, text, BENCH_JSON_COMPACT);
    bench_json_open_object(w);
    bench_json_put_key_string(w, "event", event);
}

int bench_message_send(int line_fd, struct bench_str *text, struct bench_json_writer *w)
{
    bench_json_close_object(w);
    int rc = bench_child_send(line_fd, text);
    bench_str_fini(text);
    return rc;
}

int bench_message_send_error(int line_fd, const char *event, const struct bench_err *problem)
{
    struct bench_str text;
    struct bench_json_writer w;
    bench_message_begin(&text, &w, event);
    bench_json_put_key_int(&w, "code", problem->code);
    bench_json_put_key_string(&w, "message", problem->message);
    return bench_message_send(line_fd, &text, &w);
}
