#include "tests/perf/simulate/program.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/util/clock.h"
#include "bench/util/file.h"

bool simulation_parse_count(const char *text, long least, long most, long *out)
{
    char *end;
    *out = strtol(text, &end, 10);
    return end != text && *end == '\0' && *out >= least && *out <= most;
}

void simulation_file_begin(struct bench_str *text, struct bench_json_writer *w, const char *command,
                           long seed)
{
    char now[32];
    bench_clock_iso(now);
    bench_str_init(text);
    bench_json_writer_init(w, text, BENCH_JSON_PRETTY);
    bench_json_open_object(w);
    bench_json_put_key_string(w, "command", command);
    bench_json_put_key_string(w, "date", now);
    bench_json_put_key_int(w, "seed", seed);
}

int simulation_file_end(struct bench_str *text, const char *output, const char *program)
{
    struct bench_err err;
    bench_str_addc(text, '\n');
    int rc = bench_file_write_atomic(output, text->data, text->len, &err);
    if (rc != BENCH_OK)
        fprintf(stderr, "%s: %s\n", program, err.message);
    bench_str_fini(text);
    return rc == BENCH_OK ? 0 : 4;
}
